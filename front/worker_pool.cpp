#include "front/worker_pool.hpp"

namespace landfall::front {

bool WorkerPool::submit(Task& task) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(task));
    }
    ready_.notify_one();
    return true;
}

bool WorkerPool::submit_bounded_elsewhere(Task& task) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) return false;
        urgent_.push_back(std::move(task));
    }
    ready_.notify_one();
    return true;
}

Task WorkerPool::next() {
    std::unique_lock lock{mutex_};
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty() || !urgent_.empty(); });
    auto& from = urgent_.empty() ? queue_ : urgent_;
    if (from.empty()) return {};
    Task task = std::move(from.front());
    from.pop_front();
    ++running_;
    return task;
}

void WorkerPool::run() {
    while (Task task = next()) {
        task();
        task = {};  // what it owns goes before it counts as done
        const std::lock_guard lock{mutex_};
        --running_;
    }
}

void WorkerPool::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    ready_.notify_all();
}

WorkerPool::Load WorkerPool::load() const {
    const std::lock_guard lock{mutex_};
    return {queue_.size() + urgent_.size(), running_};
}

}  // namespace landfall::front
