#include "services/dms/model_event.hpp"

#include <algorithm>
#include <array>

#include "base/json_text.hpp"

namespace landfall::dms {
namespace {

/// In the order of EventKind.
constexpr std::array kTexts{
    EventText{kInstanceSource, "creation", "DMS-EVENT-0067", "A replication instance is being created."},
    EventText{kInstanceSource, "creation", "DMS-EVENT-0005", "A replication instance has been created."},
    EventText{kInstanceSource, "configuration change", "DMS-EVENT-0014",
              "The replication instance has been modified."},
    EventText{kInstanceSource, "configuration change", "DMS-EVENT-0022",
              "The replication instance has been rebooted."},
    EventText{kInstanceSource, "deletion", "DMS-EVENT-0066", "The replication instance is being deleted."},
    EventText{kInstanceSource, "deletion", "DMS-EVENT-0003", "The replication instance has been deleted."},
    EventText{kTaskSource, "creation", "DMS-EVENT-0074", "A replication task has been created."},
    EventText{kTaskSource, "state change", "DMS-EVENT-0069", "The replication task has started."},
    EventText{kTaskSource, "state change", "DMS-EVENT-0079", "The replication task has stopped."},
    EventText{kTaskSource, "failure", "DMS-EVENT-0078", "A replication task has failed."},
    EventText{kTaskSource, "state change", "DMS-EVENT-0081", "A reload of table details has been requested."},
    EventText{kTaskSource, "configuration change", "DMS-EVENT-0075",
              "The replication task has been modified."},
    EventText{kTaskSource, "deletion", "DMS-EVENT-0073", "The replication task has been deleted."},
};
static_assert(kTexts.size() == static_cast<std::size_t>(EventKind::task_deleted) + 1);

}  // namespace

const EventText& text_of(EventKind kind) { return kTexts.at(static_cast<std::size_t>(kind)); }

std::vector<std::string_view> event_categories(std::string_view source_type) {
    std::vector<std::string_view> categories;
    for (const EventText& text : kTexts)
        if (text.source_type == source_type &&
            std::ranges::find(categories, text.category) == categories.end())
            categories.push_back(text.category);
    std::ranges::sort(categories);
    return categories;
}

bool EventSubscription::wants(const Event& event) const {
    const auto among = [](const std::vector<std::string>& all, const std::string& one) {
        return all.empty() || std::ranges::find(all, one) != all.end();
    };
    return enabled && (source_type.empty() || source_type == event.source_type) &&
           among(categories, event.category) && among(sources, event.source);
}

Verdict check(const EventSubscription& subscription) {
    TRY(check_name(subscription.name, "SubscriptionName"));
    if (!subscription.source_type.empty() && event_categories(subscription.source_type).empty())
        return invalid_value("SourceType must be replication-instance or replication-task");
    if (!subscription.sources.empty() && subscription.source_type.empty())
        return Fault{FaultCode::invalid_combination, "SourceIds need a SourceType"};
    std::vector<std::string_view> known = event_categories(kInstanceSource);
    if (subscription.source_type != kInstanceSource)
        for (const std::string_view each : event_categories(kTaskSource)) known.push_back(each);
    for (const std::string& category : subscription.categories)
        if (std::ranges::find(known, category) == known.end())
            return invalid_value("EventCategories: there is no category " + category);
    return {};
}

std::string notice_of(const Event& event) {
    std::string text = "{\"Event Source\":";
    append_json_text(text, event.source_type);
    text += ",\"Event Time\":";
    append_json_text(text, iso8601(event.at));
    text += ",\"SourceId\":";
    append_json_text(text, event.source);
    text += ",\"Event ID\":";
    append_json_text(text, event.id);
    text += ",\"Event Categories\":[";
    append_json_text(text, event.category);
    text += "],\"Event Message\":";
    append_json_text(text, event.message);
    return text + "}";
}

}  // namespace landfall::dms
