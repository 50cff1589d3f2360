// TaskPool: the engine's threads for what must not hold its owner up: reading bodies, upkeep of the log.
//
// Tasks run in the order of submission; stop() runs what was submitted, then joins. Threads: any may submit.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"

namespace landfall::messages {

class TaskPool {
public:
    TaskPool() = default;
    ~TaskPool() { stop(); }
    TaskPool(const TaskPool&) = delete;
    TaskPool& operator=(const TaskPool&) = delete;

    void start(ThreadStarter& threads, std::string_view name, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) threads_.push_back(threads.start(name, [this] { work(); }));
    }
    void submit(UniqueFunction<void()> task) {
        {
            const std::lock_guard lock{mutex_};
            tasks_.push_back(std::move(task));
        }
        wake_.notify_one();
    }
    void stop() {
        {
            const std::lock_guard lock{mutex_};
            stopping_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

private:
    void work() {
        std::unique_lock lock{mutex_};
        for (;;) {
            wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
            if (tasks_.empty()) return;
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<UniqueFunction<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace landfall::messages
