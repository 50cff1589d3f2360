#include "services/dms/model_task.hpp"

#include <algorithm>

#include "services/dms/model_mappings.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kTextMax = std::size_t{1} << 20U;

Instant instant_of(std::string_view text) {
    return parse_iso8601(std::string{text} + (text.ends_with('Z') ? "" : "Z")).value_or(Instant{});
}

/// "4AF" → "000004AF"
std::string eight(std::string_view digits) {
    return std::string(digits.size() < 8 ? 8 - digits.size() : 0, '0') + std::string{digits};
}

}  // namespace

std::string_view name_of(MigrationType type) {
    switch (type) {
        case MigrationType::full_load: return "full-load";
        case MigrationType::cdc: return "cdc";
        case MigrationType::full_load_and_cdc: return "full-load-and-cdc";
    }
    return {};
}

std::optional<MigrationType> parse_migration_type(std::string_view name) {
    for (const MigrationType type :
         {MigrationType::full_load, MigrationType::cdc, MigrationType::full_load_and_cdc})
        if (name_of(type) == name) return type;
    return std::nullopt;
}

std::string Task::move_name() const {
    std::string made = "dms_" + lowered(self.id);
    std::ranges::replace(made, '-', '_');
    return made;
}

Verdict check(const Task& task) {
    TRY(check_name(task.name, "ReplicationTaskIdentifier"));
    if (task.task_data.size() > kTextMax) return invalid_value("TaskData is larger than 1 MiB");
    TRY(TableMappings::parse(task.mappings));
    if (!task.stop_position.empty()) {
        TRY(parse_stop_position(task.stop_position));
        if (task.type == MigrationType::full_load)
            return Fault{FaultCode::invalid_combination, "CdcStopPosition is of tasks that follow changes"};
    }
    return {};
}

Judged<Instant> parse_stop_position(std::string_view position) {
    constexpr std::string_view kServer = "server_time:";
    if (position.starts_with("commit_time:"))
        return invalid_value("CdcStopPosition: commit_time is not supported yet; server_time is");
    if (!position.starts_with(kServer))
        return invalid_value("CdcStopPosition must be server_time:YYYY-MM-DDTHH:MM:SS");
    const Instant at = instant_of(position.substr(kServer.size()));
    if (at == Instant{}) return invalid_value("CdcStopPosition must be server_time:YYYY-MM-DDTHH:MM:SS");
    return at;
}

std::string checkpoint_of(std::string_view position) {
    const std::size_t slash = position.find('/');
    if (slash == std::string_view::npos) return {};
    return "checkpoint:V1#1#" + eight(position.substr(0, slash)) + "/" + eight(position.substr(slash + 1)) +
           "#0#0#*#0#0";
}

const TaskProgress::Table* TaskProgress::find(const MovePlan::Name& name) const {
    const auto found =
        std::ranges::find_if(tables, [&](const Table& table) { return table.moved.name == name; });
    return found == tables.end() ? nullptr : &*found;
}

std::size_t TaskProgress::count(MovedTable::State state) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        tables, [&](const Table& table) { return !table.failed && table.moved.state == state; }));
}

std::size_t TaskProgress::failures() const {
    return static_cast<std::size_t>(std::ranges::count_if(tables, &Table::failed));
}

int TaskProgress::percent() const {
    if (tables.empty()) return load_ended != Instant{} ? 100 : 0;
    return static_cast<int>(count(MovedTable::State::loaded) * 100 / tables.size());
}

void ProgressKeeper::take(const MoveProgress& told, const std::vector<MovePlan::Name>& reloaded,
                          Instant now) {
    std::vector<TaskProgress::Table> tables;
    for (const MovedTable& moved : told.tables) {
        const TaskProgress::Table* const before = before_.find(moved.name);
        const TaskProgress::Table* const last = now_.find(moved.name);
        TaskProgress::Table table{.moved = moved};
        table.failed = moved.state == MovedTable::State::suspended;
        if (last != nullptr) {
            table.begun = last->begun, table.ended = last->ended, table.updated = last->updated;
            table.reloaded = last->reloaded;
        }
        if (before != nullptr) {
            table.moved.inserts += before->moved.inserts;
            table.moved.updates += before->moved.updates;
            table.moved.deletes += before->moved.deletes;
            table.moved.ddls += before->moved.ddls;
        }
        if (std::ranges::find(reloaded, moved.name) != reloaded.end() && !table.reloaded) {
            table.reloaded = true;
            table.begun = table.ended = {};
        }
        if (moved.state != MovedTable::State::waits && table.begun == Instant{}) table.begun = now;
        if (moved.state == MovedTable::State::loaded && table.ended == Instant{}) table.ended = now;
        if (last == nullptr || last->moved != table.moved) table.updated = now;
        tables.push_back(std::move(table));
    }
    std::ranges::sort(tables, {}, [](const TaskProgress::Table& table) { return table.moved.name; });
    if (!tables.empty()) now_.tables = std::move(tables);
    if (!told.position.empty()) now_.position = told.position;
    now_.validated = told.validated;
    if (now_.load_begun == Instant{}) now_.load_begun = now;
    if (told.doing != MoveProgress::Doing::loads && now_.load_ended == Instant{}) now_.load_ended = now;
}

void ProgressKeeper::fail(std::string_view error) {
    for (TaskProgress::Table& table : now_.tables)
        if (error.starts_with(table.moved.name.schema + "." + table.moved.name.table + ": "))
            table.failed = true;
}

}  // namespace landfall::dms
