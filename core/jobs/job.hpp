// Job: a long piece of work as rows: what it is, where it stands, how far it has come.
//
//   queued ──► running ──► done | failed            waiting: until an instant, or for its children
//     ▲           │  ▲                              cancelling: asked to end, still cleaning up
//     └─ retry ───┤  └── waiting ◄──┐
//                 └─────────────────┘     any of these ──► cancelling ──► cancelled
//
// Invariants
//   1. done, failed and cancelled are final: nothing changes after them.
//   2. `step` and `checkpoint` are what a runner goes on from after a crash; they change together, durably.
//   3. progress is live in memory, and at most a second old on disk; it is never needed to go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "core/state/record.hpp"
#include "core/state/resource.hpp"

namespace landfall::jobs {

struct JobId {
    std::string text;  ///< "job-" and 17 hexadecimal digits; children: "<parent>/<key>"
    auto operator<=>(const JobId&) const = default;
};

enum class JobState : std::uint8_t { queued, running, waiting, cancelling, done, failed, cancelled };
[[nodiscard]] std::string_view name_of(JobState state);
[[nodiscard]] std::optional<JobState> parse_job_state(std::string_view name);
[[nodiscard]] constexpr bool is_final(JobState state) { return state >= JobState::done; }

struct Progress {
    Bytes done;
    Bytes total;                  ///< 0: unknown
    std::string phase;            ///< a few words: "converting disk 2 of 3"
    double bytes_per_second = 0;  ///< over the last ten seconds or so
    std::optional<Duration> eta;  ///< absent while the rate or the total is unknown
    /// 0..99: only a job that is done is at 100.
    [[nodiscard]] int percent() const;
};

struct Job {
    JobId id;
    std::string kind;  ///< "ec2.import-image"
    std::string account;
    std::string region;
    std::optional<state::Key> resource;  ///< what it works for
    state::Record params;
    JobState state = JobState::queued;
    std::string step;
    state::Record checkpoint;
    state::Record result;  ///< of a job that is done
    std::string reason;    ///< why it failed, is retried, or was cancelled: one sentence for a person
    Progress progress;
    std::uint64_t log_lines = 0;  ///< so far
    int attempt = 0;              ///< failed tries of the present step
    std::string lease_owner;
    Instant lease_until;
    Instant not_before;
    bool waits_for_children = false;
    bool cancel_requested = false;
    std::optional<JobId> parent;
    Instant created;
    Instant updated;
    std::optional<Instant> started;
    std::optional<Instant> ended;
};

struct NewJob {
    std::string kind;
    std::string account;
    std::string region;
    std::optional<state::Key> resource;
    state::Record params;
    Instant not_before;  ///< zero: at once
};

struct JobQuery {
    std::string kind;  ///< empty texts mean "any"
    std::string account;
    std::optional<JobState> state;
    std::optional<state::Key> resource;
    std::optional<JobId> parent;
    std::string after;        ///< JobPage::next
    std::size_t limit = 100;  ///< 1..1000
};
/// Newest first.
struct JobPage {
    std::vector<Job> items;
    std::string next;
};

}  // namespace landfall::jobs
