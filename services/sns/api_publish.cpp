// Publish and PublishBatch: checked here, answered when the broker has them on stable storage.
#include <memory>

#include "services/sns/api.hpp"
#include "services/sns/work_delivery.hpp"

namespace landfall::sns {
namespace {

std::vector<AttributeDraft> drafts_in(wire::MapView<api::in::MessageAttributeValue> map) {
    std::vector<AttributeDraft> drafts;
    for (const auto [name, value] : map) {
        AttributeDraft draft{
            .name = name, .type = value.data_type(), .text = value.string_value(), .binary = {}};
        if (const auto bytes = value.binary_value()) draft.binary = landfall::text_of(*bytes);
        drafts.push_back(draft);
    }
    return drafts;
}

template <class In>
MessageDraft draft_in(const In& in) {
    return {.text = in.message(),
            .subject = in.subject(),
            .structure = in.message_structure(),
            .group = in.message_group_id(),
            .dedup_id = in.message_deduplication_id(),
            .attributes = drafts_in(in.message_attributes())};
}

/// The topic that a Publish names, by TopicArn or TargetArn.
Judged<std::string_view> topic_named(api::Publish::In in) {
    if (in.topic_arn() && in.target_arn())
        return invalid("TopicArn or TargetArn Reason: both are given, one is needed");
    if (!in.topic_arn() && !in.target_arn())
        return invalid("TopicArn or TargetArn Reason: no value for required parameter");
    return in.topic_arn() ? *in.topic_arn() : *in.target_arn();
}

bool is_direct(api::Publish::In in) {
    return in.phone_number() ||
           (!in.topic_arn() && in.target_arn() && !platform_of(*in.target_arn()).empty());
}

/// A mobile endpoint that may be pushed to, or a phone number.
Judged<Publisher::Direct> direct_of(Sns& sns, const CallContext& call, api::Publish::In in) {
    Publisher::Direct direct{.place = {call.account, call.region, {}},
                             .protocol = Protocol::sms,
                             .base_url = call.base_url(),
                             .sender = call.caller.user_id};
    std::string arn = "*";
    if (in.phone_number()) {
        if (in.topic_arn() || in.target_arn() || !is_phone_number(*in.phone_number()))
            return invalid("PhoneNumber Reason: " + std::string{*in.phone_number()} +
                           " is not valid to publish to");
        direct.target = "sms/" + std::string{*in.phone_number()};
    } else {
        arn = *in.target_arn();
        direct.protocol = Protocol::application;
        direct.target = arn_parts(arn)->resource;
    }
    const auto decision =
        access::decide(access::CallFacts{call}.ask("sns:Publish", arn, call.account), nullptr);
    if (call.caller.anonymous() || !decision.allowed())
        return Fault{FaultCode::authorization,
                     "User: " + (call.caller.anonymous() ? "anonymous" : call.caller.arn) +
                         " is not authorized to perform: SNS:Publish on resource: " + arn};
    if (!in.phone_number()) TRY(check_push_target(sns, call, arn));
    const std::string reason = sns.delivery().why_not(direct.protocol);
    if (!reason.empty())
        return invalid((in.phone_number() ? "PhoneNumber Reason: " : "TargetArn Reason: ") + reason);
    return direct;
}

Judged<Publication> publication_of(Sns& sns, const CallContext& call, api::Publish::In in) {
    Message message = TRY(check(draft_in(in)));
    TRY(check_size(message));
    const std::string_view arn = TRY(topic_named(in));
    const TopicName name = TRY(topic_of(call, arn));
    const Topic topic = TRY(allowed_topic(sns, call, name, "sns:Publish"));
    TRY(check_order(message, topic.order(), topic.content_dedup()));
    Publication publication{
        .topic = name, .messages = {}, .base_url = call.base_url(), .sender = call.caller.user_id};
    publication.messages.push_back(std::move(message));
    return publication;
}

/// A call and its output, together until the answer.
template <class Out>
struct Waiting {
    wire::Deferred call;
    Out out;
};

/// Answers with what became of the one message.
PublishDone answering(wire::Deferred deferred, api::Publish::Out out) {
    auto waiting =
        std::make_unique<Waiting<api::Publish::Out>>(Waiting<api::Publish::Out>{std::move(deferred), out});
    return [waiting = std::move(waiting)](std::vector<Judged<Published>> published) mutable {
        const auto& one = published.front();
        if (!one.ok()) return waiting->call.complete(api_error_of(one.error()));
        waiting->out.set_message_id(one->message_id);
        if (!one->sequence_number.empty()) waiting->out.set_sequence_number(one->sequence_number);
        waiting->call.complete(Answer::success());
    };
}

/// check()ed, of the right size, for no topic.
Judged<Message> direct_message(api::Publish::In in) {
    Message message = TRY(check(draft_in(in)));
    TRY(check_size(message));
    return message;
}

void publish_direct(Sns& sns, wire::Deferred deferred, api::Publish::In in, api::Publish::Out out) {
    auto message = direct_message(in);
    if (!message.ok()) return deferred.complete(api_error_of(message.error()));
    const auto direct = direct_of(sns, deferred.context(), in);
    if (!direct.ok()) return deferred.complete(api_error_of(direct.error()));
    sns.publisher().publish_direct(*direct, std::move(message).value(), answering(std::move(deferred), out));
}

void publish(Sns& sns, wire::Deferred deferred, api::Publish::In in, api::Publish::Out out) {
    if (is_direct(in)) return publish_direct(sns, std::move(deferred), in, out);
    auto publication = publication_of(sns, deferred.context(), in);
    if (!publication.ok()) return deferred.complete(api_error_of(publication.error()));
    sns.publisher().publish(std::move(publication).value(), answering(std::move(deferred), out));
}

Judged<Publication> publication_of(Sns& sns, const CallContext& call, api::PublishBatch::In in) {
    std::vector<std::string_view> ids;
    for (const auto entry : in.publish_batch_request_entries()) ids.push_back(entry.id());
    TRY(check_batch_ids(ids));
    const TopicName name = TRY(topic_of(call, in.topic_arn()));
    const Topic topic = TRY(allowed_topic(sns, call, name, "sns:Publish"));
    Publication publication{
        .topic = name, .messages = {}, .base_url = call.base_url(), .sender = call.caller.user_id};
    Bytes total;
    for (const auto entry : in.publish_batch_request_entries()) {
        Message message = TRY(check(draft_in(entry)));
        TRY(check_order(message, topic.order(), topic.content_dedup()));
        total += message.size();
        publication.messages.push_back(std::move(message));
    }
    TRY(check_batch_size(total));
    return publication;
}

void answer_batch(api::PublishBatch::Out out, const std::vector<std::string>& ids,
                  const std::vector<Judged<Published>>& published) {
    out.start_successful();
    out.start_failed();
    for (std::size_t i = 0; i < published.size(); ++i) {
        if (published[i].ok()) {
            auto entry = out.add_successful();
            entry.set_id(ids[i]);
            entry.set_message_id(published[i]->message_id);
            if (!published[i]->sequence_number.empty())
                entry.set_sequence_number(published[i]->sequence_number);
            continue;
        }
        const Fault& fault = published[i].error();
        const bool inner = fault.code() == FaultCode::inner;
        auto entry = out.add_failed();
        entry.set_id(ids[i]);
        entry.set_code(code_of(fault));
        entry.set_message(inner ? "The message could not be stored; try again." : fault.message());
        entry.set_sender_fault(!inner);
    }
}

void publish_batch(Sns& sns, wire::Deferred deferred, api::PublishBatch::In in, api::PublishBatch::Out out) {
    auto publication = publication_of(sns, deferred.context(), in);
    if (!publication.ok()) return deferred.complete(api_error_of(publication.error()));
    std::vector<std::string> ids;
    for (const auto entry : in.publish_batch_request_entries()) ids.emplace_back(entry.id());
    auto waiting = std::make_unique<Waiting<api::PublishBatch::Out>>(
        Waiting<api::PublishBatch::Out>{std::move(deferred), out});
    sns.publisher().publish(std::move(publication).value(),
                            [waiting = std::move(waiting),
                             ids = std::move(ids)](std::vector<Judged<Published>> published) mutable {
                                answer_batch(waiting->out, ids, published);
                                waiting->call.complete(Answer::success());
                            });
}

}  // namespace

void register_publish(Operations& operations, Sns& sns) {
    // On a worker: a signature takes most of a millisecond.
    operations.registry().on_deferred<api::Publish>(
        wire::Runs::worker, [&sns](wire::Deferred call, api::Publish::In in, api::Publish::Out out) {
            publish(sns, std::move(call), in, out);
        });
    operations.registry().on_deferred<api::PublishBatch>(
        wire::Runs::worker,
        [&sns](wire::Deferred call, api::PublishBatch::In in, api::PublishBatch::Out out) {
            publish_batch(sns, std::move(call), in, out);
        });
    // A policy may let everybody publish.
    operations.registry().serve_unsigned<api::Publish>();
}

}  // namespace landfall::sns
