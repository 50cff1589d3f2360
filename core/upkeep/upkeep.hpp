// Upkeep: looks after the block store of a running server: a slow scrub that reads everything back, again and
// again, and a collection of garbage now and then. Both are jobs (core/jobs), so `landfall jobs` shows them,
// a cancel stops them, and after a restart or a kill -9 they go on from where they were.
//
// Invariants
//   1. At most one job of each task has not ended.
//   2. A scheduled scrub reads at most Settings::scrub_rate bytes a second on average, in pieces of one pack.
//   3. Every damaged block that a scrub finds is quarantined before it is told, and told in each pass until
//      it is healed or collected: a line of the job's log, an event of the job's resource, the counters, and
//      `news`.
// Threads: any may call begin, counters and metrics; start() makes one thread, "upkeep.clock".
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"

namespace landfall::upkeep {

enum class Task : std::uint8_t { scrub, collect };
inline constexpr std::array kTasks{Task::scrub, Task::collect};
/// "blocks.scrub", "blocks.collect": the kinds of the jobs.
[[nodiscard]] std::string_view kind_of(Task task);
/// "scrub", "collect".
[[nodiscard]] std::optional<Task> parse_task(std::string_view name);

struct Settings {
    std::string account;  ///< whose jobs these are
    std::string region;
    Bytes scrub_rate{8U << 20U};                        ///< a second; 0: no scheduled scrub
    Duration scrub_every = std::chrono::hours{7 * 24};  ///< from the start of one pass to that of the next
    Duration collect_every = std::chrono::hours{1};     ///< 0: no scheduled collection
};

/// Since the server started.
struct Counters {
    std::uint64_t scrub_bytes = 0;
    std::uint64_t scrub_passes = 0;
    std::uint64_t scrub_damage = 0;
    std::uint64_t collections = 0;
    std::uint64_t reclaimed_bytes = 0;
};

/// Something that a person should know: for the server's log.
struct News {
    std::string job;
    std::string what;
};

class Upkeep {
public:
    struct Parts {
        jobs::Jobs& jobs;
        blocks::Store& blocks;
        const Clock& clock;
        std::function<void(const News&)> news;  ///< any thread; may be empty
    };
    Upkeep(Parts parts, Settings settings);
    ~Upkeep() { stop(); }
    Upkeep(const Upkeep&) = delete;
    Upkeep& operator=(const Upkeep&) = delete;

    /// Before Jobs::start.
    void register_jobs();
    /// After Jobs::start: begins what is due, and goes on doing so.
    void start(ThreadStarter& threads);
    void stop();

    /// Begins a task now, a scrub at full speed; where one is under way already, that one is answered.
    [[nodiscard]] Result<jobs::JobId> begin(Task task, state::Cause cause);
    /// Begins what is due at this instant; answers when to ask again.
    [[nodiscard]] Result<Instant> begin_due(Instant now);

    [[nodiscard]] Counters counters() const;
    /// Lines of Prometheus text, for /metrics.
    [[nodiscard]] std::string metrics() const;

private:
    enum class Pace { full, settings };
    [[nodiscard]] Result<std::optional<jobs::Job>> newest(Task task);
    [[nodiscard]] Result<jobs::JobId> submit(Task task, Pace pace, state::Cause cause);
    [[nodiscard]] Duration interval(Task task) const;
    [[nodiscard]] Result<Instant> due(Task task);
    [[nodiscard]] jobs::StepResult scrub(jobs::JobContext& job);
    [[nodiscard]] jobs::StepResult collect(jobs::JobContext& job);
    void tell(jobs::JobContext& job, state::Tx& with, const blocks::Damage& damage);
    void run_clock();

    const Parts parts_;
    const Settings settings_;
    const Instant made_;

    struct {
        std::atomic<std::uint64_t> scrub_bytes, scrub_passes, scrub_damage, collections, reclaimed_bytes;
    } counted_{};

    std::mutex begin_turn_;  ///< invariant 1: held while one looks and begins
    std::mutex mutex_;
    std::condition_variable stop_asked_;
    bool stopping_ = false;
    std::thread clock_thread_;
};

}  // namespace landfall::upkeep
