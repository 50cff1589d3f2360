#include "services/sns/model_delivery.hpp"

#include <array>
#include <cmath>

#include "services/sns/model_json.hpp"

namespace landfall::sns {
namespace {

constexpr std::uint32_t kDelayMax = 3600;
constexpr std::uint32_t kRetriesMax = 100;
constexpr std::array<std::string_view, 4> kBackoffs{"linear", "arithmetic", "geometric", "exponential"};

Fault refused(std::string_view what) { return invalid("DeliveryPolicy: " + std::string{what}); }

/// Reads whole numbers out of one object, and knows which members it has seen.
class Fields {
public:
    Fields(const Json& object, std::string_view name) : object_{object}, name_{name} {}

    Judged<std::uint32_t> number(std::string_view member, std::uint32_t absent, std::uint32_t least,
                                 std::uint32_t most) {
        const Json* found = object_.find(member);
        if (found == nullptr || found->is(Json::Kind::null)) return absent;
        const std::string where = name_ + "." + std::string{member};
        if (!found->is(Json::Kind::number) || found->number != std::floor(found->number))
            return refused(where + " must be an integer");
        if (found->number < least || found->number > most)
            return refused(where + " must be between " + std::to_string(least) + " and " +
                           std::to_string(most));
        return static_cast<std::uint32_t>(found->number);
    }
    template <std::size_t N>
    Verdict only(const std::array<std::string_view, N>& known) {
        for (const Json::Member& member : object_.members) {
            bool found = false;
            for (const std::string_view name : known) found = found || name == member.name;
            if (!found) return refused("Unexpected JSON member: " + member.name);
        }
        return {};
    }

private:
    const Json& object_;
    std::string name_;
};

constexpr std::array<std::string_view, 7> kRetryMembers{
    "minDelayTarget",    "maxDelayTarget",     "numRetries",     "numMaxDelayRetries",
    "numNoDelayRetries", "numMinDelayRetries", "backoffFunction"};

Judged<RetryPolicy> read_retry(const Json& object, std::string_view name) {
    if (!object.is(Json::Kind::object)) return refused(std::string{name} + " must be an object");
    Fields fields{object, name};
    TRY(fields.only(kRetryMembers));
    const RetryPolicy plain;
    RetryPolicy policy;
    policy.min_delay = TRY(fields.number("minDelayTarget", plain.min_delay, 1, kDelayMax));
    policy.max_delay =
        TRY(fields.number("maxDelayTarget", std::max(plain.max_delay, policy.min_delay), 1, kDelayMax));
    if (policy.max_delay < policy.min_delay)
        return refused(std::string{name} + ".maxDelayTarget must be greater than or equal to minDelayTarget");
    policy.retries = TRY(fields.number("numRetries", plain.retries, 0, kRetriesMax));
    policy.at_max_delay = TRY(fields.number("numMaxDelayRetries", 0, 0, kRetriesMax));
    policy.at_once = TRY(fields.number("numNoDelayRetries", 0, 0, kRetriesMax));
    policy.at_min_delay = TRY(fields.number("numMinDelayRetries", 0, 0, kRetriesMax));
    if (policy.at_max_delay + policy.at_once + policy.at_min_delay > policy.retries)
        return refused(std::string{name} +
                       ".numRetries must be greater than or equal to the sum of the other retry counts");
    const Json* function = object.find("backoffFunction");
    if (function == nullptr || function->is(Json::Kind::null)) return policy;
    for (std::size_t i = 0; i < kBackoffs.size(); ++i)
        if (function->is(Json::Kind::string) && function->text == kBackoffs[i]) {
            policy.backoff = static_cast<Backoff>(i);
            return policy;
        }
    return refused(std::string{name} +
                   ".backoffFunction must be one of: linear, arithmetic, geometric, exponential");
}

Verdict read_throttle(const Json* object, std::string_view name, DeliveryPolicy& policy) {
    if (object == nullptr || object->is(Json::Kind::null)) return {};
    if (!object->is(Json::Kind::object)) return refused(std::string{name} + " must be an object");
    Fields fields{*object, name};
    TRY(fields.only(std::array<std::string_view, 1>{"maxReceivesPerSecond"}));
    const std::uint32_t rate = TRY(fields.number("maxReceivesPerSecond", 0, 1, 1'000'000));
    if (rate > 0) policy.receives_per_second = rate;
    return {};
}

Verdict read_request(const Json* object, std::string_view name, DeliveryPolicy& policy) {
    if (object == nullptr || object->is(Json::Kind::null)) return {};
    if (!object->is(Json::Kind::object)) return refused(std::string{name} + " must be an object");
    Fields fields{*object, name};
    TRY(fields.only(std::array<std::string_view, 1>{"headerContentType"}));
    const Json* type = object->find("headerContentType");
    if (type == nullptr) return {};
    // Text types and the application's structured ones; what goes into a header line must be printable.
    bool right = type->is(Json::Kind::string) && type->text.size() <= 256 &&
                 (type->text.starts_with("text/") || type->text.starts_with("application/"));
    for (const char c : type->text) right = right && c >= 0x20 && c < 0x7f;
    if (!right) return refused(std::string{name} + ".headerContentType: unsupported content type");
    policy.content_type = type->text;
    return {};
}

Judged<Json> read_object(std::string_view json) {
    auto parsed = parse_json(json);
    if (!parsed.ok()) return refused("failed to parse JSON. " + parsed.error().message());
    if (!parsed->is(Json::Kind::object)) return refused("must be a JSON object");
    return parsed;
}

/// Share of the way from the least to the greatest delay at step i of n, both from 1.
double share(Backoff backoff, double i, double n) {
    switch (backoff) {
        case Backoff::linear: return i / n;
        case Backoff::arithmetic: return i * (i + 1) / (n * (n + 1));
        case Backoff::geometric: return std::pow(i / n, 3);
        case Backoff::exponential: return (std::exp2(i) - 1) / (std::exp2(n) - 1);
    }
    return 1;
}

std::string retry_json(const RetryPolicy& r) {
    return "{\"minDelayTarget\":" + std::to_string(r.min_delay) +
           ",\"maxDelayTarget\":" + std::to_string(r.max_delay) +
           ",\"numRetries\":" + std::to_string(r.retries) +
           ",\"numMaxDelayRetries\":" + std::to_string(r.at_max_delay) +
           ",\"numNoDelayRetries\":" + std::to_string(r.at_once) +
           ",\"numMinDelayRetries\":" + std::to_string(r.at_min_delay) + ",\"backoffFunction\":\"" +
           std::string{kBackoffs[static_cast<std::size_t>(r.backoff)]} + "\"}";
}

std::string request_json(std::string_view content_type) {
    std::string out = "{\"headerContentType\":";
    append_json_string(out, content_type);
    return out + "}";
}

}  // namespace

std::optional<Duration> RetryPolicy::delay_after(std::uint32_t attempt) const {
    using std::chrono::seconds;
    if (attempt == 0 || attempt > retries) return std::nullopt;
    if (attempt <= at_once) return Duration::zero();
    attempt -= at_once;
    if (attempt <= at_min_delay) return seconds{min_delay};
    attempt -= at_min_delay;
    const std::uint32_t growing = retries - at_once - at_min_delay - at_max_delay;
    if (attempt > growing) return seconds{max_delay};
    const double step = share(backoff, attempt, growing);
    const double wait = min_delay + (static_cast<double>(max_delay) - min_delay) * step;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{wait});
}

Judged<DeliveryPolicy> parse_topic_delivery_policy(std::string_view json) {
    DeliveryPolicy policy;
    if (json.empty()) return policy;
    const Json whole = TRY(read_object(json));
    TRY((Fields{whole, "DeliveryPolicy"}.only(std::array<std::string_view, 1>{"http"})));
    const Json* http = whole.find("http");
    if (http == nullptr || http->is(Json::Kind::null)) return policy;
    if (!http->is(Json::Kind::object)) return refused("http must be an object");
    TRY((Fields{*http, "http"}.only(std::array<std::string_view, 5>{
        "defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy", "defaultThrottlePolicy",
        "defaultRequestPolicy", "disableSubscriptionOverrides"})));
    const Json* retry = http->find("defaultHealthyRetryPolicy");
    if (retry != nullptr && !retry->is(Json::Kind::null))
        policy.retry = TRY(read_retry(*retry, "http.defaultHealthyRetryPolicy"));
    TRY(read_throttle(http->find("defaultThrottlePolicy"), "http.defaultThrottlePolicy", policy));
    TRY(read_request(http->find("defaultRequestPolicy"), "http.defaultRequestPolicy", policy));
    const Json* overrides = http->find("disableSubscriptionOverrides");
    if (overrides != nullptr && !overrides->is(Json::Kind::boolean))
        return refused("http.disableSubscriptionOverrides must be a boolean");
    if (overrides != nullptr && overrides->truth) policy.overrides = DeliveryPolicy::Overrides::disabled;
    return policy;
}

Judged<DeliveryPolicy> parse_subscription_delivery_policy(std::string_view json) {
    DeliveryPolicy policy;
    if (json.empty()) return policy;
    const Json whole = TRY(read_object(json));
    TRY((Fields{whole, "DeliveryPolicy"}.only(std::array<std::string_view, 5>{
        "healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"})));
    const Json* retry = whole.find("healthyRetryPolicy");
    if (retry != nullptr && !retry->is(Json::Kind::null))
        policy.retry = TRY(read_retry(*retry, "healthyRetryPolicy"));
    TRY(read_throttle(whole.find("throttlePolicy"), "throttlePolicy", policy));
    TRY(read_request(whole.find("requestPolicy"), "requestPolicy", policy));
    return policy;
}

DeliveryRules effective_rules(const DeliveryPolicy& topic, const DeliveryPolicy& subscription) {
    const bool own = topic.overrides == DeliveryPolicy::Overrides::allowed;
    DeliveryRules rules;
    const auto apply = [&](const DeliveryPolicy& policy) {
        if (policy.retry) rules.retry = *policy.retry;
        if (policy.receives_per_second) rules.receives_per_second = policy.receives_per_second;
        if (policy.content_type) rules.content_type = *policy.content_type;
    };
    apply(topic);
    if (own) apply(subscription);
    return rules;
}

DeliveryRules mail_rules() {
    DeliveryRules rules;
    rules.retry = {.min_delay = 10,
                   .max_delay = 600,
                   .retries = 50,
                   .at_max_delay = 38,
                   .at_once = 0,
                   .at_min_delay = 2,
                   .backoff = Backoff::exponential};
    rules.give_up_after = std::chrono::hours{8};
    return rules;
}

std::optional<Duration> next_attempt(const DeliveryRules& rules, std::uint32_t attempt, Duration age) {
    const auto delay = rules.retry.delay_after(attempt);
    if (!delay || age + *delay > rules.give_up_after) return std::nullopt;
    return delay;
}

std::string effective_topic_policy(const DeliveryPolicy& topic) {
    const DeliveryRules rules = effective_rules(topic, {});
    std::string out = "{\"http\":{\"defaultHealthyRetryPolicy\":" + retry_json(rules.retry) +
                      ",\"disableSubscriptionOverrides\":";
    out += topic.overrides == DeliveryPolicy::Overrides::disabled ? "true" : "false";
    if (rules.receives_per_second)
        out += ",\"defaultThrottlePolicy\":{\"maxReceivesPerSecond\":" +
               std::to_string(*rules.receives_per_second) + "}";
    return out + ",\"defaultRequestPolicy\":" + request_json(rules.content_type) + "}}";
}

std::string effective_subscription_policy(const DeliveryRules& rules) {
    std::string out = "{\"healthyRetryPolicy\":" + retry_json(rules.retry) +
                      ",\"sicklyRetryPolicy\":null,\"throttlePolicy\":";
    out += rules.receives_per_second
               ? "{\"maxReceivesPerSecond\":" + std::to_string(*rules.receives_per_second) + "}"
               : std::string{"null"};
    return out + ",\"requestPolicy\":" + request_json(rules.content_type) + ",\"guaranteed\":false}";
}

}  // namespace landfall::sns
