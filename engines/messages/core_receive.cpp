// Receives: served at once, or waiting until their queue has something or their time is over.
#include <algorithm>

#include "engines/messages/core.hpp"

namespace landfall::messages {

namespace {

constexpr std::uint64_t kGapMax = 4096;           ///< is read along rather than left out
constexpr std::uint64_t kTogetherMax = 1U << 20;  ///< bytes of one read

/// Neighbours in a segment are read together: a backlog lies there in its order. Where that fails each is
/// read by itself, so that a place that cannot be read costs no other message.
void load_cold(LogDevice& device, QueueId queue, const std::vector<Core::Located>& places,
               std::vector<std::size_t> cold, std::vector<Result<StoredMessage>>& fetched) {
    const auto place = [&](std::size_t i) { return std::pair{*places[i].segment, places[i].entry.offset}; };
    std::sort(cold.begin(), cold.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
    std::vector<std::byte> bytes;
    for (auto first = cold.begin(); first != cold.end();) {
        const SegmentName& segment = *places[*first].segment;
        const std::uint64_t from = places[*first].entry.offset;
        std::uint64_t to = from;
        auto last = first;
        for (; last != cold.end() && *places[*last].segment == segment; ++last) {
            const Entry& entry = places[*last].entry;
            const std::uint64_t end = std::uint64_t{entry.offset} + entry.length;
            if (last != first && (entry.offset > to + kGapMax || end > from + kTogetherMax)) break;
            to = std::max(to, end);
        }
        bytes.resize(static_cast<std::size_t>(to - from));
        const auto got = device.read(segment, ByteOffset{from}, bytes);
        for (; first != last; ++first) {
            const Entry& entry = places[*first].entry;
            const std::size_t at = static_cast<std::size_t>(entry.offset - from);
            fetched[*first] = got.ok() && at + entry.length <= got->count
                                  ? stored_message(ByteSpan{bytes}.subspan(at, entry.length), entry, queue)
                                  : load_message(device, segment, entry, queue);
        }
    }
}

}  // namespace

void Core::receive(Waiter waiter) {
    Status ready = usable();
    Queue* queue = find(waiter.request.queue);
    if (ready.ok() && queue == nullptr) ready = no_queue(waiter.request.queue);
    if (ready.ok() && (waiter.request.max == 0 || waiter.request.max > 10))
        ready = Error{Errc::invalid, "a receive takes 1 to 10 messages"};
    if (ready.ok() && state_memory_ > Bytes{parts_.options.memory_limit.count / 2})
        ready = Error{Errc::exhausted, "the message broker's memory is used up"};
    if (!ready.ok()) {
        answer([done = std::move(waiter.done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    touch(*queue);
    // Whoever waits already goes first.
    if (queue->waiters.empty() && serve(*queue, waiter)) return;
    if (waiter.deadline <= now_) {
        answer([done = std::move(waiter.done)]() mutable { done(std::vector<Received>{}); });
        return;
    }
    waiter.timer = wheel_.add(waiter.deadline, {Alarm::Kind::poll_over, queue->id.value, waiter.poll.value});
    polls_[waiter.poll.value] = queue->id;
    queue->waiters.push_back(std::move(waiter));
}

void Core::cancel(PollId poll) {
    const auto known = polls_.find(poll.value);
    if (known == polls_.end()) return;
    Queue* const queue = find(known->second);
    polls_.erase(known);
    if (queue == nullptr) return;
    const auto it = std::find_if(queue->waiters.begin(), queue->waiters.end(),
                                 [&](const Waiter& waiter) { return waiter.poll.value == poll.value; });
    if (it == queue->waiters.end()) return;
    wheel_.cancel(it->timer);
    answer([done = std::move(it->done)]() mutable { done(Error{Errc::cancelled, "the client is gone"}); });
    queue->waiters.erase(it);
}

/// True when the waiter was answered (or will be, when its lease is durable).
bool Core::serve(Queue& queue, Waiter& waiter) {
    const Receive& request = waiter.request;
    QueueMachine::Take take = queue.machine->take(
        now_, {.max = request.max,
               .visibility = std::clamp(request.visibility.value_or(queue.settings.visibility), Duration{0},
                                        kVisibilityMax),
               .attempt = request.attempt_id.empty() ? 0 : parts_.keys.name(request.attempt_id)});
    if (!take.dead.empty()) send_dead_letters(queue, std::move(take.dead));
    if (take.taken.empty()) {
        if (!take.over_limit || queue.settings.order == Order::fifo) return false;
        answer([done = std::move(waiter.done)]() mutable {
            done(Error{Errc::exhausted, "too many messages are in flight"});
        });
        return true;
    }
    deliver(queue, std::move(take), std::move(waiter));
    return true;
}

void Core::deliver(Queue& queue, QueueMachine::Take take, Waiter waiter) {
    if (queue.settings.order == Order::standard) {
        auto places = locate(queue, take.taken);
        hand_over(queue.id, std::move(take.taken), std::move(places), std::move(waiter));
        return;
    }
    LeaseRecord record{.queue = queue.id, .received = now_, .until = take.until};
    if (!waiter.request.attempt_id.empty()) record.attempt = parts_.keys.name(waiter.request.attempt_id);
    for (const QueueMachine::Taken& taken : take.taken) record.leased.push_back(taken.lease);
    const auto bytes = encode(record);
    if (Status room = tail_.make_room(bytes.size(), Need::shrinks); !room.ok()) {
        for (const QueueMachine::Taken& taken : take.taken)
            queue.machine->release(taken.entry.sequence, now_);
        answer([done = std::move(waiter.done), error = room.error()]() mutable { done(std::move(error)); });
        return;
    }
    append(bytes);
    on_commit([this, id = queue.id, places = locate(queue, take.taken), taken = std::move(take.taken),
               waiter = std::move(waiter)](const Status& status) mutable {
        if (status.ok())
            hand_over(id, std::move(taken), std::move(places), std::move(waiter));
        else
            waiter.done(status.error());
    });
}

void Core::hand_over(QueueId id, std::vector<QueueMachine::Taken> taken, std::vector<Located> places,
                     Waiter waiter) {
    Queue* const queue = find(id);
    if (queue == nullptr) {
        answer([done = std::move(waiter.done), error = no_queue(id)]() mutable { done(std::move(error)); });
        return;
    }
    queue->gauges->add(queue->gauges->received, taken.size());
    fetch(id, std::move(places),
          [this, id, taken = std::move(taken), waiter = std::move(waiter)](Fetched fetched) mutable {
              std::vector<Received> out;
              std::optional<Error> failed;
              for (std::size_t i = 0; i < taken.size(); ++i) {
                  const Sequence sequence = taken[i].entry.sequence;
                  if (!fetched[i].ok()) {
                      // What cannot be read for another reason than damage comes back when its lease ends.
                      if (!fetched[i].is(Errc::corrupt)) failed = fetched[i].error();
                      continue;
                  }
                  StoredMessage& message = *fetched[i];
                  const bool moved = message.dead_letter_source.value != 0;
                  out.push_back(
                      {.receipt = {id, sequence, parts_.keys.lease(id, sequence, taken[i].lease.receives)},
                       .id = message.id,
                       .sent = instant_of(message.sent),
                       .first_received = instant_of(taken[i].lease.first_received),
                       .receive_count = message.receives + taken[i].lease.receives,
                       .group = std::move(message.group),
                       .dedup_id = std::move(message.dedup_id),
                       .dead_letter_source = moved ? std::optional{message.dead_letter_source} : std::nullopt,
                       .wrapping = std::move(message.wrapping),
                       .headers = std::move(message.headers),
                       .body = std::move(message.body)});
              }
              if (!out.empty() || !failed) {
                  // A receive that damage leaves with nothing starts again, behind the quarantine.
                  if (out.empty() && !taken.empty())
                      again(std::move(waiter));
                  else
                      waiter.done(std::move(out));
                  return;
              }
              waiter.done(*failed);
          });
}

void Core::again(Waiter waiter) {
    // Readers end before the inbox closes: this is always taken.
    const bool posted =
        parts_.inbox.post([rest = std::move(waiter)](Core& core) mutable { core.receive(std::move(rest)); });
    CHECK(posted);
}

std::vector<Core::Located> Core::locate(Queue& queue, const std::vector<QueueMachine::Taken>& taken) {
    std::vector<Located> places;
    places.reserve(taken.size());
    for (const QueueMachine::Taken& one : taken) {
        const Segment* const segment = queue.machine->backlog().segment_of(one.entry.sequence);
        places.push_back({one.entry, segment == nullptr ? nullptr : segment->name});
    }
    return places;
}

void Core::fetch(QueueId queue, std::vector<Located> places, UniqueFunction<void(Fetched)> then) {
    Fetched fetched;
    std::vector<std::size_t> cold;
    for (const Located& place : places) {
        const Entry& entry = place.entry;
        const auto record =
            place.segment ? hot_.find(*place.segment, entry.offset, entry.length) : std::nullopt;
        if (record)
            fetched.push_back(stored_message(*record, entry, queue));
        else
            fetched.emplace_back(Error{Errc::unavailable, "the message's place is not known"});
        if (!record && place.segment) cold.push_back(fetched.size() - 1);
    }
    const bool all_hot = cold.empty();
    auto rest = [this, queue, then = std::move(then), fetched = std::move(fetched),
                 places = std::move(places), cold = std::move(cold)]() mutable {
        load_cold(*parts_.device, queue, places, std::move(cold), fetched);
        settle_fetch(queue, std::move(places), std::move(fetched), std::move(then));
    };
    if (all_hot) {
        answer(std::move(rest));
        return;
    }
    answer([this, rest = std::move(rest)]() mutable { readers_.submit(std::move(rest)); });
}

void Core::settle_fetch(QueueId queue, std::vector<Located> places, Fetched fetched,
                        UniqueFunction<void(Fetched)> then) {
    std::vector<Located> damaged;
    for (std::size_t i = 0; i < places.size(); ++i)
        if (fetched[i].is(Errc::corrupt)) damaged.push_back(std::move(places[i]));
    // The pins go before the answer: whoever has it may wait for space.
    places.clear();
    if (!damaged.empty())
        static_cast<void>(parts_.inbox.post(
            [queue, damaged = std::move(damaged)](Core& core) { core.quarantine(queue, damaged); }));
    then(std::move(fetched));
}

void Core::count_damage(QueueId id, std::uint64_t messages) {
    if (messages == 0) return;
    damaged_ += messages;
    if (parts_.options.on_damage) parts_.options.on_damage(id, messages);
}

void Core::quarantine(QueueId id, const std::vector<Located>& damaged) {
    Queue* const queue = find(id);
    if (queue == nullptr || failed_) return;
    RemoveRecord record{.queue = id, .sequences = {}};
    Backlog& backlog = queue->machine->backlog();
    for (const Located& place : damaged) {
        const Sequence sequence = place.entry.sequence;
        const Segment* const segment = backlog.segment_of(sequence);
        // Elsewhere by now: what was read says nothing of what is in use.
        if (segment == nullptr || segment->name != place.segment || backlog.entry(sequence) != place.entry)
            continue;
        if (queue->machine->remove(sequence)) record.sequences.push_back(sequence);
    }
    if (record.sequences.empty()) return;
    count_damage(id, record.sequences.size());
    touch(*queue);
    const auto bytes = encode(record);
    if (tail_.make_room(bytes.size(), Need::shrinks).ok()) append(bytes);
}

}  // namespace landfall::messages
