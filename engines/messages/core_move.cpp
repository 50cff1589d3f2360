// Messages that change their queue: dead letters and moves that were asked for. One record takes a message
// out of one queue and puts it into the other, with its text: a message is in exactly one of them at any
// time.
#include <algorithm>

#include "engines/messages/core.hpp"

namespace landfall::messages {

namespace {
constexpr Duration kRetryAfter = std::chrono::seconds{1};
}

void Core::send_dead_letters(Queue& queue, std::vector<QueueMachine::Taken> dead) {
    MoveJob job{.source = queue.id,
                .destination = queue.settings.dead_letters->target,
                .why = MoveJob::Why::dead_letters,
                .held = std::move(dead)};
    auto places = locate(queue, job.held);
    fetch(queue.id, std::move(places), [this, job = std::move(job)](Fetched fetched) mutable {
        static_cast<void>(
            parts_.inbox.post([job = std::move(job), fetched = std::move(fetched)](Core& core) mutable {
                core.finish_move(std::move(job), std::move(fetched));
            }));
    });
}

void Core::move(QueueId source, std::optional<QueueId> destination, std::uint32_t max,
                Done<Result<std::uint32_t>> done) {
    Status ready = usable();
    Queue* const queue = find(source);
    if (ready.ok() && queue == nullptr) ready = no_queue(source);
    if (ready.ok() && destination && find(*destination) == nullptr) ready = no_queue(*destination);
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    MoveJob job{.source = source,
                .destination = destination,
                .held = queue->machine->hold(now_, std::min(max, 1000U)),
                .done = std::move(done)};
    touch(*queue);
    auto places = locate(*queue, job.held);
    fetch(source, std::move(places), [this, job = std::move(job)](Fetched fetched) mutable {
        static_cast<void>(
            parts_.inbox.post([job = std::move(job), fetched = std::move(fetched)](Core& core) mutable {
                core.finish_move(std::move(job), std::move(fetched));
            }));
    });
}

void Core::finish_move(MoveJob job, Fetched fetched) {
    Status ready = usable();
    Queue* const source = find(job.source);
    if (ready.ok() && source == nullptr) ready = no_queue(job.source);
    std::uint32_t moved = 0;
    for (std::size_t i = 0; source != nullptr && i < job.held.size(); ++i) {
        const Sequence sequence = job.held[i].entry.sequence;
        // Removed meanwhile, or damaged and in quarantine.
        if (!source->machine->backlog().contains(sequence)) continue;
        if (ready.ok() && !fetched[i].ok()) ready = fetched[i].error();
        if (ready.ok()) ready = move_one(job, *source, job.held[i], *fetched[i]);
        if (ready.ok())
            ++moved;
        else if (job.why == MoveJob::Why::asked)
            source->machine->release(sequence, now_);
        else  // Visible at once, it would be tried again at once, for as long as the disk is full.
            wheel_.add(now_ + kRetryAfter, {Alarm::Kind::held_over, job.source.value, sequence.value});
    }
    if (source != nullptr) touch(*source);
    if (!job.done) return;
    if (moved == 0 && !ready.ok()) {
        answer([done = std::move(job.done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    on_commit([moved, done = std::move(job.done)](const Status& status) mutable {
        if (status.ok())
            done(moved);
        else
            done(status.error());
    });
}

Status Core::move_one(const MoveJob& job, Queue& source, const QueueMachine::Taken& held,
                      const StoredMessage& message) {
    const QueueId to = job.destination.value_or(message.dead_letter_source);
    Queue* const destination = find(to);
    if (destination == nullptr) return no_queue(to);
    const bool fresh = job.why == MoveJob::Why::asked || destination->settings.order == Order::fifo;
    MessageRecord record{
        .id = message.id,
        .sent = message.sent,
        // Retention counts from the first send, but in fifo queues and after a move that was asked for.
        .stored = fresh ? now_ : message.stored,
        .group = message.group,
        .dedup_id = message.dedup_id,
        .headers = message.headers,
        .body = message.body,
        .moved_from = {source.id, held.entry.sequence}};
    if (job.why == MoveJob::Why::dead_letters) {
        record.dead_letter_source = source.id;
        record.receives = message.receives + held.lease.receives;
    }
    record.targets.push_back({.place = {to, {}}, .wrapping = message.wrapping});
    TRY(tail_.make_room(encoded_size(record), Need::grows));
    record.targets.front().place.sequence = destination->machine->next_sequence();
    found_.assign(1, destination);
    write_message(record);
    source.machine->remove(held.entry.sequence);
    if (job.why == MoveJob::Why::dead_letters) source.gauges->add(source.gauges->dead_lettered, 1);
    return {};
}

}  // namespace landfall::messages
