// Publisher: from an accepted message to the queues and outboxes of a topic's subscriptions.
//
// Invariants
//   1. One publish, or one batch, is one broker.send: after a crash all its targets have it or none.
//   2. `done` with success comes after what it acknowledges is durable.
//   3. A queue that is gone, or whose policy refuses, does not fail the publish: the subscription's
//      dead-letter queue gets the message in the same send, or it is dropped with an event.
//   4. Fifo topics: sequence numbers grow in the order in which messages become durable; a duplicate answers
//      the first one's id and number.
// Threads: any; publish() may sign (0.7 ms), so it is for workers. `done` runs on a thread of the broker, or
// on the caller's where nothing is to be stored.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/unique_function.hpp"
#include "engines/messages/broker.hpp"
#include "services/sns/directory.hpp"
#include "services/sns/ports.hpp"
#include "services/sns/signer.hpp"

namespace landfall::sns {

struct Publication {
    TopicName topic;
    std::vector<Message> messages;  ///< check()ed and check_order()ed
    std::string base_url;           ///< where links of envelopes lead
    std::string sender;
};
struct Published {
    std::string message_id;
    std::string sequence_number;  ///< fifo; 20 digits
};
using PublishDone = UniqueFunction<void(std::vector<Judged<Published>>)>;

/// One subscription's share of a publish.
struct Recipient {
    Protocol protocol = Protocol::sqs;
    Form form = Form::envelope;
    SubscriptionName name;
    MessageId id{};
    std::string endpoint;
    std::string dead_letter_arn;
    std::optional<messages::QueueId> outbox;
};

struct DeliveryCounts {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> delivered{0};  ///< to queues and endpoints
    std::atomic<std::uint64_t> retried{0};
    std::atomic<std::uint64_t> dead_lettered{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> filtered{0};
};

class Publisher {
public:
    struct Parts {
        state::StateStore& state;
        messages::Broker& broker;
        const QueueDirectory& queues;
        const Directory& directory;
        const MessageSigner& signer;
        Clock& clock;
        Random& random;
        DeliveryCounts& counts;
    };
    explicit Publisher(Parts parts) : parts_{parts} {}

    /// not_found: the topic went away meanwhile.
    void publish(Publication publication, PublishDone done);

    /// A SubscriptionConfirmation or UnsubscribeConfirmation into the subscription's outbox, or its queue.
    /// Blocks until it is durable.
    Status send_confirmation(const Subscription& subscription, MessageType type, std::string_view base_url);

    /// Where a message that cannot be delivered goes: one target, or none where it is dropped with an event.
    std::vector<messages::Target> dead_letter(const Recipient& recipient, std::string_view topic_arn,
                                              Wrapping wrapping, DeliveryFailure failure);

    [[nodiscard]] MessageId new_id() const;
    [[nodiscard]] std::string sign(const Headers& headers, const SignedParts& parts) const;

private:
    struct Run;
    struct TopicFacts;
    std::optional<TopicFacts> look_up(const Publication& publication,
                                      std::vector<std::vector<Recipient>>& out);
    void add_targets(Run& run);
    void attempt(std::unique_ptr<Run> run);
    void answered(std::unique_ptr<Run> run, std::vector<Result<messages::Sent>> sent);
    [[nodiscard]] MessageId numbered_id();
    void note(const SubscriptionName& subscription, std::string text);

    Parts parts_;
    std::mutex fifo_;  ///< numbers and sends in one order; send() does not block
    std::uint64_t last_number_ = 0;
};

}  // namespace landfall::sns
