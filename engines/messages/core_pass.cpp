// The passes of the owner: batches that are durable, timers, waiting receives, gauges, answers; and the end.
#include "engines/messages/core.hpp"

#include "base/burst.hpp"

namespace landfall::messages {

void Core::touch(Queue& queue) {
    if (std::exchange(queue.changed, true)) return;
    changed_.push_back(&queue);
}

void Core::committed(Batch batch, Status status) {
    if (!status.ok() && !failed_)
        failed_ = Error{Errc::io, "the message log could not be written: " + status.error().message()};
    if (status.ok()) {
        for (Batch::Part& part : batch.parts) {
            written_ += Bytes{part.bytes.size()};
            if (const auto it = tail_.segments().find(part.segment.number); it != tail_.segments().end())
                it->second->written = part.at + part.bytes.size();
            if (part.has_messages) hot_.add(part.segment, part.at, part.bytes.bytes());
            tail_.take_back(std::move(part.bytes));
        }
        for (const auto& [id, sequence] : batch.watermarks)
            if (Queue* const queue = find(id)) {
                queue->machine->commit(sequence, now_);
                touch(*queue);
            }
    }
    if (batch.mark && !failed_) batch.mark->reached(batch.chains.at(batch.mark->frames));
    const Status outcome = failed_ ? Status{*failed_} : Status{};
    if (batch.completions.empty()) return;
    answer([completions = std::move(batch.completions), outcome]() mutable {
        for (Batch::Completion& completion : completions) {
            completion(outcome);
            completion = {};  // what it owns goes now, while it is near
        }
    });
}

void Core::fire(const Alarm& alarm) {
    Queue* const queue = find(QueueId{alarm.queue});
    if (queue == nullptr) return;
    touch(*queue);
    if (alarm.kind == Alarm::Kind::held_over) {
        queue->machine->release(Sequence{alarm.subject}, now_);
        return;
    }
    if (alarm.kind == Alarm::Kind::poll_over) {
        polls_.erase(alarm.subject);
        for (auto it = queue->waiters.begin(); it != queue->waiters.end(); ++it) {
            if (it->poll.value != alarm.subject) continue;
            answer([done = std::move(it->done)]() mutable { done(std::vector<Received>{}); });
            queue->waiters.erase(it);
            return;
        }
        return;
    }
    if (alarm.kind == Alarm::Kind::dedup_over) {
        queue->dedup.expire(now_);
        queue->dedup_watched = queue->dedup.next();
        if (queue->dedup_watched)
            wheel_.add(*queue->dedup_watched, {Alarm::Kind::dedup_over, queue->id.value, 0});
        return;
    }
    std::vector<Leased> ended;
    queue->machine->fire(alarm, now_, ended);
    if (ended.empty() || failed_) return;
    // Nobody waits for this: counts may be older after a crash, but not by much.
    const auto record = encode(CountsRecord{queue->id, std::move(ended)});
    if (tail_.make_room(record.size(), Need::shrinks).ok()) append(record);
}

void Core::flush_gauges(Queue& queue) {
    const QueueMachine::Counts counts = queue.machine->counts();
    queue.gauges->visible.store(counts.visible, std::memory_order_relaxed);
    queue.gauges->in_flight.store(counts.in_flight, std::memory_order_relaxed);
    queue.gauges->delayed.store(counts.delayed, std::memory_order_relaxed);
    queue.gauges->oldest_ms.store(counts.oldest ? counts.oldest->value : 0, std::memory_order_relaxed);
    const Bytes memory = queue.machine->memory() + queue.dedup.memory();
    state_memory_ += memory;
    state_memory_ -= queue.memory;
    queue.memory = memory;
}

void Core::finish_pass() {
    alarms_.clear();
    wheel_.advance(now_, alarms_);
    for (const Alarm& alarm : alarms_) fire(alarm);
    commits_->kick();
    // Serving one queue may touch others, whose turn comes behind it.
    for (std::size_t i = 0; i < changed_.size(); ++i) {
        Queue& queue = *changed_[i];
        while (!queue.waiters.empty() && !failed_) {
            Waiter& waiter = queue.waiters.front();
            const PollId poll = waiter.poll;
            const TimerId timer = waiter.timer;
            if (!serve(queue, waiter)) break;
            wheel_.cancel(timer);
            polls_.erase(poll.value);
            queue.waiters.pop_front();
        }
    }
    for (Queue* const queue : changed_) {
        queue->changed = false;
        flush_gauges(*queue);
    }
    changed_.clear();
    consider_compaction();
    consider_checkpoint();
    trim_doomed();
    publish();
    commits_->kick();
    const Burst burst;  // whoever passes the answers on is woken for all of them at once
    // An answer may give rise to another (a fifo receive is handed over when its lease is durable).
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        auto call = std::move(answers_[i]);
        call();
    }
    answers_.clear();
}

void Core::quiesce() {
    quiet_ = true;
    for (auto& [id, queue] : queues_) {
        for (Waiter& waiter : queue->waiters) {
            wheel_.cancel(waiter.timer);
            answer([done = std::move(waiter.done)]() mutable { done(std::vector<Received>{}); });
        }
        queue->waiters.clear();
    }
    polls_.clear();
}

void Core::drain(UniqueFunction<void()> settle) {
    // Each step may give the owner something to do that the next one waits for.
    settle();
    commits_->stop();
    settle();
    readers_.stop();
    settle();
    upkeep_.stop();
}

void Core::close() {
    quiet_ = true;
    running_ = false;
    final_checkpoint();
}

void Core::publish() {
    published_.commits = commits_->commits();
    published_.written = written_.count;
    published_.segments = tail_.segments().size();
    published_.memory = (state_memory_ + hot_.held()).count + commits_->pending();
    published_.damaged = damaged_;
}

Broker::LogCounts Core::log_counts() const {
    return {.commits = published_.commits,
            .written = Bytes{published_.written},
            .segments = published_.segments,
            .memory = Bytes{published_.memory},
            .damaged = published_.damaged};
}

}  // namespace landfall::messages
