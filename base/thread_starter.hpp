// ThreadStarter: the only way to get a thread. A program has one, made in the file that lists its threads.
//
// Invariants
//   1. Every thread has a name of at most 15 bytes, which the kernel shows (`ps -L`, gdb, /proc).
//   2. Whoever started a thread joins it: a part has `start(ThreadStarter&)` and a `stop()` that joins.
#pragma once

#include <string_view>
#include <thread>

#include "base/unique_function.hpp"

namespace landfall {

/// Any thread may call.
class ThreadStarter {
public:
    virtual ~ThreadStarter() = default;
    /// Runs `body` once on a new thread. The caller joins what it gets. Signals are blocked in the thread, so
    /// that only the program's own thread sees them. A machine without room for a thread is a bug of sizing:
    /// aborts.
    [[nodiscard]] virtual std::thread start(std::string_view name, UniqueFunction<void()> body) = 0;
};

/// Plain kernel threads.
class SystemThreads final : public ThreadStarter {
public:
    [[nodiscard]] std::thread start(std::string_view name, UniqueFunction<void()> body) override;
};

}  // namespace landfall
