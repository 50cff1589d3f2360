#include "services/sns/model.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/access/policy.hpp"
#include "services/sns/model_json.hpp"

namespace landfall::sns {
namespace {

constexpr std::array<std::string_view, 5> kFeedbackProtocols{"HTTP", "Firehose", "Lambda", "Application",
                                                             "SQS"};
constexpr std::array<std::string_view, 3> kFeedbackKinds{"SuccessFeedbackRoleArn", "FailureFeedbackRoleArn",
                                                         "SuccessFeedbackSampleRate"};
constexpr std::size_t kDisplayNameMax = 100;
constexpr std::size_t kTagsMax = 50;
constexpr int kArchiveDaysMax = 365;
const access::PolicyLimits kTopicPolicyLimits{.bytes = 30_KiB, .statements = 100, .principals = 200};

bool is_feedback(std::string_view name) {
    for (const std::string_view protocol : kFeedbackProtocols)
        for (const std::string_view kind : kFeedbackKinds)
            if (name.starts_with(protocol) && name.substr(protocol.size()) == kind) return true;
    return false;
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

bool is_boolean(std::string_view value) {
    const std::string word = lower(value);
    return word == "true" || word == "false";
}

std::optional<int> small_number(std::string_view text) {
    if (text.empty() || text.size() > 4) return std::nullopt;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

Judged<int> archive_days(std::string_view value) {
    auto parsed = parse_json(value);
    if (!parsed.ok()) return invalid("ArchivePolicy: failed to parse JSON. " + parsed.error().message());
    const Json* days = parsed->find("MessageRetentionPeriod");
    std::optional<int> number;
    if (days != nullptr && (days->is(Json::Kind::string) || days->is(Json::Kind::number)))
        number = small_number(days->text);
    if (!number || *number < 1 || *number > kArchiveDaysMax || parsed->members.size() != 1)
        return invalid("ArchivePolicy: MessageRetentionPeriod must be between 1 and 365 days");
    return *number;
}

Verdict check_policy(std::string_view value) {
    const auto parsed = access::Policy::parse(value, kTopicPolicyLimits);
    if (!parsed.ok()) return invalid("Policy Error: " + parsed.error().message());
    for (const access::PolicyStatement& statement : parsed->statements())
        for (const std::string& action : statement.actions.patterns)
            if (action != "*" && !lower(action).starts_with("sns:"))
                return invalid("Policy statement action out of service scope!");
    return {};
}

Verdict check_sample_rate(std::string_view name, std::string_view value) {
    const auto rate = small_number(value);
    if (!rate || *rate > 100) return invalid(std::string{name} + " Reason: must be between 0 and 100");
    return {};
}

/// Values that every topic may have, by name; refuses names that it does not know.
Verdict check_value(TopicOrder order, std::string_view name, std::string_view value) {
    const bool fifo = order == TopicOrder::fifo;
    if (value.empty() && name != "DisplayName" && name != "Policy" && name != "DeliveryPolicy" &&
        name != "ArchivePolicy" && name != "KmsMasterKeyId" && !is_feedback(name) && name != "TracingConfig")
        return invalid(name);
    if (value.empty()) return {};
    if (name == "DisplayName") {
        if (value.size() > kDisplayNameMax)
            return invalid("DisplayName Reason: must be at most 100 characters long");
        return {};
    }
    if (name == "Policy") return check_policy(value);
    if (name == "DeliveryPolicy") {
        TRY(parse_topic_delivery_policy(value));
        return {};
    }
    if (name == "KmsMasterKeyId") return {};
    if (name == "SignatureVersion") {
        if (value != "1" && value != "2") return invalid("SignatureVersion");
        return {};
    }
    if (name == "TracingConfig") {
        if (value != "PassThrough" && value != "Active") return invalid("TracingConfig");
        return {};
    }
    if (fifo && name == "ContentBasedDeduplication") {
        if (!is_boolean(value)) return invalid("ContentBasedDeduplication");
        return {};
    }
    if (fifo && name == "FifoThroughputScope") {
        if (value != "Topic" && value != "MessageGroup") return invalid("FifoThroughputScope");
        return {};
    }
    if (fifo && name == "ArchivePolicy") {
        TRY(archive_days(value));
        return {};
    }
    if (is_feedback(name)) return name.ends_with("SampleRate") ? check_sample_rate(name, value) : Verdict{};
    return invalid("AttributeName");
}

std::string normal(std::string_view name, std::string_view value) {
    if (name == "ContentBasedDeduplication" || name == "FifoTopic" || name == "RawMessageDelivery")
        return lower(value);
    return std::string{value};
}

/// The refusals of subscription attributes, which differ by the operation.
class AttributeJudge {
public:
    AttributeJudge(const TopicName& topic, Protocol protocol, FilterCall call)
        : topic_{topic}, protocol_{protocol}, call_{call} {}

    Verdict check(std::string_view name, std::string_view value, FilterScope scope) const {
        if (name == "RawMessageDelivery") {
            if (!is_boolean(value))
                return refuse("RawMessageDelivery: Invalid value [" + std::string{value} +
                              "]. Must be true or false.");
            return {};
        }
        if (name == "FilterPolicyScope") {
            if (value != "MessageAttributes" && value != "MessageBody")
                return refuse("FilterPolicyScope: Invalid value [" + std::string{value} +
                              "]. Please use either MessageBody or MessageAttributes");
            return {};
        }
        if (name == "FilterPolicy") {
            if (!value.empty()) TRY(FilterPolicy::parse(value, scope, call_));
            return {};
        }
        if (name == "RedrivePolicy") return check_redrive(value);
        if (name == "DeliveryPolicy") return check_delivery(value);
        if (name == "ReplayPolicy") return check_replay(value);
        if (name == "SubscriptionRoleArn") return {};
        if (call_ == FilterCall::subscribe) return refuse("Unknown attribute: " + std::string{name});
        return invalid("AttributeName");
    }

private:
    [[nodiscard]] Fault refuse(std::string_view text) const {
        return invalid((call_ == FilterCall::subscribe ? "Attributes Reason: " : "") + std::string{text});
    }
    [[nodiscard]] Fault worded(const Fault& fault) const {
        constexpr std::string_view kStart = "Invalid parameter: ";
        if (!fault.message().starts_with(kStart)) return fault;
        return refuse(fault.message().substr(kStart.size()));
    }
    Verdict check_redrive(std::string_view value) const {
        if (value.empty()) return {};
        auto parsed = parse_json(value);
        if (!parsed.ok()) return refuse("RedrivePolicy: failed to parse JSON. " + parsed.error().message());
        const Json* target = parsed->find("deadLetterTargetArn");
        const auto parts =
            target != nullptr && target->is(Json::Kind::string) ? arn_parts(target->text) : std::nullopt;
        if (!parts || parts->service != "sqs" || parts->account.empty())
            return refuse("RedrivePolicy: deadLetterTargetArn is an invalid arn");
        if (topic_.order() == TopicOrder::fifo && !parts->resource.ends_with(".fifo"))
            return refuse(
                "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
        return {};
    }
    Verdict check_delivery(std::string_view value) const {
        if (value.empty()) return {};
        if (protocol_ != Protocol::http && protocol_ != Protocol::https)
            return refuse("Delivery protocol [" + std::string{name_of(protocol_)} +
                          "] does not support specifying a delivery policy.");
        auto parsed = parse_subscription_delivery_policy(value);
        if (!parsed.ok()) return worded(parsed.error());
        return {};
    }
    Verdict check_replay(std::string_view value) const {
        if (value.empty()) return {};
        if (topic_.order() == TopicOrder::standard)
            return refuse("ReplayPolicy: only subscriptions of FIFO topics can replay");
        auto parsed = parse_replay_policy(value);
        if (!parsed.ok()) return worded(parsed.error());
        return {};
    }

    const TopicName& topic_;
    Protocol protocol_;
    FilterCall call_;
};

std::string_view find_in(const Attributes& attributes, std::string_view key) {
    const auto at = attributes.find(key);
    return at == attributes.end() ? std::string_view{} : std::string_view{at->second};
}

}  // namespace

std::string_view name_of(Stage stage) {
    switch (stage) {
        case Stage::pending: return "pending";
        case Stage::confirmed: return "confirmed";
        case Stage::deactivated: return "deactivated";
    }
    return "confirmed";
}

std::string_view Topic::attribute(std::string_view key) const { return find_in(attributes, key); }
ContentDedup Topic::content_dedup() const {
    return attribute("ContentBasedDeduplication") == "true" ? ContentDedup::on : ContentDedup::off;
}
std::string Topic::policy() const {
    const std::string_view set = attribute("Policy");
    return set.empty() ? default_policy(name.arn(), name.account) : std::string{set};
}
std::optional<Duration> Topic::archive_retention() const {
    const std::string_view set = attribute("ArchivePolicy");
    if (set.empty()) return std::nullopt;
    const auto days = archive_days(set);
    if (!days.ok()) return std::nullopt;
    return std::chrono::hours{24} * *days;
}

std::string_view Subscription::attribute(std::string_view key) const { return find_in(attributes, key); }
Form Subscription::form() const {
    return attribute("RawMessageDelivery") == "true" ? Form::raw : Form::envelope;
}
FilterScope Subscription::filter_scope() const {
    return attribute("FilterPolicyScope") == "MessageBody" ? FilterScope::body : FilterScope::attributes;
}
std::string Subscription::dead_letter_arn() const {
    const std::string_view set = attribute("RedrivePolicy");
    if (set.empty()) return {};
    const auto parsed = parse_json(set);
    const Json* target = parsed.ok() ? parsed->find("deadLetterTargetArn") : nullptr;
    return target != nullptr ? target->text : std::string{};
}

Judged<Attributes> check_new_topic(const Attributes& given) {
    Attributes kept;
    const auto fifo = given.find("FifoTopic");
    if (fifo != given.end() && !is_boolean(fifo->second)) return invalid("FifoTopic");
    const TopicOrder order =
        fifo != given.end() && lower(fifo->second) == "true" ? TopicOrder::fifo : TopicOrder::standard;
    for (const auto& [name, value] : given) {
        if (name == "FifoTopic") {
            if (order == TopicOrder::fifo) kept.emplace(name, "true");
            continue;
        }
        auto verdict = check_value(order, name, value);
        if (!verdict.ok() && verdict.error().message() == "Invalid parameter: AttributeName")
            return invalid("Attributes Reason: Unknown attribute " + name);
        TRY(std::move(verdict));
        if (!value.empty()) kept.emplace(name, normal(name, value));
    }
    return kept;
}

Verdict check_topic_attribute(const Topic& topic, std::string_view name, std::string_view value) {
    return check_value(topic.order(), name, value);
}

bool same_attributes(const Topic& topic, const Attributes& given) {
    return std::all_of(given.begin(), given.end(), [&](const auto& one) {
        if (one.second.empty()) return topic.attribute(one.first).empty();
        if (one.first == "FifoTopic" && lower(one.second) == "false")
            return topic.order() == TopicOrder::standard;
        if (one.first == "ContentBasedDeduplication" && lower(one.second) == "false")
            return topic.content_dedup() == ContentDedup::off;
        return topic.attribute(one.first) == normal(one.first, one.second);
    });
}

Verdict check_tags(const std::vector<std::pair<std::string, std::string>>& tags) {
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > 128 || lower(key).starts_with("aws:"))
            return invalid("Tags Reason: tag keys must be 1 to 128 characters long and not start with aws:");
        if (value.size() > 256) return invalid("Tags Reason: tag values must be at most 256 characters long");
        keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
        return invalid("Duplicated keys are not allowed.");
    if (tags.size() > kTagsMax)
        return Fault{FaultCode::tag_limit, "Could not complete request: tag quota of per resource exceeded"};
    return {};
}

Judged<Attributes> check_subscription_attributes(const Attributes& given, const Attributes& present,
                                                 const TopicName& topic, Protocol protocol, FilterCall call) {
    const AttributeJudge judge{topic, protocol, call};
    Attributes result = present;
    for (const auto& [name, value] : given) {
        if (value.empty())
            result.erase(name);
        else
            result[name] = normal(name, value);
    }
    const FilterScope scope =
        find_in(result, "FilterPolicyScope") == "MessageBody" ? FilterScope::body : FilterScope::attributes;
    for (const auto& [name, value] : given) TRY(judge.check(name, value, scope));
    // A change of the scope must suit the policy that stays.
    if (given.contains("FilterPolicyScope") && !given.contains("FilterPolicy"))
        TRY(judge.check("FilterPolicy", find_in(result, "FilterPolicy"), scope));
    return result;
}

Attributes shown(const Topic& topic, const SubscriptionCounts& counts) {
    Attributes out = topic.attributes;
    out["TopicArn"] = topic.name.arn();
    out["Owner"] = topic.name.account;
    out["Policy"] = topic.policy();
    out["DisplayName"] = std::string{topic.attribute("DisplayName")};
    out["SubscriptionsConfirmed"] = std::to_string(counts.confirmed);
    out["SubscriptionsPending"] = std::to_string(counts.pending);
    out["SubscriptionsDeleted"] = std::to_string(topic.deleted_subscriptions);
    auto delivery = parse_topic_delivery_policy(topic.attribute("DeliveryPolicy"));
    out["EffectiveDeliveryPolicy"] = effective_topic_policy(delivery.ok() ? *delivery : DeliveryPolicy{});
    if (topic.order() == TopicOrder::fifo) out.emplace("ContentBasedDeduplication", "false");
    return out;
}

Attributes shown(const Subscription& subscription, const DeliveryPolicy& topic_policy,
                 std::string_view replay_status) {
    Attributes out = subscription.attributes;
    const auto word = [](bool yes) { return std::string{yes ? "true" : "false"}; };
    out["SubscriptionArn"] = subscription.name.arn();
    out["TopicArn"] = subscription.name.topic.arn();
    out["Owner"] = subscription.owner;
    out["Protocol"] = std::string{name_of(subscription.protocol)};
    out["Endpoint"] = without_password(subscription.endpoint);
    out["SubscriptionPrincipal"] = subscription.principal;
    out["RawMessageDelivery"] = word(subscription.form() == Form::raw);
    out["PendingConfirmation"] = word(subscription.stage == Stage::pending);
    out["ConfirmationWasAuthenticated"] =
        word(subscription.stage == Stage::confirmed && subscription.confirmed_by == Authenticated::yes);
    if (out.contains("FilterPolicy"))
        out.emplace("FilterPolicyScope", "MessageAttributes");
    else
        out.erase("FilterPolicyScope");
    if (subscription.protocol == Protocol::http || subscription.protocol == Protocol::https) {
        auto own = parse_subscription_delivery_policy(subscription.attribute("DeliveryPolicy"));
        out["EffectiveDeliveryPolicy"] =
            effective_subscription_policy(effective_rules(topic_policy, own.ok() ? *own : DeliveryPolicy{}));
    }
    if (out.contains("ReplayPolicy")) out["ReplayStatus"] = std::string{replay_status};
    return out;
}

std::string default_policy(std::string_view topic_arn, std::string_view account) {
    return R"({"Version":"2008-10-17","Id":"__default_policy_ID",)"
           R"("Statement":[{"Sid":"__default_statement_ID",)"
           R"("Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes",)"
           R"("SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic",)"
           R"("SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":")" +
           std::string{topic_arn} + R"(","Condition":{"StringEquals":{"AWS:SourceOwner":")" +
           std::string{account} + R"("}}}]})";
}

std::uint32_t success_percent(const Topic& topic, Protocol protocol) {
    std::string prefix;
    switch (protocol) {
        case Protocol::sqs: prefix = "SQS"; break;
        case Protocol::http:
        case Protocol::https: prefix = "HTTP"; break;
        case Protocol::application: prefix = "Application"; break;
        case Protocol::lambda: prefix = "Lambda"; break;
        case Protocol::firehose: prefix = "Firehose"; break;
        case Protocol::email:
        case Protocol::email_json:
        case Protocol::sms: return 0;
    }
    if (topic.attribute(prefix + "SuccessFeedbackRoleArn").empty()) return 0;
    const auto rate = small_number(topic.attribute(prefix + "SuccessFeedbackSampleRate"));
    return static_cast<std::uint32_t>(rate.value_or(100));
}

Judged<ReplayRange> parse_replay_policy(std::string_view json) {
    auto parsed = parse_json(json);
    if (!parsed.ok()) return invalid("ReplayPolicy: failed to parse JSON. " + parsed.error().message());
    const auto instant = [&](std::string_view name) -> std::optional<Instant> {
        const Json* at = parsed->find(name);
        return at != nullptr && at->is(Json::Kind::string) ? parse_iso8601(at->text) : std::nullopt;
    };
    const Json* type = parsed->find("PointType");
    if (type == nullptr || type->text != "Timestamp")
        return invalid("ReplayPolicy: PointType must be Timestamp");
    const auto from = instant("StartingPoint");
    if (!from) return invalid("ReplayPolicy: StartingPoint must be a timestamp");
    ReplayRange range{.from = *from, .to = std::nullopt};
    if (parsed->find("EndingPoint") != nullptr) {
        range.to = instant("EndingPoint");
        if (!range.to || *range.to < range.from)
            return invalid("ReplayPolicy: EndingPoint must be a timestamp after StartingPoint");
    }
    return range;
}

}  // namespace landfall::sns
