// Topics and subscriptions as values, and what their attributes may be.
//
// Invariants
//   1. Attributes are kept as the texts that were set, judged before; what follows from them is derived.
//   2. A subscription belongs to one topic by the topic's uid: a topic of the same name made later has none.
//   3. Shown attributes are texts as the service writes them; what is not set is absent where AWS leaves it
//      out.
// Sources: "CreateTopic", "Subscribe" and the Set…Attributes operations of the API reference; recorded
// answers. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "engines/messages/message.hpp"
#include "services/sns/model_delivery.hpp"
#include "services/sns/model_envelope.hpp"
#include "services/sns/model_filter.hpp"
#include "services/sns/model_names.hpp"

namespace landfall::sns {

using Attributes = std::map<std::string, std::string, std::less<>>;

struct Topic {
    TopicName name;
    std::string uid;
    Instant created;
    Attributes attributes;  ///< as set; FifoTopic only when true
    std::string data_protection;
    std::map<std::string, std::string> tags;
    std::optional<messages::QueueId> origin;  ///< fifo: decides duplicates, and holds the archive
    std::uint64_t deleted_subscriptions = 0;
    bool operator==(const Topic&) const = default;

    [[nodiscard]] TopicOrder order() const { return name.order(); }
    [[nodiscard]] std::string_view attribute(std::string_view key) const;
    [[nodiscard]] ContentDedup content_dedup() const;
    /// The policy in force: the one set, or the owner's default.
    [[nodiscard]] std::string policy() const;
    /// Days; nullopt: no archive.
    [[nodiscard]] std::optional<Duration> archive_retention() const;
};

/// What confirms a subscription, and for how long.
inline constexpr std::size_t kTokenDigits = 288;
inline constexpr Duration kTokenLife = std::chrono::hours{48};

/// How far a subscription has come. deactivated: gone, kept until nobody can restore it by its token.
enum class Stage : std::uint8_t { pending, confirmed, deactivated };
[[nodiscard]] std::string_view name_of(Stage stage);
enum class Authenticated : std::uint8_t { no, yes };

struct Subscription {
    SubscriptionName name;
    std::string topic_uid;
    Protocol protocol = Protocol::sqs;
    std::string endpoint;
    std::string owner;      ///< account
    std::string principal;  ///< ARN of who subscribed
    Attributes attributes;
    Stage stage = Stage::confirmed;
    Authenticated confirmed_by = Authenticated::yes;
    Authenticated unsubscribe_by = Authenticated::no;  ///< yes: only the owners may
    std::string token;
    Instant token_expires;
    std::optional<messages::QueueId> outbox;
    std::string replay_job;  ///< of the latest ReplayPolicy
    bool operator==(const Subscription&) const = default;

    [[nodiscard]] std::string_view attribute(std::string_view key) const;
    [[nodiscard]] Form form() const;
    [[nodiscard]] FilterScope filter_scope() const;
    /// The dead-letter queue's ARN; empty: none.
    [[nodiscard]] std::string dead_letter_arn() const;
};

/// The whole set given to CreateTopic; empty values and FifoTopic=false are left out of the result.
[[nodiscard]] Judged<Attributes> check_new_topic(const Attributes& given);
/// One attribute to SetTopicAttributes; empty clears it.
[[nodiscard]] Verdict check_topic_attribute(const Topic& topic, std::string_view name,
                                            std::string_view value);
/// True where every given attribute has the topic's present value.
[[nodiscard]] bool same_attributes(const Topic& topic, const Attributes& given);

[[nodiscard]] Verdict check_tags(const std::vector<std::pair<std::string, std::string>>& tags);

/// Normalised: RawMessageDelivery in lower case. `call` words the refusal.
[[nodiscard]] Judged<Attributes> check_subscription_attributes(const Attributes& given,
                                                               const Attributes& present,
                                                               const TopicName& topic, Protocol protocol,
                                                               FilterCall call);

struct SubscriptionCounts {
    std::size_t confirmed = 0;
    std::size_t pending = 0;
};
[[nodiscard]] Attributes shown(const Topic& topic, const SubscriptionCounts& counts);
[[nodiscard]] Attributes shown(const Subscription& subscription, const DeliveryPolicy& topic_policy,
                               std::string_view replay_status);

/// The policy that a topic has until another is set.
[[nodiscard]] std::string default_policy(std::string_view topic_arn, std::string_view account);

/// Of how many of a hundred successful deliveries the topic wants an event.
[[nodiscard]] std::uint32_t success_percent(const Topic& topic, Protocol protocol);

/// {"PointType": "Timestamp", "StartingPoint": …, "EndingPoint": …}
struct ReplayRange {
    Instant from;
    std::optional<Instant> to;
};
[[nodiscard]] Judged<ReplayRange> parse_replay_policy(std::string_view json);

}  // namespace landfall::sns
