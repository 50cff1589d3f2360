// Queues: create, delete, find, attributes, purge.
#include <algorithm>

#include "services/sqs/api.hpp"

namespace landfall::sqs {
namespace {

std::vector<NameValue> pairs_in(const wire::MapView<std::string_view>& map) {
    std::vector<NameValue> pairs;
    for (const auto [name, value] : map) pairs.emplace_back(name, value);
    return pairs;
}

template <class Out>
void put_page(const Sqs& sqs, const CallContext& call, const Paging& paging, std::vector<QueuePtr> found,
              Out out) {
    const bool more = found.size() > paging.limit;
    if (more) found.resize(paging.limit);
    for (const QueuePtr& queue : found) out.add_queue_urls(url_of(call.base_url(), queue->name));
    if (more && paging.gives_token)
        out.set_next_token(sqs.parts().tokens.seal(found.back()->name.name, paging.question));
}

/// Operations on no queue in particular are for those who have an account.
Verdict check_signed(const CallContext& call) {
    if (!call.caller.anonymous()) return {};
    return Fault{Code::access_denied, "Request is missing Authentication Token"};
}

}  // namespace

Verdict create_queue(Sqs& sqs, const CallContext& call, api::CreateQueue::In in, api::CreateQueue::Out out) {
    TRY(check_signed(call));
    QueueWork::NewQueue wanted{.name = {scope_of(call), std::string{in.queue_name()}},
                               .attributes = pairs_in(in.attributes()),
                               .tags = {}};
    for (const auto [key, value] : in.tags()) wanted.tags.push_back({std::string{key}, std::string{value}});
    const QueuePtr queue = TRY(sqs.queues().create(cause_of(call, "CreateQueue"), wanted));
    out.set_queue_url(url_of(call.base_url(), queue->name));
    return {};
}

void delete_queue(Sqs& sqs, Deferred call, api::DeleteQueue::In in, api::DeleteQueue::Out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:DeleteQueue", Open::to_owner);
    if (!queue.ok()) return call.complete(told(queue.error()));
    const state::Cause cause = cause_of(call.context(), "DeleteQueue");
    const QueueName name = (*queue)->name;
    sqs.queues().remove(cause, name,
                        [call = std::move(call)](const Verdict& done) mutable { call.complete(told(done)); });
}

Verdict list_queues(Sqs& sqs, const CallContext& call, api::ListQueues::In in, api::ListQueues::Out out) {
    TRY(check_signed(call));
    const std::string prefix{in.queue_name_prefix().value_or("")};
    const Scope scope = scope_of(call);
    const Paging paging =
        TRY(paging_of(sqs, "sqs.ListQueues\x1d" + scope.account + "\x1d" + scope.region + "\x1d" + prefix,
                      in.max_results(), in.next_token()));
    put_page(sqs, call, paging, sqs.directory().list(scope, prefix, paging.after, paging.limit + 1), out);
    return {};
}

Verdict get_queue_url(Sqs& sqs, const CallContext& call, api::GetQueueUrl::In in, api::GetQueueUrl::Out out) {
    TRY(check_signed(call));
    const QueueName name{{std::string{in.queue_owner_aws_account_id().value_or(call.account)}, call.region},
                         std::string{in.queue_name()}};
    const QueuePtr queue = sqs.directory().find(name);
    if (!queue) return no_such_queue();
    TRY(check_access(call, *queue, "sqs:GetQueueUrl", Open::by_policy));
    out.set_queue_url(url_of(call.base_url(), queue->name));
    return {};
}

Verdict get_queue_attributes(Sqs& sqs, const CallContext& call, api::GetQueueAttributes::In in,
                             api::GetQueueAttributes::Out out) {
    const QueuePtr queue =
        TRY(queue_of(sqs, call, in.queue_url(), "sqs:GetQueueAttributes", Open::by_policy));
    std::vector<std::string_view> names;
    for (const std::string_view name : in.attribute_names()) names.push_back(name);
    // A queue that is in the directory is there, also while the broker has not come to attach it.
    const messages::QueueCounts now = sqs.counts_of(*queue);
    const Live live{.arn = queue->arn,
                    .created = queue->created,
                    .modified = queue->modified,
                    .visible = now.visible,
                    .in_flight = now.in_flight,
                    .delayed = now.delayed};
    for (const auto& [name, value] : TRY(show(queue->attributes, live, names)))
        out.put_attributes(name, value);
    return {};
}

Verdict set_queue_attributes(Sqs& sqs, const CallContext& call, api::SetQueueAttributes::In in,
                             api::SetQueueAttributes::Out) {
    const QueuePtr queue = TRY(queue_of(sqs, call, in.queue_url(), "sqs:SetQueueAttributes", Open::to_owner));
    return sqs.queues().set_attributes(cause_of(call, "SetQueueAttributes"), queue->name,
                                       pairs_in(in.attributes()));
}

void purge_queue(Sqs& sqs, Deferred call, api::PurgeQueue::In in, api::PurgeQueue::Out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:PurgeQueue", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    if (const Verdict may = sqs.queues().begin_purge(**queue); !may.ok())
        return call.complete(told(may.error()));
    sqs.parts().broker.purge((*queue)->id, [call = std::move(call)](const Status& purged) mutable {
        if (purged.is(Errc::not_found)) return call.complete(told(no_such_queue()));
        call.complete(purged.ok() ? Answer::success() : Answer{told(Fault{purged.error()})});
    });
}

Verdict list_dead_letter_source_queues(Sqs& sqs, const CallContext& call,
                                       api::ListDeadLetterSourceQueues::In in,
                                       api::ListDeadLetterSourceQueues::Out out) {
    const QueuePtr queue =
        TRY(queue_of(sqs, call, in.queue_url(), "sqs:ListDeadLetterSourceQueues", Open::by_policy));
    const Paging paging = TRY(
        paging_of(sqs, "sqs.ListDeadLetterSourceQueues\x1d" + queue->arn, in.max_results(), in.next_token()));
    out.start_queue_urls();
    put_page(sqs, call, paging, sqs.directory().sources_of(queue->name, paging.after, paging.limit + 1), out);
    return {};
}

}  // namespace landfall::sqs
