// DMS's records of events and of who wants them. Formats: docs/formats/dms.md. Threads: any.
#pragma once

#include "services/dms/model_event.hpp"
#include "services/dms/store.hpp"

namespace landfall::dms {

template <>
struct Kind<EventSubscription> {
    static constexpr std::string_view kName = "dms.event-subscription";
    static state::Resource encode(const EventSubscription& subscription);
    static Result<EventSubscription> decode(const state::Resource& resource);
};

/// The stream of lines that holds a region's events.
[[nodiscard]] std::string event_stream(const Scope& scope);
[[nodiscard]] state::LogLine encode_event(const Event& event);
[[nodiscard]] Result<Event> decode_event(const state::LogLine& line);

}  // namespace landfall::dms
