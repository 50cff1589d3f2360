// A Job as a resource of the state store, and back (docs/formats/state.md).
#pragma once

#include <string>

#include "base/result.hpp"
#include "core/jobs/job.hpp"
#include "core/state/resource.hpp"

namespace landfall::jobs {

inline constexpr std::string_view kJobKind = "job";
inline constexpr std::string_view kCancelKind = "job.cancel";

// Names of the look-ups of a job. A final job has `ended` = its state, any other `live` = "".
inline constexpr std::string_view kByAll = "all";
inline constexpr std::string_view kByKind = "kind";
inline constexpr std::string_view kByAccount = "account";
inline constexpr std::string_view kByResource = "resource";
inline constexpr std::string_view kByLive = "live";
inline constexpr std::string_view kByEnded = "ended";

/// Writes everything of the job but its progress and lease into `row`; keeps what the store sets.
void write_row(const Job& job, state::Resource& row);
/// Progress and lease: the row's volatile bytes.
std::string encode_progress(const Job& job);
/// corrupt: the row is not a job's.
Result<Job> job_of(const state::Resource& row);

/// One text for a key, for the look-up by resource.
std::string text_of_key(const state::Key& key);
/// The key of the row that asks a job to end.
state::Key cancel_key_of(const JobId& id);
/// The name of the job's log among the store's streams.
std::string log_stream_of(const JobId& id);

}  // namespace landfall::jobs
