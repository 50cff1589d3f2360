// Sns: topics and subscriptions, as SNS's API speaks of them, over engines/messages.
//
//     auto sns = TRY(Sns::open(parts));        // reads the state
//     sns->register_operations(registry);      // before the first request
//     sns->register_jobs(jobs);                // before jobs.start()
//     sns->attach();                           // before broker.start()
//     sns->start(threads); … sns->stop();      // delivery to endpoints outside of this server
//
// Invariants
//   1. A topic is its record in core/state; memory follows it (directory.hpp). An answer to a change is given
//      when it is durable.
//   2. What a publish stores, it stores in one broker.send.
//   3. Endpoints outside of this server are served from outboxes, internal queues of the broker: a slow or
//      dead endpoint holds back nobody, and a restart loses nothing.
// Threads: everything may be called from any thread once attach() has returned.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/thread_starter.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "services/sns/delivery_settings.hpp"
#include "services/sns/directory.hpp"
#include "services/sns/work_publish.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::sns {

class DeliveryWork;
class ReplayWork;

/// Everything that SNS depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    jobs::Jobs& jobs;
    messages::Broker& broker;
    const QueueDirectory& queues;
    blocks::KeySource& sealing;
    Clock& clock;
    Random& random;
    DeliverySettings settings;
};

class Sns {
public:
    /// Loads everything, makes the signing key at a server's first start. Errors: those of the store;
    /// corrupt.
    static Result<std::unique_ptr<Sns>> open(const Parts& parts);
    /// For open() alone.
    class Private {
        friend class Sns;
        Private() = default;
    };
    Sns(Private, const Parts& parts);
    ~Sns();
    Sns(const Sns&) = delete;
    Sns& operator=(const Sns&) = delete;

    void register_operations(wire::Registry& registry);
    /// Before jobs.start().
    void register_jobs(jobs::Jobs& jobs);
    /// Makes the internal queues known to the broker; once, before its start().
    void attach();
    /// Deliveries to endpoints begin. After broker.start().
    Status start(ThreadStarter& threads);
    /// What is under way is put back. Before broker.stop().
    void stop();

    /// Where clients reach this server, for links in messages that no request brings. Before start().
    void set_base_url(std::string url) { base_url_ = std::move(url); }
    [[nodiscard]] const std::string& base_url() const { return base_url_; }
    /// The certificate that signatures are checked by, and its path below the endpoint.
    [[nodiscard]] const MessageSigner& signer() const { return *signer_; }
    [[nodiscard]] std::string metrics_text() const;

    /// What a queue's consumer sees of a message that this service put there.
    struct View {
        std::string body;
        std::vector<MessageAttribute> attributes;
        std::string sender_id;
    };
    [[nodiscard]] static Result<View> view(std::string_view wrapping, std::string_view headers,
                                           std::string_view body, const MessageId& id);
    /// Another part of this server that publishes: what the topic's policy is asked about.
    struct Source {
        std::string_view service;              ///< "s3.amazonaws.com"; "landfall" may publish everywhere
        std::string_view arn;                  ///< for whom
        std::string_view source_account = {};  ///< where the ARN names none, as a bucket's
    };
    /// Whether it may, and which order the topic keeps. not_found, denied, invalid (no ARN of a topic). No
    /// disk.
    [[nodiscard]] Result<TopicOrder> may_publish(const Source& source, std::string_view topic_arn) const;
    /// One outcome for each text, in order, when all are durable or refused: in one commit. Errors as of
    /// may_publish; unavailable: not now. Blocks.
    std::vector<Status> publish_from(const Source& source, std::string_view topic_arn,
                                     std::string_view subject, std::vector<std::string> texts);

    // For the operations (api*.cpp).
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] Records& records() { return records_; }
    [[nodiscard]] Directory& directory() { return directory_; }
    [[nodiscard]] Publisher& publisher() { return *publisher_; }
    [[nodiscard]] DeliveryWork& delivery() { return *delivery_; }
    [[nodiscard]] ReplayWork& replays() { return *replays_; }
    /// How the broker keeps a topic's origin queue.
    [[nodiscard]] static messages::QueueSettings origin_settings(const Topic& topic);
    [[nodiscard]] static messages::QueueSettings outbox_settings();
    /// The record is gone: so are its outbox and its messages.
    void forget_queue(messages::QueueId queue);

private:
    /// An outbox for a subscription from before this server could deliver to its protocol; one that waits for
    /// its confirmation is told of it now.
    Status provide_outbox(const SubscriptionName& name);

    Parts parts_;
    Records records_;
    Directory directory_;
    DeliveryReport report_;
    std::unique_ptr<MessageSigner> signer_;
    std::thread key_maker_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<DeliveryWork> delivery_;
    std::unique_ptr<ReplayWork> replays_;
    std::string base_url_ = "http://127.0.0.1:4566";
};

}  // namespace landfall::sns
