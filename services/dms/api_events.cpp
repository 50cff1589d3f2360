// Events of instances and tasks, and subscriptions of topics to them.
#include "services/dms/api_replication.hpp"
#include "services/dms/work_events.hpp"

namespace landfall::dms {
namespace {

Verdict describe(Dms& dms, const CallContext& call, api::DescribeEvents::In in,
                 api::DescribeEvents::Out out) {
    TRY(filters_in(in.filters(), {}));
    const Instant now = dms.parts().clock.now();
    std::optional<Instant> from = in.start_time();
    if (in.duration()) {
        if (*in.duration() < 1 || *in.duration() > 20'160)
            return invalid_value("Duration must be 1 to 20160 minutes");
        if (from || in.end_time())
            return Fault{FaultCode::invalid_combination, "Duration excludes StartTime and EndTime"};
        from = Instant{now.ns - *in.duration() * 60'000'000'000};
    }
    const Filters asked{{"source", {std::string{in.source_identifier().value_or("")}}},
                        {"type", {std::string{in.source_type().value_or("")}}}};
    const PageAsked page = TRY(page_in(dms, call, "events", asked, in.max_records(), in.marker()));
    std::vector<std::string> categories;
    for (const std::string_view category : in.event_categories()) categories.emplace_back(category);
    auto events = TRY(dms.events().list(scope_of(call)));
    std::erase_if(events, [&](const Event& event) {
        return (in.source_identifier() && lowered(*in.source_identifier()) != event.source) ||
               (in.source_type() && *in.source_type() != event.source_type) || (from && event.at < *from) ||
               (in.end_time() && *in.end_time() < event.at) ||
               (!categories.empty() && std::ranges::find(categories, event.category) == categories.end());
    });
    const auto position = [](const Event& event) {
        const std::string digits = std::to_string(event.seq);
        return std::string(20 - digits.size(), '0') + digits;
    };
    out.start_events();
    put_page(
        dms, page, events, position,
        [&](const Event& event) {
            auto one = out.add_events();
            one.set_source_identifier(event.source);
            one.set_source_type(event.source_type);
            one.set_message(event.message);
            one.add_event_categories(event.category);
            one.set_date(event.at);
        },
        out);
    return {};
}

Verdict describe_categories(Dms&, const CallContext&, api::DescribeEventCategories::In in,
                            api::DescribeEventCategories::Out out) {
    TRY(filters_in(in.filters(), {}));
    if (in.source_type() && event_categories(*in.source_type()).empty())
        return invalid_value("SourceType must be replication-instance or replication-task");
    out.start_event_category_group_list();
    for (const std::string_view type : {kInstanceSource, kTaskSource}) {
        if (in.source_type() && *in.source_type() != type) continue;
        auto group = out.add_event_category_group_list();
        group.set_source_type(type);
        for (const std::string_view category : event_categories(type)) group.add_event_categories(category);
    }
    return {};
}

void put_subscription(api::out::EventSubscription out, const EventSubscription& subscription) {
    out.set_customer_aws_id(subscription.self.scope.account);
    out.set_cust_subscription_id(subscription.name);
    out.set_sns_topic_arn(subscription.topic);
    out.set_status("active");
    out.set_subscription_creation_time(iso8601(subscription.created));
    if (!subscription.source_type.empty()) out.set_source_type(subscription.source_type);
    out.start_source_ids_list();
    for (const std::string& source : subscription.sources) out.add_source_ids_list(source);
    out.start_event_categories_list();
    for (const std::string& category : subscription.categories) out.add_event_categories_list(category);
    out.set_enabled(subscription.enabled);
}

Verdict check_topic(const Dms& dms, const EventSubscription& subscription) {
    const Status there = dms.events().topics().check(subscription.topic);
    if (there.ok()) return {};
    return Fault{FaultCode::invalid_topic,
                 "SnsTopicArn " + subscription.topic + ": " + there.error().message()};
}

/// ResourceNotFound: a source is neither an instance nor a task of that name.
Verdict check_sources(const Dms& dms, const EventSubscription& subscription) {
    for (const std::string& source : subscription.sources) {
        if (subscription.source_type == kInstanceSource)
            TRY(dms.catalogue().find<ReplicationInstance>(subscription.self.scope, source));
        else
            TRY(dms.catalogue().find<Task>(subscription.self.scope, source));
    }
    return {};
}

template <class In>
void take_members(In in, EventSubscription& subscription) {
    if (in.source_type()) subscription.source_type = *in.source_type();
    if (in.enabled()) subscription.enabled = *in.enabled();
    if (!in.has_event_categories()) return;
    subscription.categories.clear();
    for (const std::string_view category : in.event_categories())
        subscription.categories.emplace_back(category);
}

Verdict create(Dms& dms, const CallContext& call, api::CreateEventSubscription::In in,
               api::CreateEventSubscription::Out out) {
    const std::string name = lowered(in.subscription_name());
    EventSubscription subscription{
        .self = {scope_of(call), name}, .name = name, .topic = std::string{in.sns_topic_arn()}};
    take_members(in, subscription);
    for (const std::string_view source : in.source_ids()) subscription.sources.push_back(lowered(source));
    subscription.tags = TRY(tags_in(in.tags()));
    TRY(check(subscription));
    TRY(check_topic(dms, subscription));
    TRY(check_sources(dms, subscription));
    put_subscription(
        out.set_event_subscription(),
        TRY(dms.catalogue().create(cause_of(call, "CreateEventSubscription"), std::move(subscription))));
    return {};
}

Verdict describe_subscriptions(Dms& dms, const CallContext& call, api::DescribeEventSubscriptions::In in,
                               api::DescribeEventSubscriptions::Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"event-subscription-arn", "event-subscription-id"}));
    const PageAsked page = TRY(page_in(dms, call, "subscriptions", filters, in.max_records(), in.marker()));
    auto subscriptions = TRY(dms.catalogue().list<EventSubscription>(scope_of(call)));
    std::erase_if(subscriptions, [&](const EventSubscription& each) {
        return (in.subscription_name() && lowered(*in.subscription_name()) != each.name) ||
               !passes(filters, "event-subscription-arn", {}, arn_of(each.self, EventSubscription::kThing)) ||
               !passes_lowered(filters, "event-subscription-id", each.name);
    });
    if (subscriptions.empty() && (in.subscription_name() || !filters.empty()))
        return Fault{FaultCode::not_found, "No event subscriptions found matching the filters"};
    out.start_event_subscriptions_list();
    put_page(
        dms, page, subscriptions,
        [](const EventSubscription& each) -> const std::string& { return each.name; },
        [&](const EventSubscription& each) { put_subscription(out.add_event_subscriptions_list(), each); },
        out);
    return {};
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyEventSubscription::In in,
               api::ModifyEventSubscription::Out out) {
    const auto change = [&](EventSubscription& subscription) -> Verdict {
        if (in.sns_topic_arn()) subscription.topic = *in.sns_topic_arn();
        take_members(in, subscription);
        TRY(check_topic(dms, subscription));
        return check_sources(dms, subscription);
    };
    put_subscription(out.set_event_subscription(),
                     TRY(dms.catalogue().modify<EventSubscription>(cause_of(call, "ModifyEventSubscription"),
                                                                   scope_of(call),
                                                                   lowered(in.subscription_name()), change)));
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteEventSubscription::In in,
               api::DeleteEventSubscription::Out out) {
    put_subscription(out.set_event_subscription(), TRY(dms.catalogue().remove<EventSubscription>(
                                                       cause_of(call, "DeleteEventSubscription"),
                                                       scope_of(call), lowered(in.subscription_name()))));
    return {};
}

}  // namespace

void register_events(Operations& operations, Dms& dms) {
    on<api::DescribeEvents>(operations, dms, describe);
    on<api::DescribeEventCategories>(operations, dms, describe_categories);
    on<api::CreateEventSubscription>(operations, dms, create);
    on<api::DescribeEventSubscriptions>(operations, dms, describe_subscriptions);
    on<api::ModifyEventSubscription>(operations, dms, modify);
    on<api::DeleteEventSubscription>(operations, dms, remove);
}

}  // namespace landfall::dms
