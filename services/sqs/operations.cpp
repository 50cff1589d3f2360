// The table of every operation: who runs it, and where. What reads or writes records runs on workers; what
// the broker answers later holds no thread.
#include "services/sqs/api.hpp"

namespace landfall::sqs {
namespace {

using wire::Runs;

class Operations {
public:
    Operations(wire::Registry& registry, Sqs& sqs) : registry_{registry}, sqs_{sqs} {}

    /// F: Verdict(Sqs&, const CallContext&, Op::In, Op::Out).
    template <wire::OperationTag Op, class F>
    void on(Runs runs, F run) {
        registry_.template on<Op>(
            runs, [sqs = &sqs_, run](const CallContext& call, typename Op::In in, typename Op::Out out) {
                return told(run(*sqs, call, in, out));
            });
        // The queue's policy decides about callers without a signature.
        registry_.template serve_unsigned<Op>();
    }
    /// F: void(Sqs&, Deferred, Op::In, Op::Out).
    template <wire::OperationTag Op, class F>
    void on_later(Runs runs, F run) {
        registry_.template on_deferred<Op>(
            runs, [sqs = &sqs_, run](Deferred call, typename Op::In in, typename Op::Out out) {
                run(*sqs, std::move(call), in, out);
            });
        registry_.template serve_unsigned<Op>();
    }

private:
    wire::Registry& registry_;
    Sqs& sqs_;
};

}  // namespace

void Sqs::register_operations(wire::Registry& registry) {
    Operations table{registry, *this};
    table.on<api::CreateQueue>(Runs::worker, create_queue);
    table.on_later<api::DeleteQueue>(Runs::worker, delete_queue);
    table.on<api::ListQueues>(Runs::inline_, list_queues);
    table.on<api::GetQueueUrl>(Runs::inline_, get_queue_url);
    table.on<api::GetQueueAttributes>(Runs::inline_, get_queue_attributes);
    table.on<api::SetQueueAttributes>(Runs::worker, set_queue_attributes);
    table.on_later<api::PurgeQueue>(Runs::inline_, purge_queue);
    table.on<api::ListDeadLetterSourceQueues>(Runs::inline_, list_dead_letter_source_queues);
    table.on<api::TagQueue>(Runs::worker, tag_queue);
    table.on<api::UntagQueue>(Runs::worker, untag_queue);
    table.on<api::ListQueueTags>(Runs::worker, list_queue_tags);
    table.on<api::AddPermission>(Runs::worker, add_permission);
    table.on<api::RemovePermission>(Runs::worker, remove_permission);
    table.on_later<api::SendMessage>(Runs::inline_, send_message);
    table.on_later<api::SendMessageBatch>(Runs::inline_, send_message_batch);
    table.on_later<api::ReceiveMessage>(Runs::inline_, receive_message);
    table.on_later<api::DeleteMessage>(Runs::inline_, delete_message);
    table.on_later<api::DeleteMessageBatch>(Runs::inline_, delete_message_batch);
    table.on_later<api::ChangeMessageVisibility>(Runs::inline_, change_message_visibility);
    table.on_later<api::ChangeMessageVisibilityBatch>(Runs::inline_, change_message_visibility_batch);
    table.on<api::StartMessageMoveTask>(Runs::worker, start_message_move_task);
    table.on<api::ListMessageMoveTasks>(Runs::worker, list_message_move_tasks);
    table.on<api::CancelMessageMoveTask>(Runs::worker, cancel_message_move_task);
}

}  // namespace landfall::sqs
