// Put and GetBucketNotificationConfiguration.
#include <set>

#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

constexpr std::size_t kMadeIdBytes = 24;

template <class Configuration>
Answer<NotificationRule> rule_in(Request& request, const Configuration& in, NoticeTarget target) {
    NotificationRule rule{.target = std::move(target)};
    rule.id =
        in.id() && !in.id()->empty() ? std::string{*in.id()} : request.service.random().hex(2 * kMadeIdBytes);
    for (const std::string_view event : in.events()) rule.events.emplace_back(event);
    if (in.has_filter() && in.filter().has_key())
        for (const auto filter : in.filter().key().filter_rules())
            TRY(add_filter(rule, filter.name().value_or(""), filter.value().value_or("")));
    return rule;
}

Answer<std::vector<NotificationRule>> rules_in(Request& request,
                                               const api::in::NotificationConfiguration& in) {
    if (!in.lambda_function_configurations().empty())
        return Fault{Code::not_implemented,
                     "There are no Lambda functions here: notifications go to SQS queues and SNS topics."};
    if (in.has_event_bridge_configuration())
        return Fault{Code::not_implemented,
                     "There is no EventBridge here: notifications go to SQS queues and SNS topics."};
    std::vector<NotificationRule> rules;
    for (const auto topic : in.topic_configurations())
        rules.push_back(TRY(rule_in(request, topic, {TargetKind::topic, std::string{topic.topic_arn()}})));
    for (const auto queue : in.queue_configurations())
        rules.push_back(TRY(rule_in(request, queue, {TargetKind::queue, std::string{queue.queue_arn()}})));
    return rules;
}

/// Every target exists, takes what this bucket sends, and has got a test message, durably.
Verdict try_targets(Request& request, const BucketRow& bucket, const std::vector<NotificationRule>& rules) {
    const NoticeSource source{.arn = "arn:aws:s3:::" + bucket.name, .account = bucket.record.account};
    NoticeTargets& targets = request.service.notifier().targets();
    std::set<NoticeTarget> distinct;
    for (const NotificationRule& rule : rules) distinct.insert(rule.target);
    std::vector<NoticeParcel> parcels;
    const std::string text = test_message({.bucket = bucket.name,
                                           .request_id = request.context.request_id,
                                           .at = request.service.clock().now()});
    for (const NoticeTarget& target : distinct) {
        const Status able = targets.check(target, source);
        if (!able.ok()) return bad_target(target, able.error());
        parcels.push_back({.target = target, .source = source, .text = text});
    }
    const std::vector<Status> outcomes = targets.deliver(parcels);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].ok()) continue;
        if (is_final(outcomes[i].error())) return bad_target(parcels[i].target, outcomes[i].error());
        return outcomes[i].error();
    }
    return {};
}

Verdict put_notifications(Request& request, api::PutBucketNotificationConfiguration::In in,
                          api::PutBucketNotificationConfiguration::Out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    const auto rules = TRY(rules_in(request, in.notification_configuration()));
    TRY(check_rules(rules, bucket.record.region));
    if (!in.skip_destination_validation().value_or(false)) TRY(try_targets(request, bucket, rules));
    return request.service.buckets().update(request.asker, in.bucket(), [&](BucketRecord& record) -> Verdict {
        record.notifications = rules;
        return {};
    });
}

template <class Out>
void show_rule(Out out, const NotificationRule& rule) {
    out.set_id(rule.id);
    for (const std::string& event : rule.events) out.add_events(event);
    if (!rule.prefix && !rule.suffix) return;
    auto key = out.set_filter().set_key();
    const auto show = [&](std::string_view name, const std::optional<std::string>& value) {
        if (!value) return;
        auto filter = key.add_filter_rules();
        filter.set_name(name);
        filter.set_value(*value);
    };
    show("Prefix", rule.prefix);
    show("Suffix", rule.suffix);
}

Verdict get_notifications(Request& request, api::GetBucketNotificationConfiguration::In in,
                          api::GetBucketNotificationConfiguration::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    for (const NotificationRule& rule : bucket.record.notifications) {
        if (rule.target.kind == TargetKind::topic) {
            auto topic = out.add_topic_configurations();
            topic.set_topic_arn(rule.target.arn);
            show_rule(topic, rule);
        } else {
            auto queue = out.add_queue_configurations();
            queue.set_queue_arn(rule.target.arn);
            show_rule(queue, rule);
        }
    }
    return {};
}

}  // namespace

void register_notifications(Table& table) {
    table.on<api::GetBucketNotificationConfiguration>(get_notifications);
    table.on<api::PutBucketNotificationConfiguration>(put_notifications);
}

}  // namespace landfall::s3
