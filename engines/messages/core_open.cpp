// Opening: the log read back, queues attached, threads started.
#include <algorithm>
#include <set>

#include "engines/messages/core.hpp"

namespace landfall::messages {

Core::Core(Parts parts)
    : parts_{std::move(parts)},
      now_{parts_.time.now()},
      wheel_{now_},
      tail_{parts_.options.segment_size,
            [this](SegmentName name, Bytes size) {
                upkeep_.submit(
                    [this, name, size] { tail_.prepared(name, size, parts_.device->prepare(name, size)); });
            },
            [this](Segment& full) { index_segment(full); }},
      hot_{parts_.options.hot_bodies} {}

Core::~Core() {
    // Queues and images give their runs back to the segments, which go last.
    queues_.clear();
    images_.clear();
}

QueueImage& Core::image(QueueId id) {
    return images_.try_emplace(id.value, *static_cast<EntrySource*>(this)).first->second;
}

DedupRow Core::dedup_row(std::string_view dedup_id, std::string_view group, MessageId id) const {
    return DedupRow{.dedup = parts_.keys.name(dedup_id), .group = parts_.keys.name(group), .id = id};
}

Status Core::recover() {
    auto segments = TRY(parts_.device->segments());
    const bool fresh = segments.empty();
    if (fresh) {
        TRY(parts_.device->prepare(SegmentName{1, 0}, parts_.options.segment_size));
        segments.push_back(SegmentName{1, 0});
    }
    OnRecord on_record = [this](const SegmentName& name, std::uint64_t offset,
                                const Decoded& decoded) -> Status {
        replay_record(name, offset, decoded);
        return {};
    };
    LogPosition start{.segment = segments.front(), .offset = 0, .chain = {}};
    const auto checkpoint = TRY(load_checkpoint());
    if (checkpoint) {
        TRY(restore(*checkpoint, segments));
        TRY(trim_unlisted(segments, *checkpoint));
        start = checkpoint->position;
    } else if (segments.front() != SegmentName{1, 0}) {
        return Error{Errc::corrupt, parts_.options.directory + ": the checkpoint is missing"};
    }
    // A segment that was made just now has nothing to read.
    recovered_ = fresh && !checkpoint
                     ? start
                     : TRY(replay(*parts_.device, parts_.keys.frames, segments, start, on_record));
    auto& known = tail_.segments();
    Segment& open = known.contains(recovered_.segment.number) ? *known[recovered_.segment.number]
                                                              : tail_.add_segment(recovered_.segment);
    open.sealed = false;
    open.end = recovered_.offset;
    for (auto& [number, segment] : known) segment->written = segment->end;
    tail_.open_at(open, recovered_.offset, TRY(parts_.device->size(recovered_.segment)));
    for (const SegmentName& name : segments) {
        if (name.number <= recovered_.segment.number) continue;
        const Bytes size = TRY(parts_.device->size(name));
        // One that was not made whole, because the disk was full or the power went.
        if (size < parts_.options.segment_size)
            TRY(parts_.device->trim(name));
        else
            tail_.add_ready(name, size);
    }
    return usable();
}

void Core::replay_record(const SegmentName& name, std::uint64_t offset, const Decoded& decoded) {
    auto& segments = tail_.segments();
    if (!segments.contains(name.number)) {
        for (auto& [number, earlier] : segments) earlier->sealed = true;
        static_cast<void>(tail_.add_segment(name));
    }
    Segment& segment = *segments[name.number];
    segment.end = offset + decoded.length;
    if (const auto* message = std::get_if<MessageRecord>(&decoded.record))
        replay_message(segment, offset, *message, decoded.length);
    if (const auto* removed = std::get_if<RemoveRecord>(&decoded.record)) {
        QueueImage& queue = image(removed->queue);
        for (const Sequence sequence : removed->sequences) queue.drop(sequence);
    }
    if (const auto* lease = std::get_if<LeaseRecord>(&decoded.record)) {
        QueueImage& queue = image(lease->queue);
        AttemptRow attempt{
            .attempt = lease->attempt, .until = lease->received + kDedupWindow, .sequences = {}};
        for (const Leased& one : lease->leased) {
            queue.received.erase(one.sequence.value);
            queue.in_flight[one.sequence.value] = {one.receives, one.first_received, lease->received,
                                                   lease->until};
            attempt.sequences.push_back(one.sequence);
        }
        if (lease->attempt != 0) queue.attempts.push_back(std::move(attempt));
    }
    if (const auto* change = std::get_if<VisibilityRecord>(&decoded.record)) {
        QueueImage& queue = image(change->queue);
        if (const auto it = queue.in_flight.find(change->sequence.value); it != queue.in_flight.end())
            it->second.until = change->until;
    }
    if (const auto* counts = std::get_if<CountsRecord>(&decoded.record)) {
        QueueImage& queue = image(counts->queue);
        for (const Leased& one : counts->counted) {
            queue.in_flight.erase(one.sequence.value);
            queue.received[one.sequence.value] = {one.receives, one.first_received, {}, {}};
        }
    }
    if (const auto* purged = std::get_if<PurgeRecord>(&decoded.record))
        image(purged->queue).purge(purged->upto);
    if (const auto* forgotten = std::get_if<ForgetRecord>(&decoded.record))
        images_.erase(forgotten->queue.value);
}

Entry Core::entry_of(const MessageRecord& record, Sequence sequence, std::uint64_t offset, std::size_t length,
                     std::uint32_t ordinal) const {
    return {.sequence = sequence,
            .group = record.group.empty() ? 0 : parts_.keys.name(record.group),
            .stored = record.stored,
            .offset = static_cast<std::uint32_t>(offset),
            .length = static_cast<std::uint32_t>(length),
            .ordinal = ordinal};
}

void Core::replay_message(Segment& segment, std::uint64_t offset, const MessageRecord& record,
                          std::size_t length) {
    std::uint32_t ordinal = 0;
    for (const TargetSlot& slot : record.targets) {
        QueueImage& queue = image(slot.place.queue);
        queue.last = std::max(queue.last, slot.place.sequence);
        queue.backlog.append(segment, entry_of(record, slot.place.sequence, offset, length, ordinal++));
        if (slot.delay_ms != 0)
            queue.delayed[slot.place.sequence.value] =
                record.stored + std::chrono::milliseconds{slot.delay_ms};
    }
    if (record.origin.queue.value != 0) {
        QueueImage& origin = image(record.origin.queue);
        origin.last = std::max(origin.last, record.origin.sequence);
    }
    if (record.moved_from.queue.value != 0) {
        image(record.moved_from.queue).drop(record.moved_from.sequence);
    } else if (!record.dedup_id.empty()) {
        const bool by_origin = record.origin.queue.value != 0;
        if (!by_origin && record.targets.empty()) return;
        const QueuePlace place = by_origin ? record.origin : record.targets.front().place;
        DedupRow row = dedup_row(record.dedup_id, record.group, record.id);
        row.sequence = place.sequence;
        row.sent = record.sent;
        row.until = record.stored + kDedupWindow;
        image(place.queue).dedup.push_back(row);
    }
}

QueueSettings Core::effective(const QueueSettings& settings) {
    QueueSettings out = settings;
    if (out.dead_letters && find(out.dead_letters->target) == nullptr) out.dead_letters.reset();
    return out;
}

void Core::reconfigure_sources_of(QueueId dead_letters) {
    for (auto& [id, queue] : queues_)
        if (queue->settings.dead_letters && queue->settings.dead_letters->target == dead_letters)
            queue->machine->configure(effective(queue->settings), now_);
}

void Core::attach(QueueId id, const QueueSettings& settings) {
    if (find(id) != nullptr) return;
    QueueImage from = std::move(image(id));
    images_.erase(id.value);
    auto queue = std::make_unique<Queue>();
    queue->id = id;
    queue->settings = settings;
    queue->gauges = parts_.gauges.make(id);
    for (const DedupRow& row : from.dedup)
        if (row.until > now_) remember(*queue, row);
    const auto make = settings.order == Order::fifo ? make_fifo_queue : make_standard_queue;
    queue->machine = make({wheel_, id}, effective(settings), std::move(from), now_);
    Queue& there = *(queues_[id.value] = std::move(queue));
    flush_gauges(there);
    reconfigure_sources_of(id);
}

void Core::start(ThreadStarter& threads) {
    commits_.emplace(*parts_.device, parts_.keys.frames, parts_.epoch, recovered_.chain,
                     [this](Batch batch, Status status) {
                         static_cast<void>(parts_.inbox.post(
                             [batch = std::move(batch), status = std::move(status)](Core& core) mutable {
                                 core.committed(std::move(batch), std::move(status));
                             }));
                     });
    readers_.start(threads, "messages.read", 2);
    upkeep_.start(threads, "messages.upkeep", 2);
    tail_.replenish();
    for (const auto& [id, orphan] : images_) {
        const auto record = encode(ForgetRecord{QueueId{id}});
        if (tail_.make_room(record.size(), Need::shrinks).ok()) append(record);
    }
    images_.clear();
    for (auto& [number, segment] : tail_.segments())
        if (segment->sealed && !segment->indexed && segment->live != 0) index_segment(*segment);
    commits_->start(threads);
    commits_->kick();
}

}  // namespace landfall::messages
