#include "core/blocks/workers.hpp"

#include <algorithm>

namespace landfall::blocks {

Workers::Workers(std::size_t count) {
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Workers::submit(UniqueFunction<void()> task) {
    {
        const std::lock_guard lock{mutex_};
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
}

bool Workers::help() {
    UniqueFunction<void()> task;
    {
        const std::lock_guard lock{mutex_};
        if (tasks_.empty()) return false;
        task = std::move(tasks_.front());
        tasks_.pop_front();
    }
    task();
    return true;
}

void Workers::work() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        UniqueFunction<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
    }
}

void TaskGroup::run(UniqueFunction<void()> task) {
    bool room = false;
    {
        const std::lock_guard lock{mutex_};
        room = open_ < bound_;
        if (room) ++open_;
    }
    if (!room) return task();
    workers_.submit([this, work = std::move(task)]() mutable {
        work();
        work = nullptr;
        const std::lock_guard lock{mutex_};
        --open_;
        done_.notify_all();
    });
}

void TaskGroup::wait() {
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            if (open_ == 0) return;
        }
        if (workers_.help()) continue;
        std::unique_lock lock{mutex_};
        done_.wait(lock, [&] { return open_ == 0; });
        return;
    }
}

}  // namespace landfall::blocks
