// EventLoop and Watch: sockets of one thread, on epoll(7).
//
// Invariants
//   1. Everything posted to a loop, and every callback of its watches and ticks, runs on the one thread that
//      is in run(); what such callbacks share needs no lock.
//   2. A Watch owns its descriptor and closes it; a wait that is pending then is answered with
//      Ready::cancelled.
//   3. Callbacks must not block.
//   4. What is posted runs in the order in which it came. A poster wakes the loop only when it sleeps, once a
//      burst (base/burst.hpp); a turn of the loop is a burst.
//   5. A connection that is asked and answered in turns costs no call of the kernel for its waits: a
//      descriptor stays registered for reading until something comes that nobody waits for.
// Why not Asio: it asks epoll_ctl(2) once a wait and takes memory once a wait and a post, which was 2 of the
// 10 µs of a small request.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace landfall::front {

class EventLoop {
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// The loop's thread lives here. Returns after finish(), when no wait is pending and nothing is posted.
    void run();
    /// Any thread. What is posted after run() has returned is kept until discard().
    void post(UniqueFunction<void()> work);
    /// When no thread is in run() any more: lets go of what was posted, and of what letting go of it posts.
    /// While all that such work may touch is still there.
    void discard();
    /// Any thread: true on the thread that is in run().
    [[nodiscard]] bool on_thread() const;
    /// Loop thread, once: `tick` every `period` until finish().
    void tick_every(Duration period, UniqueFunction<void()> tick);
    /// Loop thread: no more ticks; run() returns once its watches are gone.
    void finish();

private:
    friend class Watch;
    struct Reactor;
    std::unique_ptr<Reactor> reactor_;
};

enum class Ready : bool { cancelled, ready };
enum class Direction : std::uint8_t { read, write };

/// Loop thread only.
class Watch {
public:
    /// Takes `fd`, which must be non-blocking; closes it also when it fails. The loop outlives the watch.
    /// Errors: exhausted, io.
    [[nodiscard]] static Result<Watch> adopt(EventLoop& loop, int fd);
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();

    [[nodiscard]] int fd() const;
    /// Calls back once, never from inside wait(). At most one wait for each direction at a time.
    void wait(Direction direction, UniqueFunction<void(Ready)> done);
    void close();

private:
    friend class EventLoop;
    struct Descriptor;
    explicit Watch(std::unique_ptr<Descriptor> descriptor);
    std::unique_ptr<Descriptor> descriptor_;
};

}  // namespace landfall::front
