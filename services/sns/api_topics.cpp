// Topics: create, delete, list, attributes, tags, permissions, data protection.
#include <algorithm>
#include <array>

#include "services/sns/model_json.hpp"

#include "core/access/policy_edit.hpp"
#include "services/sns/api.hpp"

namespace landfall::sns {
namespace {

constexpr std::size_t kPermissionActionsMax = 7;
constexpr std::size_t kLabelMax = 80;

std::vector<std::pair<std::string, std::string>> tags_in(wire::ListView<api::in::Tag> list) {
    std::vector<std::pair<std::string, std::string>> tags;
    for (const api::in::Tag tag : list) tags.emplace_back(std::string{tag.key()}, std::string{tag.value()});
    return tags;
}

/// Creating again is fine where attributes and tags agree with what is there.
Judged<std::string> existing(const Topic& topic, const Attributes& given,
                             const std::vector<std::pair<std::string, std::string>>& tags) {
    if (!same_attributes(topic, given))
        return invalid("Attributes Reason: Topic already exists with different attributes");
    for (const auto& [key, value] : tags) {
        const auto at = topic.tags.find(key);
        if (at == topic.tags.end() || at->second != value)
            return invalid("Tags Reason: Topic already exists with different tags");
    }
    return topic.name.arn();
}

Judged<std::string> create_topic(Sns& sns, const CallContext& call, api::CreateTopic::In in) {
    const Attributes given = attributes_in(in.attributes());
    const auto fifo = given.find("FifoTopic");
    const bool ordered = fifo != given.end() && (fifo->second == "true" || fifo->second == "True");
    TRY(check_topic_name(in.name(), ordered ? TopicOrder::fifo : TopicOrder::standard));
    const auto tags = tags_in(in.tags());
    TRY(check_tags(tags));
    const TopicName name{call.account, call.region, std::string{in.name()}};
    if (const auto there = sns.directory().topic(name)) return existing(*there, given, tags);
    Attributes kept = TRY(check_new_topic(given));
    Topic topic{.name = name,
                .uid = sns.parts().random.hex(24),
                .created = call.received,
                .attributes = std::move(kept),
                .data_protection = std::string{in.data_protection_policy().value_or("")}};
    for (const auto& [key, value] : tags) topic.tags[key] = value;
    if (ordered) topic.origin = TRY(sns.records().new_queue());
    const Status created = sns.records().create(cause_of(call, "CreateTopic"), topic);
    if (!created.ok() && !created.is(Errc::already_exists)) return created.error();
    if (created.ok() && topic.origin) sns.parts().broker.attach(*topic.origin, Sns::origin_settings(topic));
    TRY(sns.directory().refresh(name));
    if (created.ok()) return name.arn();
    const auto there = sns.directory().topic(name);
    if (!there) return Error{Errc::unavailable, "the topic was deleted meanwhile"};
    return existing(*there, given, tags);
}

Verdict delete_topic(Sns& sns, const CallContext& call, std::string_view arn) {
    const TopicName name = TRY(topic_of(call, arn));
    const auto topic = allowed_topic(sns, call, name, "sns:DeleteTopic");
    if (!topic.ok()) {
        if (topic.error().code() == FaultCode::not_found) return {};
        return topic.error();
    }
    if (topic->archive_retention())
        return Fault{
            FaultCode::invalid_state,
            "Invalid state: Cannot delete a topic with an ArchivePolicy. Remove the ArchivePolicy first."};
    const std::vector<Subscription> subscriptions = sns.directory().of_topic(name, {}, SIZE_MAX);
    const state::Cause cause = cause_of(call, "DeleteTopic");
    TRY(sns.records().erase(cause, {key_of(name)}));
    TRY(sns.directory().refresh(name));
    // From here on nobody sees them; what a crash leaves of them the next start erases.
    std::vector<state::Key> keys;
    for (const Subscription& subscription : subscriptions) {
        keys.push_back(key_of(subscription.name));
        if (subscription.outbox) sns.forget_queue(*subscription.outbox);
    }
    TRY(sns.records().erase(cause, keys));
    if (topic->origin) sns.forget_queue(*topic->origin);
    return {};
}

template <class F>
Judged<Topic> change_topic(Sns& sns, const CallContext& call, std::string_view operation,
                           const TopicName& name, F change) {
    auto changed = sns.records().update<Topic>(cause_of(call, operation), key_of(name), std::move(change));
    if (!changed.ok() && changed.error().code() == FaultCode::inner &&
        changed.error().inner() == Errc::not_found)
        return Fault{FaultCode::not_found, "Topic does not exist"};
    if (!changed.ok()) return changed.error();
    TRY(sns.directory().refresh(name));
    return changed;
}

Verdict set_attribute(Sns& sns, const CallContext& call, api::SetTopicAttributes::In in) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    TRY(allowed_topic(sns, call, name, "sns:SetTopicAttributes"));
    const std::string key{in.attribute_name()};
    const std::string value{in.attribute_value().value_or("")};
    const Topic changed =
        TRY(change_topic(sns, call, "SetTopicAttributes", name, [&](Topic& topic) -> Verdict {
            TRY(check_topic_attribute(topic, key, value));
            if (value.empty())
                topic.attributes.erase(key);
            else
                topic.attributes[key] = value;
            return {};
        }));
    if (changed.origin) sns.parts().broker.configure(*changed.origin, Sns::origin_settings(changed));
    return {};
}

Verdict get_attributes(Sns& sns, const CallContext& call, api::GetTopicAttributes::In in,
                       api::GetTopicAttributes::Out out) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    const Topic topic = TRY(allowed_topic(sns, call, name, "sns:GetTopicAttributes"));
    SubscriptionCounts counts;
    sns.directory().with_topic(name, [&](const LiveTopic& live) { counts = live.counts; });
    out.start_attributes();
    for (const auto& [key, value] : shown(topic, counts)) out.put_attributes(key, value);
    if (topic.archive_retention())
        out.put_attributes(
            "BeginningArchiveTime",
            iso8601(std::max(topic.created, call.received - *topic.archive_retention()), Fraction::millis));
    return {};
}

/// "SNS:Publish" of the action names that the API takes.
Judged<std::string> policy_action(std::string_view name) {
    constexpr std::array<std::string_view, 9> kActions{
        "Publish",       "GetTopicAttributes",       "SetTopicAttributes",
        "AddPermission", "RemovePermission",         "DeleteTopic",
        "Subscribe",     "ListSubscriptionsByTopic", "*"};
    for (const std::string_view known : kActions)
        if (name == known) return "SNS:" + std::string{name};
    return invalid("Policy statement action out of service scope!");
}

Judged<std::string> permitted(const Topic& topic, api::AddPermission::In in) {
    if (in.label().empty() || in.label().size() > kLabelMax) return invalid("Label");
    if (in.aws_account_id().empty()) return invalid("AWSAccountId");
    if (in.action_name().empty() || in.action_name().size() > kPermissionActionsMax)
        return invalid("ActionName");
    const std::string arn = topic.name.arn();
    access::PermissionGrant grant{.sid = in.label(),
                                  .accounts = {},
                                  .actions = {},
                                  .resource = arn,
                                  .policy_id = "__default_policy_ID"};
    for (const std::string_view account : in.aws_account_id()) {
        const bool digits =
            account.size() == 12 && account.find_first_not_of("0123456789") == std::string_view::npos;
        if (!digits) return invalid("AWSAccountId");
        grant.accounts.emplace_back(account);
    }
    for (const std::string_view action : in.action_name()) {
        std::string known = TRY(policy_action(action));
        grant.actions.push_back(std::move(known));
    }
    auto document = access::with_permission(topic.policy(), grant);
    if (document.is(Errc::already_exists)) return invalid("Statement already exists");
    if (!document.ok()) return document.error();
    TRY(check_topic_attribute(topic, "Policy", *document));
    return std::move(document).value();
}

Verdict add_permission(Sns& sns, const CallContext& call, api::AddPermission::In in) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    TRY(allowed_topic(sns, call, name, "sns:AddPermission"));
    TRY(change_topic(sns, call, "AddPermission", name, [&](Topic& topic) -> Verdict {
        topic.attributes["Policy"] = TRY(permitted(topic, in));
        return {};
    }));
    return {};
}

Verdict remove_permission(Sns& sns, const CallContext& call, api::RemovePermission::In in) {
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    TRY(allowed_topic(sns, call, name, "sns:RemovePermission"));
    TRY(change_topic(sns, call, "RemovePermission", name, [&](Topic& topic) -> Verdict {
        auto document = access::without_permission(topic.policy(), in.label());
        if (document.is(Errc::not_found)) return {};
        if (!document.ok()) return document.error();
        // A policy without statements would be the default one again, which allows more than nothing.
        topic.attributes["Policy"] =
            document->empty() ? R"({"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[]})"
                              : *document;
        return {};
    }));
    return {};
}

Judged<TopicName> tagged(Sns& sns, const CallContext& call, std::string_view arn, std::string_view action) {
    auto name = topic_of(call, arn, "ResourceArn");
    if (!name.ok()) return name.error();
    auto topic = allowed_topic(sns, call, *name, action);
    if (!topic.ok() && topic.error().code() == FaultCode::not_found)
        return Fault{FaultCode::resource_not_found, "Resource does not exist"};
    if (!topic.ok()) return topic.error();
    return name;
}

Verdict tag(Sns& sns, const CallContext& call, api::TagResource::In in) {
    const TopicName name = TRY(tagged(sns, call, in.resource_arn(), "sns:TagResource"));
    const auto tags = tags_in(in.tags());
    TRY(check_tags(tags));
    TRY(change_topic(sns, call, "TagResource", name, [&](Topic& topic) -> Verdict {
        for (const auto& [key, value] : tags) topic.tags[key] = value;
        const std::vector<std::pair<std::string, std::string>> all{topic.tags.begin(), topic.tags.end()};
        return check_tags(all);
    }));
    return {};
}

Verdict untag(Sns& sns, const CallContext& call, api::UntagResource::In in) {
    const TopicName name = TRY(tagged(sns, call, in.resource_arn(), "sns:UntagResource"));
    TRY(change_topic(sns, call, "UntagResource", name, [&](Topic& topic) -> Verdict {
        for (const std::string_view key : in.tag_keys()) topic.tags.erase(std::string{key});
        return {};
    }));
    return {};
}

Verdict list_topics(Sns& sns, const CallContext& call, api::ListTopics::In in, api::ListTopics::Out out) {
    const std::string filter = "sns.topics/" + call.account + "/" + call.region;
    const std::string after = TRY(page_start(sns, in.next_token(), filter));
    const auto arns = sns.directory().topics(call.account, call.region, after, kPageSize + 1);
    out.start_topics();
    for (std::size_t i = 0; i < std::min(arns.size(), kPageSize); ++i)
        out.add_topics().set_topic_arn(arns[i]);
    if (arns.size() > kPageSize) {
        const std::string& last = arns[kPageSize - 1];
        out.set_next_token(page_token(sns, last.substr(last.rfind(':') + 1), filter));
    }
    return {};
}

void register_protection(Operations& operations, Sns& sns) {
    operations.on<api::PutDataProtectionPolicy>([&sns](const CallContext& call,
                                                       api::PutDataProtectionPolicy::In in,
                                                       api::PutDataProtectionPolicy::Out) -> Verdict {
        const TopicName name = TRY(topic_of(call, in.resource_arn(), "ResourceArn"));
        TRY(allowed_topic(sns, call, name, "sns:PutDataProtectionPolicy"));
        const std::string policy{in.data_protection_policy()};
        if (!policy.empty() && !parse_json(policy).ok()) return invalid("DataProtectionPolicy");
        TRY(change_topic(sns, call, "PutDataProtectionPolicy", name, [&](Topic& topic) -> Verdict {
            topic.data_protection = policy;
            return {};
        }));
        return {};
    });
    operations.on<api::GetDataProtectionPolicy>([&sns](const CallContext& call,
                                                       api::GetDataProtectionPolicy::In in,
                                                       api::GetDataProtectionPolicy::Out out) -> Verdict {
        const TopicName name = TRY(topic_of(call, in.resource_arn(), "ResourceArn"));
        const Topic topic = TRY(allowed_topic(sns, call, name, "sns:GetDataProtectionPolicy"));
        out.set_data_protection_policy(topic.data_protection);
        return {};
    });
}

void register_tags(Operations& operations, Sns& sns) {
    operations.on<api::TagResource>([&sns](const CallContext& call, api::TagResource::In in,
                                           api::TagResource::Out) { return tag(sns, call, in); });
    operations.on<api::UntagResource>([&sns](const CallContext& call, api::UntagResource::In in,
                                             api::UntagResource::Out) { return untag(sns, call, in); });
    operations.on<api::ListTagsForResource>([&sns](const CallContext& call, api::ListTagsForResource::In in,
                                                   api::ListTagsForResource::Out out) -> Verdict {
        const TopicName name = TRY(tagged(sns, call, in.resource_arn(), "sns:ListTagsForResource"));
        out.start_tags();
        const auto topic = sns.directory().topic(name);
        if (!topic) return {};
        for (const auto& [key, value] : topic->tags) {
            auto one = out.add_tags();
            one.set_key(key);
            one.set_value(value);
        }
        return {};
    });
}

}  // namespace

void register_topics(Operations& operations, Sns& sns) {
    operations.on<api::CreateTopic>(
        [&sns](const CallContext& call, api::CreateTopic::In in, api::CreateTopic::Out out) -> Verdict {
            const std::string arn = TRY(create_topic(sns, call, in));
            out.set_topic_arn(arn);
            return {};
        });
    operations.on<api::DeleteTopic>(
        [&sns](const CallContext& call, api::DeleteTopic::In in, api::DeleteTopic::Out) {
            return delete_topic(sns, call, in.topic_arn());
        });
    operations.on<api::ListTopics>(
        [&sns](const CallContext& call, api::ListTopics::In in, api::ListTopics::Out out) {
            return list_topics(sns, call, in, out);
        });
    operations.on<api::GetTopicAttributes>(
        [&sns](const CallContext& call, api::GetTopicAttributes::In in, api::GetTopicAttributes::Out out) {
            return get_attributes(sns, call, in, out);
        });
    operations.on<api::SetTopicAttributes>(
        [&sns](const CallContext& call, api::SetTopicAttributes::In in, api::SetTopicAttributes::Out) {
            return set_attribute(sns, call, in);
        });
    operations.on<api::AddPermission>(
        [&sns](const CallContext& call, api::AddPermission::In in, api::AddPermission::Out) {
            return add_permission(sns, call, in);
        });
    operations.on<api::RemovePermission>(
        [&sns](const CallContext& call, api::RemovePermission::In in, api::RemovePermission::Out) {
            return remove_permission(sns, call, in);
        });
    register_tags(operations, sns);
    register_protection(operations, sns);
}

}  // namespace landfall::sns
