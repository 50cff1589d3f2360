// Sqs: queues, as SQS's API speaks of them, over engines/messages.
//
//     Sqs sqs{parts};
//     sqs.register_jobs(jobs);                 // before jobs.start()
//     sqs.register_operations(registry);       // before the first request
//     sqs.attach();                            // before broker.start()
//
// Invariants
//   1. A queue is its record in core/state; the broker learns of it after the record is durable, and forgets
//      it after the record is gone. attach() mends what a crash left between the two.
//   2. What a handler needs of a queue is in memory (Directory): sends, receives and deletes read no disk.
//   3. An answer to a send, a delete or a change is given when the broker says that it is durable.
// Threads: everything may be called from any thread once attach() has returned.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "core/state/store.hpp"
#include "engines/messages/broker.hpp"
#include "services/sqs/directory.hpp"
#include "services/sqs/ports.hpp"
#include "services/sqs/store.hpp"
#include "services/sqs/work_move.hpp"
#include "services/sqs/work_polls.hpp"
#include "services/sqs/work_queues.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::sqs {

/// Everything that SQS depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    jobs::Jobs& jobs;
    messages::Broker& broker;
    const MessageRenderer& renderer;
    Clock& clock;
    Random& random;
    Settings settings;
};

/// A queue as another service delivers to it.
struct QueueTarget {
    messages::QueueId id;
    std::string arn;
    Kind kind = Kind::standard;
    ContentDedup content_dedup = ContentDedup::off;
    Bytes message_max;
};

/// Who delivers: {"sns.amazonaws.com", the topic's ARN}.
struct SourceFacts {
    std::string_view service;
    std::string_view source_arn;
    std::string_view source_account = {};  ///< where the ARN names none, as a bucket's
};

/// One queue's figures, for /metrics and `landfall queue stats`.
struct QueueFigures {
    QueueName name;
    messages::QueueCounts counts;
};

/// A message that was looked at, not received.
struct Peeked {
    std::string id;
    std::uint64_t sequence = 0;
    Instant sent;
    std::string group;
    std::string body;
};

class Sqs {
public:
    explicit Sqs(const Parts& parts);
    ~Sqs();
    Sqs(const Sqs&) = delete;
    Sqs& operator=(const Sqs&) = delete;

    void register_operations(wire::Registry& registry);
    void register_jobs(jobs::Jobs& jobs);
    /// Makes every queue of the state known to the broker. Before its start(). Reads disk.
    Status attach();
    /// Long polls are answered empty, and none waits any more. Before the front stops, which waits for
    /// answers.
    void end_polls() { polls_.end_all(); }

    // For other services, through their ports. No disk.
    /// The queue, if its policy lets that service send to it for that source. not_found; denied.
    [[nodiscard]] Result<QueueTarget> resolve_for_delivery(std::string_view queue_arn,
                                                           const SourceFacts& source) const;
    /// What decode_headers reads: for services that send plain messages, which need no renderer.
    [[nodiscard]] static std::string headers_of(std::string_view sender_id, std::string_view body);

    /// As of the broker's last step; zeros of a queue that it has not come to attach. No disk.
    [[nodiscard]] messages::QueueCounts counts_of(const Queue& queue) const;
    /// All queues, or those with most messages where there are more than `max`.
    [[nodiscard]] std::vector<QueueFigures> figures(std::size_t max) const;
    /// Undeleted messages behind place `after`, in order, as their consumer would see them. not_found: no
    /// such queue. `done` is called once, on this or a thread of the broker.
    void peek(const QueueName& name, std::uint64_t after, std::uint32_t max,
              UniqueFunction<void(Result<std::vector<Peeked>>)> done) const;
    /// Prometheus text of at most kMetricQueuesMax queues.
    [[nodiscard]] std::string metrics_text() const;

    // For the operations (api*.cpp).
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] Random& ids() { return ids_; }  ///< of messages
    [[nodiscard]] const Directory& directory() const { return directory_; }
    [[nodiscard]] QueueWork& queues() { return queues_; }
    [[nodiscard]] MoveWork& moves() { return moves_; }
    [[nodiscard]] Polls& polls() { return polls_; }

private:
    Parts parts_;
    BlockRandom ids_;
    Directory directory_;
    Records records_;
    Polls polls_;
    QueueWork queues_;
    MoveWork moves_;
};

inline constexpr std::size_t kMetricQueuesMax = 1'000;

}  // namespace landfall::sqs
