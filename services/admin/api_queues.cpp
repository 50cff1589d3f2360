// A look at the queues: their figures, and messages that are seen without being received.
#include <algorithm>

#include "services/admin/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/landfall.hpp"

namespace landfall::admin {
namespace {

namespace api = wire::landfall;
namespace errors = wire::landfall::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::Runs;

constexpr std::int32_t kQueues = 1000;
constexpr std::int32_t kPeeked = 10;

Answer describe_queues(Admin& admin, const CallContext& call, api::DescribeQueues::In in,
                       api::DescribeQueues::Out out) {
    const auto max = static_cast<std::size_t>(in.max_results().value_or(kQueues));
    out.start_queues();
    for (const QueueRow& row :
         admin.parts().queues.queues(call.account, call.region, in.prefix().value_or(""), max)) {
        auto put = out.add_queues();
        put.set_queue_name(row.name);
        put.set_visible(static_cast<std::int64_t>(row.visible));
        put.set_in_flight(static_cast<std::int64_t>(row.in_flight));
        put.set_delayed(static_cast<std::int64_t>(row.delayed));
        put.set_oldest_age_seconds(std::chrono::duration_cast<std::chrono::seconds>(row.oldest_age).count());
        put.set_sent(static_cast<std::int64_t>(row.sent));
        put.set_received(static_cast<std::int64_t>(row.received));
        put.set_deleted(static_cast<std::int64_t>(row.deleted));
        put.set_dead_lettered(static_cast<std::int64_t>(row.dead_lettered));
    }
    return Answer::success();
}

void peek_queue(Admin& admin, wire::Deferred call, api::PeekQueue::In in, api::PeekQueue::Out out) {
    const CallContext& context = call.context();
    const std::string name{in.queue_name()};
    const auto after = static_cast<std::uint64_t>(std::max<std::int64_t>(in.after().value_or(0), 0));
    const auto max = static_cast<std::uint32_t>(in.max_results().value_or(kPeeked));
    const std::string account = context.account, region = context.region;
    admin.parts().queues.peek(
        account, region, name, after, max,
        [call = std::move(call), out, name](const Result<std::vector<PeekedMessage>>& peeked) mutable {
            if (peeked.is(Errc::not_found))
                return call.complete(ApiError{errors::kQueueNotFoundException, "There is no queue " + name});
            if (!peeked.ok()) return call.complete(wire::api_error_of(peeked.error()));
            out.start_messages();
            for (const PeekedMessage& message : *peeked) {
                auto put = out.add_messages();
                put.set_message_id(message.id);
                put.set_sequence_number(static_cast<std::int64_t>(message.sequence));
                put.set_sent(message.sent);
                if (!message.group.empty()) put.set_message_group_id(message.group);
                put.set_size(static_cast<std::int64_t>(message.size.count));
                put.set_body(message.body);
            }
            call.complete(Answer::success());
        });
}

}  // namespace

void Admin::register_queues(wire::Registry& registry) {
    registry.on<api::DescribeQueues>(
        Runs::inline_,
        [this](const CallContext& call, api::DescribeQueues::In in, api::DescribeQueues::Out out) {
            return describe_queues(*this, call, in, out);
        });
    registry.on_deferred<api::PeekQueue>(
        Runs::inline_, [this](wire::Deferred call, api::PeekQueue::In in, api::PeekQueue::Out out) {
            peek_queue(*this, std::move(call), in, out);
        });
}

}  // namespace landfall::admin
