// Publish and PublishBatch: checked here, answered when the broker has them on stable storage.
#include <memory>

#include "services/sns/api.hpp"

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
Judged<std::string_view> target_of(api::Publish::In in) {
    const std::optional<std::string_view> target = in.target_arn();
    if (in.phone_number())
        return invalid("PhoneNumber Reason: " + std::string{*in.phone_number()} +
                       " is not valid to publish to");
    if (!in.topic_arn() && target && target->find(":endpoint/") != std::string_view::npos)
        return invalid("TargetArn Reason: No endpoint found for the target arn specified");
    if (in.topic_arn() && target)
        return invalid("TopicArn or TargetArn Reason: both are given, one is needed");
    if (!in.topic_arn() && !target)
        return invalid("TopicArn or TargetArn Reason: no value for required parameter");
    return in.topic_arn() ? *in.topic_arn() : *target;
}

Judged<Publication> publication_of(Sns& sns, const CallContext& call, api::Publish::In in) {
    Message message = TRY(check(draft_in(in)));
    TRY(check_size(message));
    const std::string_view arn = TRY(target_of(in));
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

void publish(Sns& sns, wire::Deferred deferred, api::Publish::In in, api::Publish::Out out) {
    auto publication = publication_of(sns, deferred.context(), in);
    if (!publication.ok()) return deferred.complete(api_error_of(publication.error()));
    auto waiting =
        std::make_unique<Waiting<api::Publish::Out>>(Waiting<api::Publish::Out>{std::move(deferred), out});
    sns.publisher().publish(std::move(publication).value(),
                            [waiting = std::move(waiting)](std::vector<Judged<Published>> published) mutable {
                                const auto& one = published.front();
                                if (!one.ok()) return waiting->call.complete(api_error_of(one.error()));
                                waiting->out.set_message_id(one->message_id);
                                if (!one->sequence_number.empty())
                                    waiting->out.set_sequence_number(one->sequence_number);
                                waiting->call.complete(Answer::success());
                            });
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
        const bool inner = fault.code == FaultCode::inner;
        auto entry = out.add_failed();
        entry.set_id(ids[i]);
        entry.set_code(code_of(fault));
        entry.set_message(inner ? "The message could not be stored; try again." : fault.message);
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
