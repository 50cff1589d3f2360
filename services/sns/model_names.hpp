// Names of SNS: topics, subscriptions, their ARNs, protocols, endpoints.
//
// Invariants
//   1. parse_topic_arn(arn_of(name)) == name, and likewise for subscriptions.
//   2. What is refused is refused with the service's text, which names the parameter.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/sns/model_fault.hpp"
#include "services/sns/model_message.hpp"

namespace landfall::sns {

struct TopicName {
    std::string account;
    std::string region;
    std::string name;
    auto operator<=>(const TopicName&) const = default;
    [[nodiscard]] std::string arn() const;
    [[nodiscard]] TopicOrder order() const;
};

/// "An ARN must have at least 6 elements, not N", with the parameter's name.
[[nodiscard]] Judged<TopicName> parse_topic_arn(std::string_view arn,
                                                std::string_view parameter = "TopicArn");
/// The topic and the id of one of its subscriptions.
struct SubscriptionName {
    TopicName topic;
    std::string id;
    bool operator==(const SubscriptionName&) const = default;
    [[nodiscard]] std::string arn() const { return topic.arn() + ":" + id; }
};
[[nodiscard]] Judged<SubscriptionName> parse_subscription_arn(std::string_view arn);

/// 1 to 256 of [A-Za-z0-9_-], and ".fifo" where the topic is one.
[[nodiscard]] Verdict check_topic_name(std::string_view name, TopicOrder order);

enum class Protocol : std::uint8_t {
    sqs,
    http,
    https,
    email,
    email_json,
    sms,
    application,
    lambda,
    firehose
};
inline constexpr std::size_t kProtocolCount = 9;
[[nodiscard]] std::string_view name_of(Protocol protocol);
[[nodiscard]] std::optional<Protocol> protocol_of(std::string_view name);

/// The endpoint as the protocol wants it.
[[nodiscard]] Verdict check_endpoint(Protocol protocol, std::string_view endpoint, const TopicName& topic);

/// A URL with "****" for the password that it may hold; any other endpoint as it is.
[[nodiscard]] std::string without_password(std::string_view endpoint);
/// "GCM" of arn:…:endpoint/GCM/app/id; empty where it is no such ARN.
[[nodiscard]] std::string_view platform_of(std::string_view endpoint_arn);

/// +15551234567
[[nodiscard]] bool is_phone_number(std::string_view text);
/// LOCAL@DOMAIN of plain ASCII, as it may stand in an SMTP command: no quotes, comments, blanks or controls.
[[nodiscard]] bool is_mail_address(std::string_view text);
/// "arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE" with none of the first five empty but REGION and ACCOUNT.
struct ArnParts {
    std::string_view service, region, account, resource;
};
[[nodiscard]] std::optional<ArnParts> arn_parts(std::string_view arn);
/// How many parts between colons: what the texts about malformed ARNs count.
[[nodiscard]] std::size_t arn_elements(std::string_view arn);

}  // namespace landfall::sns
