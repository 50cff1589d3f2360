// Replication tasks: create, describe, modify, move, delete; start and stop.
#include "services/dms/api_replication.hpp"
#include "services/dms/model_task_settings.hpp"
#include "services/dms/work_tasks.hpp"

namespace landfall::dms {
namespace {

template <class F>
void put_instant(Instant at, F put) {
    if (at != Instant{}) put(at);
}

void put_stats(api::out::ReplicationTaskStats out, const Task& task, const TaskProgress& progress,
               Instant now) {
    const auto number = [](std::size_t count) { return static_cast<std::int32_t>(count); };
    out.set_full_load_progress_percent(progress.percent());
    const Instant until = task.runs() ? now : task.stop;
    out.set_elapsed_time_millis(until.ns > task.start.ns ? (until.ns - task.start.ns) / 1'000'000 : 0);
    out.set_tables_loaded(number(progress.count(MovedTable::State::loaded)));
    out.set_tables_loading(number(progress.count(MovedTable::State::loads)));
    out.set_tables_queued(number(progress.count(MovedTable::State::waits)));
    out.set_tables_errored(number(progress.failures()));
    put_instant(task.first_start, [&](Instant at) { out.set_fresh_start_date(at); });
    put_instant(task.start, [&](Instant at) { out.set_start_date(at); });
    put_instant(task.stop, [&](Instant at) { out.set_stop_date(at); });
    put_instant(progress.load_begun, [&](Instant at) { out.set_full_load_start_date(at); });
    put_instant(progress.load_ended, [&](Instant at) { out.set_full_load_finish_date(at); });
}

enum class Shown : std::uint8_t { whole, without_settings };

Verdict put_task(const Dms& dms, api::out::ReplicationTask out, const Task& task,
                 Shown shown = Shown::whole) {
    const Scope& scope = task.self.scope;
    out.set_replication_task_identifier(task.name);
    out.set_replication_task_arn(arn_of(task.self, Task::kThing));
    out.set_source_endpoint_arn(arn_of({scope, task.source}, Endpoint::kThing));
    out.set_target_endpoint_arn(arn_of({scope, task.target}, Endpoint::kThing));
    out.set_replication_instance_arn(arn_of({scope, task.instance}, ReplicationInstance::kThing));
    out.set_migration_type(name_of(task.type));
    if (shown == Shown::whole) {
        out.set_table_mappings(task.mappings);
        out.set_replication_task_settings(task.settings);
    }
    out.set_status(task.status);
    if (!task.failure.empty()) out.set_last_failure_message(task.failure);
    if (!task.stop_reason.empty()) out.set_stop_reason(task.stop_reason);
    out.set_replication_task_creation_date(task.created);
    put_instant(task.start, [&](Instant at) { out.set_replication_task_start_date(at); });
    if (!task.stop_position.empty()) out.set_cdc_stop_position(task.stop_position);
    if (!task.task_data.empty()) out.set_task_data(task.task_data);
    auto progress = progress_of(dms.parts().state, task.self);
    if (progress.is(Errc::not_found)) return {};  // it went meanwhile
    TRY(progress);
    const bool ended = task.status == status::kStopped || task.status == status::kFailed;
    if (ended && !progress->position.empty()) out.set_recovery_checkpoint(checkpoint_of(progress->position));
    if (!task.job.empty())
        put_stats(out.set_replication_task_stats(), task, *progress, dms.parts().clock.now());
    return {};
}

/// Changes begin where the task is created, or not at all: a PostgreSQL cannot begin elsewhere.
template <class In>
Verdict check_start_position(In in) {
    if (in.cdc_start_time() && in.cdc_start_position())
        return Fault{FaultCode::invalid_combination, "CdcStartTime and CdcStartPosition exclude each other"};
    if (in.cdc_start_time())
        return invalid_value("CdcStartTime: the log of a PostgreSQL cannot be read from a time on");
    if (in.cdc_start_position() && !in.cdc_start_position()->empty())
        return invalid_value(
            "CdcStartPosition is not supported yet: changes are followed from where the "
            "task starts");
    return {};
}

template <class T>
Judged<std::string> id_of(const Dms& dms, const CallContext& call, std::string_view arn) {
    return TRY(dms.catalogue().find<T>(scope_of(call), arn)).value.self.id;
}

Verdict check_engines(const Dms& dms, const Task& task) {
    const Records& records = dms.catalogue().records();
    const auto source = TRY(records.get<Endpoint>({task.self.scope, task.source}));
    const auto target = TRY(records.get<Endpoint>({task.self.scope, task.target}));
    const Status can = dms.parts().movers.can(source.value.engine, target.value.engine, task.type);
    if (!can.ok()) return invalid_value(can.error().message());
    return {};
}

Judged<MigrationType> type_in(std::string_view name) {
    const auto type = parse_migration_type(name);
    if (!type) return invalid_value("MigrationType must be full-load, cdc or full-load-and-cdc");
    return *type;
}

Verdict create(Dms& dms, const CallContext& call, api::CreateReplicationTask::In in,
               api::CreateReplicationTask::Out out) {
    Task task{.self = {scope_of(call), {}},
              .name = lowered(in.replication_task_identifier()),
              .mappings = std::string{in.table_mappings()},
              .stop_position = std::string{in.cdc_stop_position().value_or("")},
              .task_data = std::string{in.task_data().value_or("")}};
    if (in.resource_identifier()) {
        TRY(check_resource_identifier(*in.resource_identifier()));
        task.self.id = *in.resource_identifier();
    }
    task.type = TRY(type_in(in.migration_type()));
    TRY(check_start_position(in));
    task.source = TRY(id_of<Endpoint>(dms, call, in.source_endpoint_arn()));
    task.target = TRY(id_of<Endpoint>(dms, call, in.target_endpoint_arn()));
    task.instance = TRY(id_of<ReplicationInstance>(dms, call, in.replication_instance_arn()));
    task.settings = TRY(merged_task_settings({}, in.replication_task_settings().value_or("")));
    TRY(check_engines(dms, task));
    task.tags = TRY(tags_in(in.tags()));
    const auto with = [&](state::Tx& tx, const Task& made) -> Verdict {
        dms.chores().add(tx, made);
        return {};
    };
    return put_task(
        dms, out.set_replication_task(),
        TRY(dms.catalogue().create(cause_of(call, "CreateReplicationTask"), std::move(task), with)));
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeReplicationTasks::In in,
                 api::DescribeReplicationTasks::Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"replication-task-arn", "replication-task-id", "migration-type",
                                      "endpoint-arn", "replication-instance-arn"}));
    const PageAsked page = TRY(page_in(dms, call, "tasks", filters, in.max_records(), in.marker()));
    const Scope scope = scope_of(call);
    const auto arn = [&](std::string_view thing, const std::string& id) {
        return arn_of({scope, id}, thing);
    };
    auto tasks = TRY(dms.catalogue().list<Task>(scope));
    std::erase_if(tasks, [&](const Task& each) {
        return !passes(filters, "replication-task-arn", {}, arn(Task::kThing, each.self.id)) ||
               !passes_lowered(filters, "replication-task-id", each.name) ||
               !passes(filters, "migration-type", name_of(each.type), {}) ||
               !passes(filters, "endpoint-arn", arn(Endpoint::kThing, each.source),
                       arn(Endpoint::kThing, each.target)) ||
               !passes(filters, "replication-instance-arn", {},
                       arn(ReplicationInstance::kThing, each.instance));
    });
    if (tasks.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No Tasks found matching the filters"};
    const Shown shown = in.without_settings().value_or(false) ? Shown::without_settings : Shown::whole;
    Verdict put;
    out.start_replication_tasks();
    put_page(
        dms, page, tasks, [](const Task& each) -> const std::string& { return each.name; },
        [&](const Task& each) {
            if (put.ok()) put = put_task(dms, out.add_replication_tasks(), each, shown);
        },
        out);
    return put;
}

/// What a task that rests becomes; its status is back where it was once the change is done.
Verdict begin_change(Task& task, std::string_view passing) {
    if (!task.rests())
        return invalid_state("Replication Task cannot be modified, invalid state: " + task.name + " is " +
                             task.status);
    task.resting = task.status;
    task.status = passing;
    return {};
}

Verdict change_task(api::ModifyReplicationTask::In in, Task& task) {
    const Task before = task;
    TRY(check_start_position(in));
    if (in.replication_task_identifier()) task.name = lowered(*in.replication_task_identifier());
    if (in.migration_type()) task.type = TRY(type_in(*in.migration_type()));
    if (in.table_mappings()) task.mappings = *in.table_mappings();
    if (in.cdc_stop_position()) task.stop_position = *in.cdc_stop_position();
    if (in.task_data()) task.task_data = *in.task_data();
    if (in.replication_task_settings())
        task.settings = TRY(merged_task_settings(task.settings, *in.replication_task_settings()));
    if (task == before) {
        TRY(begin_change(task, status::kModifying));
        return Fault{FaultCode::invalid_combination, "No modifications were requested on the task"};
    }
    // Tables that a move began with are those it goes on with.
    if (task.begun && (task.type != before.type || task.mappings != before.mappings)) task.changed = true;
    return begin_change(task, status::kModifying);
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyReplicationTask::In in,
               api::ModifyReplicationTask::Out out) {
    const auto change = [&](Task& task) { return change_task(in, task); };
    const auto with = [&](state::Tx& tx, const Task& changed) -> Verdict {
        dms.chores().add(tx, changed);
        return {};
    };
    return put_task(dms, out.set_replication_task(),
                    TRY(dms.catalogue().modify<Task>(cause_of(call, "ModifyReplicationTask"), scope_of(call),
                                                     in.replication_task_arn(), change, with)));
}

Verdict move(Dms& dms, const CallContext& call, api::MoveReplicationTask::In in,
             api::MoveReplicationTask::Out out) {
    const std::string to = TRY(id_of<ReplicationInstance>(dms, call, in.target_replication_instance_arn()));
    const auto change = [&](Task& task) -> Verdict {
        if (task.instance == to) return invalid_value("The task is on that replication instance already");
        TRY(begin_change(task, status::kMoving));
        task.instance = to;
        return {};
    };
    const auto with = [&](state::Tx& tx, const Task& changed) -> Verdict {
        dms.chores().add(tx, changed);
        return {};
    };
    return put_task(dms, out.set_replication_task(),
                    TRY(dms.catalogue().modify<Task>(cause_of(call, "MoveReplicationTask"), scope_of(call),
                                                     in.replication_task_arn(), change, with)));
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteReplicationTask::In in,
               api::DeleteReplicationTask::Out out) {
    const auto with = [&](state::Tx& tx, const Task& ended) -> Verdict {
        dms.chores().add(tx, ended);
        return {};
    };
    return put_task(dms, out.set_replication_task(),
                    TRY(dms.catalogue().retire<Task>(cause_of(call, "DeleteReplicationTask"), scope_of(call),
                                                     in.replication_task_arn(), with)));
}

Verdict start(Dms& dms, const CallContext& call, api::StartReplicationTask::In in,
              api::StartReplicationTask::Out out) {
    TRY(check_start_position(in));
    StartType type = StartType::start_replication;
    const std::string_view name = in.start_replication_task_type();
    if (name == "resume-processing")
        type = StartType::resume_processing;
    else if (name == "reload-target")
        type = StartType::reload_target;
    else if (name != "start-replication")
        return invalid_value(
            "StartReplicationTaskType must be start-replication, resume-processing or reload-target");
    return put_task(
        dms, out.set_replication_task(),
        TRY(dms.tasks().start(cause_of(call, "StartReplicationTask"), scope_of(call),
                              in.replication_task_arn(), type, in.cdc_stop_position().value_or(""))));
}

Verdict stop(Dms& dms, const CallContext& call, api::StopReplicationTask::In in,
             api::StopReplicationTask::Out out) {
    return put_task(dms, out.set_replication_task(),
                    TRY(dms.tasks().stop(cause_of(call, "StopReplicationTask"), scope_of(call),
                                         in.replication_task_arn())));
}

}  // namespace

void register_tasks(Operations& operations, Dms& dms) {
    on<api::CreateReplicationTask>(operations, dms, create);
    on<api::DescribeReplicationTasks>(operations, dms, describe);
    on<api::ModifyReplicationTask>(operations, dms, modify);
    on<api::MoveReplicationTask>(operations, dms, move);
    on<api::DeleteReplicationTask>(operations, dms, remove);
    on<api::StartReplicationTask>(operations, dms, start);
    on<api::StopReplicationTask>(operations, dms, stop);
}

}  // namespace landfall::dms
