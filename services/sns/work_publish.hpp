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

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/unique_function.hpp"
#include "engines/messages/broker.hpp"
#include "services/sns/delivery_report.hpp"
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

/// What is published without a topic waits here; beyond every id that the counter gives out.
inline constexpr messages::QueueId kDirectOutbox{std::uint64_t{3} << 62U};

class Publisher {
public:
    struct Parts {
        state::StateStore& state;
        messages::Broker& broker;
        const QueueDirectory& queues;
        const Directory& directory;
        MessageSigner& signer;
        Clock& clock;
        Random& random;
        DeliveryReport& report;
    };
    explicit Publisher(Parts parts) : parts_{parts} {}

    /// not_found: the topic went away meanwhile.
    void publish(Publication publication, PublishDone done);

    /// A SubscriptionConfirmation or UnsubscribeConfirmation into the subscription's outbox, or its queue.
    /// Blocks until it is durable.
    Status send_confirmation(const Subscription& subscription, MessageType type, std::string_view base_url);

    /// To an endpoint of a mobile application, or a phone number, by the hook: into kDirectOutbox.
    struct Direct {
        TopicName place;  ///< account and region; no name
        Protocol protocol = Protocol::application;
        std::string target;  ///< "endpoint/GCM/app/id", "sms/+15551234567"
        std::string base_url;
        std::string sender;
    };
    void publish_direct(const Direct& direct, Message message, PublishDone done);

    /// Where a message that cannot be delivered goes: one target, or none where it is dropped. It is an event
    /// either way.
    struct Undelivered {
        std::string_view topic_arn;
        Wrapping wrapping;
        DeliveryFailure failure;
        std::uint32_t attempts = 1;
        Duration dwelt{};
    };
    std::vector<messages::Target> dead_letter(const Recipient& recipient, Undelivered letter);

    [[nodiscard]] MessageId new_id() const;
    [[nodiscard]] std::string sign(const Headers& headers, const SignedParts& parts) const;

private:
    struct Run;
    struct TopicFacts;
    std::optional<TopicFacts> look_up(const Publication& publication,
                                      std::vector<std::vector<Recipient>>& out);
    /// There is a key, if any of the messages is to be signed.
    Status signer_ready(const Run& run);
    void add_targets(Run& run);
    void attempt(std::unique_ptr<Run> run);
    void answered(std::unique_ptr<Run> run, std::vector<Result<messages::Sent>> sent);
    [[nodiscard]] MessageId numbered_id();
    void report_queues(const Run& run, const std::vector<Result<messages::Sent>>& sent);

    Parts parts_;
    std::mutex fifo_;  ///< numbers and sends in one order; send() does not block
    std::uint64_t last_number_ = 0;
};

}  // namespace landfall::sns
