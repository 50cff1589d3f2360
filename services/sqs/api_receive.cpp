// ReceiveMessage: a receive that waits holds no thread; it is parked in the broker and woken by a commit.
#include <algorithm>

#include "services/sqs/api.hpp"
#include "services/sqs/model_handle.hpp"

namespace landfall::sqs {
namespace {

/// What the request wants to see of each message.
struct Wanted {
    AttributeFilter attributes;
    SystemAttributes system;
};

Judged<Wanted> wanted_in(const api::ReceiveMessage::In& in) {
    Wanted wanted;
    for (const std::string_view name : in.attribute_names()) TRY(wanted.system.add(name));
    for (const std::string_view name : in.message_system_attribute_names()) TRY(wanted.system.add(name));
    for (const std::string_view name : in.message_attribute_names()) wanted.attributes.add(name);
    return wanted;
}

/// A message as its consumer sees it, whoever wrote it.
struct Seen {
    std::string_view body;
    Md5 body_digest;
    std::string sender_id;
    std::string trace_header;
    std::vector<MessageAttribute> attributes;
    std::optional<Md5> attribute_digest;  ///< of all attributes, where it is known
    std::string rendered;                 ///< what `body` views, of a wrapped message
};

Result<Seen> seen_of(const messages::Received& message, const MessageRenderer& renderer) {
    Seen seen;
    if (message.wrapping.empty()) {
        Headers headers = TRY(decode_headers(message.headers));
        seen.body = message.body;
        seen.body_digest = headers.body_digest;
        seen.sender_id = std::move(headers.sender_id);
        seen.trace_header = std::move(headers.trace_header);
        seen.attributes = std::move(headers.attributes);
        seen.attribute_digest = headers.attribute_digest;
        return seen;
    }
    Rendered rendered = TRY(renderer.render({.wrapping = message.wrapping,
                                             .headers = message.headers,
                                             .body = message.body,
                                             .id = message.id,
                                             .sent = message.sent}));
    seen.rendered = std::move(rendered.body);
    seen.body_digest = md5(seen.rendered);
    seen.sender_id = std::move(rendered.sender_id);
    seen.trace_header = std::move(rendered.trace_header);
    seen.attributes = std::move(rendered.attributes);
    std::sort(seen.attributes.begin(), seen.attributes.end(),
              [](const MessageAttribute& a, const MessageAttribute& b) { return a.name < b.name; });
    return seen;
}

void put_user_attributes(api::out::Message out, Seen& seen, const AttributeFilter& filter) {
    if (filter.takes_none() || seen.attributes.empty()) return;
    const std::size_t all = seen.attributes.size();
    std::erase_if(seen.attributes, [&](const MessageAttribute& a) { return !filter.takes(a.name); });
    if (seen.attributes.empty()) return;
    for (const MessageAttribute& a : seen.attributes) {
        auto put = out.put_message_attributes(a.name);
        put.set_data_type(a.type);
        if (a.kind == ValueKind::binary)
            put.set_binary_value(bytes_of(a.value));
        else
            put.set_string_value(a.value);
    }
    // Clients verify the digest over what they got.
    const bool whole = seen.attributes.size() == all && seen.attribute_digest.has_value();
    out.set_md5_of_message_attributes((whole ? *seen.attribute_digest : digest_of(seen.attributes)).hex());
}

std::string millis(Instant at) { return std::to_string(at.ns / 1'000'000); }

void put_system_attributes(api::out::Message out, const messages::Received& message, const Seen& seen,
                           const SystemAttributes& wanted, const Queue& queue, const Directory& directory) {
    const auto put = [&](SystemAttribute which, const std::string& value) {
        if (wanted.has(which) && !value.empty()) out.put_attributes(name_of(which), value);
    };
    put(SystemAttribute::sender_id, seen.sender_id);
    put(SystemAttribute::sent_timestamp, millis(message.sent));
    put(SystemAttribute::receive_count, std::to_string(message.receive_count));
    put(SystemAttribute::first_receive, millis(message.first_received));
    put(SystemAttribute::group_id, message.group);
    put(SystemAttribute::trace_header, seen.trace_header);
    if (queue.attributes.kind == Kind::fifo) {
        put(SystemAttribute::deduplication_id, message.dedup_id);
        put(SystemAttribute::sequence_number, sequence_text(message.receipt.sequence.value));
    }
    if (!message.dead_letter_source) return;
    if (const QueuePtr source = directory.find(*message.dead_letter_source))
        put(SystemAttribute::dead_letter_source, source->arn);
}

/// One receive on its way: what its answer needs, wherever it comes.
struct Under {
    Sqs* sqs;
    QueuePtr queue;
    Wanted wanted;
    Polls::PollPtr poll;  ///< nullptr: it does not wait

    /// Messages that nobody will see are visible again at once, not only after their timeout.
    void give_back(const std::vector<messages::Received>& messages) const {
        std::vector<messages::VisibilityChange> changes;
        for (const messages::Received& message : messages)
            changes.push_back({.receipt = message.receipt, .visibility = Duration::zero()});
        if (!changes.empty())
            sqs->parts().broker.change_visibility(std::move(changes),
                                                  [](const Result<std::vector<messages::ReceiptFault>>&) {});
    }

    Answer answer(const Result<std::vector<messages::Received>>& received,
                  api::ReceiveMessage::Out out) const {
        if (received.is(Errc::cancelled) && poll) return Answer::success();
        if (received.is(Errc::not_found)) return told(no_such_queue());
        if (received.is(Errc::exhausted))
            return told(Fault{Code::over_limit, "Too many messages in flight for this queue."});
        if (!received.ok()) return told(Fault{received.error()});
        std::optional<Error> unreadable;
        std::size_t shown = 0;
        for (const messages::Received& message : *received) {
            auto seen = seen_of(message, sqs->parts().renderer);
            if (!seen.ok()) {
                unreadable = std::move(seen).error();
                continue;
            }
            if (!message.wrapping.empty()) seen->body = seen->rendered;
            put(message, *seen, out.add_messages());
            ++shown;
        }
        // One bad message must not hide the good ones; alone it must not look like an empty queue.
        if (shown == 0 && unreadable) return told(Fault{*unreadable});
        return Answer::success();
    }

    void put(const messages::Received& message, Seen& seen, api::out::Message out) const {
        out.set_message_id(uuid_text(message.id));
        out.set_receipt_handle(handle_of(message.receipt));
        out.set_body(seen.body);
        out.set_md5_of_body(seen.body_digest.hex());
        put_system_attributes(out, message, seen, wanted.system, *queue, sqs->directory());
        put_user_attributes(out, seen, wanted.attributes);
    }
};

}  // namespace

void receive_message(Sqs& sqs, Deferred call, api::ReceiveMessage::In in, api::ReceiveMessage::Out out) {
    auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:ReceiveMessage", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    auto receive = accept_receive((*queue)->attributes, (*queue)->id,
                                  {.max = in.max_number_of_messages(),
                                   .wait = in.wait_time_seconds(),
                                   .visibility = in.visibility_timeout(),
                                   .attempt_id = in.receive_request_attempt_id()});
    if (!receive.ok()) return call.complete(told(receive.error()));
    auto wanted = wanted_in(in);
    if (!wanted.ok()) return call.complete(told(wanted.error()));

    Polls::PollPtr poll = receive->wait > Duration::zero() ? sqs.polls().open() : nullptr;
    if (!poll) receive->wait = Duration::zero();
    if (poll) call.on_client_gone([&sqs, poll] { sqs.polls().client_left(*poll); });
    Under under{&sqs, *std::move(queue), *std::move(wanted), poll};
    const messages::PollId id = sqs.parts().broker.receive(
        *std::move(receive), [call = std::move(call), out, under = std::move(under)](
                                 const Result<std::vector<messages::Received>>& received) mutable {
            if (under.poll) {
                under.sqs->polls().close(under.poll);
                if (under.poll->gone.load() && received.ok()) {
                    under.give_back(*received);
                    return call.complete(Answer::success());
                }
            }
            call.complete(under.answer(received, out));
        });
    if (poll) sqs.polls().parked(*poll, id);
}

}  // namespace landfall::sqs
