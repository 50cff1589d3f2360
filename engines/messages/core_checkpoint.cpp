// Checkpoints: taken between two frames, written when the log before them is durable; segments that hold
// nothing any more leave once a checkpoint says so.
#include <algorithm>
#include <bit>

#include "engines/messages/core.hpp"

namespace landfall::messages {

namespace {
constexpr std::size_t kEmptySegmentsMax = 4;
}

QueueRow Core::row_of(Queue& queue) const {
    QueueRow row{.id = queue.id};
    queue.machine->save(row);
    row.dedup = queue.dedup.rows();
    for (const auto& run : queue.machine->backlog().runs()) {
        if (run->live == 0) continue;
        row.runs.push_back({.segment = run->segment->name->number,
                            .first = run->first,
                            .last = run->last,
                            .count = run->count,
                            .newest = run->newest,
                            .base = run->base,
                            .indexed = run->entries.empty(),
                            .dead = run->dead.words()});
    }
    return row;
}

Checkpoint Core::make_checkpoint() {
    Checkpoint out{.number = ++checkpoint_number_};
    out.position = {*tail_.open_segment().name, tail_.offset(), {}};
    for (const auto& [number, segment] : tail_.segments())
        if (segment->live != 0 || !segment->sealed || segment->busy)
            out.segments.push_back({*segment->name, segment->end, segment->total});
    out.queues.reserve(queues_.size());
    for (auto& [id, queue] : queues_) out.queues.push_back(row_of(*queue));
    return out;
}

/// The segments that the checkpoint leaves out.
std::vector<std::uint64_t> Core::uncovered(const Checkpoint& checkpoint) const {
    std::vector<std::uint64_t> out;
    for (const auto& segment : tail_.segments()) {
        const auto listed =
            std::any_of(checkpoint.segments.begin(), checkpoint.segments.end(),
                        [&](const SegmentRow& row) { return row.name.number == segment.first; });
        if (!listed) out.push_back(segment.first);
    }
    return out;
}

void Core::consider_checkpoint() {
    if (checkpointing_ || failed_ || quiet_) return;
    std::size_t empty = 0;
    for (const auto& [number, segment] : tail_.segments())
        if (segment->sealed && segment->live == 0 && !segment->busy) ++empty;
    const bool due = written_.count - checkpointed_at_ >= parts_.options.checkpoint_every.count;
    const bool space = empty >= kEmptySegmentsMax || (empty != 0 && tail_.starved());
    if (!due && !space) return;
    checkpointing_ = true;
    tail_.end_frame();
    Checkpoint checkpoint = make_checkpoint();
    auto gone = uncovered(checkpoint);
    checkpointed_at_ = written_.count;
    auto replaced = std::exchange(replaced_, {});
    commits_->fill([&](Batch& batch) {
        batch.mark = Batch::Mark{
            batch.frame_count(), [this, bytes = encode(checkpoint), gone = std::move(gone),
                                  replaced = std::move(replaced)](Chain chain) mutable {
                set_chain(bytes, chain);
                upkeep_.submit([this, bytes = std::move(bytes), gone = std::move(gone),
                                replaced = std::move(replaced)]() mutable {
                    Status written = parts_.device->write_slot(next_slot_, bytes);
                    static_cast<void>(
                        parts_.inbox.post([gone = std::move(gone), replaced = std::move(replaced),
                                           written = std::move(written)](Core& core) mutable {
                            core.checkpoint_written(std::move(written), gone, std::move(replaced));
                        }));
                });
            }};
    });
}

void Core::checkpoint_written(Status written, const std::vector<std::uint64_t>& gone,
                              std::vector<SegmentPin> replaced) {
    checkpointing_ = false;
    if (!written.ok()) {
        // The older checkpoint still holds; what it names stays.
        for (SegmentPin& pin : replaced) replaced_.push_back(std::move(pin));
        return;
    }
    next_slot_ ^= 1U;
    for (SegmentPin& pin : replaced) doomed_.push_back(std::move(pin));
    for (const std::uint64_t number : gone) {
        const auto it = tail_.segments().find(number);
        if (it == tail_.segments().end()) continue;
        doomed_.push_back(it->second->name);
        // Runs without live entries may still point there.
        for (auto& [id, queue] : queues_) queue->machine->backlog().tidy();
        tail_.segments().erase(it);
    }
    trim_doomed();
}

void Core::trim_doomed() {
    if (doomed_.empty()) return;
    // A reader may still be in one; its turn comes at a later pass.
    std::vector<SegmentName> names;
    std::erase_if(doomed_, [&](const SegmentPin& pin) {
        if (pin.use_count() != 1) return false;
        names.push_back(*pin);
        return true;
    });
    if (names.empty()) return;
    upkeep_.submit([this, names = std::move(names)] {
        for (const SegmentName& name : names) static_cast<void>(parts_.device->trim(name));
        static_cast<void>(parts_.inbox.post([](Core& core) { core.tail_.replenish(); }));
    });
}

/// At the end, when the owner is gone and all is committed.
void Core::final_checkpoint() {
    if (failed_ || !commits_) return;
    Checkpoint checkpoint = make_checkpoint();
    checkpoint.position.chain = commits_->chain();
    static_cast<void>(parts_.device->write_slot(next_slot_, encode(checkpoint)));
}

Result<std::optional<Checkpoint>> Core::load_checkpoint() {
    std::optional<Checkpoint> newest;
    unsigned damaged = 0;
    for (unsigned slot = 0; slot < 2; ++slot) {
        const auto bytes = parts_.device->read_slot(slot);
        if (bytes.is(Errc::corrupt)) ++damaged;
        if (bytes.is(Errc::corrupt) || bytes.is(Errc::not_found)) continue;
        Checkpoint found = TRY(decode_checkpoint(TRY(bytes)));
        if (newest && newest->number > found.number) continue;
        newest = std::move(found);
        next_slot_ = slot ^ 1U;
    }
    if (!newest && damaged == 2)
        return Error{Errc::corrupt, parts_.options.directory + ": both checkpoints are damaged"};
    if (newest) checkpoint_number_ = newest->number;
    return newest;
}

/// Segments that the checkpoint has no use for: emptied ones, and generations that it does not name.
Status Core::trim_unlisted(std::vector<SegmentName>& segments, const Checkpoint& checkpoint) {
    std::vector<SegmentName> kept;
    for (const SegmentName& name : segments) {
        const bool listed = std::any_of(checkpoint.segments.begin(), checkpoint.segments.end(),
                                        [&](const SegmentRow& row) { return row.name == name; });
        const bool later = name.number > checkpoint.position.segment.number && name.generation == 0;
        if (listed || later)
            kept.push_back(name);
        else
            TRY(parts_.device->trim(name));
    }
    segments = std::move(kept);
    return {};
}

/// The queues as the checkpoint has them; runs whose entries have no index are filled by walking their
/// segments.
Status Core::restore(const Checkpoint& checkpoint, std::span<const SegmentName> there) {
    for (const SegmentRow& row : checkpoint.segments) {
        if (!std::binary_search(there.begin(), there.end(), row.name))
            return Error{Errc::corrupt, parts_.options.directory + ": segment " +
                                            std::to_string(row.name.number) + "." +
                                            std::to_string(row.name.generation) + " is missing"};
        Segment& segment = tail_.add_segment(row.name);
        segment.end = row.end;
        segment.written = row.end;
        segment.total = row.total;
        segment.sealed = row.name.number != checkpoint.position.segment.number;
    }
    WalkedSegments walked;
    for (const QueueRow& row : checkpoint.queues) {
        QueueImage& queue = image(row.id);
        queue.last = row.last;
        queue.cursor = row.cursor;
        for (const RunRow& run : row.runs) TRY(restore_run(row.id, run, walked));
        for (const auto& [sequence, state] : row.in_flight) queue.in_flight[sequence] = state;
        for (const auto& [sequence, state] : row.received) queue.received[sequence] = state;
        for (const auto& [sequence, until] : row.delayed) queue.delayed[sequence] = until;
        queue.dedup = row.dedup;
        queue.attempts = row.attempts;
    }
    for (auto& [number, runs] : walked) TRY(walk_runs(*tail_.segments()[number], runs));
    return {};
}

Status Core::restore_run(QueueId id, const RunRow& row, WalkedSegments& walked) {
    const auto segment = tail_.segments().find(row.segment);
    if (segment == tail_.segments().end())
        return Error{Errc::corrupt,
                     "the checkpoint names segment " + std::to_string(row.segment) + " and does not list it"};
    Run run;
    run.segment = segment->second.get();
    run.first = row.first;
    run.last = row.last;
    run.count = row.count;
    run.newest = row.newest;
    run.base = row.base;
    run.dead.assign(row.dead);
    std::size_t dead = 0;
    for (const std::uint64_t word : row.dead) dead += static_cast<std::size_t>(std::popcount(word));
    if (dead >= row.count) return Error{Errc::corrupt, "the checkpoint has a run without messages"};
    run.live = row.count - dead;
    QueueImage& queue = image(id);
    queue.backlog.restore(std::move(run));
    if (row.indexed)
        segment->second->indexed = true;
    else
        walked[row.segment][id.value] = queue.backlog.runs().back().get();
    return {};
}

Status Core::walk_runs(Segment& segment, RunsByQueue& runs) {
    OnRecord on_record = [&](const SegmentName&, std::uint64_t offset, const Decoded& decoded) -> Status {
        const auto* const message = std::get_if<MessageRecord>(&decoded.record);
        if (message == nullptr) return {};
        for (std::uint32_t ordinal = 0; ordinal < message->targets.size(); ++ordinal) {
            const QueuePlace place = message->targets[ordinal].place;
            const auto run = runs.find(place.queue.value);
            if (run == runs.end() || place.sequence < run->second->first ||
                place.sequence > run->second->last)
                continue;
            run->second->entries.push_back(
                entry_of(*message, place.sequence, offset, decoded.length, ordinal));
        }
        return {};
    };
    TRY(walk_segment(*parts_.device, parts_.keys.frames, *segment.name, segment.end, on_record));
    for (const auto& [id, run] : runs)
        if (run->entries.size() != run->count)
            return Error{Errc::corrupt, "segment " + std::to_string(segment.name->number) +
                                            " of the message log lacks messages that the checkpoint names"};
    return {};
}

}  // namespace landfall::messages
