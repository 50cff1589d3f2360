// WorkerPool: a bounded queue of blocking work, run by threads that the program starts.
//
// Invariants
//   1. submit() takes at most `queue_max` waiting tasks and refuses more at once: nobody waits to be queued.
//   2. submit_bounded_elsewhere() is for work whose number another limit bounds (one pull per connection);
//      it is refused only after stop().
//   3. Tasks run in the order of their queue, the second kind first. Every accepted task is run, also after
//      stop(): a task may own a request that must be answered.
//   4. Tasks that wait for their client (uploads) hold at most three quarters of the workers, so that slow
//      clients hold up only each other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

#include "base/unique_function.hpp"

namespace landfall::front {

using Task = UniqueFunction<void()>;

/// Any thread may call anything. Does not touch disk.
class WorkerPool {
public:
    explicit WorkerPool(std::size_t queue_max) : queue_max_{queue_max} {}

    /// Moves from `task` only when it is accepted (true).
    [[nodiscard]] bool submit(Task& task);
    [[nodiscard]] bool submit_bounded_elsewhere(Task& task);
    /// As submit(), for what reads from its client while it runs.
    [[nodiscard]] bool submit_upload(Task& task);

    /// A worker thread's whole life: returns after stop(), when no task is left.
    void run();
    void stop();

    struct Load {
        std::size_t waiting = 0;
        std::size_t running = 0;
    };
    [[nodiscard]] Load load() const;

private:
    enum class Kind : std::uint8_t { quick, upload };
    struct Taken {
        Task task;
        Kind kind = Kind::quick;
    };
    [[nodiscard]] Taken next();
    [[nodiscard]] bool upload_may_run() const;
    [[nodiscard]] bool push(std::deque<Task>& queue, Task& task);
    void ended(Kind kind);

    const std::size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Task> queue_;
    std::deque<Task> urgent_;
    std::deque<Task> uploads_;
    std::size_t threads_ = 0;
    std::size_t uploads_running_ = 0;
    std::size_t running_ = 0;
    bool stopping_ = false;
};

}  // namespace landfall::front
