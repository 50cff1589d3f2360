#include "engines/messages/backlog.hpp"

#include <algorithm>
#include <bit>

#include "base/result.hpp"

namespace landfall::messages {

std::size_t Bits::next_clear(std::size_t i) const {
    std::size_t word = i / 64;
    if (word >= words_.size()) return i;
    std::uint64_t clear = ~words_[word] & (~std::uint64_t{0} << (i % 64));
    while (clear == 0) {
        if (++word >= words_.size()) return word * 64;
        clear = ~words_[word];
    }
    return word * 64 + static_cast<std::size_t>(std::countr_zero(clear));
}

void Backlog::append(Segment& segment, const Entry& entry) {
    if (runs_.empty() || runs_.back()->segment != &segment) {
        tidy();
        runs_.push_back(std::make_unique<Run>());
        runs_.back()->segment = &segment;
    }
    Run& run = *runs_.back();
    CHECK(run.count == 0 || run.last < entry.sequence);
    // Where all are gone, the entries before this one are of no use any more.
    if (run.live == 0) {
        run.entries.clear();
        run.dead = Bits{};
        run.count = 0;
        run.first = entry.sequence;
    }
    run.last = entry.sequence;
    run.newest = std::max(run.newest, entry.stored);
    run.entries.push_back(entry);
    ++run.count;
    ++run.live;
    ++segment.live;
    ++live_;
}

void Backlog::restore(Run run) {
    CHECK(runs_.empty() || runs_.back()->last < run.first);
    run.segment->live += run.live;
    live_ += run.live;
    runs_.push_back(std::make_unique<Run>(std::move(run)));
}

std::size_t Backlog::run_at_or_after(Sequence sequence) const {
    const auto it = std::partition_point(runs_.begin(), runs_.end(),
                                         [&](const auto& run) { return run->last < sequence; });
    return static_cast<std::size_t>(it - runs_.begin());
}

Result<Entry> Backlog::read(const Run& run, std::size_t index) const {
    if (!run.entries.empty()) return run.entries[index];
    return source_->entry(*run.segment->name, run.base, index);
}

std::size_t Backlog::lower_bound(const Run& run, Sequence sequence) const {
    if (sequence <= run.first) return 0;
    if (run.dense()) return static_cast<std::size_t>(sequence.value - run.first.value);
    std::size_t low = 0;
    std::size_t high = run.count;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const auto entry = read(run, middle);
        if (entry.ok() && entry->sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::optional<Backlog::Place> Backlog::find(Sequence sequence) const {
    const std::size_t at = run_at_or_after(sequence);
    if (at == runs_.size() || sequence < runs_[at]->first) return std::nullopt;
    Run& run = *runs_[at];
    const std::size_t index = lower_bound(run, sequence);
    if (run.dead.test(index)) return std::nullopt;
    if (!run.dense()) {
        const auto entry = read(run, index);
        if (!entry.ok() || entry->sequence != sequence) return std::nullopt;
    }
    return Place{&run, index};
}

bool Backlog::contains(Sequence sequence) const { return find(sequence).has_value(); }

std::optional<Entry> Backlog::entry(Sequence sequence) {
    const auto place = find(sequence);
    if (!place) return std::nullopt;
    const auto found = read(*place->run, place->index);
    return found.ok() ? std::optional{*found} : std::nullopt;
}

Segment* Backlog::segment_of(Sequence sequence) {
    const auto place = find(sequence);
    return place ? place->run->segment : nullptr;
}

std::optional<Entry> Backlog::next(Sequence from, Sequence upto) {
    for (std::size_t at = run_at_or_after(from); at < runs_.size(); ++at) {
        const Run& run = *runs_[at];
        if (run.first > upto) return std::nullopt;
        if (run.live == 0) continue;
        for (std::size_t index = run.dead.next_clear(lower_bound(run, from)); index < run.count;
             index = run.dead.next_clear(index + 1)) {
            const auto entry = read(run, index);
            if (entry.is(Errc::corrupt)) continue;
            if (!entry.ok() || entry->sequence > upto) return std::nullopt;
            return *entry;
        }
    }
    return std::nullopt;
}

std::optional<Entry> Backlog::oldest() {
    if (!oldest_) {
        oldest_ = next(oldest_from_, Sequence{~0ULL});
        if (oldest_) oldest_from_ = oldest_->sequence;
    }
    return oldest_;
}

Sequence Backlog::first_not_before(Sequence from, Millis stored) const {
    for (std::size_t at = run_at_or_after(from); at < runs_.size(); ++at) {
        from = std::max(from, runs_[at]->first);
        if (runs_[at]->newest >= stored) return from;
        from = Sequence{runs_[at]->last.value + 1};
    }
    return from;
}

bool Backlog::kill(Sequence sequence) {
    const auto place = find(sequence);
    if (!place) return false;
    place->run->dead.set(place->index);
    --place->run->live;
    --place->run->segment->live;
    --live_;
    if (oldest_ && oldest_->sequence == sequence) oldest_.reset();
    if (place->run->live == 0 && place->run->segment->sealed) tidy();
    return true;
}

void Backlog::clear() {
    for (const auto& run : runs_) run->segment->live -= run->live;
    runs_.clear();
    live_ = 0;
    oldest_.reset();
}

std::uint64_t Backlog::drop_expired_run(Millis upto, Sequence committed) {
    if (runs_.empty()) return 0;
    const Run& run = *runs_.front();
    if (run.newest > upto || run.last > committed || run.live == 0) return 0;
    const std::uint64_t gone = run.live;
    run.segment->live -= gone;
    live_ -= gone;
    runs_.erase(runs_.begin());
    oldest_.reset();
    return gone;
}

Run* Backlog::run_in(const Segment& segment) {
    for (const auto& run : runs_)
        if (run->segment == &segment) return run.get();
    return nullptr;
}

void Backlog::replace(Run& run, Run next) {
    const std::uint64_t lost = run.live - next.live;
    run.segment->live -= lost;
    live_ -= lost;
    run = std::move(next);
    oldest_.reset();
    tidy();
}

void Backlog::tidy() {
    std::erase_if(runs_, [](const auto& run) { return run->live == 0 && run->segment->sealed; });
}

}  // namespace landfall::messages
