// What the files of SQS's API share: finding the queue, asking whether the caller may, errors. Only api*.cpp,
// operations.cpp and their tests include this; it sees both the wire views and the model.
#pragma once

#include <string>
#include <string_view>

#include "core/access/call_facts.hpp"
#include "services/sqs/model_send.hpp"
#include "services/sqs/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/sqs.hpp"

namespace landfall::sqs {

namespace api = wire::sqs;
namespace errors = wire::sqs::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::Deferred;

[[nodiscard]] ApiError told(const Fault& fault);
[[nodiscard]] Answer told(const Verdict& verdict);
[[nodiscard]] state::Cause cause_of(const CallContext& call, std::string_view operation);
[[nodiscard]] inline Scope scope_of(const CallContext& call) { return {call.account, call.region}; }

/// Who may use an operation on a queue: its owner alone, or whomever the queue's policy lets.
enum class Open : std::uint8_t { to_owner, by_policy };

/// The queue behind a URL, if the caller may do that with it. `action`: "sqs:SendMessage".
[[nodiscard]] Judged<QueuePtr> queue_of(const Sqs& sqs, const CallContext& call, std::string_view url,
                                        std::string_view action, Open open);
[[nodiscard]] Verdict check_access(const CallContext& call, const Queue& queue, std::string_view action,
                                   Open open);

/// A page's size and place in a list of queues.
struct Paging {
    std::size_t limit = 1000;
    std::string after;
    std::string question;
    bool gives_token = false;  ///< a token only where MaxResults was given
};
[[nodiscard]] Judged<Paging> paging_of(const Sqs& sqs, std::string question,
                                       std::optional<std::int32_t> max_results,
                                       std::optional<std::string_view> token);

/// The code of one failed entry of a batch, in the words of the Query days, as both faces have it there.
[[nodiscard]] std::string_view entry_code(Code code);

template <class Out>
void put_failure(Out out, std::string_view id, const Fault& fault) {
    auto failed = out.add_failed();
    failed.set_id(id);
    failed.set_sender_fault(fault.code() != Code::unavailable && fault.code() != Code::internal);
    failed.set_code(entry_code(fault.code()));
    failed.set_message(fault.message());
}

// The handlers, by the file that has them.
// api_queues.cpp
Verdict create_queue(Sqs&, const CallContext&, api::CreateQueue::In, api::CreateQueue::Out);
void delete_queue(Sqs&, Deferred, api::DeleteQueue::In, api::DeleteQueue::Out);
Verdict list_queues(Sqs&, const CallContext&, api::ListQueues::In, api::ListQueues::Out);
Verdict get_queue_url(Sqs&, const CallContext&, api::GetQueueUrl::In, api::GetQueueUrl::Out);
Verdict get_queue_attributes(Sqs&, const CallContext&, api::GetQueueAttributes::In,
                             api::GetQueueAttributes::Out);
Verdict set_queue_attributes(Sqs&, const CallContext&, api::SetQueueAttributes::In,
                             api::SetQueueAttributes::Out);
void purge_queue(Sqs&, Deferred, api::PurgeQueue::In, api::PurgeQueue::Out);
Verdict list_dead_letter_source_queues(Sqs&, const CallContext&, api::ListDeadLetterSourceQueues::In,
                                       api::ListDeadLetterSourceQueues::Out);
// api_permissions.cpp: tags and permissions
Verdict tag_queue(Sqs&, const CallContext&, api::TagQueue::In, api::TagQueue::Out);
Verdict untag_queue(Sqs&, const CallContext&, api::UntagQueue::In, api::UntagQueue::Out);
Verdict list_queue_tags(Sqs&, const CallContext&, api::ListQueueTags::In, api::ListQueueTags::Out);
Verdict add_permission(Sqs&, const CallContext&, api::AddPermission::In, api::AddPermission::Out);
Verdict remove_permission(Sqs&, const CallContext&, api::RemovePermission::In, api::RemovePermission::Out);
// api_send.cpp
void send_message(Sqs&, Deferred, api::SendMessage::In, api::SendMessage::Out);
void send_message_batch(Sqs&, Deferred, api::SendMessageBatch::In, api::SendMessageBatch::Out);
// api_receive.cpp
void receive_message(Sqs&, Deferred, api::ReceiveMessage::In, api::ReceiveMessage::Out);
// api_receipts.cpp
void delete_message(Sqs&, Deferred, api::DeleteMessage::In, api::DeleteMessage::Out);
void delete_message_batch(Sqs&, Deferred, api::DeleteMessageBatch::In, api::DeleteMessageBatch::Out);
void change_message_visibility(Sqs&, Deferred, api::ChangeMessageVisibility::In,
                               api::ChangeMessageVisibility::Out);
void change_message_visibility_batch(Sqs&, Deferred, api::ChangeMessageVisibilityBatch::In,
                                     api::ChangeMessageVisibilityBatch::Out);
// api_moves.cpp
Verdict start_message_move_task(Sqs&, const CallContext&, api::StartMessageMoveTask::In,
                                api::StartMessageMoveTask::Out);
Verdict list_message_move_tasks(Sqs&, const CallContext&, api::ListMessageMoveTasks::In,
                                api::ListMessageMoveTasks::Out);
Verdict cancel_message_move_task(Sqs&, const CallContext&, api::CancelMessageMoveTask::In,
                                 api::CancelMessageMoveTask::Out);

}  // namespace landfall::sqs
