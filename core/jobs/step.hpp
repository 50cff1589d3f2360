// What the author of a job writes: steps, and the kind that lists them.
//
//   StepResult copy_disk(JobContext& job) {
//       auto at = ByteOffset{job.checkpoint().bytes("at").count};
//       while (at < end && !job.should_stop()) { …copy a piece…; job.progress(…); }
//       Record where; where.set("at", at.value);
//       return at < end ? StepResult::next("copy_disk", where) : StepResult::next("register", where);
//   }
//
// Invariants of a step
//   1. It may run again from the same checkpoint, also after it had done all of its work: it finds what it
//      made by a name derived from the job's id, and does not make it twice.
//   2. It runs on one thread at a time, and steps of one job never overlap; different jobs of a kind do, so
//      a step's captures are const or guarded.
//   3. It polls should_stop() at least every second or so and then returns next(this step, checkpoint).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "core/jobs/job.hpp"
#include "core/state/record.hpp"
#include "core/state/tx.hpp"

namespace landfall::jobs {

enum class LogLevel : std::uint8_t { note, warning, error };

/// What a running step sees of its job. For the step's thread, except should_stop, progress and log, which
/// any thread of the step may call.
class JobContext {
public:
    virtual ~JobContext() = default;
    [[nodiscard]] virtual const Job& job() const = 0;
    [[nodiscard]] const JobId& id() const { return job().id; }
    [[nodiscard]] const state::Record& params() const { return job().params; }
    [[nodiscard]] const state::Record& checkpoint() const { return job().checkpoint; }

    /// Somebody asked to cancel. A step that is past its point of no return may ignore it.
    [[nodiscard]] virtual bool cancelled() const = 0;
    /// cancelled(), or the server stops.
    [[nodiscard]] virtual bool should_stop() const = 0;
    /// Cheap (no disk): call it per block if you like.
    virtual void progress(Bytes done, Bytes total, std::string_view phase = {}) = 0;
    /// A line of the job's log for its user; durable within a second, lost lines after a crash are not an
    /// error. At most kLogLinesMax lines a job are kept; later ones are dropped.
    virtual void log(LogLevel level, std::string_view text) = 0;
    /// Moves the checkpoint of this step durably, in one transaction with `with`; blocks for one commit.
    /// precondition and the like: a change of `with` could not be applied; nothing is stored.
    virtual Status save(state::Record checkpoint, std::optional<state::Tx> with = std::nullopt) = 0;
    /// Starts a child job once per `key`, however often the step runs again. Blocks for one commit.
    virtual Result<JobId> spawn(std::string_view key, NewJob child) = 0;
    /// The child with that key, as it stands. not_found.
    virtual Result<Job> child(std::string_view key) = 0;
    /// The cause that events of this job carry: actor "landfall", service "jobs", operation = kind.
    [[nodiscard]] virtual state::Cause cause() const = 0;
};

namespace outcome {
struct Next {
    std::string step;
    state::Record checkpoint;
};
struct Done {
    state::Record result;
};
struct Wait {
    std::string step;
    state::Record checkpoint;
    std::optional<Instant> until;  ///< absent: until every child has ended
};
struct Failed {
    std::string reason;
};
struct Retry {
    std::string reason;
};
}  // namespace outcome

/// How a step ended. The transaction that comes with it commits together with the job's row: when one of its
/// changes meets precondition, not_found or already_exists, neither is stored and the step runs again.
class [[nodiscard]] StepResult {
public:
    using Outcome =
        std::variant<outcome::Next, outcome::Done, outcome::Wait, outcome::Failed, outcome::Retry>;
    using With = std::optional<state::Tx>;

    static StepResult next(std::string step, state::Record checkpoint, With with = {}) {
        return {outcome::Next{std::move(step), std::move(checkpoint)}, std::move(with)};
    }
    static StepResult done(state::Record result = {}, With with = {}) {
        return {outcome::Done{std::move(result)}, std::move(with)};
    }
    static StepResult wait_until(Instant at, std::string step, state::Record checkpoint, With with = {}) {
        return {outcome::Wait{std::move(step), std::move(checkpoint), at}, std::move(with)};
    }
    /// Goes on with `step` when no child is left that has not ended (at once, where there is none).
    static StepResult wait_for_children(std::string step, state::Record checkpoint, With with = {}) {
        return {outcome::Wait{std::move(step), std::move(checkpoint), std::nullopt}, std::move(with)};
    }
    /// For good. `reason` is shown to the user.
    static StepResult failed(std::string reason, With with = {}) {
        return {outcome::Failed{std::move(reason)}, std::move(with)};
    }
    /// Again after a pause that doubles with jitter; failed after JobKind::attempts_max tries in a row.
    static StepResult retry(std::string reason) { return {outcome::Retry{std::move(reason)}, std::nullopt}; }
    /// retry for what may pass (unavailable, timeout, io, exhausted), failed for the rest.
    static StepResult from(const Error& error);

    Outcome outcome;
    With with;

private:
    StepResult(Outcome how, With tx) : outcome{std::move(how)}, with{std::move(tx)} {}
};

struct Step {
    std::string name;
    UniqueFunction<StepResult(JobContext&)> run;
};

struct JobKind {
    std::string name;
    std::vector<Step> steps;  ///< a job begins with the first
    /// Where a cancelled job goes on (with the checkpoint it had) to undo its work; its `done` ends the job
    /// as cancelled. Empty: it ends as cancelled without.
    std::string cancel_step;
    /// Adds to the transaction that ends a job as failed or cancelled, e.g. the resource's own state.
    /// `job.state` and `job.reason` are the final ones. Called again when that transaction meets a conflict.
    UniqueFunction<void(const Job& job, state::Tx& tx)> on_unfinished;
    std::size_t runners = 1;  ///< threads, hence jobs of this kind at one time
    int attempts_max = 8;
    Duration backoff_first = std::chrono::seconds{1};
    Duration backoff_max = std::chrono::minutes{5};
};

inline constexpr std::size_t kLogLinesMax = 10'000;

}  // namespace landfall::jobs
