// Tasks: starts, stops and runs replication tasks: a job each, as long as its task runs.
//
// Invariants
//   1. How far a move is stands in its target. A job that runs again, also after kill -9, goes on from there;
//      of two runs of one task the later one alone can write.
//   2. The status of a task that runs is ended by its own job: stopped, or failed with a reason.
//   3. What may pass (a database that is away) is tried again, as the task's settings say; what never worked
//      is told at once.
// Threads: any; steps run on the job's thread and block on databases.
#pragma once

#include <mutex>

#include "base/clock.hpp"
#include "core/jobs/jobs.hpp"
#include "services/dms/model_task_settings.hpp"
#include "services/dms/store_tasks.hpp"
#include "services/dms/work_catalogue.hpp"
#include "services/dms/work_events.hpp"
#include "services/dms/work_places.hpp"

namespace landfall::dms {

inline constexpr std::string_view kTaskJob = "dms.task";
/// Tasks that run at one time, in all regions and accounts: each is a thread of its own, and its workers.
inline constexpr std::size_t kTasksRunningMax = 16;

/// What a run of the task is to do. not_found: an endpoint, secret or certificate is gone.
[[nodiscard]] Result<MovePlan> move_of(const Records& records, const Places& places, const Task& task);

enum class StartType : std::uint8_t { start_replication, resume_processing, reload_target };

class Tasks {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& store;
        jobs::Jobs& jobs;
        const Catalogue& catalogue;
        Movers& movers;
        const Places& places;
        const EventLog& events;
        Clock& clock;
    };
    explicit Tasks(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    void register_jobs(jobs::Jobs& jobs);

    /// "starting" from here on. InvalidResourceState: it runs, or the instance has no room;
    /// InvalidParameterCombination: nothing to resume, or begun already.
    Judged<Task> start(const state::Cause& cause, const Scope& scope, std::string_view identifier,
                       StartType type, std::string_view stop_position);
    /// "stopping" from here on. InvalidResourceState: it does not run.
    Judged<Task> stop(const state::Cause& cause, const Scope& scope, std::string_view identifier);
    /// InvalidResourceState: it does not run; InvalidParameterValue: a table is not the task's.
    Judged<Task> reload(const state::Cause& cause, const Scope& scope, std::string_view identifier,
                        const std::vector<MovePlan::Name>& tables);

private:
    class Run;
    friend class Run;
    struct Ending {
        std::string_view status;
        std::string reason;
        std::string failure;
    };
    jobs::StepResult run(jobs::JobContext& job);
    jobs::StepResult finish(jobs::JobContext& job);
    void add_unfinished(const jobs::Job& job, state::Tx& tx);
    [[nodiscard]] static jobs::StepResult end(Ending ending);
    jobs::StepResult after_error(jobs::JobContext& job, const Task& task, const Error& error);
    Status begin_anew(jobs::JobContext& job, const Identity& identity, const MovePlan& plan);
    /// nullopt: the task is gone, or another job's.
    [[nodiscard]] Result<std::optional<Stored<Task>>> task_of(const jobs::Job& job) const;
    void add_end(state::Tx& tx, const Task& task) const;
    Verdict check_room(const Task& task) const;

    Parts parts_;
    Records records_;
    std::mutex starting_;
};

}  // namespace landfall::dms
