// Delivery policies: when a failed delivery is tried again, and when it is given up.
//
// Invariants
//   1. Retries run through four phases: at once, at the least delay, growing, at the greatest delay.
//   2. An HTTP delivery is given up an hour after its first attempt at the latest, whatever its policy says.
//   3. What parse_… accepts is within the service's limits; Effective… texts parse again.
// Sources: "Amazon SNS message delivery retries" of the developer guide. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "services/sns/model_fault.hpp"

namespace landfall::sns {

enum class Backoff : std::uint8_t { linear, arithmetic, geometric, exponential };

struct RetryPolicy {
    std::uint32_t min_delay = 20;  ///< seconds
    std::uint32_t max_delay = 20;  ///< seconds
    std::uint32_t retries = 3;     ///< in all
    std::uint32_t at_max_delay = 0;
    std::uint32_t at_once = 0;
    std::uint32_t at_min_delay = 0;
    Backoff backoff = Backoff::linear;
    bool operator==(const RetryPolicy&) const = default;

    /// How long after the failure of attempt `attempt` (1, 2, …) the next one follows; nullopt: none follows.
    [[nodiscard]] std::optional<Duration> delay_after(std::uint32_t attempt) const;
};

inline constexpr std::string_view kDefaultContentType = "text/plain; charset=UTF-8";

/// What holds for one subscription.
struct DeliveryRules {
    RetryPolicy retry;
    std::optional<std::uint32_t> receives_per_second;
    std::string content_type{kDefaultContentType};
    Duration give_up_after = std::chrono::hours{1};
};

/// A topic's "http" policy, or a subscription's.
struct DeliveryPolicy {
    std::optional<RetryPolicy> retry;
    std::optional<std::uint32_t> receives_per_second;
    std::optional<std::string> content_type;
    enum class Overrides : std::uint8_t { allowed, disabled } overrides = Overrides::allowed;
};

/// {"http": {"defaultHealthyRetryPolicy": …}}; an empty text is the empty policy.
[[nodiscard]] Judged<DeliveryPolicy> parse_topic_delivery_policy(std::string_view json);
/// {"healthyRetryPolicy": …, "throttlePolicy": …, "requestPolicy": …}
[[nodiscard]] Judged<DeliveryPolicy> parse_subscription_delivery_policy(std::string_view json);

[[nodiscard]] DeliveryRules effective_rules(const DeliveryPolicy& topic, const DeliveryPolicy& subscription);
/// The rules of protocols that are not HTTP: 3 at once, 2 a second apart, 10 growing to 20 s … as for SQS;
/// and those of e-mail, text messages and hooks.
[[nodiscard]] DeliveryRules mail_rules();

/// How long after attempt `attempt` failed the next one follows, of a message that was published `age` ago;
/// nullopt: it is given up.
[[nodiscard]] std::optional<Duration> next_attempt(const DeliveryRules& rules, std::uint32_t attempt,
                                                   Duration age);

[[nodiscard]] std::string effective_topic_policy(const DeliveryPolicy& topic);
[[nodiscard]] std::string effective_subscription_policy(const DeliveryRules& rules);

}  // namespace landfall::sns
