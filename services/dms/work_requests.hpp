// Requests: begins, queues, ends and cancels the asynchronous operations of projects.
//
// Invariants
//   1. A project's requests run one after the other, in the order in which they came; the end of one and the
//      begin of the next are one transaction. A request whose begin() returned ends, also over kill -9.
//   2. A request belongs to a project that was there when it began; a project with requests that have not
//      ended cannot be deleted (`remove_project` takes its records along).
// Threads: any. Every call reads or writes disk.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/jobs/jobs.hpp"
#include "services/dms/store_requests.hpp"

namespace landfall::dms {

inline constexpr std::string_view kModelJob = "dms.metadata-model";
/// How many requests of a project may wait.
inline constexpr std::size_t kQueueMax = 100;
/// How many requests of a project are remembered; the oldest that have ended go first.
inline constexpr std::size_t kRequestsKept = 1000;

/// How a request ended.
struct Ending {
    std::string_view status;
    std::string error;
    std::string object_key;
    std::uint64_t objects = 0;
};

class Requests {
public:
    Requests(state::StateStore& store, jobs::Jobs& jobs, Clock& clock, Random& random)
        : records_{store}, jobs_{jobs}, clock_{clock}, random_{random} {}

    /// Gives it an id and queues it. ResourceNotFound (the project is gone), quota.
    Judged<Request> begin(const state::Cause& cause, Request wanted);
    /// Of one operation of a project, in the order in which they came.
    [[nodiscard]] Result<std::vector<Request>> list(const Identity& project, Operation operation) const;
    /// ResourceNotFound; InvalidResourceState where it has ended. A request that waits is canceled at once.
    Judged<Request> cancel(const state::Cause& cause, const Identity& project, std::string_view id,
                           Operation operation);

    /// Adds the end of a request, and the begin of the next one, to a transaction. Nothing where it has
    /// ended.
    Status add_end(state::Tx& tx, const Identity& request, const Ending& ending);

    /// InvalidResourceState where requests have not ended; adds the removal of the project's queue and model.
    Verdict add_removal(state::Tx& tx, const Identity& project) const;
    /// The ended requests of a project that is gone.
    Status forget(const state::Cause& cause, const Identity& project) const;

    /// The present job's progress; nullopt while it waits.
    [[nodiscard]] std::optional<jobs::Job> job_of(const Request& request) const;
    [[nodiscard]] const Records& records() const { return records_; }

private:
    /// Erases the oldest that have ended, so that kRequestsKept stay.
    Status trim(const state::Cause& cause, const Identity& project) const;
    void add_job(state::Tx& tx, Request& request);

    Records records_;
    jobs::Jobs& jobs_;
    Clock& clock_;
    Random& random_;
};

}  // namespace landfall::dms
