// Burst: the wake-ups that a thread owes others, held back until it has done all that it has in hand.
//
// Waking a thread for each of a hundred answers costs more than the answers: the thread wakes, does one,
// sleeps again. Whoever does many things in a row that may wake others opens a Burst around them; whoever
// wakes a thread does it through Burst::wake(), which waits for the end of the burst where there is one.
//
// Invariants
//   1. Everything held is woken when the outermost burst of the thread ends; nothing is lost, and each is
//      woken once however often it was asked for.
//   2. What is woken outlives the burst.
// Threads: a Burst belongs to the thread that made it, which must not block while it is open. No disk.
#pragma once

#include <array>
#include <cstddef>

namespace landfall {

class Sleeper {
public:
    /// Any thread: wakes it if it sleeps. Must not block.
    virtual void wake_up() = 0;

protected:
    ~Sleeper() = default;
};

class Burst {
public:
    Burst();
    ~Burst();
    Burst(const Burst&) = delete;
    Burst& operator=(const Burst&) = delete;

    /// At once, or at the end of this thread's burst.
    static void wake(Sleeper& sleeper);

private:
    /// More different sleepers than that in one burst are woken at once.
    static constexpr std::size_t kHeldMax = 16;
    std::array<Sleeper*, kHeldMax> held_{};
    std::size_t count_ = 0;
};

}  // namespace landfall
