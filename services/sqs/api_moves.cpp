// Message move tasks: dead letters go back where they came from, or elsewhere.
#include "services/sqs/api.hpp"
#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

constexpr std::int32_t kListMax = 10;

Judged<QueuePtr> queue_by_arn(const Sqs& sqs, const CallContext& call, std::string_view arn,
                              std::string_view parameter, std::string_view action) {
    const std::string name{parameter};
    if (!parse_arn(arn))
        return Fault{Code::invalid_parameter_value,
                     "You must use this format to specify the " + name +
                         ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>"};
    QueuePtr queue = sqs.directory().find_arn(arn);
    if (!queue)
        return Fault{Code::resource_not_found,
                     "The resource that you specified for the " + name + " parameter doesn't exist."};
    TRY(check_access(call, *queue, action, Open::to_owner));
    return queue;
}

}  // namespace

Verdict start_message_move_task(Sqs& sqs, const CallContext& call, api::StartMessageMoveTask::In in,
                                api::StartMessageMoveTask::Out out) {
    MoveWork::Order order;
    order.source = TRY(queue_by_arn(sqs, call, in.source_arn(), "SourceArn", "sqs:StartMessageMoveTask"));
    if (in.destination_arn())
        order.destination =
            TRY(queue_by_arn(sqs, call, *in.destination_arn(), "DestinationArn", "sqs:SendMessage"));
    order.rate = in.max_number_of_messages_per_second();
    out.set_task_handle(TRY(sqs.moves().start(cause_of(call, "StartMessageMoveTask"), order)));
    return {};
}

Verdict list_message_move_tasks(Sqs& sqs, const CallContext& call, api::ListMessageMoveTasks::In in,
                                api::ListMessageMoveTasks::Out out) {
    const QueuePtr source =
        TRY(queue_by_arn(sqs, call, in.source_arn(), "SourceArn", "sqs:ListMessageMoveTasks"));
    const std::int32_t max = in.max_results().value_or(1);
    if (max < 1 || max > kListMax)
        return bad_value(std::to_string(max), "MaxResults",
                         "MaxResults must be an integer between 1 and 10.");
    for (const MoveView& view : TRY(sqs.moves().list(*source, static_cast<std::size_t>(max)))) {
        auto put = out.add_results();
        if (!view.handle.empty()) put.set_task_handle(view.handle);
        put.set_status(view.status);
        put.set_source_arn(view.source_arn);
        if (!view.destination_arn.empty()) put.set_destination_arn(view.destination_arn);
        if (view.rate != 0) put.set_max_number_of_messages_per_second(static_cast<std::int32_t>(view.rate));
        put.set_approximate_number_of_messages_moved(static_cast<std::int64_t>(view.moved));
        put.set_approximate_number_of_messages_to_move(static_cast<std::int64_t>(view.to_move));
        if (!view.failure.empty()) put.set_failure_reason(view.failure);
        put.set_started_timestamp(view.started.ns / 1'000'000);
    }
    return {};
}

Verdict cancel_message_move_task(Sqs& sqs, const CallContext& call, api::CancelMessageMoveTask::In in,
                                 api::CancelMessageMoveTask::Out out) {
    const auto handle = parse_move_handle(in.task_handle());
    if (!handle) return Fault{Code::invalid_parameter_value, "Value for parameter TaskHandle is invalid."};
    const QueuePtr source =
        TRY(queue_by_arn(sqs, call, handle->source_arn, "SourceArn", "sqs:CancelMessageMoveTask"));
    const std::uint64_t moved =
        TRY(sqs.moves().cancel(cause_of(call, "CancelMessageMoveTask"), handle->task, *source));
    out.set_approximate_number_of_messages_moved(static_cast<std::int64_t>(moved));
    return {};
}

}  // namespace landfall::sqs
