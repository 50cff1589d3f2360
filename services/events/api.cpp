// The operations: typed views in and out.
#include "services/events/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/landfall.hpp"

namespace landfall::events {
namespace {

namespace api = wire::landfall;
namespace errors = wire::landfall::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::Runs;

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    return {.actor = call.caller.arn,
            .key_id = call.caller.access_key,
            .source_ip = call.source_ip,
            .request_id = call.request_id,
            .service = "landfall",
            .operation = std::string{operation}};
}

void put_rule(api::out::Notification out, const Rule& rule) {
    out.set_notification_id(rule.id);
    out.set_topic_arn(rule.topic_arn);
    for (const std::string& pattern : rule.patterns) out.add_events(pattern);
    out.set_created(rule.created);
}

Answer add_notification(Events& events, const CallContext& call, api::AddNotification::In in,
                        api::AddNotification::Out out) {
    Events::NewRule wanted{.account = call.account, .topic_arn = std::string{in.topic_arn()}};
    for (const std::string_view pattern : in.events()) wanted.patterns.emplace_back(pattern);
    const auto made = events.add(cause_of(call, "AddNotification"), std::move(wanted));
    if (made.is(Errc::invalid) || made.is(Errc::exhausted))
        return ApiError{errors::kInvalidNotificationException, made.error().message()};
    if (made.is(Errc::not_found)) return ApiError{errors::kTopicNotFoundException, made.error().message()};
    if (!made.ok()) return wire::api_error_of(made.error());
    put_rule(out.set_notification(), *made);
    return Answer::success();
}

Answer list_notifications(Events& events, const CallContext& call, api::ListNotifications::Out out) {
    out.start_notifications();
    for (const Rule& rule : events.list(call.account)) put_rule(out.add_notifications(), rule);
    return Answer::success();
}

Answer remove_notification(Events& events, const CallContext& call, api::RemoveNotification::In in) {
    const Status removed =
        events.remove(cause_of(call, "RemoveNotification"), call.account, in.notification_id());
    if (removed.is(Errc::not_found))
        return ApiError{errors::kNotificationNotFoundException, removed.error().message()};
    if (!removed.ok()) return wire::api_error_of(removed.error());
    return Answer::success();
}

}  // namespace

void Events::register_operations(wire::Registry& registry) {
    registry.on<api::AddNotification>(
        Runs::worker,
        [this](const CallContext& call, api::AddNotification::In in, api::AddNotification::Out out) {
            return add_notification(*this, call, in, out);
        });
    registry.on<api::ListNotifications>(
        Runs::worker,
        [this](const CallContext& call, api::ListNotifications::In, api::ListNotifications::Out out) {
            return list_notifications(*this, call, out);
        });
    registry.on<api::RemoveNotification>(
        Runs::worker, [this](const CallContext& call, api::RemoveNotification::In in,
                             api::RemoveNotification::Out) { return remove_notification(*this, call, in); });
}

}  // namespace landfall::events
