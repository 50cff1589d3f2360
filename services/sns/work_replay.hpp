// ReplayWork: sends a topic's archived messages to one subscription again, as a job.
//
// Invariants
//   1. Messages come in the topic's order, each at least once; what was sent within a queue's dedup window by
//      the same replay is not sent twice.
//   2. The job's checkpoint is the last sequence that was handed over: a restart goes on from there.
//   3. A replay ends at its EndingPoint, or where it reached the messages published after it began.
// Threads: steps run on the job's thread and wait for the broker.
#pragma once

#include "core/jobs/jobs.hpp"
#include "engines/messages/broker.hpp"
#include "services/sns/directory.hpp"
#include "services/sns/ports.hpp"

namespace landfall::sns {

class ReplayWork {
public:
    struct Parts {
        jobs::Jobs& jobs;
        messages::Broker& broker;
        const QueueDirectory& queues;
        const Directory& directory;
        Clock& clock;
    };
    explicit ReplayWork(Parts parts) : parts_{parts} {}

    /// Before jobs.start().
    void register_jobs(jobs::Jobs& jobs);
    /// The job's id. Durable when it returns.
    Result<std::string> begin(const SubscriptionName& name, const ReplayRange& range,
                              const state::Cause& cause);
    /// "Pending", "In progress", "Completed" or "Failed".
    [[nodiscard]] std::string status_of(std::string_view job);

private:
    jobs::StepResult step(jobs::JobContext& job);
    Result<std::vector<messages::Seen>> scan(messages::QueueId queue, messages::Broker::ScanFrom from);
    Status send(std::vector<messages::Send> sends);

    Parts parts_;
};

}  // namespace landfall::sns
