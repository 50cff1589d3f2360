#include "services/rds/work_instances.hpp"

#include "core/access/sealing.hpp"

namespace landfall::rds {
namespace {

/// Databases that start after a crash take their time; more than this many do so at once.
constexpr std::size_t kRunners = 4;
constexpr int kAttemptsMax = 8;
constexpr Duration kStopGrace = std::chrono::seconds{120};
constexpr Duration kStartLimit = std::chrono::minutes{10};
constexpr Duration kEventsKept = std::chrono::hours{14 * 24};
/// Ports of instances that ask for none and do not get their engine's own.
constexpr std::uint16_t kPortFirst = 20'000, kPortCount = 10'000;

std::string context_of(const DbInstance& instance) { return "rds.instance/" + instance.resource_id; }

databases::Product product_of(const DbInstance& instance) {
    const auto product = databases::product_named(instance.engine);
    CHECK(product.has_value());
    return *product;
}

std::uint16_t default_port(const DbInstance& instance) { return instance.engine == "postgres" ? 5432 : 3306; }

struct Told {
    std::string_view category;
    std::string_view message;
};
Told told_of(std::string_view task) {
    if (task == task::kCreate) return {"creation", "DB instance created"};
    if (task == task::kStart) return {"notification", "DB instance started"};
    if (task == task::kStop) return {"notification", "DB instance stopped"};
    if (task == task::kReboot) return {"availability", "DB instance restarted"};
    if (task == task::kDelete) return {"deletion", "DB instance deleted"};
    if (task == task::kRecover) return {"recovery", "Recovery of the DB instance is complete."};
    return {"configuration change", "Finished applying modification to the DB instance"};
}

class Busy {
public:
    Busy(std::mutex& mutex, std::condition_variable& changed, std::set<std::string>& busy, std::string name)
        : mutex_{mutex}, changed_{changed}, busy_{busy}, name_{std::move(name)} {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return busy_.insert(name_).second; });
    }
    ~Busy() {
        {
            const std::scoped_lock lock{mutex_};
            busy_.erase(name_);
        }
        changed_.notify_all();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

private:
    std::mutex& mutex_;
    std::condition_variable& changed_;
    std::set<std::string>& busy_;
    std::string name_;
};

}  // namespace

std::string event_stream(const Scope& scope) { return "rds.events/" + scope.account + "/" + scope.region; }

void add_event(state::Tx& tx, Instant at, const RdsEvent& event) {
    const std::string text = event.source.name + "\n" + event.category + "\n" + event.message;
    tx.append_line(event_stream(event.source.scope), {.at = at, .level = event.source_type, .text = text});
}

RdsEvent event_of(const state::LogLine& line, const Scope& scope) {
    const std::size_t first = std::min(line.text.find('\n'), line.text.size());
    const std::size_t second = std::min(line.text.find('\n', first + 1), line.text.size());
    RdsEvent event{.source_type = line.level, .source = {scope, line.text.substr(0, first)}};
    if (second > first) event.category = line.text.substr(first + 1, second - first - 1);
    if (second < line.text.size()) event.message = line.text.substr(second + 1);
    return event;
}

void Instances::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{.name = std::string{kInstanceJob}, .runners = kRunners, .attempts_max = kAttemptsMax};
    kind.steps.push_back({"work", [this](jobs::JobContext& job) { return work(job); }});
    kind.on_unfinished = [this](const jobs::Job& job, state::Tx& tx) { give_up(job, tx); };
    jobs.add_kind(std::move(kind));
}

void Instances::add_job(state::Tx& tx, const DbInstance& instance, std::string_view task) const {
    jobs::NewJob job{.kind = std::string{kInstanceJob},
                     .account = instance.self.scope.account,
                     .region = instance.self.scope.region,
                     .resource = key_of(instance)};
    job.params.set("task", task).set("resource", instance.resource_id);
    parts_.jobs.add_to(tx, std::move(job));
}

Result<std::string> Instances::seal(const DbInstance& instance, const SecretString& password) const {
    return access::seal_secret(parts_.sealing, parts_.random, password, context_of(instance));
}

Judged<Stored<DbInstance>> Instances::find(const Scope& scope, std::string_view name) const {
    auto stored = records_.get<DbInstance>({scope, lowered(name)});
    if (stored.is(Errc::not_found))
        return Fault{FaultCode::instance_not_found, "DBInstance " + std::string{name} + " not found."};
    if (!stored.ok()) return stored.error();
    return std::move(*stored);
}

Verdict Instances::check_port(const DbInstance& instance, std::uint16_t port) const {
    for (const auto& each : TRY(records_.all<DbInstance>(std::nullopt)))
        if (each.value.port == port && each.value.self != instance.self)
            return invalid_value("Port " + std::to_string(port) + " is in use by DB instance " +
                                 each.value.self.name);
    if (databases::DatabaseHost::port_is_free(parts_.bind_address, port)) return {};
    return invalid_value("Port " + std::to_string(port) + " of " + parts_.bind_address + " is in use");
}

Judged<std::uint16_t> Instances::choose_port(const DbInstance& instance) const {
    const std::uint16_t first = default_port(instance);
    if (check_port(instance, first).ok()) return first;
    const std::uint64_t begin = parts_.random.below(kPortCount);
    for (std::uint64_t i = 0; i < kPortCount; ++i) {
        const auto port = static_cast<std::uint16_t>(kPortFirst + (begin + i) % kPortCount);
        if (check_port(instance, port).ok()) return port;
    }
    return Fault{FaultCode::capacity, "no port is free for a DB instance"};
}

Verdict Instances::check_room(const DbInstance& instance) const {
    const auto all = TRY(records_.all<DbInstance>(std::nullopt));
    if (all.size() >= kInstancesMax)
        return Fault{FaultCode::instance_quota, "Instance quota exceeded: this server runs " +
                                                    std::to_string(kInstancesMax) + " DB instances at most"};
    const Bytes free = TRY(parts_.host->free_space());
    if (Bytes{static_cast<std::uint64_t>(instance.storage_gib) << 30} > free)
        return Fault{FaultCode::storage_quota,
                     "Storage quota exceeded: " + std::to_string(instance.storage_gib) +
                         " GiB were asked for and " + std::to_string(free.count >> 30) +
                         " GiB are free on this server"};
    return {};
}

Judged<DbInstance> Instances::create(const state::Cause& cause, DbInstance instance,
                                     const SecretString& password) {
    const std::scoped_lock lock{changing_};
    if (records_.get<DbInstance>(instance.self).ok())
        return Fault{FaultCode::instance_exists, "DB instance already exists"};
    TRY(check_room(instance));
    if (instance.port == 0)
        instance.port = TRY(choose_port(instance));
    else
        TRY(check_port(instance, instance.port));
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    instance.resource_id = "db-";
    for (int i = 0; i < 26; ++i) instance.resource_id += kLetters[parts_.random.below(kLetters.size())];
    instance.sealed_password = TRY(seal(instance, password));
    instance.created = parts_.clock.now();
    state::Tx tx{cause};
    tx.create(Kind<DbInstance>::encode(instance));
    add_job(tx, instance, task::kCreate);
    TRY(parts_.store.commit(std::move(tx)));
    return instance;
}

Status Instances::submit_recovery(const Stored<DbInstance>& stored, std::string_view passing) const {
    Stored<DbInstance> next = stored;
    next.value.status = passing;
    state::Tx tx{{.actor = "landfall", .service = "rds", .operation = "Recover"}};
    Records::put(tx, next);
    add_event(tx, parts_.clock.now(),
              {"db-instance", next.value.self, "recovery", "Recovery of the DB instance has started."});
    add_job(tx, next.value, task::kRecover);
    TRY(parts_.store.commit(std::move(tx)));
    return {};
}

Status Instances::forget_events() const {
    const Instant before = parts_.clock.now() - kEventsKept;
    std::set<Scope> scopes;
    for (const auto& each : TRY(records_.all<DbInstance>(std::nullopt))) scopes.insert(each.value.self.scope);
    for (const Scope& scope : scopes) {
        std::uint64_t up_to = 0;
        constexpr std::size_t kPiece = 1000;
        for (std::vector<state::LogLine> lines;;) {
            lines = TRY(parts_.store.lines(event_stream(scope), up_to, kPiece));
            const auto kept =
                std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.at >= before; });
            if (kept != lines.begin()) up_to = std::prev(kept)->seq;
            if (kept != lines.end() || lines.size() < kPiece) break;
        }
        if (up_to == 0) continue;
        state::Tx tx{{.actor = "landfall", .service = "rds", .operation = "ForgetEvents"}};
        tx.erase_lines(event_stream(scope), up_to);
        TRY(parts_.store.commit(std::move(tx)));
    }
    return {};
}

Status Instances::resume() {
    TRY(forget_events());
    if (parts_.host == nullptr) return {};
    for (const auto& each : TRY(records_.all<DbInstance>(std::nullopt)))
        if (each.value.should_run() && !parts_.host->running(each.value.resource_id))
            TRY(submit_recovery(each, status::kStarting));
    return {};
}

void Instances::ended(const std::string& resource_id) {
    for (int tries = 0; tries < kTriesMax; ++tries) {
        const auto all = records_.all<DbInstance>(std::nullopt);
        if (!all.ok()) return;
        const auto found = std::find_if(all->begin(), all->end(), [&](const auto& each) {
            return each.value.resource_id == resource_id;
        });
        if (found == all->end() || (found->value.at_rest() && !found->value.should_run())) return;
        // A status that passes has a job already: this one looks behind it.
        const std::string passing =
            found->value.should_run() ? std::string{status::kRebooting} : found->value.status;
        if (!submit_recovery(*found, passing).is(Errc::precondition)) return;
    }
}

databases::RunSpec Instances::run_spec_of(const DbInstance& instance) const {
    const InstanceClass* const size = find_class(instance.instance_class);
    CHECK(size != nullptr);
    return {.port = instance.port,
            .bind_address = parts_.bind_address,
            .memory = size->memory(),
            .settings = server_settings(instance.applied)};
}

Status Instances::run_server(jobs::JobContext& job, DbInstance& instance) const {
    const Moment deadline = parts_.clock.moment() + kStartLimit;
    return parts_.host->start_server(instance.resource_id, run_spec_of(instance), [&job, deadline, this] {
        return job.should_stop() || parts_.clock.moment() > deadline;
    });
}

Status Instances::give_password(DbInstance& instance) const {
    if (instance.sealed_password.empty()) return {};
    const SecretString password =
        TRY(access::open_secret(parts_.sealing, instance.sealed_password, context_of(instance)));
    const auto place = TRY(parts_.host->place_of(instance.resource_id, instance.port));
    TRY(databases::set_password(place, instance.user, password));
    instance.sealed_password.clear();
    return {};
}

Status Instances::carry_out(jobs::JobContext& job, DbInstance& instance, std::string_view task) const {
    databases::DatabaseHost& host = *parts_.host;
    const std::string& id = instance.resource_id;
    if (task == task::kDelete) return host.remove(id);
    if (task == task::kStop) {
        instance.status = status::kStopped;
        return host.stop_server(id, kStopGrace);
    }
    if (task != task::kRecover && task != task::kModify) instance.applied = TRY(settings_of(instance));
    if (task == task::kReboot) {
        if (!instance.pending_class.empty()) instance.instance_class = std::move(instance.pending_class);
        instance.pending_class.clear();
    }
    if (task == task::kCreate) TRY(host.create(id, product_of(instance)));
    if (task == task::kReboot || task == task::kRestart) TRY(host.stop_server(id, kStopGrace));
    TRY(run_server(job, instance));
    if (task == task::kCreate) {
        const auto place = TRY(host.place_of(id, instance.port));
        const SecretString password =
            TRY(access::open_secret(parts_.sealing, instance.sealed_password, context_of(instance)));
        const std::string group = instance.engine == "postgres" ? "rds_superuser" : "";
        TRY(databases::make_master(place, {instance.user, password, instance.database, group}));
        instance.sealed_password.clear();
    }
    TRY(give_password(instance));
    instance.status = status::kAvailable;
    return {};
}

Result<state::Tx> Instances::perform(jobs::JobContext& job, const Identity& identity) {
    state::Tx tx{job.cause()};
    auto stored = records_.get<DbInstance>(identity);
    if (stored.is(Errc::not_found)) return tx;
    if (!stored.ok()) return stored.error();
    DbInstance& instance = stored->value;
    const std::string task = job.params().text("task");
    const bool down =
        task == task::kRecover && instance.should_run() && !parts_.host->running(instance.resource_id);
    const bool applies = task == task::kApply && instance.should_run();
    // A later instance of the same name is not this job's.
    if (instance.resource_id != job.params().text("resource") || (instance.at_rest() && !down && !applies))
        return tx;
    if (task == task::kApply) {
        TRY(apply_live(instance));
        Records::put(tx, *stored);
        return tx;
    }
    TRY(carry_out(job, instance, task));
    instance.reason.clear();
    const Told told = told_of(task);
    add_event(tx, parts_.clock.now(),
              {"db-instance", identity, std::string{told.category}, std::string{told.message}});
    if (task == task::kDelete)
        tx.erase(key_of(instance), stored->version);
    else
        Records::put(tx, *stored);
    return tx;
}

jobs::StepResult Instances::work(jobs::JobContext& job) {
    if (parts_.host == nullptr) return jobs::StepResult::failed("this machine runs no databases");
    CHECK(job.job().resource.has_value());
    const state::Key& key = *job.job().resource;
    const Identity identity{{key.account, key.region}, key.id};
    const Busy busy{busy_mutex_, busy_changed_, busy_, job.params().text("resource")};
    auto tx = perform(job, identity);
    if (tx.ok()) return jobs::StepResult::done({}, std::move(*tx));
    const Error& error = tx.error();
    if (error.code() == Errc::cancelled && job.should_stop())
        return jobs::StepResult::next("work", job.checkpoint());
    // What brought a database down may pass: a full disk, a machine out of memory.
    if (job.params().text("task") == task::kRecover) return jobs::StepResult::retry(error.message());
    return jobs::StepResult::from(error);
}

void Instances::give_up(const jobs::Job& job, state::Tx& tx) const {
    CHECK(job.resource.has_value());
    const Identity identity{{job.resource->account, job.resource->region}, job.resource->id};
    auto stored = records_.get<DbInstance>(identity);
    if (!stored.ok() || stored->value.at_rest() || stored->value.resource_id != job.params.text("resource"))
        return;
    DbInstance& instance = stored->value;
    const auto settings = settings_of(instance);
    const bool chosen = settings.ok() && !settings->empty();
    const bool starts = job.params.text("task") != task::kCreate && job.params.text("task") != task::kDelete;
    instance.status = starts && chosen ? status::kBadParameters : status::kFailed;
    instance.reason = job.reason;
    Records::put(tx, *stored);
    add_event(tx, parts_.clock.now(),
              {"db-instance", identity, "failure", "DB instance failed: " + job.reason});
}

}  // namespace landfall::rds
