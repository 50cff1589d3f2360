// Task: what DMS keeps of a replication task, and how far it is.
//
//   creating ─► ready ─► starting ─► running ─► stopping ─► stopped ──┐
//                 ▲          └──────────┴──► failed                   │  start again: starting
//                 └──── modifying, moving ◄── any that rests ◄────────┘  deleting: gone
//
// Invariants
//   1. `job` is the one that may end a run: what an older one finds is not this task's any more.
//   2. A task rests (ready, stopped, failed) or has a job that ends its status.
// Pure values; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model_instance.hpp"
#include "services/dms/ports_replication.hpp"

namespace landfall::dms {

[[nodiscard]] std::string_view name_of(MigrationType type);
[[nodiscard]] std::optional<MigrationType> parse_migration_type(std::string_view name);

struct Task {
    static constexpr std::string_view kThing = "task";
    static constexpr std::string_view kWords = "Replication task";
    Identity self;
    std::string name;  ///< its identifier
    std::string status{status::kCreating};
    std::string resting{status::kReady};   ///< what a change ends in
    std::string source, target, instance;  ///< ids
    MigrationType type = MigrationType::full_load;
    std::string mappings;  ///< JSON as it was given
    std::string settings;  ///< JSON, merged
    std::string stop_position;
    std::string task_data;
    std::string stop_reason;
    std::string failure;
    std::string job;                     ///< of the present or last run; empty: there was none
    bool begun = false;                  ///< a run had both databases: there is something to go on from
    bool changed = false;                ///< since it began, in what it moves: it has to begin anew
    std::vector<MovePlan::Name> reload;  ///< tables that the run is to load anew
    Instant first_start, start, stop;
    Instant created;
    Tags tags;
    bool operator==(const Task&) const = default;

    [[nodiscard]] bool rests() const {
        return status == status::kReady || status == status::kStopped || status == status::kFailed;
    }
    [[nodiscard]] bool runs() const {
        return status == status::kStarting || status == status::kRunning || status == status::kStopping;
    }
    /// What its slot, its publication and its ledger are called.
    [[nodiscard]] std::string move_name() const;
};
[[nodiscard]] Verdict check(const Task& task);

/// "server_time:2026-01-31T10:00:00": that moment. InvalidParameterValue.
[[nodiscard]] Judged<Instant> parse_stop_position(std::string_view position);
/// As DMS writes the position of a PostgreSQL.
[[nodiscard]] std::string checkpoint_of(std::string_view position);

/// How far a task is: kept beside its record, a second old at most.
struct TaskProgress {
    struct Table {
        MovedTable moved;  ///< changes: of all runs
        Instant begun, ended, updated;
        bool reloaded = false, failed = false;
        bool operator==(const Table&) const = default;
    };
    std::vector<Table> tables;  ///< in the order of their names
    std::string position;
    Instant load_begun, load_ended;
    bool validated = false;
    bool operator==(const TaskProgress&) const = default;

    [[nodiscard]] const Table* find(const MovePlan::Name& name) const;
    [[nodiscard]] std::size_t count(MovedTable::State state) const;
    [[nodiscard]] std::size_t failures() const;
    [[nodiscard]] int percent() const;
};

/// Lays what a run tells over what all runs before it had done.
class ProgressKeeper {
public:
    explicit ProgressKeeper(TaskProgress before) : before_{before}, now_{std::move(before)} {}
    void take(const MoveProgress& told, const std::vector<MovePlan::Name>& reloaded, Instant now);
    /// The table that an error begins with did not get its rows.
    void fail(std::string_view error);
    [[nodiscard]] const TaskProgress& now() const { return now_; }

private:
    TaskProgress before_, now_;
};

}  // namespace landfall::dms
