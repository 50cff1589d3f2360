#include "engines/images/part_run.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace landfall::images {

PartRun::PartRun(ImportState& state, DiskPart part, const Plan& plan)
    : state_{state}, part_{part}, plan_{plan} {
    unfinished_.reserve(plan.windows.size());
    for (const Window& w : plan.windows) unfinished_.push_back(w.units_end - w.units_begin);
}

Status PartRun::run() {
    const bool hashing = !state_.taps.empty();
    if (!hashing) hashed_ = plan_.windows.size();
    std::vector<std::thread> threads;
    threads.push_back(state_.starter.start("image-read", [this] { read_windows(); }));
    if (hashing) threads.push_back(state_.starter.start("image-hash", [this] { hash_windows(); }));
    const std::size_t workers = plan_.units.empty() ? 0 : state_.threads;
    for (std::size_t i = 0; i < workers; ++i) {
        threads.push_back(state_.starter.start("image-decode", [this] { work(); }));
    }
    watch();
    for (std::thread& thread : threads) thread.join();
    if (failure_) return std::move(*failure_);
    return {};
}

/// The calling thread: tells progress and looks at the cancel flag until everything has ended.
void PartRun::watch() {
    constexpr auto kCancelLookedAt = std::chrono::milliseconds{50};
    std::size_t told = 0;
    for (bool over = false; !over;) {
        std::size_t retired = 0;
        {
            std::unique_lock lock{mutex_};
            changed_.wait_for(lock, kCancelLookedAt, [&] { return ended() || retired_ > told; });
            retired = retired_;
            over = ended();
        }
        for (; told < retired; ++told) state_.retired(plan_.windows[told]);
        const bool cancelled = state_.cancel != nullptr && state_.cancel->load(std::memory_order_relaxed);
        if (cancelled && !over) fail(Error{Errc::cancelled, "the import was cancelled"});
    }
}

void PartRun::fail(Error error) {
    const std::scoped_lock lock{mutex_};
    if (!failure_) failure_ = std::move(error);
    changed_.notify_all();
}

MutableByteSpan PartRun::buffer_of(std::size_t window) const {
    const Window& w = plan_.windows[window];
    const std::uint64_t begin = w.index * state_.shape.window.count;
    const std::uint64_t size =
        std::min(state_.shape.window.count, state_.sources[w.source].size.count - begin);
    return state_.ring[window % state_.ring.size()].bytes().first(static_cast<std::size_t>(size));
}

void PartRun::read_windows() {
    for (std::size_t i = 0; i < plan_.windows.size(); ++i) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return failure_ || i - retired_ < state_.ring.size(); });
            if (failure_) return;
        }
        const Window& w = plan_.windows[i];
        const MutableByteSpan buffer = buffer_of(i);
        const ByteOffset at{w.index * state_.shape.window.count};
        Status read = read_exactly(*state_.image.sources()[w.source], at, buffer, "a range of the source");
        if (!read.ok()) return fail(std::move(read).error());
        const std::scoped_lock lock{mutex_};
        state_.source_read += buffer.size();
        ++loaded_;
        retire_finished();
        changed_.notify_all();
    }
}

void PartRun::hash_windows() {
    for (std::size_t i = 0; i < plan_.windows.size(); ++i) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return failure_ || loaded_ > i; });
            if (failure_) return;
        }
        const Window& w = plan_.windows[i];
        Bytes& hashed = state_.sources[w.source].hashed;
        const ByteSpan bytes = buffer_of(i);
        if (hashed.count == w.index * state_.shape.window.count) {
            for (HashTap& tap : state_.taps) {
                if (tap.source == w.source) tap.hasher.add(bytes);
            }
            hashed += Bytes{bytes.size()};
        }
        const std::scoped_lock lock{mutex_};
        ++hashed_;
        retire_finished();
    }
}

/// With the lock held: moves the cursor to the next unit's window, and tells whether its bytes are there.
bool PartRun::next_is_ready() {
    if (next_unit_ == plan_.units.size()) return true;
    while (plan_.windows[claim_window_].units_end <= next_unit_) ++claim_window_;
    return loaded_ >= claim_window_ + (plan_.units[next_unit_].uses_next ? 2 : 1);
}

PartRun::Claim PartRun::claim() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return failure_ || next_is_ready(); });
    if (failure_ || next_unit_ == plan_.units.size()) return {};
    const Unit& unit = plan_.units[next_unit_++];
    Claim claim{.unit = &unit, .window = claim_window_, .resident = {.source = unit.source}};
    const std::size_t last = claim_window_ + (unit.uses_next ? 1 : 0);
    for (std::size_t i = claim_window_; i <= last; ++i) {
        claim.resident.runs[i - claim_window_] = {.begin = plan_.windows[i].index * state_.shape.window.count,
                                                  .bytes = buffer_of(i)};
    }
    return claim;
}

void PartRun::work() {
    UnitWorker worker{state_.image, state_.sink};
    for (;;) {
        const Claim claimed = claim();
        if (claimed.unit == nullptr) break;
        Status worked = worker.work(part_, plan_, *claimed.unit, claimed.resident);
        if (!worked.ok()) {
            fail(std::move(worked).error());
            break;
        }
        finish_unit(claimed.window);
    }
    const std::scoped_lock lock{mutex_};
    state_.tally.read_again += worker.tally().read_again;
    state_.tally.blocks_put += worker.tally().blocks_put;
    state_.tally.blocks_zero += worker.tally().blocks_zero;
}

void PartRun::finish_unit(std::size_t window) {
    const std::scoped_lock lock{mutex_};
    if (--unfinished_[window] == 0) retire_finished();
}

/// With the lock held. A unit may use the window after its own, so windows retire strictly in order.
void PartRun::retire_finished() {
    const std::size_t before = retired_;
    while (retired_ < std::min(loaded_, hashed_) && unfinished_[retired_] == 0) ++retired_;
    if (retired_ > before) changed_.notify_all();
}

}  // namespace landfall::images
