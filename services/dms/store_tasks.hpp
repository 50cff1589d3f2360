// DMS's records of tasks. Formats: docs/formats/dms.md. Threads: any.
#pragma once

#include "services/dms/model_task.hpp"
#include "services/dms/store.hpp"

namespace landfall::dms {

template <>
struct Kind<Task> {
    static constexpr std::string_view kName = "dms.task";
    static state::Resource encode(const Task& task);
    static Result<Task> decode(const state::Resource& resource);
};

/// What stands beside a task's record.
[[nodiscard]] std::string encode_progress(const TaskProgress& progress);
/// Of no bytes: that of a task that never ran.
[[nodiscard]] Result<TaskProgress> decode_progress(std::string_view bytes);
/// not_found.
[[nodiscard]] Result<TaskProgress> progress_of(state::StateStore& store, const Identity& task);

}  // namespace landfall::dms
