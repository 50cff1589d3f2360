// Indexes of sealed segments: written when a segment is full, read a chunk at a time, made again when
// damaged; and the compaction of segments that are mostly dead.
#include <algorithm>

#include "engines/messages/compaction.hpp"
#include "engines/messages/core.hpp"
#include "engines/messages/index_file.hpp"

namespace landfall::messages {

namespace {
constexpr std::size_t kChunksCached = 64;
}

template <class Visit>
void Core::each_run_in(const Segment& segment, Visit visit) {
    for (auto& [id, queue] : queues_)
        if (Run* const run = queue->machine->backlog().run_in(segment)) visit(QueueId{id}, *run);
    for (auto& [id, from] : images_)
        if (Run* const run = from.backlog.run_in(segment)) visit(QueueId{id}, *run);
}

void Core::index_segment(Segment& segment) {
    segment.total = 0;
    std::vector<Entry> entries;
    std::vector<IndexedRun> runs;
    each_run_in(segment, [&](QueueId id, Run& run) {
        segment.total += run.count;
        if (run.live == 0 || run.entries.empty()) return;
        runs.push_back({id, run.first, run.count, entries.size()});
        entries.insert(entries.end(), run.entries.begin(), run.entries.end());
    });
    if (entries.empty()) return;
    segment.busy = true;
    upkeep_.submit([this, name = *segment.name, entries = std::move(entries),
                    runs = std::move(runs)]() mutable {
        const Status written = parts_.device->put_index(name, encode_index(name, entries));
        static_cast<void>(parts_.inbox.post([name, runs = std::move(runs), good = written.ok()](Core& core) {
            core.segment_indexed(name, runs, good ? IndexFate::written : IndexFate::failed);
        }));
    });
}

void Core::segment_indexed(const SegmentName& name, const std::vector<IndexedRun>& runs, IndexFate fate) {
    const auto it = tail_.segments().find(name.number);
    if (it == tail_.segments().end()) return;
    Segment& segment = *it->second;
    segment.busy = false;
    // Without an index the entries stay in memory, and recovery walks the segment.
    if (fate == IndexFate::failed) return;
    segment.indexed = true;
    for (const IndexedRun& indexed : runs) {
        Queue* const queue = find(indexed.queue);
        Run* const run = queue == nullptr ? nullptr : queue->machine->backlog().run_in(segment);
        if (run == nullptr || run->first != indexed.first || run->count != indexed.count) continue;
        run->base = indexed.base;
        run->entries = std::vector<Entry>{};  // `= {}` would keep the memory
    }
}

Result<Entry> Core::entry(const SegmentName& segment, std::uint64_t base, std::size_t index) {
    const std::uint64_t at = base + index;
    const std::uint64_t number = at / kChunkEntries;
    const auto hit = [&](const CachedChunk& chunk) {
        return chunk.segment == segment && chunk.number == number;
    };
    if (last_chunk_ >= chunks_.size() || !hit(chunks_[last_chunk_])) {
        const auto it = std::find_if(chunks_.begin(), chunks_.end(), hit);
        last_chunk_ = static_cast<std::size_t>(it - chunks_.begin());
    }
    if (last_chunk_ == chunks_.size()) {
        auto loaded = load_chunk(segment, number);
        if (!loaded.ok()) return entry_from_segment(segment, at);
        if (chunks_.size() < kChunksCached) chunks_.emplace_back();
        last_chunk_ = chunks_.size() < kChunksCached ? chunks_.size() - 1 : next_chunk_++ % kChunksCached;
        chunks_[last_chunk_] = {segment, number, std::move(*loaded)};
    }
    return chunks_[last_chunk_].entries[at % kChunkEntries];
}

/// Where the segment cannot be read either, and is not damaged for good, the broker fails: an answer that
/// passes over a message because its entry was not there for a moment would hold it back, or bring it back.
Result<Entry> Core::entry_from_segment(const SegmentName& segment, std::uint64_t at) {
    const auto entries = rebuild_index(segment);
    if (entries.ok() && at < entries->size()) return (*entries)[at];
    if (entries.ok() || entries.is(Errc::corrupt))
        return Error{Errc::corrupt, "a message's entry is not in its segment"};
    if (!failed_)
        failed_ =
            Error{Errc::io, "a segment of the message log could not be read: " + entries.error().message()};
    return entries.error();
}

Result<std::vector<Entry>> Core::load_chunk(const SegmentName& segment, std::uint64_t number) {
    std::vector<std::byte> bytes(kChunkSize);
    const Bytes got = TRY(parts_.device->read_index(segment, chunk_offset(number), bytes));
    return decode_chunk(segment, ByteSpan{bytes}.first(got.count));
}

/// From the segment itself. Rare: the index was lost or damaged. Where no new one can be written (a full
/// disk) the entries stay in memory.
Result<std::vector<Entry>> Core::rebuild_index(const SegmentName& name) {
    const auto it = tail_.segments().find(name.number);
    if (it == tail_.segments().end() || *it->second->name != name)
        return Error{Errc::not_found, "segment " + std::to_string(name.number) + " is not there any more"};
    std::map<std::uint64_t, Run*> runs;
    std::size_t total = 0;
    each_run_in(*it->second, [&](QueueId id, Run& run) {
        if (!run.entries.empty()) return;
        runs[id.value] = &run;
        total = std::max<std::size_t>(total, run.base + run.count);
    });
    Status made = walk_runs(*it->second, runs);
    std::vector<Entry> entries(total);
    if (made.ok())
        for (const auto& [id, run] : runs)
            std::copy(run->entries.begin(), run->entries.end(),
                      entries.begin() + static_cast<std::ptrdiff_t>(run->base));
    if (made.ok() && !parts_.device->put_index(name, encode_index(name, entries)).ok()) return entries;
    for (const auto& [id, run] : runs) run->entries = std::vector<Entry>{};  // `= {}` would keep the memory
    TRY(std::move(made));
    return entries;
}

void Core::consider_compaction() {
    if (compacting_ || failed_ || quiet_ || tail_.starved()) return;
    for (auto& [number, segment] : tail_.segments()) {
        if (!segment->sealed || !segment->indexed || segment->busy || segment->live == 0 ||
            segment->written < segment->end)
            continue;
        if (segment->live * 4 >= segment->total) continue;
        compact(*segment);
        return;
    }
}

void Core::compact(Segment& segment) {
    std::vector<Survivor> survivors;
    bool whole = true;
    each_run_in(segment, [&](QueueId id, Run& run) {
        for (std::size_t i = run.dead.next_clear(0); i < run.count; i = run.dead.next_clear(i + 1)) {
            const auto found = run.entries.empty() ? entry(*segment.name, run.base, i) : run.entries[i];
            whole = whole && (found.ok() || found.is(Errc::corrupt));
            if (found.ok()) survivors.push_back({id, *found});
        }
    });
    // What cannot be read for a moment must not be left out for good.
    if (!whole) return;
    compacting_ = segment.busy = true;
    upkeep_.submit([this, from = segment.name, survivors = std::move(survivors)]() mutable {
        auto made = compact_segment(*parts_.device, parts_.keys.frames, *from, std::move(survivors));
        static_cast<void>(parts_.inbox.post(
            [from, made = std::move(made)](Core& core) mutable { core.compacted(from, std::move(made)); }));
    });
}

void Core::compacted(const SegmentPin& from, Result<Compacted> made) {
    compacting_ = false;
    const auto it = tail_.segments().find(from->number);
    if (it == tail_.segments().end()) return;
    Segment& segment = *it->second;
    segment.busy = false;
    if (!made.ok()) {
        // Not again before it has lost as much once more.
        segment.total = segment.live;
        return;
    }
    replaced_.push_back(segment.name);
    segment.name = std::make_shared<const SegmentName>(made->name);
    segment.end = segment.written = made->end;
    segment.total = made->total;
    each_run_in(segment, [&](QueueId id, Run& run) {
        const auto found = made->runs.find(id.value);
        const std::size_t live = run.live;
        Run next;
        next.segment = &segment;
        next.newest = run.newest;
        if (found != made->runs.end()) {
            const std::vector<Entry>& entries = found->second.entries;
            next.base = found->second.base;
            next.first = entries.front().sequence;
            next.last = entries.back().sequence;
            next.count = entries.size();
            for (std::size_t i = 0; i < entries.size(); ++i)
                if (is_dead(run, *from, entries[i].sequence)) next.dead.set(i);
        }
        std::size_t left = 0;
        for (std::size_t i = next.dead.next_clear(0); i < next.count; i = next.dead.next_clear(i + 1)) ++left;
        next.live = left;
        // Messages that compaction could not read are gone from here on.
        count_damage(id, live - left);
        if (Queue* const queue = find(id)) queue->machine->backlog().replace(run, std::move(next));
    });
}

bool Core::is_dead(const Run& run, const SegmentName& name, Sequence sequence) {
    if (run.dense()) return run.dead.test(static_cast<std::size_t>(sequence.value - run.first.value));
    std::size_t low = 0;
    std::size_t high = run.count;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const auto found = run.entries.empty() ? entry(name, run.base, middle) : run.entries[middle];
        if (found.ok() && found->sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low == run.count || run.dead.test(low);
}

}  // namespace landfall::messages
