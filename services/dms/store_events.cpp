#include "services/dms/store_events.hpp"

namespace landfall::dms {

state::Resource Kind<EventSubscription>::encode(const EventSubscription& s) {
    state::Record record;
    record.set("name", s.name)
        .set("topic", s.topic)
        .set("type", s.source_type)
        .set("categories", s.categories)
        .set("sources", s.sources)
        .set("enabled", s.enabled)
        .set("created", s.created);
    return resource_of(kName, EventSubscription::kThing, s.self, s.tags, record);
}

Result<EventSubscription> Kind<EventSubscription>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return EventSubscription{.self = identity_of(resource),
                             .name = std::move(name),
                             .topic = record.text("topic"),
                             .source_type = record.text("type"),
                             .categories = record.texts("categories"),
                             .sources = record.texts("sources"),
                             .enabled = record.flag("enabled"),
                             .created = record.instant("created"),
                             .tags = tags_of(resource)};
}

std::string event_stream(const Scope& scope) { return "dms.events/" + scope.account + "/" + scope.region; }

state::LogLine encode_event(const Event& event) {
    state::Record record;
    record.set("type", event.source_type)
        .set("source", event.source)
        .set("category", event.category)
        .set("id", event.id)
        .set("message", event.message);
    return {.at = event.at, .level = "note", .text = record.encode()};
}

Result<Event> decode_event(const state::LogLine& line) {
    const state::Record record = TRY(state::Record::decode(line.text));
    return Event{.seq = line.seq,
                 .at = line.at,
                 .source_type = record.text("type"),
                 .source = record.text("source"),
                 .category = record.text("category"),
                 .id = record.text("id"),
                 .message = record.text("message")};
}

}  // namespace landfall::dms
