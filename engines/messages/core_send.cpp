// Sends: checked, deduplicated, numbered, written into the batch that fills.
#include <algorithm>

#include "engines/messages/core.hpp"

namespace landfall::messages {

Core::Queue* Core::find(QueueId id) {
    const auto it = queues_.find(id.value);
    return it == queues_.end() ? nullptr : it->second.get();
}

Error Core::no_queue(QueueId id) const {
    return Error{Errc::not_found, "no queue " + std::to_string(id.value) + " is attached"};
}

Status Core::usable() const {
    if (quiet_) return Error{Errc::cancelled, "the message broker is stopping"};
    if (failed_) return *failed_;
    return {};
}

void Core::on_commit(Batch::Completion completion) {
    commits_->fill([&](Batch& batch) { batch.completions.push_back(std::move(completion)); });
}

void Core::append(ByteSpan record) {
    commits_->fill([&](Batch& batch) {
        const LogTail::Place place = tail_.append(batch, record.size());
        std::copy(record.begin(), record.end(), place.bytes.begin());
    });
}

Status Core::check(const Send& send) {
    const NewMessage& message = send.message;
    if (message.group.size() > kKeyMax || message.dedup_id.size() > kKeyMax)
        return Error{Errc::invalid, "a group or dedup id has more than 1024 bytes"};
    const std::size_t text =
        message.text().size() + message.headers.size() + message.group.size() + message.dedup_id.size();
    if (Bytes{text} > kMessageMax) return Error{Errc::invalid, "the message is larger than 2 MiB"};
    if (send.targets.size() > kTargetsMax) return Error{Errc::invalid, "more than 16384 targets"};
    if (send.targets.empty() && !send.origin) return Error{Errc::invalid, "the message has no target"};
    if (send.origin && find(*send.origin) == nullptr) return no_queue(*send.origin);
    Bytes wrappings;
    found_.clear();
    for (const Target& target : send.targets) {
        Queue* const queue = find(target.queue);
        if (queue == nullptr) return no_queue(target.queue);
        found_.push_back(queue);
        if (Bytes{target.wrapping.size()} > kWrappingMax)
            return Error{Errc::invalid, "a wrapping is larger than 4 KiB"};
        wrappings += Bytes{target.wrapping.size()};
        if (queue->settings.order == Order::fifo && (message.group.empty() || message.dedup_id.empty()))
            return Error{Errc::invalid, "a message of a fifo queue needs a group and a dedup id"};
    }
    if (wrappings > kWrappingsMax)
        return Error{Errc::invalid, "the wrappings are larger than 16 MiB together"};
    return {};
}

/// Whose dedup window decides; none for standard queues.
Core::Queue* Core::deciding(const Send& send) {
    Queue* queue = find(send.origin ? *send.origin : send.targets.front().queue);
    return queue->settings.order == Order::fifo ? queue : nullptr;
}

void Core::remember(Queue& queue, const DedupRow& row) {
    queue.dedup.add(row);
    if (queue.dedup_watched) return;
    queue.dedup_watched = row.until;
    wheel_.add(row.until, {Alarm::Kind::dedup_over, queue.id.value, 0});
}

/// found_ has the queues of its targets.
void Core::write_message(MessageRecord& record) {
    CHECK(found_.size() == record.targets.size());
    commits_->fill([&](Batch& batch) {
        // A queue has one mark in a batch, however many of its messages are in it: its sequences only grow.
        const auto raise = [&marks = batch.watermarks](Queue& queue, Sequence upto) {
            if (queue.mark >= marks.size() || marks[queue.mark].first != queue.id) {
                queue.mark = marks.size();
                marks.emplace_back(queue.id, upto);
            }
            marks[queue.mark].second = upto;
        };
        const std::size_t length = encoded_size(record);
        const LogTail::Place place = tail_.append(batch, length);
        encode(record, place.bytes);
        batch.parts.back().has_messages = true;
        Entry entry{.group = record.group.empty() ? 0 : parts_.keys.name(record.group),
                    .stored = record.stored,
                    .offset = place.offset,
                    .length = static_cast<std::uint32_t>(length)};
        for (const TargetSlot& slot : record.targets) {
            Queue& queue = *found_[entry.ordinal];
            entry.sequence = slot.place.sequence;
            queue.machine->add(*place.segment, entry,
                               record.stored + std::chrono::milliseconds{slot.delay_ms});
            raise(queue, slot.place.sequence);
            ++entry.ordinal;
            queue.gauges->add(queue.gauges->sent, 1);
        }
        if (record.origin.queue.value != 0) raise(*find(record.origin.queue), record.origin.sequence);
    });
}

Result<Sent> Core::send_one(Send& send) {
    TRY(usable());
    TRY(check(send));
    NewMessage& message = send.message;
    MessageRecord record{.id = message.id,
                         .sent = parts_.time.wall(),
                         .stored = now_,
                         .group = message.group,
                         .dedup_id = message.dedup_id,
                         .headers = message.headers,
                         .body = message.text()};
    Queue* const decides = deciding(send);
    DedupRow row;
    if (decides != nullptr) {
        decides->dedup.expire(now_);
        row = dedup_row(message.dedup_id, message.group, message.id);
        if (const DedupRow* first = decides->dedup.find(row.dedup, row.group, decides->settings.dedup_scope))
            return Sent{first->id, first->sequence, Sent::Outcome::duplicate, instant_of(first->sent)};
    }
    record.targets = std::move(slots_);
    record.targets.clear();
    for (const Target& target : send.targets)
        record.targets.push_back({.place = {target.queue, {}}, .wrapping = target.wrapping});
    TRY(tail_.make_room(encoded_size(record), Need::grows));
    if (commits_->pending() > parts_.options.memory_limit.count / 8 ||
        state_memory_ > Bytes{parts_.options.memory_limit.count / 2})
        return Error{Errc::exhausted, "the message broker's memory is used up"};
    Sequence first{};
    if (send.origin) {
        first = find(*send.origin)->machine->next_sequence();
        record.origin = {*send.origin, first};
    }
    for (std::size_t i = 0; i < record.targets.size(); ++i) {
        TargetSlot& slot = record.targets[i];
        Queue& queue = *found_[i];
        slot.place.sequence = send.origin == slot.place.queue ? first : queue.machine->next_sequence();
        if (first.value == 0) first = slot.place.sequence;
        if (queue.settings.order == Order::standard) {
            const Duration delay =
                std::clamp(message.delay.value_or(queue.settings.delay), Duration{0}, kDelayMax);
            slot.delay_ms = static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::milliseconds>(delay).count());
        }
    }
    if (decides != nullptr) {
        row.sequence = first;
        row.sent = record.sent;
        row.until = now_ + kDedupWindow;
        remember(*decides, row);
    }
    write_message(record);
    slots_ = std::move(record.targets);
    return Sent{message.id, first, Sent::Outcome::stored, instant_of(record.sent)};
}

void Core::send(std::vector<Send> sends, Done<std::vector<Result<Sent>>> done) {
    std::vector<Result<Sent>> results;
    results.reserve(sends.size());
    bool any = false;
    for (Send& one : sends) {
        results.push_back(send_one(one));
        any = any || results.back().ok();
    }
    if (!any) {
        answer(
            [results = std::move(results), done = std::move(done)]() mutable { done(std::move(results)); });
        return;
    }
    // A duplicate is answered in a commit of its own too: the first may not be durable yet, but then this is
    // not either.
    on_commit([results = std::move(results), done = std::move(done)](const Status& status) mutable {
        if (!status.ok())
            for (Result<Sent>& result : results)
                if (result.ok()) result = status.error();
        done(std::move(results));
    });
}

void Core::send(std::unique_ptr<OneSend> one) {
    auto sent = send_one(one->send);
    if (!sent.ok()) {
        answer([one = std::move(one), error = sent.error()]() mutable { one->done(std::move(error)); });
        return;
    }
    one->sent = *sent;
    on_commit([one = std::move(one)](const Status& status) {
        if (status.ok())
            one->done(one->sent);
        else
            one->done(status.error());
    });
}

}  // namespace landfall::messages
