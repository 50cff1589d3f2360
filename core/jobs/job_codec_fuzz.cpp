// The rows of jobs: whatever doc, progress and state hold, a job or `corrupt`; and a job that was read is
// written as a row that reads back as the same job.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/jobs/job_codec.hpp"
#include "core/jobs/jobs.hpp"

namespace landfall::jobs {
namespace {

constexpr std::string_view kStates[] = {"queued", "running", "waiting",   "cancelling",
                                        "done",   "failed",  "cancelled", "unheard-of"};

void parse(const state::Resource& row) {
    const auto job = job_of(row);
    if (!job.ok()) {
        CHECK(job.error().code() == Errc::corrupt);
        return;
    }
    static_cast<void>(job->progress.percent());
    state::Resource written;
    write_row(*job, written);
    written.progress = encode_progress(*job);
    const Job again = job_of(written).value();
    state::Resource rewritten;
    write_row(again, rewritten);
    CHECK(written.doc == rewritten.doc && written.index == rewritten.index &&
          written.state == rewritten.state);
    CHECK(encode_progress(again) == written.progress);
}

}  // namespace
}  // namespace landfall::jobs

/// The first byte chooses the state, the second how many bytes of the rest are the progress.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view rest = landfall::text_of(std::as_bytes(std::span{bytes, size}.subspan(2)));
    const std::size_t cut = std::min<std::size_t>(bytes[1], rest.size());
    landfall::state::Resource row;
    row.key = landfall::jobs::key_of(landfall::jobs::JobId{"job-0123456789abcdef0"});
    row.state = landfall::jobs::kStates[bytes[0] % std::size(landfall::jobs::kStates)];
    row.progress = rest.substr(0, cut);
    row.doc = rest.substr(cut);
    landfall::jobs::parse(row);
    return 0;
}
