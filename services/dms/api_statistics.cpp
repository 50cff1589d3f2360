// Statistics of a task's tables, and tables that are to be loaded anew.
#include "services/dms/api_replication.hpp"
#include "services/dms/model_task_settings.hpp"
#include "services/dms/work_tasks.hpp"

namespace landfall::dms {
namespace {

constexpr std::int32_t kStatisticsMin = 20, kStatisticsMax = 500, kStatisticsDefault = 100;
constexpr std::size_t kReloadMax = 10;

std::string_view state_of(const TaskProgress::Table& table) {
    if (table.failed) return "Table error";
    switch (table.moved.state) {
        case MovedTable::State::waits: return table.reloaded ? "Table is being reloaded" : "Before load";
        case MovedTable::State::loads: return table.reloaded ? "Table is being reloaded" : "Full load";
        case MovedTable::State::loaded: return "Table completed";
        case MovedTable::State::suspended: return "Table error";
    }
    return {};
}

void put_table(api::out::TableStatistics out, const TaskProgress::Table& table, std::string_view validation) {
    const auto number = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
    const MovedTable& moved = table.moved;
    out.set_schema_name(moved.name.schema);
    out.set_table_name(moved.name.table);
    // A change is told once it is applied.
    out.set_inserts(number(moved.inserts));
    out.set_applied_inserts(number(moved.inserts));
    out.set_updates(number(moved.updates));
    out.set_applied_updates(number(moved.updates));
    out.set_deletes(number(moved.deletes));
    out.set_applied_deletes(number(moved.deletes));
    out.set_ddls(number(moved.ddls));
    out.set_applied_ddls(number(moved.ddls));
    out.set_full_load_rows(number(moved.rows));
    out.set_full_load_condtnl_chk_failed_rows(0);
    out.set_full_load_error_rows(0);
    if (table.begun != Instant{}) out.set_full_load_start_time(table.begun);
    if (table.ended != Instant{}) out.set_full_load_end_time(table.ended);
    out.set_full_load_reloaded(table.reloaded);
    if (table.updated != Instant{}) out.set_last_update_time(table.updated);
    out.set_table_state(state_of(table));
    out.set_validation_pending_records(0);
    out.set_validation_failed_records(0);
    out.set_validation_suspended_records(0);
    out.set_validation_state(validation);
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeTableStatistics::In in,
                 api::DescribeTableStatistics::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"schema-name", "table-name", "table-state"}));
    const std::int32_t size = in.max_records().value_or(kStatisticsDefault);
    if (size < kStatisticsMin || size > kStatisticsMax) return invalid_value("MaxRecords must be 20 to 500");
    const Task task = TRY(dms.catalogue().find<Task>(scope_of(call), in.replication_task_arn())).value;
    PageAsked page =
        TRY(page_in(dms, call, "statistics/" + task.self.id, filters, std::nullopt, in.marker()));
    page.size = static_cast<std::size_t>(size);
    TaskProgress progress = TRY(progress_of(dms.parts().state, task.self));
    std::erase_if(progress.tables, [&](const TaskProgress::Table& table) {
        return !passes(filters, "schema-name", table.moved.name.schema, {}) ||
               !passes(filters, "table-name", table.moved.name.table, {}) ||
               !passes(filters, "table-state", state_of(table), {});
    });
    std::string_view validation = "Not enabled";
    if (read_task_settings(task.settings).validates)
        validation = progress.validated ? "Validated" : "Pending validation";
    out.set_replication_task_arn(arn_of(task.self, Task::kThing));
    out.start_table_statistics();
    put_page(
        dms, page, progress.tables,
        // No name holds a byte of zero: the order is that of schemas, then of tables.
        [](const TaskProgress::Table& table) {
            return table.moved.name.schema + std::string(1, '\0') + table.moved.name.table;
        },
        [&](const TaskProgress::Table& table) { put_table(out.add_table_statistics(), table, validation); },
        out);
    return {};
}

Verdict reload(Dms& dms, const CallContext& call, api::ReloadTables::In in, api::ReloadTables::Out out) {
    if (in.reload_option().value_or("data-reload") != "data-reload")
        return invalid_value(
            "ReloadOption validate-only is not supported yet: rows are validated as a whole");
    std::vector<MovePlan::Name> names;
    for (const api::in::TableToReload table : in.tables_to_reload())
        names.push_back({std::string{table.schema_name()}, std::string{table.table_name()}});
    if (names.empty() || names.size() > kReloadMax)
        return invalid_value("TablesToReload must name 1 to 10 tables");
    const Task task = TRY(
        dms.tasks().reload(cause_of(call, "ReloadTables"), scope_of(call), in.replication_task_arn(), names));
    out.set_replication_task_arn(arn_of(task.self, Task::kThing));
    return {};
}

}  // namespace

void register_statistics(Operations& operations, Dms& dms) {
    on<api::DescribeTableStatistics>(operations, dms, describe);
    on<api::ReloadTables>(operations, dms, reload);
}

}  // namespace landfall::dms
