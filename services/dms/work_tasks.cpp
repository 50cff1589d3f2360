#include "services/dms/work_tasks.hpp"

#include <algorithm>

#include "services/dms/model_mappings.hpp"
#include "services/dms/store_requests.hpp"

namespace landfall::dms {
namespace {

constexpr int kTriesMax = 100;
constexpr int kAttemptsMax = 1'000'000;

Fault invalid_combination(std::string what) { return {FaultCode::invalid_combination, std::move(what)}; }

bool may_pass(const Error& error) {
    return error.code() == Errc::unavailable || error.code() == Errc::timeout || error.code() == Errc::io ||
           error.code() == Errc::exhausted;
}

Verdict check_start(const Task& task, StartType type) {
    if (!task.rests())
        return invalid_state("Replication Task cannot be started, invalid state: " + task.name + " is " +
                             task.status);
    if (type == StartType::start_replication && task.begun)
        return invalid_combination(
            "Start Type : START_REPLICATION, valid only for tasks running for the first time");
    if (type == StartType::resume_processing && !task.begun)
        return invalid_combination(
            "Start Type : RESUME_PROCESSING, valid only for tasks that have run before");
    if (type == StartType::resume_processing && task.changed)
        return invalid_combination(
            "Start Type : RESUME_PROCESSING, not valid since the task has changed in what it moves: use "
            "reload-target");
    return {};
}

}  // namespace

Result<MovePlan> move_of(const Records& records, const Places& places, const Task& task) {
    const Scope& scope = task.self.scope;
    const auto source = TRY(records.get<Endpoint>({scope, task.source}));
    const auto target = TRY(records.get<Endpoint>({scope, task.target}));
    const auto instance = TRY(records.get<ReplicationInstance>({scope, task.instance}));
    const InstanceClass* const bounds = find_class(instance.value.instance_class);
    CHECK(bounds != nullptr);
    auto mappings = TableMappings::parse(task.mappings);
    if (!mappings.ok()) return Error{Errc::invalid, mappings.error().message()};
    const TaskSettings settings = read_task_settings(task.settings);
    DatabasePlace from = TRY(places.place_of(source.value));
    DatabasePlace to = TRY(places.place_of(target.value));
    MovePlan plan{.name = task.move_name(),
                  .source = std::move(from),
                  .target = std::move(to),
                  .type = task.type,
                  .selected =
                      [rules = std::move(*mappings)](std::string_view schema, std::string_view table) {
                          return schema != "landfall" && rules.selects(schema, table);
                      },
                  .workers = std::min(settings.sub_tasks, bounds->workers()),
                  .reload = task.reload};
    if (settings.validates) plan.check = MovePlan::Check::rows;
    if (settings.suspends_tables) plan.on_error = MovePlan::OnError::suspend_table;
    if (!settings.follows_definitions) plan.definitions = MovePlan::Definitions::stop;
    if (settings.prepare == TaskSettings::Prepare::truncate) plan.existing = MovePlan::Existing::emptied;
    if (settings.prepare == TaskSettings::Prepare::drop) plan.existing = MovePlan::Existing::dropped;
    return plan;
}

/// One run of a move: what it tells becomes the task's, and what the task is told becomes its stop.
class Tasks::Run {
public:
    Run(Tasks& tasks, jobs::JobContext& job, const Task& task, TaskProgress before)
        : tasks_{tasks},
          job_{job},
          identity_{task.self},
          settings_{read_task_settings(task.settings)},
          reloaded_{task.reload},
          keeper_{std::move(before)} {
        if (!task.stop_position.empty())
            if (const auto at = parse_stop_position(task.stop_position); at.ok()) stop_at_ = *at;
    }

    Status move(const MovePlan& plan) {
        const Status moved =
            tasks_.parts_.movers.run(plan, stop_, [this](const MoveProgress& progress) { tell(progress); });
        if (!moved.ok() && !moved.is(Errc::cancelled)) {
            keeper_.fail(moved.error().message());
            write_progress();
        }
        return moved;
    }
    /// Why it stopped by itself; empty: it did not.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    /// It ends so that the next run loads tables anew.
    [[nodiscard]] bool goes_on() const { return goes_on_; }

private:
    void tell(const MoveProgress& progress) {
        keeper_.take(progress, reloaded_, tasks_.parts_.clock.now());
        write_progress();
        if (job_.should_stop()) stop_ = true;
        const auto stored = tasks_.task_of(job_.job());
        if (!stored.ok() || !*stored) return;
        look_at(**stored, progress);
        const bool follows = progress.doing == MoveProgress::Doing::follows;
        if (follows && settings_.stops_after_load) stop_for("STOPPED_AFTER_FULL_LOAD");
        if (follows && settings_.stops_after_cached_changes && progress.caught_up)
            stop_for("STOPPED_AFTER_CACHED_EVENTS");
        if (stop_at_ && tasks_.parts_.clock.now() >= *stop_at_) stop_for("STOPPED_AT_SERVER_TIME");
    }

    /// The task runs; tables that are to be loaded anew end this run, and are done once they are loaded.
    void look_at(Stored<Task> stored, const MoveProgress& progress) {
        Task& task = stored.value;
        const Task before = task;
        if (task.status == status::kStarting) task.status = status::kRunning;
        if (task.status == status::kStopping) stop_for("NORMAL");
        task.begun = true;
        task.failure.clear();
        const bool known = std::ranges::all_of(task.reload, [&](const MovePlan::Name& name) {
            return std::ranges::find(reloaded_, name) != reloaded_.end();
        });
        if (known && progress.doing == MoveProgress::Doing::follows) task.reload.clear();
        if (!known) goes_on_ = true, stop_ = true;
        if (task == before) return;
        state::Tx tx{job_.cause()};
        put(tx, stored);
        if (task.status != before.status) tasks_.parts_.events.add(tx, EventKind::task_started, task);
        // Where somebody else was first, the next second finds what they wrote.
        static_cast<void>(tasks_.records_.store().commit(std::move(tx)));
    }

    void stop_for(std::string_view reason) {
        reason_ = reason;
        stop_ = true;
    }

    void write_progress() {
        if (keeper_.now() == written_) return;
        state::Tx tx{job_.cause()};
        tx.set_progress(key_of(Kind<Task>::kName, identity_), encode_progress(keeper_.now()));
        if (tasks_.records_.store().commit(std::move(tx)).ok()) written_ = keeper_.now();
    }

    Tasks& tasks_;
    jobs::JobContext& job_;
    Identity identity_;
    TaskSettings settings_;
    std::vector<MovePlan::Name> reloaded_;
    ProgressKeeper keeper_;
    TaskProgress written_;
    std::optional<Instant> stop_at_;
    std::string reason_;
    bool goes_on_ = false;
    std::atomic<bool> stop_ = false;
};

void Tasks::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{
        .name = std::string{kTaskJob}, .runners = kTasksRunningMax, .attempts_max = kAttemptsMax};
    kind.steps.push_back({"run", [this](jobs::JobContext& job) { return run(job); }});
    kind.steps.push_back({"finish", [this](jobs::JobContext& job) { return finish(job); }});
    kind.on_unfinished = [this](const jobs::Job& job, state::Tx& tx) { add_unfinished(job, tx); };
    jobs.add_kind(std::move(kind));
}

Verdict Tasks::check_room(const Task& task) const {
    const auto instance = TRY(records_.get<ReplicationInstance>({task.self.scope, task.instance}));
    if (instance.value.status != status::kAvailable)
        return invalid_state("Replication instance " + instance.value.name + " is " + instance.value.status);
    const InstanceClass* const bounds = find_class(instance.value.instance_class);
    CHECK(bounds != nullptr);
    std::size_t running = 0;
    for (const auto& each : TRY(records_.all<Task>(task.self.scope)))
        if (each.value.runs() && each.value.instance == task.instance) ++running;
    if (running >= bounds->tasks())
        return invalid_state("Replication instance " + instance.value.name + " of class " +
                             instance.value.instance_class + " has memory for " +
                             std::to_string(bounds->tasks()) + " tasks, which run already");
    return {};
}

Judged<Task> Tasks::start(const state::Cause& cause, const Scope& scope, std::string_view identifier,
                          StartType type, std::string_view stop_position) {
    const std::scoped_lock lock{starting_};
    for (int tries = 0; tries < kTriesMax; ++tries) {
        Stored<Task> stored = TRY(parts_.catalogue.find<Task>(scope, identifier));
        Task& task = stored.value;
        TRY(check_start(task, type));
        TRY(check_room(task));
        if (!stop_position.empty()) task.stop_position = stop_position;
        TRY(check(task));
        jobs::NewJob job{.kind = std::string{kTaskJob},
                         .account = scope.account,
                         .region = scope.region,
                         .resource = key_of(task)};
        job.params.set("anew", type == StartType::reload_target);
        state::Tx tx{cause};
        task.job = parts_.jobs.add_to(tx, std::move(job)).text;
        task.status = status::kStarting;
        task.stop_reason.clear();
        task.failure.clear();
        task.reload.clear();
        task.start = parts_.clock.now();
        task.stop = {};
        if (task.first_start == Instant{} || type == StartType::reload_target) task.first_start = task.start;
        put(tx, stored);
        const auto committed = records_.store().commit(std::move(tx));
        if (committed.ok()) return std::move(task);
        if (!committed.is(Errc::precondition)) return committed.error();
    }
    return Error{Errc::unavailable, "too many writers of one task"};
}

Judged<Task> Tasks::stop(const state::Cause& cause, const Scope& scope, std::string_view identifier) {
    for (int tries = 0; tries < kTriesMax; ++tries) {
        Stored<Task> stored = TRY(parts_.catalogue.find<Task>(scope, identifier));
        Task& task = stored.value;
        if (task.status != status::kRunning && task.status != status::kStarting)
            return invalid_state("Replication Task cannot be stopped, invalid state: " + task.name + " is " +
                                 task.status);
        task.status = status::kStopping;
        state::Tx tx{cause};
        put(tx, stored);
        const auto committed = records_.store().commit(std::move(tx));
        if (!committed.ok() && committed.is(Errc::precondition)) continue;
        TRY(committed);
        const Status asked = parts_.jobs.cancel(jobs::JobId{task.job}, cause);
        // It ended meanwhile: how, its own record says.
        if (!asked.ok() && !asked.is(Errc::precondition)) return asked.error();
        return std::move(task);
    }
    return Error{Errc::unavailable, "too many writers of one task"};
}

Judged<Task> Tasks::reload(const state::Cause& cause, const Scope& scope, std::string_view identifier,
                           const std::vector<MovePlan::Name>& tables) {
    for (int tries = 0; tries < kTriesMax; ++tries) {
        Stored<Task> stored = TRY(parts_.catalogue.find<Task>(scope, identifier));
        Task& task = stored.value;
        if (task.status != status::kRunning)
            return invalid_state("Tables are reloaded while their task runs: " + task.name + " is " +
                                 task.status);
        if (task.type == MigrationType::full_load)
            return invalid_state("Tables are reloaded by tasks that follow changes: start " + task.name +
                                 " with reload-target");
        const TaskProgress progress = TRY(progress_of(records_.store(), task.self));
        for (const MovePlan::Name& name : tables) {
            if (progress.find(name) == nullptr)
                return invalid_value("Table " + name.schema + "." + name.table + " is not of task " +
                                     task.name);
            if (std::ranges::find(task.reload, name) == task.reload.end()) task.reload.push_back(name);
        }
        state::Tx tx{cause};
        put(tx, stored);
        parts_.events.add(tx, EventKind::task_reloads, task);
        const auto committed = records_.store().commit(std::move(tx));
        if (committed.ok()) return std::move(task);
        if (!committed.is(Errc::precondition)) return committed.error();
    }
    return Error{Errc::unavailable, "too many writers of one task"};
}

Result<std::optional<Stored<Task>>> Tasks::task_of(const jobs::Job& job) const {
    CHECK(job.resource.has_value());
    const Identity identity{{job.resource->account, job.resource->region}, job.resource->id};
    auto stored = records_.get<Task>(identity);
    if (stored.is(Errc::not_found)) return std::optional<Stored<Task>>{};
    if (!stored.ok()) return stored.error();
    if (stored->value.job != job.id.text) return std::optional<Stored<Task>>{};
    return std::optional{std::move(*stored)};
}

jobs::StepResult Tasks::end(Ending ending) {
    state::Record checkpoint;
    checkpoint.set("status", ending.status).set("reason", ending.reason).set("failure", ending.failure);
    return jobs::StepResult::next("finish", std::move(checkpoint));
}

jobs::StepResult Tasks::run(jobs::JobContext& job) {
    for (;;) {
        auto stored = task_of(job.job());
        if (!stored.ok()) return jobs::StepResult::from(stored.error());
        if (!*stored) return jobs::StepResult::done();
        const Task& task = (*stored)->value;
        // The server may have been killed between the two commits of a stop.
        if (task.status == status::kStopping && !job.should_stop())
            return end({status::kStopped, "NORMAL", {}});
        auto plan = move_of(records_, parts_.places, task);
        if (!plan.ok()) return after_error(job, task, plan.error());
        if (job.params().flag("anew")) {
            // What an earlier run loaded is what is loaded anew.
            if (plan->existing == MovePlan::Existing::kept) plan->existing = MovePlan::Existing::emptied;
            const Status cleared = begin_anew(job, task.self, *plan);
            if (!cleared.ok()) return after_error(job, task, cleared.error());
        }
        auto before = progress_of(records_.store(), task.self);
        if (!before.ok()) return jobs::StepResult::from(before.error());
        Run run{*this, job, task, std::move(*before)};
        const Status moved = run.move(*plan);
        if (moved.ok() || moved.is(Errc::already_exists))
            return end({status::kStopped, "FULL_LOAD_ONLY_FINISHED", {}});
        const bool told = moved.is(Errc::cancelled);
        if (told && job.should_stop()) return jobs::StepResult::next("run", job.checkpoint());
        if (told && !run.reason().empty()) return end({status::kStopped, run.reason(), {}});
        if (told && run.goes_on()) continue;
        return after_error(job, task, moved.error());
    }
}

/// Once a job: what is there of earlier runs is taken back.
Status Tasks::begin_anew(jobs::JobContext& job, const Identity& identity, const MovePlan& plan) {
    if (job.checkpoint().flag("cleared")) return {};
    TRY(parts_.movers.forget(plan));
    auto stored = TRY(records_.get<Task>(identity));
    stored.value.begun = false;
    stored.value.changed = false;
    state::Tx tx{job.cause()};
    put(tx, stored);
    tx.set_progress(key_of(stored.value), encode_progress({}));
    state::Record checkpoint = job.checkpoint();
    checkpoint.set("cleared", true);
    return job.save(std::move(checkpoint), std::move(tx));
}

/// Again after a pause, or the end. A task that never had both databases fails at once.
jobs::StepResult Tasks::after_error(jobs::JobContext& job, const Task& task, const Error& error) {
    auto stored = task_of(job.job());
    if (!stored.ok()) return jobs::StepResult::from(stored.error());
    if (!*stored) return jobs::StepResult::done();
    if (job.should_stop()) return jobs::StepResult::next("run", job.checkpoint());
    Task& now = (*stored)->value;
    if (!may_pass(error) || !now.begun)
        return end({status::kFailed, "FATAL_ERROR Error Level FATAL", error.message()});
    const TaskSettings settings = read_task_settings(task.settings);
    state::Record checkpoint = job.checkpoint();
    const std::int64_t count = checkpoint.number("errors") + 1;
    if (settings.recoverable_errors_max >= 0 && count > settings.recoverable_errors_max)
        return end({status::kFailed, "RECOVERABLE_ERROR Error Level RECOVERABLE", error.message()});
    checkpoint.set("errors", count);
    std::int64_t pause = settings.recoverable_interval_s;
    for (std::int64_t i = 1;
         settings.recoverable_throttled && i < count && pause < settings.recoverable_interval_max_s; ++i)
        pause *= 2;
    pause = std::clamp<std::int64_t>(pause, 1, std::max(1, settings.recoverable_interval_max_s));
    now.failure = error.message();
    state::Tx tx{job.cause()};
    put(tx, **stored);
    const Instant until{parts_.clock.now().ns + pause * 1'000'000'000};
    return jobs::StepResult::wait_until(until, "run", std::move(checkpoint), std::move(tx));
}

jobs::StepResult Tasks::finish(jobs::JobContext& job) {
    auto stored = task_of(job.job());
    if (!stored.ok()) return jobs::StepResult::from(stored.error());
    if (!*stored) return jobs::StepResult::done();
    Task& task = (*stored)->value;
    task.status = job.checkpoint().text("status");
    task.resting = task.status;
    task.stop_reason = "Stop Reason " + job.checkpoint().text("reason");
    task.failure = job.checkpoint().text("failure");
    task.stop = parts_.clock.now();
    state::Tx tx{job.cause()};
    put(tx, **stored);
    add_end(tx, task);
    return jobs::StepResult::done({}, std::move(tx));
}

void Tasks::add_unfinished(const jobs::Job& job, state::Tx& tx) {
    auto stored = task_of(job);
    if (!stored.ok() || !*stored) return;
    Task& task = (*stored)->value;
    const bool cancelled = job.state == jobs::JobState::cancelled;
    task.status = cancelled ? status::kStopped : status::kFailed;
    task.resting = task.status;
    task.stop_reason = cancelled ? "Stop Reason NORMAL" : "Stop Reason FATAL_ERROR Error Level FATAL";
    if (!cancelled) task.failure = job.reason;
    task.stop = parts_.clock.now();
    put(tx, **stored);
    add_end(tx, task);
}

void Tasks::add_end(state::Tx& tx, const Task& task) const {
    if (task.status == status::kFailed)
        parts_.events.add(tx, EventKind::task_failed, task, task.failure);
    else
        parts_.events.add(tx, EventKind::task_stopped, task, task.stop_reason);
}

}  // namespace landfall::dms
