// MoveWork: message move tasks, as durable jobs.
//
// Invariants
//   1. At most one move of a source runs at a time: the source's record names it, and is compared when
//      another begins.
//   2. A message is in exactly one queue at any time, also across a crash (the broker's promise); the count
//      of moved messages may be short of those of the last second after one.
//   3. A move ends: when as many as there were at its start have been moved, when none is left, when a queue
//      that it needs is gone (FAILED), or when it is cancelled.
// Threads: any; every call reads or writes disk, so workers only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/jobs/jobs.hpp"
#include "engines/messages/broker.hpp"
#include "services/sqs/directory.hpp"
#include "services/sqs/store.hpp"

namespace landfall::sqs {

/// One task as clients see it.
struct MoveView {
    std::string handle;  ///< only of one that runs
    std::string status;  ///< RUNNING, COMPLETED, CANCELLING, CANCELLED, FAILED
    std::string source_arn;
    std::string destination_arn;  ///< empty: each message's own source
    std::uint32_t rate = 0;       ///< messages a second; 0: not given
    std::uint64_t moved = 0;
    std::uint64_t to_move = 0;
    std::string failure;
    Instant started;
};

class MoveWork {
public:
    struct Parts {
        Records& records;
        Directory& directory;
        messages::Broker& broker;
        jobs::Jobs& jobs;
        Clock& clock;
    };
    explicit MoveWork(const Parts& parts) : parts_{parts} {}

    [[nodiscard]] jobs::JobKind kind();

    struct Order {
        QueuePtr source;
        QueuePtr destination;  ///< nullptr: each message's own source
        std::optional<std::int32_t> rate;
    };
    /// The handle of the task. Faults: invalid_parameter_value.
    [[nodiscard]] Judged<std::string> start(const state::Cause& cause, const Order& order);
    /// Newest first, of the last day or so.
    [[nodiscard]] Judged<std::vector<MoveView>> list(const Queue& source, std::size_t max) const;
    /// How many were moved until now. Fault: resource_not_found.
    [[nodiscard]] Judged<std::uint64_t> cancel(const state::Cause& cause, const std::string& task,
                                               const Queue& source);

private:
    [[nodiscard]] jobs::StepResult run(jobs::JobContext& job);
    [[nodiscard]] Result<std::uint32_t> move_some(const Queue& source,
                                                  std::optional<messages::QueueId> destination,
                                                  std::uint32_t max);

    Parts parts_;
};

}  // namespace landfall::sqs
