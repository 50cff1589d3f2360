// EventLog: what happened to instances and tasks, in the transaction in which it did, and notices of it.
//
// Invariants
//   1. An event is told when, and only when, what it tells of is durable.
//   2. Events are kept for 14 days.
//   3. A notice is sent to the topics of the subscriptions that want it, at least once.
// Threads: any. Calls read disk; the job's step blocks on topics.
#pragma once

#include "core/jobs/jobs.hpp"
#include "services/dms/ports_replication.hpp"
#include "services/dms/store_events.hpp"

namespace landfall::dms {

inline constexpr std::string_view kNoticeJob = "dms.notice";

class EventLog {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& store;
        jobs::Jobs& jobs;
        Topics& topics;
        Clock& clock;
    };
    explicit EventLog(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    void register_jobs(jobs::Jobs& jobs);

    /// Adds an event of an instance or a task, with what it says beyond its kind.
    template <class T>
    void add(state::Tx& tx, EventKind kind, const T& source, std::string_view more = {}) const {
        add(tx, kind, source.self.scope, source.name, more);
    }
    /// All that are kept, oldest first.
    [[nodiscard]] Result<std::vector<Event>> list(const Scope& scope) const;
    [[nodiscard]] const Topics& topics() const { return parts_.topics; }

private:
    void add(state::Tx& tx, EventKind kind, const Scope& scope, const std::string& source,
             std::string_view more) const;
    jobs::StepResult send(jobs::JobContext& job) const;

    Parts parts_;
    Records records_;
};

}  // namespace landfall::dms
