// Subscriptions: subscribe, confirm, unsubscribe, attributes, lists.
#include <algorithm>

#include "base/hash.hpp"
#include "base/secret.hpp"
#include "services/sns/api.hpp"
#include "services/sns/work_delivery.hpp"
#include "services/sns/work_replay.hpp"

namespace landfall::sns {
namespace {

constexpr std::size_t kFilterPoliciesMax = 200;  ///< of one topic

bool must_confirm(Protocol protocol) {
    return protocol == Protocol::http || protocol == Protocol::https || protocol == Protocol::email ||
           protocol == Protocol::email_json;
}

std::optional<Subscription> same_endpoint(Sns& sns, const TopicName& topic, Protocol protocol,
                                          std::string_view endpoint) {
    std::optional<Subscription> found;
    sns.directory().with_topic(topic, [&](const LiveTopic& live) {
        for (const auto& [id, one] : live.subscriptions)
            if (one->record.protocol == protocol && one->record.endpoint == endpoint &&
                one->record.stage != Stage::deactivated)
                found = one->record;
    });
    return found;
}

std::size_t filter_policies_of(Sns& sns, const TopicName& topic) {
    std::size_t count = 0;
    sns.directory().with_topic(topic, [&](const LiveTopic& live) {
        for (const auto& [id, one] : live.subscriptions) count += one->filter ? 1 : 0;
    });
    return count;
}

Fault too_many_filters() {
    return {FaultCode::filter_policy_limit,
            "Filter policy limit exceeded: at most 200 filter policies per topic"};
}

struct Wanted {
    Topic topic;
    Protocol protocol = Protocol::sqs;
    std::string endpoint;
    Attributes attributes;
};

Judged<Wanted> wanted(Sns& sns, const CallContext& call, api::Subscribe::In in) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    Wanted want;
    want.endpoint = std::string{in.endpoint().value_or("")};
    want.topic = TRY(allowed_topic(sns, call, name, "sns:Subscribe",
                                   {{"sns:Protocol", in.protocol()}, {"sns:Endpoint", want.endpoint}}));
    const auto protocol = protocol_of(in.protocol());
    if (!protocol)
        return invalid("Amazon SNS does not support this protocol string: " + std::string{in.protocol()});
    want.protocol = *protocol;
    TRY(check_endpoint(want.protocol, want.endpoint, name));
    want.attributes = TRY(check_subscription_attributes(attributes_in(in.attributes()), {}, name,
                                                        want.protocol, FilterCall::subscribe));
    return want;
}

/// Begins what a ReplayPolicy asks for, once the subscription is there to be replayed to.
Verdict replay(Sns& sns, const CallContext& call, const SubscriptionName& name, std::string_view policy) {
    if (policy.empty()) return {};
    const ReplayRange range = TRY(parse_replay_policy(policy));
    const state::Cause cause = cause_of(call, "Replay");
    const std::string job = TRY(sns.replays().begin(name, range, cause));
    TRY(sns.records().update<Subscription>(cause, key_of(name), [&](Subscription& s) -> Verdict {
        s.replay_job = job;
        return {};
    }));
    TRY(sns.directory().refresh(name));
    return {};
}

Judged<Subscription> already(const Subscription& there, const Attributes& given) {
    for (const auto& [key, value] : given) {
        const bool unset = key == "RawMessageDelivery" && value == "false" && there.attribute(key).empty();
        if (there.attribute(key) != value && !unset)
            return invalid("Attributes Reason: Subscription already exists with different attributes");
    }
    return there;
}

Judged<Subscription> subscribe(Sns& sns, const CallContext& call, const Wanted& want) {
    const TopicName& topic = want.topic.name;
    if (const auto there = same_endpoint(sns, topic, want.protocol, want.endpoint))
        return already(*there, want.attributes);
    if (want.attributes.contains("FilterPolicy") && filter_policies_of(sns, topic) >= kFilterPoliciesMax)
        return too_many_filters();
    Subscription made{.name = {topic, sns.parts().random.uuid()},
                      .topic_uid = want.topic.uid,
                      .protocol = want.protocol,
                      .endpoint = want.endpoint,
                      .owner = call.caller.account,
                      .principal = call.caller.arn,
                      .attributes = want.attributes};
    const auto queue = arn_parts(want.endpoint);
    const bool strange_queue =
        want.protocol == Protocol::sqs && queue && queue->account != call.caller.account;
    if (must_confirm(want.protocol) || strange_queue) {
        made.stage = Stage::pending;
        made.token = sns.parts().random.hex(kTokenDigits);
        made.token_expires = call.received + kTokenLife;
    }
    if (sns.delivery().delivers(want.protocol)) made.outbox = TRY(sns.records().new_queue());
    state::Resource resource = Kind<Subscription>::encode(made);
    const state::Key key = resource.key;
    state::Tx tx{cause_of(call, "Subscribe")};
    tx.create(std::move(resource)).require(key_of(topic));
    // Two subscribers of one endpoint at one time: the second one finds the first.
    const std::string claim =
        want.topic.uid + "/" + std::string{name_of(want.protocol)} + "/" + sha256(want.endpoint).hex();
    tx.claim("sns.endpoint", claim, key);
    const auto committed = sns.records().store().commit(std::move(tx));
    if (committed.is(Errc::already_exists))
        if (const auto there = same_endpoint(sns, topic, want.protocol, want.endpoint))
            return already(*there, want.attributes);
    if (committed.is(Errc::not_found)) return Fault{FaultCode::not_found, "Topic does not exist"};
    if (!committed.ok()) return committed.error();
    if (made.outbox) sns.parts().broker.attach(*made.outbox, Sns::outbox_settings());
    TRY(sns.directory().refresh(made.name));
    if (made.outbox) sns.delivery().watch(made.name, *made.outbox);
    // Without a way to its endpoint (no mail server) a subscription stays pending, and is told so.
    if (made.stage == Stage::pending && (made.outbox || made.protocol == Protocol::sqs)) {
        // A queue of another account that does not let the topic in cannot be told; its owner confirms
        // otherwise.
        const Status sent =
            sns.publisher().send_confirmation(made, MessageType::subscription_confirmation, call.base_url());
        if (!sent.ok() && made.protocol != Protocol::sqs) return sent.error();
    }
    return made;
}

Judged<std::string> confirm(Sns& sns, const CallContext& call, api::ConfirmSubscription::In in) {
    const auto topic = parse_topic_arn(in.topic_arn());
    if (!topic.ok() || (!call.caller.anonymous() && topic->region != call.region)) return invalid("Topic");
    const std::string_view token = in.token();
    if (token.size() < 64 || token.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return Fault{FaultCode::invalid_parameter, "Invalid token"};
    std::optional<SubscriptionName> found;
    sns.directory().with_topic(*topic, [&](const LiveTopic& live) {
        for (const auto& [id, one] : live.subscriptions)
            if (!one->record.token.empty() &&
                equal_in_constant_time(std::as_bytes(std::span{one->record.token}),
                                       std::as_bytes(std::span{token})))
                found = one->record.name;
    });
    if (!found) return invalid("Token");
    const Authenticated by = call.caller.anonymous() ? Authenticated::no : Authenticated::yes;
    const bool guarded = in.authenticate_on_unsubscribe().value_or("") == "true" && by == Authenticated::yes;
    const auto changed = sns.records().update<Subscription>(
        cause_of(call, "ConfirmSubscription"), key_of(*found), [&](Subscription& s) -> Verdict {
            if (s.stage == Stage::confirmed) return {};
            if (call.received > s.token_expires) return invalid("Token");
            s.stage = Stage::confirmed;
            s.confirmed_by = by;
            s.unsubscribe_by = guarded ? Authenticated::yes : Authenticated::no;
            return {};
        });
    if (!changed.ok()) return changed.error();
    TRY(sns.directory().refresh(*found));
    return found->arn();
}

/// Erases the subscription, and counts it as deleted.
Verdict remove(Sns& sns, const CallContext& call, const Subscription& subscription) {
    const state::Cause cause = cause_of(call, "Unsubscribe");
    TRY(sns.records().erase(cause, {key_of(subscription.name)}));
    TRY(sns.directory().refresh(subscription.name));
    if (subscription.outbox) sns.forget_queue(*subscription.outbox);
    const auto counted =
        sns.records().update<Topic>(cause, key_of(subscription.name.topic), [](Topic& topic) -> Verdict {
            ++topic.deleted_subscriptions;
            return {};
        });
    if (counted.ok()) TRY(sns.directory().refresh(subscription.name.topic));
    return {};
}

/// A stranger's request (the link in a message): the endpoint is told, and may restore it with the token.
Verdict deactivate(Sns& sns, const CallContext& call, const SubscriptionName& name) {
    const auto changed = sns.records().update<Subscription>(
        cause_of(call, "Unsubscribe"), key_of(name), [&](Subscription& s) -> Verdict {
            s.stage = Stage::deactivated;
            s.token = sns.parts().random.hex(kTokenDigits);
            s.token_expires = call.received + kTokenLife;
            return {};
        });
    if (!changed.ok()) return changed.error();
    TRY(sns.directory().refresh(name));
    TRY(sns.publisher().send_confirmation(*changed, MessageType::unsubscribe_confirmation, call.base_url()));
    return {};
}

Verdict unsubscribe(Sns& sns, const CallContext& call, std::string_view arn) {
    const SubscriptionName name = TRY(parse_subscription_arn(arn));
    if (!call.caller.anonymous() && name.topic.region != call.region) return invalid("SubscriptionArn");
    const auto found = sns.directory().subscription(name);
    if (!found) return {};
    const bool owner = !call.caller.anonymous() &&
                       (call.caller.account == found->owner || call.caller.account == name.topic.account);
    if (!owner && (found->unsubscribe_by == Authenticated::yes || !call.caller.anonymous()))
        return Fault{FaultCode::authorization,
                     "User: " + (call.caller.anonymous() ? "anonymous" : call.caller.arn) +
                         " is not authorized to perform: SNS:Unsubscribe on resource: " + name.arn()};
    if (found->stage == Stage::pending && owner)
        return invalid("SubscriptionArn Reason: the subscription is pending confirmation");
    if (!owner && must_confirm(found->protocol) && found->outbox) return deactivate(sns, call, name);
    return remove(sns, call, *found);
}

Verdict set_attribute(Sns& sns, const CallContext& call, api::SetSubscriptionAttributes::In in) {
    const Subscription there =
        TRY(own_subscription(sns, call, in.subscription_arn(), "SNS:SetSubscriptionAttributes"));
    const Attributes given{
        {std::string{in.attribute_name()}, std::string{in.attribute_value().value_or("")}}};
    if (given.contains("FilterPolicy") && there.attribute("FilterPolicy").empty() &&
        filter_policies_of(sns, there.name.topic) >= kFilterPoliciesMax)
        return too_many_filters();
    const auto changed = sns.records().update<Subscription>(
        cause_of(call, "SetSubscriptionAttributes"), key_of(there.name), [&](Subscription& s) -> Verdict {
            s.attributes = TRY(check_subscription_attributes(given, s.attributes, s.name.topic, s.protocol,
                                                             FilterCall::set_attributes));
            return {};
        });
    if (!changed.ok()) return changed.error();
    TRY(sns.directory().refresh(there.name));
    const auto policy = given.find("ReplayPolicy");
    if (policy != given.end()) return replay(sns, call, there.name, policy->second);
    return {};
}

Verdict get_attributes(Sns& sns, const CallContext& call, api::GetSubscriptionAttributes::In in,
                       api::GetSubscriptionAttributes::Out out) {
    const Subscription there =
        TRY(own_subscription(sns, call, in.subscription_arn(), "SNS:GetSubscriptionAttributes"));
    DeliveryPolicy policy;
    sns.directory().with_topic(there.name.topic, [&](const LiveTopic& live) { policy = live.delivery; });
    out.start_attributes();
    for (const auto& [key, value] : shown(there, policy, sns.replays().status_of(there.replay_job)))
        out.put_attributes(key, value);
    const std::string reason = sns.delivery().why_not(there.protocol);
    if (!reason.empty()) out.put_attributes("LandfallDelivery", "none: " + reason);
    return {};
}

template <class Out>
void write_page(Sns& sns, const std::vector<Subscription>& found, std::string_view filter, Out out,
                std::string (*position)(const Subscription&)) {
    out.start_subscriptions();
    for (std::size_t i = 0; i < std::min(found.size(), kPageSize); ++i) {
        const Subscription& s = found[i];
        auto one = out.add_subscriptions();
        one.set_subscription_arn(s.stage == Stage::pending ? "PendingConfirmation" : s.name.arn());
        one.set_owner(s.owner);
        one.set_protocol(name_of(s.protocol));
        one.set_endpoint(without_password(s.endpoint));
        one.set_topic_arn(s.name.topic.arn());
    }
    if (found.size() > kPageSize) out.set_next_token(page_token(sns, position(found[kPageSize - 1]), filter));
}

Verdict list(Sns& sns, const CallContext& call, api::ListSubscriptions::In in,
             api::ListSubscriptions::Out out) {
    const std::string filter = "sns.subscriptions/" + call.account + "/" + call.region;
    const std::string after = TRY(page_start(sns, in.next_token(), filter));
    write_page(sns, sns.directory().owned(call.account, call.region, after, kPageSize + 1), filter, out,
               [](const Subscription& s) { return s.name.arn(); });
    return {};
}

Verdict list_by_topic(Sns& sns, const CallContext& call, api::ListSubscriptionsByTopic::In in,
                      api::ListSubscriptionsByTopic::Out out) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    TRY(allowed_topic(sns, call, name, "sns:ListSubscriptionsByTopic"));
    const std::string filter = "sns.subscriptions/" + name.arn();
    const std::string after = TRY(page_start(sns, in.next_token(), filter));
    write_page(sns, sns.directory().of_topic(name, after, kPageSize + 1), filter, out,
               [](const Subscription& s) { return s.name.id; });
    return {};
}

}  // namespace

void register_subscriptions(Operations& operations, Sns& sns) {
    operations.on<api::Subscribe>([&sns](const CallContext& call, api::Subscribe::In in,
                                         api::Subscribe::Out out) -> Verdict {
        const Wanted want = TRY(wanted(sns, call, in));
        const Subscription made = TRY(subscribe(sns, call, want));
        if (made.replay_job.empty()) TRY(replay(sns, call, made.name, made.attribute("ReplayPolicy")));
        const bool shown_arn = made.stage == Stage::confirmed || in.return_subscription_arn().value_or(false);
        out.set_subscription_arn(shown_arn ? made.name.arn() : "pending confirmation");
        // The answer has no member for it, and an error would break what only wants the subscription stored.
        const std::string reason = sns.delivery().why_not(made.protocol);
        if (!reason.empty()) out.set_header("x-landfall-delivery", "none: " + reason);
        return {};
    });
    operations.on<api::ConfirmSubscription>([&sns](const CallContext& call, api::ConfirmSubscription::In in,
                                                   api::ConfirmSubscription::Out out) -> Verdict {
        const std::string arn = TRY(confirm(sns, call, in));
        out.set_subscription_arn(arn);
        return {};
    });
    operations.on<api::Unsubscribe>(
        [&sns](const CallContext& call, api::Unsubscribe::In in, api::Unsubscribe::Out) {
            return unsubscribe(sns, call, in.subscription_arn());
        });
    // The links in messages have no signature.
    operations.registry().serve_unsigned<api::ConfirmSubscription>();
    operations.registry().serve_unsigned<api::Unsubscribe>();
    operations.on<api::SetSubscriptionAttributes>(
        [&sns](const CallContext& call, api::SetSubscriptionAttributes::In in,
               api::SetSubscriptionAttributes::Out) { return set_attribute(sns, call, in); });
    operations.on<api::GetSubscriptionAttributes>(
        [&sns](const CallContext& call, api::GetSubscriptionAttributes::In in,
               api::GetSubscriptionAttributes::Out out) { return get_attributes(sns, call, in, out); });
    operations.on<api::ListSubscriptions>(
        [&sns](const CallContext& call, api::ListSubscriptions::In in, api::ListSubscriptions::Out out) {
            return list(sns, call, in, out);
        });
    operations.on<api::ListSubscriptionsByTopic>(
        [&sns](const CallContext& call, api::ListSubscriptionsByTopic::In in,
               api::ListSubscriptionsByTopic::Out out) { return list_by_topic(sns, call, in, out); });
}

}  // namespace landfall::sns
