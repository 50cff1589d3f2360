// ReplicationTaskSettings: JSON of sections; what is given is laid over the defaults, and the whole is told.
//
// Invariants
//   1. The merged text has every member of the defaults, in their order; merging it again changes nothing.
//   2. A member that DMS does not know, or of another type than the default's, is refused by its name.
// Pure; any thread. Source: docs of DMS, "Specifying task settings".
#pragma once

#include <string>
#include <string_view>

#include "services/dms/model_fault.hpp"

namespace landfall::dms {

/// `before`: settings merged earlier, which `given` changes; empty: the defaults.
[[nodiscard]] Judged<std::string> merged_task_settings(std::string_view before, std::string_view given);

/// What of them acts on a run.
struct TaskSettings {
    enum class Prepare : std::uint8_t { nothing, truncate, drop } prepare = Prepare::nothing;
    unsigned sub_tasks = 8;
    bool validates = false;
    bool stops_after_load = false;            ///< StopTaskCachedChangesNotApplied
    bool stops_after_cached_changes = false;  ///< StopTaskCachedChangesApplied
    bool suspends_tables = true;              ///< TableErrorPolicy
    bool follows_definitions = true;          ///< HandleSourceTableAltered
    int recoverable_errors_max = -1;          ///< -1: without end
    int recoverable_interval_s = 5;
    int recoverable_interval_max_s = 1800;
    bool recoverable_throttled = true;
};
/// Of settings that were merged.
[[nodiscard]] TaskSettings read_task_settings(std::string_view merged);

}  // namespace landfall::dms
