// What changes or ends messages and queues: removes, visibility changes, purge, forget, settings.
#include <map>

#include "engines/messages/core.hpp"

namespace landfall::messages {

void Core::configure(QueueId id, const QueueSettings& settings) {
    Queue* const queue = find(id);
    if (queue == nullptr) return;
    const Order order = queue->settings.order;
    queue->settings = settings;
    queue->settings.order = order;
    queue->machine->configure(effective(queue->settings), now_);
    touch(*queue);
}

void Core::forget(QueueId id, Done<Status> done) {
    Status ready = usable();
    Queue* const queue = find(id);
    if (ready.ok() && queue == nullptr) ready = no_queue(id);
    const auto record = encode(ForgetRecord{id});
    if (ready.ok()) ready = tail_.make_room(record.size(), Need::shrinks);
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    for (Waiter& waiter : queue->waiters) {
        wheel_.cancel(waiter.timer);
        polls_.erase(waiter.poll.value);
        answer([waiting = std::move(waiter.done), error = no_queue(id)]() mutable {
            waiting(std::move(error));
        });
    }
    std::erase(changed_, queue);
    state_memory_ -= queue->memory;
    queues_.erase(id.value);
    parts_.gauges.drop(id);
    reconfigure_sources_of(id);
    append(record);
    on_commit([done = std::move(done)](const Status& status) mutable { done(status); });
}

void Core::purge(QueueId id, Done<Status> done) {
    Status ready = usable();
    Queue* const queue = find(id);
    if (ready.ok() && queue == nullptr) ready = no_queue(id);
    if (ready.ok()) {
        const auto record = encode(PurgeRecord{id, queue->machine->last()});
        ready = tail_.make_room(record.size(), Need::shrinks);
        if (ready.ok()) append(record);
    }
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    queue->machine->purge();
    queue->dedup.clear();
    touch(*queue);
    on_commit([done = std::move(done)](const Status& status) mutable { done(status); });
}

ReceiptFault Core::check_receipt(Queue& queue, const Receipt& receipt) const {
    const auto receives = static_cast<std::uint32_t>(receipt.lease & 0xfffff);
    const bool ours = parts_.keys.lease(receipt.queue, receipt.sequence, receives) == receipt.lease;
    return ours && receipt.sequence <= queue.machine->committed() ? ReceiptFault::none
                                                                  : ReceiptFault::unknown;
}

void Core::remove(const std::vector<Receipt>& receipts, Done<Result<std::vector<ReceiptFault>>> done) {
    Status ready = usable();
    for (const Receipt& receipt : receipts)
        if (ready.ok() && find(receipt.queue) == nullptr) ready = no_queue(receipt.queue);
    // Room for the worst case first, so that nothing is half done when there is none.
    if (ready.ok()) ready = tail_.make_room(receipts.size() * 48, Need::shrinks);
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    std::vector<ReceiptFault> faults;
    std::map<QueueId, RemoveRecord> records;
    for (const Receipt& receipt : receipts) {
        Queue& queue = *find(receipt.queue);
        ReceiptFault fault = check_receipt(queue, receipt);
        if (fault == ReceiptFault::none)
            fault = queue.machine->may_remove(receipt.sequence,
                                              static_cast<std::uint32_t>(receipt.lease & 0xfffff));
        faults.push_back(fault);
        if (fault != ReceiptFault::none || !queue.machine->remove(receipt.sequence)) continue;
        records.try_emplace(queue.id, RemoveRecord{queue.id, {}})
            .first->second.sequences.push_back(receipt.sequence);
        queue.gauges->add(queue.gauges->deleted, 1);
        touch(queue);
    }
    for (const auto& [id, record] : records) append(encode(record));
    on_commit([faults = std::move(faults), done = std::move(done)](const Status& status) mutable {
        if (status.ok())
            done(std::move(faults));
        else
            done(status.error());
    });
}

void Core::change_visibility(const std::vector<VisibilityChange>& changes,
                             Done<Result<std::vector<ReceiptFault>>> done) {
    Status ready = usable();
    for (const VisibilityChange& change : changes)
        if (ready.ok() && find(change.receipt.queue) == nullptr) ready = no_queue(change.receipt.queue);
    if (ready.ok()) ready = tail_.make_room(changes.size() * 48, Need::shrinks);
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    std::vector<ReceiptFault> faults;
    for (const VisibilityChange& change : changes) {
        const Receipt& receipt = change.receipt;
        Queue& queue = *find(receipt.queue);
        ReceiptFault fault = check_receipt(queue, receipt);
        if (fault == ReceiptFault::none) {
            const auto receives = static_cast<std::uint32_t>(receipt.lease & 0xfffff);
            const auto changed =
                queue.machine->change_visibility(receipt.sequence, receives, change.visibility, now_);
            fault = changed.fault;
            // Standard leases live in memory: a crash makes their messages visible, which is always allowed.
            if (fault == ReceiptFault::none && queue.settings.order == Order::fifo)
                append(encode(VisibilityRecord{queue.id, receipt.sequence, changed.until}));
            touch(queue);
        }
        faults.push_back(fault);
    }
    on_commit([faults = std::move(faults), done = std::move(done)](const Status& status) mutable {
        if (status.ok())
            done(std::move(faults));
        else
            done(status.error());
    });
}

}  // namespace landfall::messages
