// DMS: schema conversion and replication behind the API of AWS's Database Migration Service. README.md says
// what is promised.
//
//     auto dms = std::make_unique<dms::Dms>(parts);
//     dms->register_jobs(jobs);               // before jobs.start()
//     dms->register_operations(registry);     // before the first request
//
// Threads: any. Operations read and write disk.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "services/dms/ports.hpp"
#include "services/dms/work_catalogue.hpp"
#include "services/dms/work_chores.hpp"
#include "services/dms/work_events.hpp"
#include "services/dms/work_library.hpp"
#include "services/dms/work_requests.hpp"
#include "services/dms/work_run.hpp"
#include "services/dms/work_tasks.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::dms {

/// Everything that it depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    jobs::Jobs& jobs;
    Buckets& buckets;
    Secrets& secrets;
    TargetDatabases& databases;
    blocks::KeySource& sealing;  ///< of endpoints' passwords
    Databases& replicated;
    Movers& movers;
    Topics& topics;
    Clock& clock;
    Random& random;
};

class Dms {
public:
    explicit Dms(const Parts& parts);

    void register_jobs(jobs::Jobs& jobs) {
        work_.register_jobs(jobs);
        chores_.register_jobs(jobs);
        tasks_.register_jobs(jobs);
        events_.register_jobs(jobs);
    }
    void register_operations(wire::Registry& registry);

    // For the operations.
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] Catalogue& catalogue() { return catalogue_; }
    [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
    [[nodiscard]] const Places& places() const { return places_; }
    [[nodiscard]] const Chores& chores() const { return chores_; }
    [[nodiscard]] Tasks& tasks() { return tasks_; }
    [[nodiscard]] const EventLog& events() const { return events_; }
    [[nodiscard]] Requests& requests() { return requests_; }
    [[nodiscard]] Library& library() { return library_; }

private:
    Parts parts_;
    Requests requests_;
    Catalogue catalogue_;
    Library library_;
    ModelWork work_;
    Places places_;
    EventLog events_;
    Chores chores_;
    Tasks tasks_;
};

}  // namespace landfall::dms
