// Jobs::Engine: which job runs when, on which thread. What one job does is in run.cpp.
//
// Invariants
//   1. A job that has not ended and whose kind is known has one Entry; `active`: a runner has it.
//   2. Only the active runner (or start, before any) writes a job's row; Entry::row holds its version.
//   3. Entry::job and row change under mutex_, by the active runner alone; it may read them without.
//   4. mutex_ is held for memory operations only; the store is called without it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/jobs/jobs.hpp"

namespace landfall::jobs {

/// What a running step reports, on its way to memory's readers and to disk.
class LiveProgress {
public:
    explicit LiveProgress(const Job& job) : progress_{job.progress}, lines_{job.log_lines} {}

    void report(Bytes done, Bytes total, std::string_view phase);
    void log(state::LogLine line);
    /// Takes a sample for the rate; called about once a second.
    void sample(Moment now);
    void show_in(Job& job) const;
    /// The lines that no transaction has yet taken.
    std::vector<state::LogLine> take_lines();
    [[nodiscard]] bool take_changed();

private:
    mutable std::mutex mutex_;
    Progress progress_;
    std::uint64_t lines_;
    std::vector<state::LogLine> waiting_;
    bool changed_ = false;
    std::optional<Moment> sampled_at_;
    Bytes sampled_done_;
};

struct KindState {
    JobKind spec;
    std::deque<std::string> ready;
    std::condition_variable work;
};

struct Entry {
    Entry(Job as_stored, state::Resource stored_row, KindState& of_kind)
        : job{std::move(as_stored)}, row{std::move(stored_row)}, kind{of_kind}, live{job} {}

    Job job;
    state::Resource row;
    KindState& kind;
    LiveProgress live;
    std::atomic<bool> cancel{false};
    bool active = false;
    bool ready = false;
    std::uint64_t children_ended = 0;
    Instant lease_until;
};

class Jobs::Engine final : public state::EventListener {
public:
    Engine(state::StateStore& store, Clock& clock, Random& random);

    void add_kind(JobKind kind);
    Status start(ThreadStarter& threads);
    void stop();
    JobId add_to(state::Tx& tx, NewJob job);
    Result<JobId> submit(NewJob job, state::Cause cause, std::optional<state::Tx> with);
    Result<JobId> spawn(const Job& parent, std::string_view key, NewJob child);
    Status cancel(const JobId& id, const state::Cause& cause);
    Result<Job> get(const JobId& id);
    Result<JobPage> list(const JobQuery& query);
    Result<std::vector<state::LogLine>> log(const JobId& id, std::uint64_t after, std::size_t limit);
    Result<Job> wait(const JobId& id, Duration wait);
    Result<Job> follow(const Job& seen, Duration wait);
    Result<std::uint64_t> prune(Instant ended_before);
    [[nodiscard]] std::uint64_t changes(std::string_view account);
    void on_change(std::string_view account, std::uint64_t seen, Duration at_most,
                   UniqueFunction<void(std::uint64_t)> done);
    void end_watches();

    void on_events(std::span<const state::Event> events) override;

    // For run.cpp, on the thread of the active runner.
    [[nodiscard]] state::StateStore& store() { return store_; }
    [[nodiscard]] Clock& clock() { return clock_; }
    [[nodiscard]] bool stopping() const { return stopping_; }
    /// Writes `next` as the job's row together with `with`; the entry shows it afterwards.
    Status commit(Entry& entry, Job next, std::optional<state::Tx> with);
    Result<bool> children_have_ended(const JobId& parent);
    [[nodiscard]] Duration backoff(const JobKind& kind, int attempt);
    [[nodiscard]] state::Cause cause_of(const Job& job) const;

private:
    struct News {
        std::string id;
        bool is_cancel = false;
    };

    struct Watch {
        std::string account;
        std::uint64_t seen;
        Moment deadline;
        UniqueFunction<void(std::uint64_t)> done;
    };

    // engine_watch.cpp
    // With mutex_ held.
    /// Of any job: for those who wait for one.
    void note_change();
    /// Of a job of this account: for its watches, too.
    void note_change_of(const std::string& account);
    [[nodiscard]] std::uint64_t generation_of(std::string_view account) const;
    /// Without.
    void answer_watches();

    // engine_start.cpp
    Status recover();
    Status recover_one(const state::Resource& row);
    Status recover_cancels();

    void run_kind(KindState& kind);
    void run_clock();
    void absorb(const News& news);
    Status absorb_job(const JobId& id);
    Status absorb_cancel(const JobId& id);
    [[nodiscard]] Duration clock_pause(Instant now) const;
    void flush_progress();
    void flush_lines(Entry& entry);
    /// A runner has finished with the entry: it ended, waits, or pauses.
    void put_back(Entry& entry, std::uint64_t seen_children_ended);
    void make_ready(Entry& entry);
    /// Ready, or a timer, or neither, as its job says. With mutex_ held, as the two around it.
    void schedule(Entry& entry);
    void wake_parent(const Job& ended);
    void release_due(Instant now);
    Result<Job> overlay(Job job);
    state::Resource new_row(const JobId& id, const NewJob& job, const std::optional<JobId>& parent);
    struct Waited {
        Job job;
        bool enough = false;
    };
    Result<Waited> wait_until(const JobId& id, Duration wait, UniqueFunction<bool(const Job&)> enough);
    Status cancel_children(const JobId& id, const state::Cause& cause);

    state::StateStore& store_;
    Clock& clock_;
    Random& random_;
    const std::string owner_;

    std::mutex mutex_;
    std::condition_variable clock_work_;
    std::condition_variable changed_;
    const std::uint64_t first_generation_;
    std::uint64_t generation_ = first_generation_;
    std::map<std::string, std::uint64_t, std::less<>> generations_;  ///< by account, of its last change
    std::vector<Watch> watches_;
    bool watches_ended_ = false;
    std::map<std::string, std::unique_ptr<KindState>, std::less<>> kinds_;
    std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;
    std::set<std::pair<Instant, std::string>> timers_;
    std::vector<News> inbox_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stopping_{false};
    bool started_ = false;
    bool poked_ = false;
};

/// How a runner leaves a job.
enum class Left : std::uint8_t { settled, stuck };
/// Runs steps until the job ends, waits, or the server stops. `stuck`: the store could not be written.
Left run_job(Jobs::Engine& engine, Entry& entry);

}  // namespace landfall::jobs
