// One job on its runner's thread: step after step, each with its row's transaction.
#include <algorithm>

#include "core/jobs/engine.hpp"
#include "core/jobs/job_codec.hpp"

namespace landfall::jobs {
namespace {

constexpr int kConflictsMax = 20;

/// The store fails or is full, as opposed to refusing this transaction.
bool is_trouble(const Error& error) {
    switch (error.code()) {
        case Errc::precondition:
        case Errc::not_found:
        case Errc::already_exists:
        case Errc::invalid: return false;
        default: return true;
    }
}

bool is_conflict(const Error& error) {
    return error.code() == Errc::precondition || error.code() == Errc::not_found ||
           error.code() == Errc::already_exists;
}

class Running final : public JobContext {
public:
    Running(Jobs::Engine& engine, Entry& entry) : engine_{engine}, entry_{entry} {}

    const Job& job() const override { return entry_.job; }
    bool cancelled() const override { return entry_.cancel; }
    bool should_stop() const override {
        // While it cleans up after a cancel, only the server's stop ends it early.
        return engine_.stopping() || (entry_.cancel && entry_.job.state != JobState::cancelling);
    }
    void progress(Bytes done, Bytes total, std::string_view phase) override {
        entry_.live.report(done, total, phase);
    }
    void log(LogLevel level, std::string_view text) override {
        static constexpr std::string_view kLevels[] = {"note", "warning", "error"};
        entry_.live.log({.at = engine_.clock().now(),
                         .level = std::string{kLevels[static_cast<std::size_t>(level)]},
                         .text = std::string{text}});
    }
    Status save(state::Record checkpoint, std::optional<state::Tx> with) override {
        Job next = entry_.job;
        next.checkpoint = std::move(checkpoint);
        next.attempt = 0;
        return engine_.commit(entry_, std::move(next), std::move(with));
    }
    Result<JobId> spawn(std::string_view key, NewJob child) override {
        return engine_.spawn(entry_.job, key, std::move(child));
    }
    Result<Job> child(std::string_view key) override {
        return engine_.get(JobId{entry_.job.id.text + "/" + std::string{key}});
    }
    state::Cause cause() const override { return engine_.cause_of(entry_.job); }

private:
    Jobs::Engine& engine_;
    Entry& entry_;
};

/// What happens to the job after one step.
struct Turn {
    Job next;
    std::optional<state::Tx> with;
};

void end(Job& job, JobState how, Instant now) {
    job.state = how;
    job.ended = now;
    job.waits_for_children = false;
    job.not_before = Instant{};
}

void go_on_with(Job& job, std::string step, state::Record checkpoint) {
    job.step = std::move(step);
    job.checkpoint = std::move(checkpoint);
    job.attempt = 0;
    job.reason.clear();
}

void fail(Job& job, std::string reason, Instant now) {
    job.reason = job.state == JobState::cancelling ? "cleaning up after the cancel failed: " + reason
                                                   : std::move(reason);
    end(job, JobState::failed, now);
}

void try_again(Jobs::Engine& engine, const JobKind& kind, Job& job, std::string reason) {
    const Instant now = engine.clock().now();
    ++job.attempt;
    if (job.attempt >= kind.attempts_max) {
        return fail(job, "gave up after " + std::to_string(job.attempt) + " tries: " + reason, now);
    }
    job.reason = std::move(reason);
    job.not_before = now + engine.backoff(kind, job.attempt);
    if (job.state != JobState::cancelling) job.state = JobState::queued;
}

void take_outcome(Jobs::Engine& engine, Entry& entry, StepResult::Outcome& how, Job& job) {
    const Instant now = engine.clock().now();
    if (auto* next = std::get_if<outcome::Next>(&how)) {
        go_on_with(job, std::move(next->step), std::move(next->checkpoint));
    } else if (auto* done = std::get_if<outcome::Done>(&how)) {
        job.result = std::move(done->result);
        job.reason = job.state == JobState::cancelling ? "cancelled" : "";
        end(job, job.state == JobState::cancelling ? JobState::cancelled : JobState::done, now);
    } else if (auto* wait = std::get_if<outcome::Wait>(&how)) {
        go_on_with(job, std::move(wait->step), std::move(wait->checkpoint));
        job.not_before = wait->until.value_or(Instant{});
        job.waits_for_children = !wait->until.has_value();
        if (job.state != JobState::cancelling) job.state = JobState::waiting;
    } else if (auto* failed = std::get_if<outcome::Failed>(&how)) {
        fail(job, std::move(failed->reason), now);
    } else if (auto* retry = std::get_if<outcome::Retry>(&how)) {
        try_again(engine, entry.kind.spec, job, std::move(retry->reason));
    }
}

/// The transaction that ends a job takes the resource's changes and the cancel's row along.
Status commit_turn(Jobs::Engine& engine, Entry& entry, const Job& next, std::optional<state::Tx> with) {
    if (!is_final(next.state)) return engine.commit(entry, next, std::move(with));
    const bool unfinished = next.state != JobState::done && entry.kind.spec.on_unfinished;
    for (int conflicts = 0;; ++conflicts) {
        state::Tx tx{engine.cause_of(next)};
        if (with) tx.append(*with);
        if (unfinished) entry.kind.spec.on_unfinished(next, tx);
        if (entry.cancel) tx.erase(cancel_key_of(next.id), state::kAnyVersion);
        Status done = engine.commit(entry, next, std::move(tx));
        if (done.ok() || !unfinished || is_trouble(done.error())) return done;
        // What on_unfinished wants cannot be: the job must end all the same, or it would run for ever.
        if (conflicts == kConflictsMax) return engine.commit(entry, next, std::nullopt);
    }
}

/// False: the job rests here (waits, pauses, has ended, or the store fails).
enum class Go : std::uint8_t { on, rest, stuck };

Go commit_and_go(Jobs::Engine& engine, Entry& entry, Turn turn) {
    // `with` is kept for a second try only where the row ends, which is where on_unfinished may conflict.
    Status done = commit_turn(engine, entry, turn.next, turn.with);
    if (!done.ok() && is_conflict(done.error())) {
        // The step's own changes met a newer version: it runs again and reads anew.
        Job again = entry.job;
        try_again(engine, entry.kind.spec, again, done.error().message());
        done = commit_turn(engine, entry, again, std::nullopt);
    }
    if (done.is(Errc::invalid)) {
        Job failed = entry.job;
        fail(failed, done.error().message(), engine.clock().now());
        done = commit_turn(engine, entry, failed, std::nullopt);
    }
    if (!done.ok()) return Go::stuck;
    const Job& job = entry.job;
    const bool runs = job.state == JobState::running || job.state == JobState::cancelling;
    const bool pauses = job.waits_for_children || job.not_before > engine.clock().now();
    return runs && !pauses ? Go::on : Go::rest;
}

Go begin(Jobs::Engine& engine, Entry& entry) {
    if (entry.job.attempt >= entry.kind.spec.attempts_max) {
        Job next = entry.job;
        fail(next, "gave up after " + std::to_string(next.attempt) + " tries: " + entry.job.reason,
             engine.clock().now());
        return commit_and_go(engine, entry, {std::move(next), std::nullopt});
    }
    if (entry.job.state == JobState::running || entry.job.state == JobState::cancelling) return Go::on;
    Job next = entry.job;
    next.state = JobState::running;
    next.waits_for_children = false;
    next.not_before = Instant{};
    if (!next.started) next.started = engine.clock().now();
    return commit_and_go(engine, entry, {std::move(next), std::nullopt});
}

Go turn_to_cancel(Jobs::Engine& engine, Entry& entry) {
    Job next = entry.job;
    next.not_before = Instant{};
    next.waits_for_children = false;
    if (entry.kind.spec.cancel_step.empty()) {
        next.reason = "cancelled";
        end(next, JobState::cancelled, engine.clock().now());
    } else {
        next.state = JobState::cancelling;
        go_on_with(next, entry.kind.spec.cancel_step, entry.job.checkpoint);
    }
    return commit_and_go(engine, entry, {std::move(next), std::nullopt});
}

Go pause_for_stop(Jobs::Engine& engine, Entry& entry) {
    if (entry.job.state != JobState::running) return Go::rest;
    Job next = entry.job;
    next.state = JobState::queued;
    return commit_and_go(engine, entry, {std::move(next), std::nullopt}) == Go::stuck ? Go::stuck : Go::rest;
}

Go run_step(Jobs::Engine& engine, Entry& entry) {
    auto& steps = entry.kind.spec.steps;
    const auto step =
        std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.name == entry.job.step; });
    if (step == steps.end()) {
        Job next = entry.job;
        fail(next, "this program has no step named " + next.step, engine.clock().now());
        return commit_and_go(engine, entry, {std::move(next), std::nullopt});
    }
    Running context{engine, entry};
    StepResult result = step->run(context);
    Job next = entry.job;
    take_outcome(engine, entry, result.outcome, next);
    return commit_and_go(engine, entry, {std::move(next), std::move(result.with)});
}

}  // namespace

Left run_job(Jobs::Engine& engine, Entry& entry) {
    if (entry.job.waits_for_children) {
        const Result<bool> ended = engine.children_have_ended(entry.job.id);
        if (!ended.ok()) return Left::stuck;
        if (!*ended) return Left::settled;
    }
    Go go = Go::on;
    bool begun = false;
    while (go == Go::on) {
        if (engine.stopping()) {
            go = pause_for_stop(engine, entry);
            break;
        }
        if (entry.cancel && entry.job.state != JobState::cancelling) {
            go = turn_to_cancel(engine, entry);
        } else if (!begun) {
            go = begin(engine, entry);
        } else {
            go = run_step(engine, entry);
        }
        begun = true;
    }
    return go == Go::stuck ? Left::stuck : Left::settled;
}

}  // namespace landfall::jobs
