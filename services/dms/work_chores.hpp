// Chores: the short jobs of replication: what is being created, changed or deleted becomes so; connections
// are tested, schemas looked up.
//
// Invariants
//   1. Whatever has a status that passes (creating, modifying, rebooting, deleting, testing, refreshing) has
//      a chore that ends it, also over kill -9.
//   2. A test or a look that was asked for again ends as the later one.
// Threads: any. Steps block on disk and on databases.
#pragma once

#include "base/clock.hpp"
#include "core/jobs/jobs.hpp"
#include "services/dms/work_events.hpp"
#include "services/dms/work_places.hpp"

namespace landfall::dms {

inline constexpr std::string_view kChoreJob = "dms.chore";

class Chores {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& store;
        jobs::Jobs& jobs;
        Databases& databases;
        Movers& movers;
        const Places& places;
        const EventLog& events;
        Clock& clock;
        Random& random;
    };
    explicit Chores(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    void register_jobs(jobs::Jobs& jobs);

    /// Adds what ends the passing status of a resource.
    void add(state::Tx& tx, std::string_view kind, const Identity& identity) const;
    template <class T>
    void add(state::Tx& tx, const T& value) const {
        add(tx, Kind<T>::kName, value.self);
    }
    /// "testing" from here on; a test that is under way is forgotten.
    Judged<Connection> test(const state::Cause& cause, const ReplicationInstance& instance,
                            const Endpoint& endpoint) const;
    /// "refreshing" from here on.
    Judged<SchemaList> refresh(const state::Cause& cause, const ReplicationInstance& instance,
                               const Endpoint& endpoint) const;

private:
    jobs::StepResult work(jobs::JobContext& job) const;
    [[nodiscard]] Result<state::Tx> perform(jobs::JobContext& job) const;
    Status end_instance(state::Tx& tx, const Identity& identity) const;
    Status end_endpoint(state::Tx& tx, const Identity& identity) const;
    Status end_test(state::Tx& tx, const Identity& identity, const std::string& test) const;
    Status end_task(jobs::JobContext& job, state::Tx& tx, const Identity& identity) const;
    Status end_look(state::Tx& tx, const Identity& identity, const std::string& look) const;
    [[nodiscard]] Result<DatabasePlace> place_of(const Identity& endpoint) const;
    void add(state::Tx& tx, std::string_view kind, const Identity& identity, std::string_view turn) const;

    Parts parts_;
    Records records_;
};

}  // namespace landfall::dms
