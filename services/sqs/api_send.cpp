// SendMessage and its batch. Nothing here blocks: the broker answers when the messages are durable.
#include "services/sqs/api.hpp"

namespace landfall::sqs {
namespace {

template <class Value>
std::vector<AttributeDraft> drafts_in(const wire::MapView<Value>& map) {
    std::vector<AttributeDraft> drafts;
    drafts.reserve(map.size());
    for (const auto [name, value] : map) {
        AttributeDraft draft{
            .name = name, .type = value.data_type(), .text = value.string_value(), .binary = {}};
        if (const auto bytes = value.binary_value()) draft.binary = text_of(*bytes);
        drafts.push_back(draft);
    }
    return drafts;
}

/// Of SendMessageRequest and of a batch's entry, whose members have the same names.
template <class In>
Draft draft_in(In in) {
    return {.body = in.message_body(),
            .delay = in.delay_seconds(),
            .attributes = drafts_in(in.message_attributes()),
            .system_attributes = drafts_in(in.message_system_attributes()),
            .group = in.message_group_id(),
            .dedup = in.message_deduplication_id()};
}

messages::MessageId new_id(Random& random) {
    messages::MessageId id{};
    random.fill(std::as_writable_bytes(std::span{id}));
    id[6] = static_cast<std::uint8_t>((id[6] & 0x0FU) | 0x40U);
    id[8] = static_cast<std::uint8_t>((id[8] & 0x3FU) | 0x80U);
    return id;
}

std::string_view sender_of(const CallContext& call) {
    return call.caller.anonymous() ? std::string_view{"anonymous"} : std::string_view{call.caller.user_id};
}

/// What an answer tells beside what the broker says.
struct Digests {
    Md5 body;
    std::optional<Md5> attributes;
    std::optional<Md5> system;
};

std::string_view text_in(const std::array<char, 2 * Md5::kSize>& hex) { return {hex.data(), hex.size()}; }

template <class Out>
void put_digests(Out out, const Digests& digests) {
    out.set_md5_of_message_body(text_in(digests.body.hex_text()));
    if (digests.attributes) out.set_md5_of_message_attributes(text_in(digests.attributes->hex_text()));
    if (digests.system) out.set_md5_of_message_system_attributes(text_in(digests.system->hex_text()));
}

template <class Out>
void put_sent(Out out, const messages::Sent& sent, Kind kind) {
    out.set_message_id(uuid_text(sent.id));
    if (kind == Kind::fifo) out.set_sequence_number(sequence_text(sent.sequence.value));
}

Fault told_send(const Error& error) {
    return error.code() == Errc::not_found ? no_such_queue() : Fault{error};
}

messages::Send send_of(Accepted& accepted, messages::QueueId queue) {
    messages::Send send;
    send.message = std::move(accepted.message);
    send.targets.push_back({.queue = queue, .wrapping = {}});
    return send;
}

/// One entry of a batch: refused before the broker saw it, or its place among the sends.
struct Entry {
    std::string_view id;
    std::optional<Fault> refused;
    Digests digests;
    std::size_t at = 0;
};

void answer_batch(const std::vector<Entry>& entries, const std::vector<Result<messages::Sent>>& results,
                  Kind kind, api::SendMessageBatch::Out out) {
    out.start_successful();
    out.start_failed();
    for (const Entry& entry : entries) {
        if (entry.refused) {
            put_failure(out, entry.id, *entry.refused);
        } else if (const auto& result = results[entry.at]; !result.ok()) {
            put_failure(out, entry.id, told_send(result.error()));
        } else {
            auto put = out.add_successful();
            put.set_id(entry.id);
            put_digests(put, entry.digests);
            put_sent(put, *result, kind);
        }
    }
}

}  // namespace

void send_message(Sqs& sqs, Deferred call, api::SendMessage::In in, api::SendMessage::Out out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:SendMessage", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    const Attributes& attributes = (*queue)->attributes;
    auto accepted =
        accept(attributes, draft_in(in), sender_of(call.context()), new_id(sqs.ids()), Within::single);
    if (!accepted.ok()) return call.complete(told(accepted.error()));
    put_digests(out, {accepted->body, accepted->attributes, accepted->system});
    sqs.parts().broker.send(
        send_of(*accepted, (*queue)->id),
        [call = std::move(call), out, kind = attributes.kind](const Result<messages::Sent>& sent) mutable {
            if (!sent.ok()) return call.complete(told(told_send(sent.error())));
            put_sent(out, *sent, kind);
            call.complete(Answer::success());
        });
}

void send_message_batch(Sqs& sqs, Deferred call, api::SendMessageBatch::In in,
                        api::SendMessageBatch::Out out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:SendMessage", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    const Attributes& attributes = (*queue)->attributes;
    std::vector<std::string_view> ids;
    for (const auto entry : in.entries()) ids.push_back(entry.id());
    if (const Verdict good = check_batch(ids, "SendMessageBatchRequestEntry"); !good.ok())
        return call.complete(told(good.error()));

    std::vector<Draft> drafts;
    Bytes total;
    for (const auto entry : in.entries()) total += size_of(drafts.emplace_back(draft_in(entry)));
    if (const Verdict good = check_batch_size(total); !good.ok()) return call.complete(told(good.error()));
    std::vector<Entry> entries;
    std::vector<messages::Send> sends;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        Entry& entry = entries.emplace_back();
        entry.id = ids[i];
        auto accepted =
            accept(attributes, drafts[i], sender_of(call.context()), new_id(sqs.ids()), Within::batch);
        if (!accepted.ok()) {
            entry.refused = accepted.error();
            continue;
        }
        entry.digests = {accepted->body, accepted->attributes, accepted->system};
        entry.at = sends.size();
        sends.push_back(send_of(*accepted, (*queue)->id));
    }
    if (sends.empty()) {
        answer_batch(entries, {}, attributes.kind, out);
        return call.complete(Answer::success());
    }
    sqs.parts().broker.send(
        std::move(sends), [call = std::move(call), out, kind = attributes.kind, entries = std::move(entries)](
                              const std::vector<Result<messages::Sent>>& results) mutable {
            answer_batch(entries, results, kind, out);
            call.complete(Answer::success());
        });
}

}  // namespace landfall::sqs
