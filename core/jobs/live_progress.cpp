#include "core/jobs/engine.hpp"

namespace landfall::jobs {
namespace {

// A new sample counts a fifth: the rate follows the last ten seconds or so, and does not jump.
constexpr double kSampleShare = 0.2;

}  // namespace

void LiveProgress::report(Bytes done, Bytes total, std::string_view phase) {
    const std::lock_guard lock{mutex_};
    progress_.done = done;
    progress_.total = total;
    if (!phase.empty()) progress_.phase = phase;
    changed_ = true;
}

void LiveProgress::log(state::LogLine line) {
    const std::lock_guard lock{mutex_};
    if (lines_ >= kLogLinesMax) return;
    ++lines_;
    waiting_.push_back(std::move(line));
    changed_ = true;
}

void LiveProgress::sample(Moment now) {
    const std::lock_guard lock{mutex_};
    if (sampled_at_ && now > *sampled_at_ && progress_.done >= sampled_done_) {
        const double seconds = static_cast<double>((now - *sampled_at_).count()) / 1e9;
        const double rate = static_cast<double>((progress_.done - sampled_done_).count) / seconds;
        const bool first = progress_.bytes_per_second == 0;
        progress_.bytes_per_second += first ? rate : kSampleShare * (rate - progress_.bytes_per_second);
    }
    sampled_at_ = now;
    sampled_done_ = progress_.done;
    progress_.eta.reset();
    if (progress_.bytes_per_second < 1 || progress_.total <= progress_.done) return;
    const double left = static_cast<double>((progress_.total - progress_.done).count);
    const double seconds = left / progress_.bytes_per_second;
    constexpr double kCenturySeconds = 3e9;
    if (seconds < kCenturySeconds) {
        progress_.eta = std::chrono::seconds{static_cast<std::int64_t>(seconds)};
    }
}

void LiveProgress::show_in(Job& job) const {
    const std::lock_guard lock{mutex_};
    job.progress = progress_;
    job.log_lines = lines_;
}

std::vector<state::LogLine> LiveProgress::take_lines() {
    const std::lock_guard lock{mutex_};
    return std::exchange(waiting_, {});
}

bool LiveProgress::take_changed() {
    const std::lock_guard lock{mutex_};
    return std::exchange(changed_, false);
}

}  // namespace landfall::jobs
