// Jobs: runs durable, resumable, cancellable work.
//
// Invariants
//   1. A job whose submit returned survives any crash, and ends: done, failed with a reason, or cancelled.
//   2. After kill -9 a job goes on from its last checkpoint; it never stays "running" without a runner: at
//      start every job of a dead owner is queued again.
//   3. A job's change of state and the change of the resource that comes with it are one transaction.
//   4. A cancel that returned is remembered across a crash.
//   5. Steps of one job run one after the other; at most `runners` jobs of a kind run at one time.
//
// Jobs are resources of kind "job" in the state store (docs/formats/state.md), so each change of state is an
// event there, and a StateStore listener sees every one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"
#include "core/jobs/job.hpp"
#include "core/jobs/step.hpp"
#include "core/state/store.hpp"

namespace landfall::jobs {

/// The key under which the state store holds a job.
[[nodiscard]] state::Key key_of(const JobId& id);

/// Any thread may call everything but add_kind, start, stop and the destructor.
class Jobs {
public:
    /// All outlive it. Does not touch disk.
    Jobs(state::StateStore& store, Clock& clock, Random& random);
    ~Jobs();
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;

    /// Before start. Two kinds of one name, a kind without steps or runners, or a cancel_step that is no step
    /// is a bug.
    void add_kind(JobKind kind);

    /// Queues what a dead server left, then starts the runners ("job.<kind>") and one thread for timers. The
    /// store has been started. Jobs of a kind that nobody added stay as they are. Reads disk.
    Status start(ThreadStarter& threads);
    /// Asks running steps to stop, waits for them, joins. Their jobs go on at the next start. Idempotent.
    void stop();

    /// Durable when it returns. `with` commits together with it. invalid: no such kind.
    Result<JobId> submit(NewJob job, state::Cause cause, std::optional<state::Tx> with = std::nullopt);
    /// The same as a part of your transaction: the job starts when (and if) `tx` commits. The kind must have
    /// been added.
    JobId add_to(state::Tx& tx, NewJob job);

    /// Durable when it returns; the job then ends soon (get shows `cancelling`). Children are cancelled with
    /// it. Repeating it is fine. not_found; precondition: it has ended already.
    Status cancel(const JobId& id, state::Cause cause);

    /// With live progress. not_found.
    Result<Job> get(const JobId& id);
    /// Filters first, then pages. invalid: a bad limit or `after`.
    Result<JobPage> list(const JobQuery& query);
    /// Lines after number `after`, oldest first.
    Result<std::vector<state::LogLine>> log(const JobId& id, std::uint64_t after, std::size_t limit);
    /// Until the job has ended; timeout (after `wait`), not_found, cancelled (stopped meanwhile).
    Result<Job> wait(const JobId& id, Duration wait);
    /// Until anything about the job differs from `seen` (state, step, progress, log), or `wait` is over.
    /// Answers the job as it is then.
    Result<Job> follow(const Job& seen, Duration wait);

    /// A number that grows with everything that can be seen of an account's jobs: state and step when they
    /// are durable, progress and log once a second. Never a number of an earlier process. What is read after
    /// it has at least what it counts.
    [[nodiscard]] std::uint64_t changes(std::string_view account) const;
    /// Calls `done` once, with changes() of the account as it is then: when that is not `seen` any more,
    /// after `at_most`, or when watches have ended. On this thread or on that of timers, so it must not
    /// block. Holds no thread.
    void on_change(std::string_view account, std::uint64_t seen, Duration at_most,
                   UniqueFunction<void(std::uint64_t)> done);
    /// Answers every on_change() now, and later ones at once: the first thing of a server that stops.
    void end_watches();

    /// Erases jobs that ended before that instant, with their logs; answers how many. Blocks for commits.
    Result<std::uint64_t> prune(Instant ended_before);

    class Engine;  // engine.hpp, for this folder alone

private:
    std::unique_ptr<Engine> engine_;
};

}  // namespace landfall::jobs
