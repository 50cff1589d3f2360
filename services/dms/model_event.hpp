// Events of replication: what happened to an instance or a task, and who wants to be told.
//
// Pure values; any thread. Source of categories, ids and messages: the DMS user guide, "Working with events".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model_task.hpp"

namespace landfall::dms {

enum class EventKind : std::uint8_t {
    instance_begun,
    instance_created,
    instance_changed,
    instance_rebooted,
    instance_going,
    instance_deleted,
    task_created,
    task_started,
    task_stopped,
    task_failed,
    task_reloads,
    task_changed,
    task_deleted,
};

inline constexpr std::string_view kInstanceSource = "replication-instance", kTaskSource = "replication-task";

struct EventText {
    std::string_view source_type;
    std::string_view category;
    std::string_view id;  ///< of AWS's documentation
    std::string_view message;
};
[[nodiscard]] const EventText& text_of(EventKind kind);
/// Of a type of source; none: there is no such type.
[[nodiscard]] std::vector<std::string_view> event_categories(std::string_view source_type);

struct Event {
    std::uint64_t seq = 0;
    Instant at;
    std::string source_type;
    std::string source;  ///< its identifier
    std::string category;
    std::string id;
    std::string message;
};

struct EventSubscription {
    static constexpr std::string_view kThing = "es";
    static constexpr std::string_view kWords = "Event subscription";
    Identity self;  ///< its id is its name
    std::string name;
    std::string topic;
    std::string source_type;                       ///< empty: both
    std::vector<std::string> categories, sources;  ///< none: all
    bool enabled = true;
    Instant created;
    Tags tags;
    bool operator==(const EventSubscription&) const = default;

    [[nodiscard]] bool wants(const Event& event) const;
};
[[nodiscard]] Verdict check(const EventSubscription& subscription);

/// What a topic is sent, as DMS writes it.
[[nodiscard]] std::string notice_of(const Event& event);

}  // namespace landfall::dms
