// What the state store holds: resources, their events, and the words for asking about them.
//
// Invariants
//   1. A resource's Key never changes; (kind, account, region, id) and a non-empty ARN are unique among live
//      resources.
//   2. Version is 1 after create and grows by exactly 1 with every change; 0 means "not stored yet".
//   3. `doc` belongs to the service that owns the kind; the store never looks inside (see record.hpp).
//   4. All text compares bytewise; embedded NUL bytes are kept.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace landfall::state {

struct Version {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const Version&) const = default;
};
/// For erase and retire: whatever the version is.
inline constexpr Version kAnyVersion{~std::uint64_t{0}};

/// The number of an event: 1, 2, 3 … without gaps, in the order in which changes became durable.
struct EventSeq {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const EventSeq&) const = default;
};

/// `kind` is "<service>.<thing>": "ec2.image", "s3.object". `region` is empty for what has none.
struct Key {
    std::string kind;
    std::string account;
    std::string region;
    std::string id;
    auto operator<=>(const Key&) const = default;
};

struct Tag {
    std::string key;
    std::string value;
    auto operator<=>(const Tag&) const = default;
};

/// One row of the look-up table: `ByIndex{name, value}` finds every resource of the kind that declares it.
struct IndexKey {
    std::string name;
    std::string value;
    auto operator<=>(const IndexKey&) const = default;
};

struct Resource {
    Key key;
    std::string arn;              ///< empty: has none
    std::string parent;           ///< the id of what it belongs to; empty: nothing
    std::string state;            ///< the service's word: "pending", "available"
    std::string doc;              ///< Record::encode(), or any bytes
    std::vector<Tag> tags;        ///< sorted by key when read
    std::vector<IndexKey> index;  ///< replaced as a whole by every update

    // Set by the store; ignored by create.
    Version version;
    Instant created;
    Instant updated;
    std::optional<Instant> retired;
    std::string progress;  ///< Tx::set_progress's bytes: durable, but outside versions and events
};

/// Who does it and why: copied into every event of a transaction. Secrets never go here.
struct Cause {
    std::string actor;  ///< principal's ARN, or "landfall" for the server's own doing
    std::string key_id;
    std::string source_ip;
    std::string request_id;
    std::string service;
    std::string operation;
    std::string params;  ///< JSON of the request without secrets, as audit wants it; may be empty
};

enum class Change : std::uint8_t { created, updated, retired, erased, noted };
[[nodiscard]] std::string_view name_of(Change change);

struct Event {
    EventSeq seq;
    Instant at;
    Change change = Change::noted;
    Key key;
    Version version;  ///< after the change; 0 for a note
    std::string from_state;
    std::string to_state;
    std::string error;
    Cause cause;
};

/// Events after `since`, oldest first. Empty texts mean "any".
struct EventQuery {
    EventSeq since;
    std::string kind;
    std::string id;
    std::string service;
    std::size_t limit = 1000;
};

/// Ids that start with `prefix` and are >= `from`, in bytewise order of (id, account, region).
struct ById {
    std::string prefix;
    std::string from;
};
/// The next three answer in the order of creation, which no later change disturbs.
struct ByParent {
    std::string parent;
};
struct ByTag {
    std::string key;
    std::optional<std::string> value;
};
struct ByIndex {
    std::string name;
    std::string value;
};

enum class Retired : std::uint8_t { hidden, shown };

enum class Order : std::uint8_t { forward, newest_first };

/// A list question. `kind` may be empty (any) for ByParent and ByTag only.
struct Query {
    std::string kind;
    std::optional<std::string> account;
    std::optional<std::string> region;
    std::variant<ById, ByParent, ByTag, ByIndex> by = ById{};
    std::string after;         ///< Page::next of the page before; empty: from the start
    std::size_t limit = 1000;  ///< 1..kPageMax
    Retired retired = Retired::hidden;
    Order order = Order::forward;  ///< newest_first is for all but ById
};
inline constexpr std::size_t kPageMax = 10'000;

struct Page {
    std::vector<Resource> items;
    std::string next;  ///< empty: nothing more at that moment. Opaque; not for clients (see page_token.hpp)
};

/// A client's "do this once": (account, operation, token) names it, params_hash tells a repeat from a misuse.
struct OnceKey {
    std::string account;
    std::string operation;
    std::string token;
    std::string params_hash;
};
enum class Recall : std::uint8_t { fresh, repeated, mismatched };
struct Recalled {
    Recall what = Recall::fresh;
    std::string result;  ///< for `repeated`: what `Tx::remember` stored
};

/// One line of the log of an object (a job, an import). `seq` counts from 1 within its stream.
struct LogLine {
    std::uint64_t seq = 0;
    Instant at;
    std::string level;
    std::string text;
};

}  // namespace landfall::state
