#include "core/state/writer_queue.hpp"

#include <algorithm>

namespace landfall::state {

bool WriterQueue::has_room(std::size_t weight) const {
    // A Tx that is heavier than the bound passes alone; otherwise it never would.
    return waiting_.empty() || (waiting_.size() < count_max_ && weight_ + weight <= weight_max_);
}

Status WriterQueue::push(Pending& pending, Duration wait) {
    const std::size_t weight = pending.tx.weight();
    std::unique_lock lock{mutex_};
    if (!opened_) return Error{Errc::unavailable, "the state store has not been started"};
    if (!room_.wait_for(lock, wait, [&] { return closed_ || has_room(weight); })) {
        return Error{Errc::unavailable, "the state store has too many transactions waiting"};
    }
    if (closed_) return Error{Errc::cancelled, "the state store is stopped"};
    waiting_.push_back(std::move(pending));
    weight_ += weight;
    if (waiting_.size() == 1 || waiting_.size() >= gather_goal_) work_.notify_one();
    return {};
}

std::vector<Pending> WriterQueue::take_batch() {
    std::unique_lock lock{mutex_};
    work_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (last_batch_ > 1 && !closed_) {
        // Those whom the last commit woke are about to come again: share the next fsync with them.
        gather_goal_ = std::min(last_batch_, kBatchMax);
        (void)work_.wait_for(lock, kGatherMax, [&] { return closed_ || waiting_.size() >= gather_goal_; });
        gather_goal_ = 1;
    }
    std::vector<Pending> batch;
    while (!waiting_.empty() && batch.size() < kBatchMax) {
        weight_ -= waiting_.front().tx.weight();
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    last_batch_ = batch.size();
    room_.notify_all();
    return batch;
}

void WriterQueue::open() {
    const std::lock_guard lock{mutex_};
    opened_ = true;
}

void WriterQueue::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    work_.notify_all();
    room_.notify_all();
}

}  // namespace landfall::state
