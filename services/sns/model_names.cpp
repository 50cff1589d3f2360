#include "services/sns/model_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace landfall::sns {
namespace {

constexpr std::size_t kTopicNameMax = 256;
constexpr std::array<std::string_view, kProtocolCount> kProtocols{
    "sqs", "http", "https", "email", "email-json", "sms", "application", "lambda", "firehose"};

Judged<ArnParts> checked_parts(std::string_view arn, std::string_view parameter) {
    if (arn_elements(arn) < 6 || !arn.starts_with("arn:"))
        return invalid(std::string{parameter} + " Reason: An ARN must have at least 6 elements, not " +
                       std::to_string(arn_elements(arn)));
    const auto parts = arn_parts(arn);
    if (!parts || parts->service != "sns") return invalid(parameter);
    return *parts;
}

}  // namespace

std::string TopicName::arn() const { return "arn:aws:sns:" + region + ":" + account + ":" + name; }
TopicOrder TopicName::order() const {
    return name.ends_with(".fifo") ? TopicOrder::fifo : TopicOrder::standard;
}

std::size_t arn_elements(std::string_view arn) {
    return static_cast<std::size_t>(std::count(arn.begin(), arn.end(), ':')) + 1;
}

std::optional<ArnParts> arn_parts(std::string_view arn) {
    std::array<std::string_view, 5> parts;
    for (std::string_view& part : parts) {
        const std::size_t colon = arn.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        part = arn.substr(0, colon);
        arn.remove_prefix(colon + 1);
    }
    if (parts[0] != "arn" || !parts[1].starts_with("aws") || parts[2].empty() || arn.empty())
        return std::nullopt;
    return ArnParts{parts[2], parts[3], parts[4], arn};
}

Judged<TopicName> parse_topic_arn(std::string_view arn, std::string_view parameter) {
    const ArnParts parts = TRY(checked_parts(arn, parameter));
    if (parts.resource.find(':') != std::string_view::npos) return invalid(parameter);
    return TopicName{std::string{parts.account}, std::string{parts.region}, std::string{parts.resource}};
}

Judged<SubscriptionName> parse_subscription_arn(std::string_view arn) {
    if (arn.empty()) return invalid("SubscriptionArn Reason: no value for required parameter");
    const ArnParts parts = TRY(checked_parts(arn, "SubscriptionArn"));
    const std::size_t colon = parts.resource.find(':');
    if (colon == std::string_view::npos || colon + 1 == parts.resource.size())
        return invalid("SubscriptionId");
    return SubscriptionName{
        {std::string{parts.account}, std::string{parts.region}, std::string{parts.resource.substr(0, colon)}},
        std::string{parts.resource.substr(colon + 1)}};
}

Verdict check_topic_name(std::string_view name, TopicOrder order) {
    constexpr std::string_view kSuffix = ".fifo";
    if (order == TopicOrder::fifo) {
        if (!name.ends_with(kSuffix)) return invalid("Topic Name");
        name.remove_suffix(kSuffix.size());
    }
    const auto right = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    };
    if (name.empty() || name.size() > kTopicNameMax || !std::all_of(name.begin(), name.end(), right))
        return invalid("Topic Name");
    return {};
}

std::string_view name_of(Protocol protocol) { return kProtocols[static_cast<std::size_t>(protocol)]; }

std::optional<Protocol> protocol_of(std::string_view name) {
    const auto at = std::find(kProtocols.begin(), kProtocols.end(), name);
    if (at == kProtocols.end()) return std::nullopt;
    return static_cast<Protocol>(at - kProtocols.begin());
}

std::string without_password(std::string_view endpoint) {
    const std::size_t scheme = endpoint.find("://");
    if (scheme == std::string_view::npos) return std::string{endpoint};
    const std::size_t begin = scheme + 3;
    const std::size_t at = endpoint.substr(0, endpoint.find_first_of("/?#", begin)).rfind('@');
    const std::size_t colon = endpoint.find(':', begin);
    if (at == std::string_view::npos || at < begin || colon > at) return std::string{endpoint};
    return std::string{endpoint.substr(0, colon + 1)} + "****" + std::string{endpoint.substr(at)};
}

std::string_view platform_of(std::string_view endpoint_arn) {
    constexpr std::string_view kStart = "endpoint/";
    const auto parts = arn_parts(endpoint_arn);
    if (!parts || !parts->resource.starts_with(kStart)) return {};
    const std::string_view rest = parts->resource.substr(kStart.size());
    return rest.substr(0, rest.find('/'));
}

bool is_phone_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    // Single dashes, blanks and brackets between digits are taken, as the service takes them.
    std::size_t digits = 0;
    char before = '-';
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && c != '-' && c != ' ' && c != '(' && c != ')') return false;
        if (c == '-' && before == '-') return false;
        digits += digit ? 1 : 0;
        before = c;
    }
    return digits >= 8 && digits <= 15 && before >= '0' && before <= '9';
}

bool is_mail_address(std::string_view text) {
    constexpr std::size_t kLocalMax = 64;
    constexpr std::size_t kAddressMax = 254;
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at > kLocalMax || text.size() > kAddressMax) return false;
    const std::string_view domain = text.substr(at + 1);
    const auto of = [&](std::string_view part, std::string_view others) {
        return std::all_of(part.begin(), part.end(), [&](char c) {
            return kLetters.find(c) != std::string_view::npos || others.find(c) != std::string_view::npos;
        });
    };
    return !domain.empty() && domain.front() != '.' && domain.front() != '-' && of(domain, ".-") &&
           of(text.substr(0, at), ".!#$%&'*+/=?^_`{|}~-");
}

Verdict check_endpoint(Protocol protocol, std::string_view endpoint, const TopicName& topic) {
    constexpr std::size_t kEndpointMax = 2048;
    if (endpoint.empty() || endpoint.size() > kEndpointMax) return invalid("Endpoint");
    if (topic.order() == TopicOrder::fifo && protocol != Protocol::sqs)
        return invalid("Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only");
    const auto parts = arn_parts(endpoint);
    switch (protocol) {
        case Protocol::sqs:
            if (!parts || parts->service != "sqs" || parts->account.empty())
                return invalid("SQS endpoint ARN");
            if (parts->resource.ends_with(".fifo") && topic.order() == TopicOrder::standard)
                return invalid(
                    "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to "
                    "standard SNS topics");
            return {};
        case Protocol::http:
        case Protocol::https:
            if (!endpoint.starts_with(std::string{name_of(protocol)} + "://"))
                return invalid("Endpoint must match the specified protocol");
            return {};
        case Protocol::email:
        case Protocol::email_json:
            if (!is_mail_address(endpoint)) return invalid("Email address");
            return {};
        case Protocol::sms:
            if (!is_phone_number(endpoint))
                return Fault{FaultCode::invalid_parameter, "Invalid SMS endpoint: " + std::string{endpoint}};
            return {};
        case Protocol::application:
            if (!parts || parts->service != "sns") return invalid("ApplicationEndpoint ARN");
            return {};
        case Protocol::lambda:
            if (!parts || parts->service != "lambda") return invalid("Lambda endpoint ARN");
            return {};
        case Protocol::firehose:
            if (!parts || parts->service != "firehose") return invalid("Firehose endpoint ARN");
            return {};
    }
    return {};
}

}  // namespace landfall::sns
