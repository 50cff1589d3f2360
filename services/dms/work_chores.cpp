#include "services/dms/work_chores.hpp"

#include "services/dms/store_requests.hpp"
#include "services/dms/work_tasks.hpp"

namespace landfall::dms {
namespace {

constexpr int kTriesMax = 100;
/// Databases that do not answer take half a minute each.
constexpr std::size_t kRunners = 4;

/// nullopt: it is gone.
template <class T>
Result<std::optional<Stored<T>>> still(const Records& records, const Identity& identity) {
    auto stored = records.get<T>(identity);
    if (stored.is(Errc::not_found)) return std::optional<Stored<T>>{};
    if (!stored.ok()) return stored.error();
    return std::optional{std::move(*stored)};
}

}  // namespace

void Chores::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{.name = std::string{kChoreJob}, .runners = kRunners, .attempts_max = 1000};
    kind.steps.push_back({"work", [this](jobs::JobContext& job) { return work(job); }});
    jobs.add_kind(std::move(kind));
}

void Chores::add(state::Tx& tx, std::string_view kind, const Identity& identity) const {
    add(tx, kind, identity, {});
}

void Chores::add(state::Tx& tx, std::string_view kind, const Identity& identity,
                 std::string_view turn) const {
    jobs::NewJob job{.kind = std::string{kChoreJob},
                     .account = identity.scope.account,
                     .region = identity.scope.region,
                     .resource = key_of(kind, identity)};
    job.params.set("turn", turn);
    parts_.jobs.add_to(tx, std::move(job));
}

Judged<Connection> Chores::test(const state::Cause& cause, const ReplicationInstance& instance,
                                const Endpoint& endpoint) const {
    const Identity identity = connection_id(instance.self.scope, instance.self.id, endpoint.self.id);
    for (int tries = 0; tries < kTriesMax; ++tries) {
        auto stored = TRY(get_or_new<Connection>(records_, identity));
        stored.value.instance = instance.self.id;
        stored.value.endpoint = endpoint.self.id;
        stored.value.status = status::kTesting;
        stored.value.failure.clear();
        stored.value.test = parts_.random.uuid();
        state::Tx tx{cause};
        put(tx, stored);
        add(tx, Kind<Connection>::kName, identity, stored.value.test);
        const auto committed = records_.store().commit(std::move(tx));
        if (committed.ok()) return std::move(stored.value);
        if (!committed.is(Errc::precondition) && !committed.is(Errc::already_exists))
            return committed.error();
    }
    return Error{Errc::unavailable, "too many writers of one connection"};
}

Judged<SchemaList> Chores::refresh(const state::Cause& cause, const ReplicationInstance& instance,
                                   const Endpoint& endpoint) const {
    for (int tries = 0; tries < kTriesMax; ++tries) {
        auto stored = TRY(get_or_new<SchemaList>(records_, endpoint.self));
        stored.value.instance = instance.self.id;
        stored.value.status = status::kRefreshing;
        stored.value.failure.clear();
        stored.value.look = parts_.random.uuid();
        state::Tx tx{cause};
        put(tx, stored);
        add(tx, Kind<SchemaList>::kName, endpoint.self, stored.value.look);
        const auto committed = records_.store().commit(std::move(tx));
        if (committed.ok()) return std::move(stored.value);
        if (!committed.is(Errc::precondition) && !committed.is(Errc::already_exists))
            return committed.error();
    }
    return Error{Errc::unavailable, "too many writers of one list of schemas"};
}

jobs::StepResult Chores::work(jobs::JobContext& job) const {
    auto tx = perform(job);
    if (!tx.ok()) return jobs::StepResult::from(tx.error());
    return jobs::StepResult::done({}, std::move(*tx));
}

Result<state::Tx> Chores::perform(jobs::JobContext& job) const {
    state::Tx tx{job.cause()};
    CHECK(job.job().resource.has_value());
    const state::Key& key = *job.job().resource;
    const Identity identity{{key.account, key.region}, key.id};
    const std::string& turn = job.params().text("turn");
    if (key.kind == Kind<ReplicationInstance>::kName) TRY(end_instance(tx, identity));
    if (key.kind == Kind<Endpoint>::kName) TRY(end_endpoint(tx, identity));
    if (key.kind == Kind<Connection>::kName) TRY(end_test(tx, identity, turn));
    if (key.kind == Kind<Task>::kName) TRY(end_task(job, tx, identity));
    if (key.kind == Kind<SchemaList>::kName) TRY(end_look(tx, identity, turn));
    return tx;
}

Status Chores::end_instance(state::Tx& tx, const Identity& identity) const {
    auto stored = TRY(still<ReplicationInstance>(records_, identity));
    if (!stored || stored->value.status == status::kAvailable) return {};
    if (stored->value.status != status::kDeleting) {
        EventKind kind = EventKind::instance_changed;
        if (stored->value.status == status::kCreating) kind = EventKind::instance_created;
        if (stored->value.status == status::kRebooting) kind = EventKind::instance_rebooted;
        parts_.events.add(tx, kind, stored->value);
        stored->value.status = status::kAvailable;
        put(tx, *stored);
        return {};
    }
    tx.erase(key_of(stored->value), stored->version);
    parts_.events.add(tx, EventKind::instance_deleted, stored->value);
    for (const auto& each : TRY(records_.all<Connection>(identity.scope)))
        if (each.value.instance == identity.id) tx.erase(key_of(each.value), each.version);
    return {};
}

Status Chores::end_endpoint(state::Tx& tx, const Identity& identity) const {
    const auto stored = TRY(still<Endpoint>(records_, identity));
    if (!stored || stored->value.status != status::kDeleting) return {};
    tx.erase(key_of(stored->value), stored->version);
    for (const auto& each : TRY(records_.all<Connection>(identity.scope)))
        if (each.value.endpoint == identity.id) tx.erase(key_of(each.value), each.version);
    if (const auto schemas = TRY(still<SchemaList>(records_, identity)))
        tx.erase(key_of(schemas->value), schemas->version);
    return {};
}

Result<DatabasePlace> Chores::place_of(const Identity& endpoint) const {
    const auto stored = TRY(records_.get<Endpoint>(endpoint));
    return parts_.places.place_of(stored.value);
}

Status Chores::end_test(state::Tx& tx, const Identity& identity, const std::string& test) const {
    auto stored = TRY(still<Connection>(records_, identity));
    if (!stored || stored->value.test != test) return {};
    if (stored->value.status == status::kDeleting) {
        tx.erase(key_of(stored->value), stored->version);
        return {};
    }
    const auto place = place_of({identity.scope, stored->value.endpoint});
    const Status tested = place.ok() ? parts_.databases.test(*place) : Status{place.error()};
    stored->value.status = tested.ok() ? status::kSuccessful : status::kFailed;
    stored->value.failure = tested.ok() ? "" : tested.error().message();
    put(tx, *stored);
    return {};
}

/// A task that goes takes along what it left at its databases. One that is away does not hold it up.
Status Chores::end_task(jobs::JobContext& job, state::Tx& tx, const Identity& identity) const {
    auto stored = TRY(still<Task>(records_, identity));
    if (!stored || stored->value.rests() || stored->value.runs()) return {};
    Task& task = stored->value;
    if (task.status != status::kDeleting) {
        parts_.events.add(
            tx, task.status == status::kCreating ? EventKind::task_created : EventKind::task_changed, task);
        task.status = task.resting;
        put(tx, *stored);
        return {};
    }
    if (!task.job.empty()) {
        const auto plan = move_of(records_, parts_.places, task);
        const Status forgotten = plan.ok() ? parts_.movers.forget(*plan) : Status{plan.error()};
        if (!forgotten.ok())
            job.log(jobs::LogLevel::warning, "What task " + task.name +
                                                 " left at its databases is still there (" +
                                                 task.move_name() + "): " + forgotten.error().message());
    }
    tx.erase(key_of(task), stored->version);
    parts_.events.add(tx, EventKind::task_deleted, task);
    return {};
}

Status Chores::end_look(state::Tx& tx, const Identity& identity, const std::string& look) const {
    auto stored = TRY(still<SchemaList>(records_, identity));
    if (!stored || stored->value.look != look) return {};
    const auto place = place_of(identity);
    auto found =
        place.ok() ? parts_.databases.schemas(*place) : Result<std::vector<std::string>>{place.error()};
    stored->value.status = found.ok() ? status::kSuccessful : status::kFailed;
    if (found.ok()) {
        stored->value.schemas = std::move(*found);
        stored->value.refreshed = parts_.clock.now();
    } else {
        stored->value.failure = found.error().message();
    }
    put(tx, *stored);
    return {};
}

}  // namespace landfall::dms
