#include "services/sqs/api.hpp"

namespace landfall::sqs {
namespace {

struct CodeRow {
    Code code;
    wire::ErrorCode wire;
    std::string_view entry;  ///< as a failed entry of a batch spells it
};

const CodeRow& row_of(Code code) {
    using wire::common_code;
    using wire::CommonError;
    static constexpr CodeRow kRows[] = {
        {Code::access_denied, common_code(CommonError::access_denied), "AccessDenied"},
        {Code::batch_entry_ids_not_distinct, errors::kBatchEntryIdsNotDistinct, "BatchEntryIdsNotDistinct"},
        {Code::batch_request_too_long, errors::kBatchRequestTooLong, "BatchRequestTooLong"},
        {Code::empty_batch_request, errors::kEmptyBatchRequest, "EmptyBatchRequest"},
        {Code::internal, common_code(CommonError::internal), "InternalError"},
        {Code::invalid_address, errors::kInvalidAddress, "InvalidAddress"},
        {Code::invalid_attribute_name, errors::kInvalidAttributeName, "InvalidAttributeName"},
        {Code::invalid_attribute_value, errors::kInvalidAttributeValue, "InvalidAttributeValue"},
        {Code::invalid_batch_entry_id, errors::kInvalidBatchEntryId, "InvalidBatchEntryId"},
        {Code::invalid_message_contents, errors::kInvalidMessageContents, "InvalidMessageContents"},
        {Code::invalid_parameter_value, errors::kInvalidParameterValue, "InvalidParameterValue"},
        {Code::message_not_inflight, errors::kMessageNotInflight,
         "AWS.SimpleQueueService.MessageNotInflight"},
        {Code::missing_parameter, errors::kMissingParameter, "MissingParameter"},
        {Code::over_limit, errors::kOverLimit, "OverLimit"},
        {Code::purge_queue_in_progress, errors::kPurgeQueueInProgress, "PurgeQueueInProgress"},
        {Code::queue_deleted_recently, errors::kQueueDeletedRecently, "QueueDeletedRecently"},
        {Code::queue_does_not_exist, errors::kQueueDoesNotExist, "AWS.SimpleQueueService.NonExistentQueue"},
        {Code::queue_name_exists, errors::kQueueNameExists, "QueueAlreadyExists"},
        {Code::receipt_handle_is_invalid, errors::kReceiptHandleIsInvalid, "ReceiptHandleIsInvalid"},
        {Code::resource_not_found, errors::kResourceNotFoundException, "ResourceNotFoundException"},
        {Code::too_many_entries, errors::kTooManyEntriesInBatchRequest, "TooManyEntriesInBatchRequest"},
        {Code::unavailable, common_code(CommonError::unavailable), "ServiceUnavailable"},
        {Code::unsupported_operation, errors::kUnsupportedOperation, "UnsupportedOperation"},
    };
    for (const CodeRow& row : kRows)
        if (row.code == code) return row;
    return kRows[4];
}

}  // namespace

ApiError told(const Fault& fault) {
    ApiError error{.code = row_of(fault.code()).wire, .message = fault.message()};
    if (fault.cause()) error.cause = fault.cause()->message();
    return error;
}

Answer told(const Verdict& verdict) {
    if (verdict.ok()) return Answer::success();
    return told(verdict.error());
}

std::string_view entry_code(Code code) { return row_of(code).entry; }

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    state::Cause cause;
    cause.actor = call.caller.arn;
    cause.key_id = call.caller.access_key;
    cause.source_ip = call.source_ip;
    cause.request_id = call.request_id;
    cause.service = "sqs";
    cause.operation = operation;
    return cause;
}

Verdict check_access(const CallContext& call, const Queue& queue, std::string_view action, Open open) {
    const std::string& owner = queue.name.scope.account;
    const bool own = call.caller.account == owner;
    // What an identity of the owner may do, the gateway has asked; only a policy can change it.
    if (own && !queue.policy) return {};
    if (open == Open::to_owner && !own)
        return Fault{Code::access_denied,
                     "Access to the resource " + url_of(call.base_url(), queue.name) + " is denied."};
    const access::CallFacts caller{call};
    const access::Decision decision =
        access::decide(caller.ask(action, queue.arn, owner), queue.policy ? &*queue.policy : nullptr);
    if (decision.allowed()) return {};
    return Fault{Code::access_denied, decision.reason};
}

Judged<QueuePtr> queue_of(const Sqs& sqs, const CallContext& call, std::string_view url,
                          std::string_view action, Open open) {
    const QueueName name = TRY(parse_url(url, call.region));
    QueuePtr queue = sqs.directory().find(name);
    if (!queue) {
        // Whether a queue is there is nobody's business without a name.
        if (call.caller.anonymous()) return Fault{Code::access_denied, "Access to the resource is denied."};
        return no_such_queue();
    }
    TRY(check_access(call, *queue, action, open));
    return queue;
}

Judged<Paging> paging_of(const Sqs& sqs, std::string question, std::optional<std::int32_t> max_results,
                         std::optional<std::string_view> token) {
    Paging paging;
    paging.question = std::move(question);
    if (max_results) {
        if (*max_results < 1 || *max_results > 1000)
            return bad_value(std::to_string(*max_results), "MaxResults",
                             "MaxResults must be an integer between 1 and 1000.");
        paging.limit = static_cast<std::size_t>(*max_results);
        paging.gives_token = true;
    }
    if (token) {
        auto after = sqs.parts().tokens.open(*token, paging.question);
        if (!after.ok()) return Fault{Code::invalid_parameter_value, "Invalid or expired next token."};
        paging.after = *std::move(after);
    }
    return paging;
}

}  // namespace landfall::sqs
