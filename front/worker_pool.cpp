#include "front/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace landfall::front {

bool WorkerPool::push(std::deque<Task>& queue, Task& task) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || queue_.size() + uploads_.size() >= queue_max_) return false;
        queue.push_back(std::move(task));
    }
    ready_.notify_one();
    return true;
}

bool WorkerPool::submit(Task& task) { return push(queue_, task); }
bool WorkerPool::submit_upload(Task& task) { return push(uploads_, task); }

bool WorkerPool::submit_bounded_elsewhere(Task& task) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) return false;
        urgent_.push_back(std::move(task));
    }
    ready_.notify_one();
    return true;
}

bool WorkerPool::upload_may_run() const {
    const std::size_t most = std::max<std::size_t>(1, threads_ - (threads_ + 3) / 4);
    return !uploads_.empty() && (stopping_ || uploads_running_ < most);
}

WorkerPool::Taken WorkerPool::next() {
    std::unique_lock lock{mutex_};
    ready_.wait(lock,
                [this] { return stopping_ || !queue_.empty() || !urgent_.empty() || upload_may_run(); });
    std::deque<Task>* from = !urgent_.empty() ? &urgent_ : !queue_.empty() ? &queue_ : &uploads_;
    if (from->empty()) return {};
    Taken taken{std::move(from->front()), from == &uploads_ ? Kind::upload : Kind::quick};
    from->pop_front();
    ++running_;
    if (taken.kind == Kind::upload) ++uploads_running_;
    return taken;
}

void WorkerPool::ended(Kind kind) {
    const std::lock_guard lock{mutex_};
    --running_;
    if (kind == Kind::quick) return;
    --uploads_running_;
    // One that waited for its share, not for a thread, was announced long ago.
    if (upload_may_run()) ready_.notify_one();
}

void WorkerPool::run() {
    {
        const std::lock_guard lock{mutex_};
        ++threads_;
    }
    while (true) {
        Taken taken = next();
        if (!taken.task) return;
        taken.task();
        taken.task = {};  // what it owns goes before it counts as done
        ended(taken.kind);
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
    return {queue_.size() + urgent_.size() + uploads_.size(), running_};
}

}  // namespace landfall::front
