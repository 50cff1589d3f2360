// Tags and permissions.
#include <algorithm>

#include "core/access/policy_edit.hpp"
#include "services/sqs/api.hpp"

namespace landfall::sqs {
namespace {

constexpr std::size_t kActionsMax = 7;
constexpr std::size_t kLabelMax = 80;
constexpr std::string_view kGrantable[] = {"*",
                                           "SendMessage",
                                           "ReceiveMessage",
                                           "DeleteMessage",
                                           "ChangeMessageVisibility",
                                           "GetQueueUrl",
                                           "GetQueueAttributes",
                                           "PurgeQueue",
                                           "ListDeadLetterSourceQueues"};

Verdict check_label(std::string_view label) {
    const bool clean =
        !label.empty() && label.size() <= kLabelMax && std::all_of(label.begin(), label.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';
        });
    if (clean) return {};
    return bad_value(label, "Label",
                     "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
                     "length");
}

Judged<std::vector<std::string>> actions_of(const wire::ListView<std::string_view>& names) {
    if (names.empty()) return missing("Actions");
    if (names.size() > kActionsMax)
        return Fault{Code::over_limit,
                     std::to_string(names.size()) + " Actions were found, maximum allowed is 7."};
    std::vector<std::string> actions;
    for (const std::string_view name : names) {
        if (std::find(std::begin(kGrantable), std::end(kGrantable), name) == std::end(kGrantable))
            return bad_value("SQS:" + std::string{name}, "ActionName",
                             "Only the queue owner is allowed to invoke this action.");
        actions.push_back("SQS:" + std::string{name});
    }
    return actions;
}

Judged<std::vector<std::string>> accounts_of(const wire::ListView<std::string_view>& ids) {
    if (ids.empty()) return missing("AWSAccountIds");
    std::vector<std::string> accounts;
    for (const std::string_view id : ids) {
        if (!is_account(id))
            return bad_value("[" + std::string{id} + "]", "PrincipalId", "Unable to verify.");
        accounts.emplace_back(id);
    }
    return accounts;
}

}  // namespace

Verdict tag_queue(Sqs& sqs, const CallContext& call, api::TagQueue::In in, api::TagQueue::Out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:TagQueue", Open::to_owner));
    Tags tags;
    for (const auto [key, value] : in.tags()) tags.push_back({std::string{key}, std::string{value}});
    return sqs.queues().set_tags(cause_of(call, "TagQueue"), queue->name, std::move(tags), {});
}

Verdict untag_queue(Sqs& sqs, const CallContext& call, api::UntagQueue::In in, api::UntagQueue::Out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:UntagQueue", Open::to_owner));
    std::vector<std::string> keys;
    for (const std::string_view key : in.tag_keys()) keys.emplace_back(key);
    return sqs.queues().set_tags(cause_of(call, "UntagQueue"), queue->name, {}, std::move(keys));
}

Verdict list_queue_tags(Sqs& sqs, const CallContext& call, api::ListQueueTags::In in,
                        api::ListQueueTags::Out out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:ListQueueTags", Open::to_owner));
    for (const state::Tag& tag : TRY(sqs.queues().tags(queue->name))) out.put_tags(tag.key, tag.value);
    return {};
}

Verdict add_permission(Sqs& sqs, const CallContext& call, api::AddPermission::In in,
                       api::AddPermission::Out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:AddPermission", Open::to_owner));
    TRY(check_label(in.label()));
    const std::vector<std::string> accounts = TRY(accounts_of(in.aws_account_ids()));
    const std::vector<std::string> actions = TRY(actions_of(in.actions()));
    const std::string policy_id = queue->arn + "/SQSDefaultPolicy";
    return sqs.queues().edit_policy(
        cause_of(call, "AddPermission"), queue->name, [&](const std::string& present) -> Judged<std::string> {
            auto changed = access::with_permission(present, {.sid = in.label(),
                                                             .accounts = accounts,
                                                             .actions = actions,
                                                             .resource = queue->arn,
                                                             .policy_id = policy_id});
            if (changed.is(Errc::already_exists)) return bad_value(in.label(), "Label", "Already exists.");
            return TRY(std::move(changed));
        });
}

Verdict remove_permission(Sqs& sqs, const CallContext& call, api::RemovePermission::In in,
                          api::RemovePermission::Out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:RemovePermission", Open::to_owner));
    return sqs.queues().edit_policy(cause_of(call, "RemovePermission"), queue->name,
                                    [&](const std::string& present) -> Judged<std::string> {
                                        auto changed = access::without_permission(present, in.label());
                                        if (changed.is(Errc::not_found))
                                            return bad_value(in.label(), "Label", "can't find label.");
                                        return TRY(std::move(changed));
                                    });
}

}  // namespace landfall::sqs
