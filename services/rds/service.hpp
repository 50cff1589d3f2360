// RDS: managed PostgreSQL and MariaDB behind the API of AWS's Relational Database Service. README.md says
// what is promised.
//
//     auto rds = std::make_unique<rds::Rds>(parts);
//     rds->register_jobs(jobs);               // before jobs.start()
//     rds->register_operations(registry);     // before the first request
//     rds->start(host, threads); … rds->stop();
//
// Threads: any. Operations read and write disk.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "services/rds/work_instances.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::rds {

/// Everything that it depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    jobs::Jobs& jobs;
    blocks::KeySource& sealing;
    Clock& clock;
    Random& random;
    std::string bind_address = "127.0.0.1";
};

class Rds {
public:
    explicit Rds(const Parts& parts);

    void register_jobs(jobs::Jobs& jobs) { instances_.register_jobs(jobs); }
    void register_operations(wire::Registry& registry);
    /// Before jobs.start(). No host: no databases here; operations say so.
    Status attach(databases::DatabaseHost* host);
    void detach() { host_ = nullptr; }
    /// After jobs.start(): those that should run and do not are started.
    Status start(ThreadStarter& threads);
    /// Before the host goes. The databases run on.
    void stop();

    // For the operations.
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] Instances& instances() { return instances_; }
    [[nodiscard]] databases::DatabaseHost* host() const { return host_; }
    /// nullptr: no engine of that family is installed.
    [[nodiscard]] const Catalogue* catalogue(std::string_view family) const {
        return instances_.catalogue(family);
    }

private:
    Parts parts_;
    databases::DatabaseHost* host_ = nullptr;
    std::map<std::string, Catalogue, std::less<>> catalogues_;
    Instances instances_;
};

}  // namespace landfall::rds
