// Workers: the store's threads for streams and large reads, and groups of tasks on them.
//
//     name            count                     purpose
//     blocks worker   Options::workers or cores hash, compress, encrypt chunks of streams; decode large reads
//
// Invariants
//   1. A group has at most `bound` tasks that are not done; the caller of run() works when it is reached.
//   2. wait() returns when all tasks of its group are done. Tasks never wait for other tasks.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/unique_function.hpp"

namespace landfall::blocks {

class Workers {
public:
    explicit Workers(std::size_t count);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    void submit(UniqueFunction<void()> task);
    /// Runs one waiting task on this thread; false when there is none.
    bool help();
    [[nodiscard]] std::size_t count() const { return threads_.size(); }

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<UniqueFunction<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// One owner thread calls run() and wait().
class TaskGroup {
public:
    TaskGroup(Workers& workers, std::size_t bound) : workers_{workers}, bound_{bound} {}
    ~TaskGroup() { wait(); }
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    void run(UniqueFunction<void()> task);
    void wait();

private:
    Workers& workers_;
    const std::size_t bound_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t open_ = 0;
};

}  // namespace landfall::blocks
