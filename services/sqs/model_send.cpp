#include "services/sqs/model_send.hpp"

#include <algorithm>
#include <set>

namespace landfall::sqs {
namespace {

constexpr std::int32_t kDelayMax = 900;
constexpr std::int32_t kVisibilityMax = 43'200;
constexpr std::int32_t kWaitMax = 20;
constexpr std::int32_t kReceiveMax = 10;
constexpr std::size_t kEntriesMax = 10;
constexpr std::size_t kEntryIdMax = 80;
constexpr std::string_view kWrongKind =
    "The request include parameter that is not valid for this queue type.";

Verdict check_size(Bytes size, const Attributes& queue, Within within) {
    if (size.count <= queue.message_max) return {};
    const std::string_view start = within == Within::batch ? "One or more parameters cannot be validated."
                                                           : "One or more parameters are invalid.";
    return Fault{Code::invalid_parameter_value, std::string{start} +
                                                    " Reason: Message must be shorter than " +
                                                    std::to_string(queue.message_max) + " bytes."};
}

Verdict check_delay(const Attributes& queue, std::optional<std::int32_t> delay) {
    if (!delay) return {};
    if (*delay < 0 || *delay > kDelayMax)
        return bad_value(std::to_string(*delay), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
    if (queue.kind == Kind::fifo && *delay != 0)
        return bad_value(std::to_string(*delay), "DelaySeconds", kWrongKind);
    return {};
}

Verdict check_fifo(const Attributes& queue, const Draft& draft) {
    if (draft.group) TRY(check_token(*draft.group, "MessageGroupId"));
    if (draft.dedup) TRY(check_token(*draft.dedup, "MessageDeduplicationId"));
    if (queue.kind == Kind::standard) {
        if (draft.dedup)
            return bad_value(*draft.dedup, "MessageDeduplicationId",
                             "The request includes a parameter that is not valid for this queue type.");
        return {};
    }
    if (!draft.group) return missing("MessageGroupId");
    if (!draft.dedup && queue.content_dedup == ContentDedup::off)
        return Fault{Code::invalid_parameter_value,
                     "The queue should either have ContentBasedDeduplication enabled or "
                     "MessageDeduplicationId provided "
                     "explicitly"};
    return {};
}

bool is_entry_id(std::string_view id) {
    return !id.empty() && id.size() <= kEntryIdMax && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

}  // namespace

Judged<Accepted> accept(const Attributes& queue, const Draft& draft, std::string_view sender_id,
                        messages::MessageId id, Within within) {
    TRY(check_body(draft.body));
    Headers headers;
    headers.attributes = TRY(check_attributes(draft.attributes));
    headers.trace_header = TRY(check_system_attributes(draft.system_attributes));
    Accepted accepted;
    accepted.size = size_of(draft.body, headers.attributes);
    TRY(check_size(accepted.size, queue, within));
    TRY(check_delay(queue, draft.delay));
    TRY(check_fifo(queue, draft));

    accepted.body = headers.body_digest = md5(draft.body);
    headers.sender_id = sender_id;
    if (!headers.attributes.empty())
        accepted.attributes = headers.attribute_digest = digest_of(headers.attributes);
    if (!headers.trace_header.empty()) accepted.system = digest_of_trace(headers.trace_header);
    messages::NewMessage& message = accepted.message;
    message.id = id;
    message.lent_body = draft.body;
    message.headers = encode_headers(headers);
    message.group = draft.group.value_or("");
    if (queue.kind == Kind::fifo) {
        message.dedup_id = draft.dedup ? std::string{*draft.dedup} : sha256(draft.body).hex();
    } else if (draft.delay) {
        message.delay = std::chrono::seconds{*draft.delay};
    }
    return accepted;
}

Bytes size_of(const Draft& draft) {
    std::size_t size = draft.body.size();
    for (const AttributeDraft& a : draft.attributes)
        size += a.name.size() + a.type.size() + a.text.value_or("").size() + a.binary.value_or("").size();
    return Bytes{size};
}

Verdict check_batch(const std::vector<std::string_view>& ids, std::string_view entry) {
    if (ids.empty())
        return Fault{Code::empty_batch_request,
                     "There should be at least one " + std::string{entry} + " in the request."};
    if (ids.size() > kEntriesMax)
        return Fault{Code::too_many_entries, "Maximum number of entries per request are 10. You have sent " +
                                                 std::to_string(ids.size()) + "."};
    for (const std::string_view id : ids)
        if (!is_entry_id(id))
            return Fault{Code::invalid_batch_entry_id,
                         "A batch entry id can only contain alphanumeric characters, hyphens and "
                         "underscores. It can be "
                         "at most 80 letters long."};
    std::set<std::string_view> seen;
    for (const std::string_view id : ids)
        if (!seen.insert(id).second)
            return Fault{Code::batch_entry_ids_not_distinct, "Id " + std::string{id} + " repeated."};
    return {};
}

Verdict check_batch_size(Bytes size) {
    if (size <= kBatchBytesMax) return {};
    return Fault{Code::batch_request_too_long,
                 "Batch requests cannot be longer than 1048576 bytes. You have sent " +
                     std::to_string(size.count) + " bytes."};
}

Judged<Duration> accept_visibility(std::int32_t seconds) {
    if (seconds < 0 || seconds > kVisibilityMax)
        return bad_value(std::to_string(seconds), "VisibilityTimeout",
                         "Must be between 0 and 43200, if provided.");
    return Duration{std::chrono::seconds{seconds}};
}

Judged<messages::Receive> accept_receive(const Attributes& queue, messages::QueueId id,
                                         const ReceiveOrder& order) {
    messages::Receive receive;
    receive.queue = id;
    const std::int32_t max = order.max.value_or(1);
    if (max < 1 || max > kReceiveMax)
        return bad_value(std::to_string(max), "MaxNumberOfMessages",
                         "Must be between 1 and 10, if provided.");
    receive.max = static_cast<std::uint32_t>(max);
    const std::int32_t wait = order.wait.value_or(static_cast<std::int32_t>(queue.wait));
    if (wait < 0 || wait > kWaitMax)
        return bad_value(std::to_string(wait), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
    receive.wait = std::chrono::seconds{wait};
    if (order.visibility) receive.visibility = TRY(accept_visibility(*order.visibility));
    if (order.attempt_id) {
        TRY(check_token(*order.attempt_id, "ReceiveRequestAttemptId"));
        if (queue.kind != Kind::fifo)
            return bad_value(*order.attempt_id, "ReceiveRequestAttemptId", kWrongKind);
        receive.attempt_id = *order.attempt_id;
    }
    return receive;
}

Verdict verdict_of(messages::ReceiptFault fault, std::string_view handle, std::int64_t visibility) {
    using messages::ReceiptFault;
    switch (fault) {
        case ReceiptFault::none: return {};
        case ReceiptFault::unknown:
            return Fault{
                Code::receipt_handle_is_invalid,
                "The input receipt handle \"" + std::string{handle} + "\" is not a valid receipt handle."};
        case ReceiptFault::expired:
            return bad_value(handle, "ReceiptHandle", "The receipt handle has expired.");
        case ReceiptFault::not_in_flight:
            return bad_value(handle, "ReceiptHandle",
                             "Message does not exist or is not available for visibility timeout change.");
        case ReceiptFault::too_long:
            return bad_value(std::to_string(visibility), "VisibilityTimeout",
                             "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }
    return {};
}

}  // namespace landfall::sqs
