#include "core/jobs/job.hpp"

#include <algorithm>
#include <array>

#include "core/jobs/step.hpp"

namespace landfall::jobs {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"queued", "running", "waiting",  "cancelling",
                                                    "done",   "failed",  "cancelled"};

}  // namespace

std::string_view name_of(JobState state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<JobState> parse_job_state(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<JobState>(found - kNames.begin());
}

int Progress::percent() const {
    if (total.count == 0) return 0;
    const auto share = static_cast<double>(done.count) / static_cast<double>(total.count);
    return static_cast<int>(std::clamp(share * 100, 0.0, 99.0));
}

StepResult StepResult::from(const Error& error) {
    switch (error.code()) {
        case Errc::unavailable:
        case Errc::timeout:
        case Errc::io:
        case Errc::exhausted: return retry(error.message());
        default: return failed(error.message());
    }
}

}  // namespace landfall::jobs
