#include "services/dms/store_tasks.hpp"

namespace landfall::dms {
namespace {

state::Record::Texts texts_of(const std::vector<MovePlan::Name>& names) {
    state::Record::Texts texts;
    for (const MovePlan::Name& name : names) texts.insert(texts.end(), {name.schema, name.table});
    return texts;
}

std::vector<MovePlan::Name> names_of(const state::Record::Texts& texts) {
    std::vector<MovePlan::Name> names;
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2) names.push_back({texts[i], texts[i + 1]});
    return names;
}

MovedTable::State state_of(std::int64_t number) {
    if (number == 1) return MovedTable::State::loads;
    if (number == 3) return MovedTable::State::suspended;
    return number == 2 ? MovedTable::State::loaded : MovedTable::State::waits;
}

std::uint64_t count_of(const state::Record& record, std::string_view name) {
    return static_cast<std::uint64_t>(record.number(name));
}

}  // namespace

state::Resource Kind<Task>::encode(const Task& t) {
    state::Record record;
    record.set("name", t.name)
        .set("resting", t.resting)
        .set("source", t.source)
        .set("target", t.target)
        .set("instance", t.instance)
        .set("type", name_of(t.type))
        .set("mappings", t.mappings)
        .set("settings", t.settings)
        .set("stop-position", t.stop_position)
        .set("data", t.task_data)
        .set("reason", t.stop_reason)
        .set("failure", t.failure)
        .set("job", t.job)
        .set("begun", t.begun)
        .set("changed", t.changed)
        .set("reload", texts_of(t.reload))
        .set("first-start", t.first_start)
        .set("start", t.start)
        .set("stop", t.stop)
        .set("created", t.created);
    state::Resource resource = resource_of(kName, Task::kThing, t.self, t.tags, record);
    resource.state = t.status;
    return resource;
}

Result<Task> Kind<Task>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    const auto type = parse_migration_type(record.text("type"));
    if (!type) return Error{Errc::corrupt, "the record of task " + resource.key.id};
    return Task{.self = identity_of(resource),
                .name = std::move(name),
                .status = resource.state,
                .resting = record.text("resting"),
                .source = record.text("source"),
                .target = record.text("target"),
                .instance = record.text("instance"),
                .type = *type,
                .mappings = record.text("mappings"),
                .settings = record.text("settings"),
                .stop_position = record.text("stop-position"),
                .task_data = record.text("data"),
                .stop_reason = record.text("reason"),
                .failure = record.text("failure"),
                .job = record.text("job"),
                .begun = record.flag("begun"),
                .changed = record.flag("changed"),
                .reload = names_of(record.texts("reload")),
                .first_start = record.instant("first-start"),
                .start = record.instant("start"),
                .stop = record.instant("stop"),
                .created = record.instant("created"),
                .tags = tags_of(resource)};
}

std::string encode_progress(const TaskProgress& progress) {
    state::Record::Records tables;
    for (const TaskProgress::Table& table : progress.tables) {
        state::Record record;
        record.set("schema", table.moved.name.schema)
            .set("table", table.moved.name.table)
            .set("state", static_cast<int>(table.moved.state))
            .set("rows", table.moved.rows)
            .set("inserts", table.moved.inserts)
            .set("updates", table.moved.updates)
            .set("deletes", table.moved.deletes)
            .set("ddls", table.moved.ddls)
            .set("begun", table.begun)
            .set("ended", table.ended)
            .set("updated", table.updated)
            .set("reloaded", table.reloaded)
            .set("failed", table.failed);
        tables.push_back(std::move(record));
    }
    state::Record record;
    record.set("tables", std::move(tables))
        .set("position", progress.position)
        .set("begun", progress.load_begun)
        .set("ended", progress.load_ended)
        .set("validated", progress.validated);
    return record.encode();
}

Result<TaskProgress> decode_progress(std::string_view bytes) {
    const state::Record record = TRY(state::Record::decode(bytes));
    TaskProgress progress{.position = record.text("position"),
                          .load_begun = record.instant("begun"),
                          .load_ended = record.instant("ended"),
                          .validated = record.flag("validated")};
    for (const state::Record& each : record.records("tables"))
        progress.tables.push_back({.moved = {.name = {each.text("schema"), each.text("table")},
                                             .state = state_of(each.number("state")),
                                             .rows = count_of(each, "rows"),
                                             .inserts = count_of(each, "inserts"),
                                             .updates = count_of(each, "updates"),
                                             .deletes = count_of(each, "deletes"),
                                             .ddls = count_of(each, "ddls")},
                                   .begun = each.instant("begun"),
                                   .ended = each.instant("ended"),
                                   .updated = each.instant("updated"),
                                   .reloaded = each.flag("reloaded"),
                                   .failed = each.flag("failed")});
    return progress;
}

Result<TaskProgress> progress_of(state::StateStore& store, const Identity& task) {
    const state::Resource resource = TRY(store.get(key_of(Kind<Task>::kName, task)));
    return decode_progress(resource.progress);
}

}  // namespace landfall::dms
