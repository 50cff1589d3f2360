// Slots: the one in-memory form of every request and reply, whatever the protocol.
//
// A structure is a flat array of slots, one a member, in the model's order. A list is a growing array of
// slots; a map is such an array with key and value alternating. Nothing here knows the model: generated views
// (wire/views) and the protocols walk it by index.
//
// Invariants
//   1. A slot's kind tells which field of the union is set; `absent` is the state of a member never sent.
//   2. Text points into the request body or into the call's arena; it is not terminated and owns nothing.
//   3. Records, lists and maps live in the call's arena and are trivially destructible.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "wire/model/arena.hpp"

namespace landfall::wire {

class BodyReader;
struct Record;
struct Sequence;

enum class SlotKind : std::uint8_t {
    absent,
    null,  ///< only inside sparse lists and maps
    boolean,
    integer,
    number,
    text,  ///< strings and blobs: decoded bytes
    instant,
    list,
    map,
    record,
    stream,  ///< a request payload that is read piece by piece
};

struct Slot {
    union {
        bool boolean;
        std::int64_t integer;
        double number;
        const char* chars;
        std::int64_t instant_ns;
        Sequence* sequence;  ///< list and map
        Record* record;
        BodyReader* stream;
    };
    std::uint32_t size;  ///< of text
    SlotKind kind;

    [[nodiscard]] bool present() const { return kind != SlotKind::absent && kind != SlotKind::null; }
    [[nodiscard]] std::string_view text() const { return {chars, size}; }
    [[nodiscard]] Instant instant() const { return Instant{instant_ns}; }

    static Slot of_bool(bool v) { return Slot{.boolean = v, .size = 0, .kind = SlotKind::boolean}; }
    static Slot of_integer(std::int64_t v) {
        return Slot{.integer = v, .size = 0, .kind = SlotKind::integer};
    }
    static Slot of_number(double v) { return Slot{.number = v, .size = 0, .kind = SlotKind::number}; }
    /// Does not copy. At most 4 GiB - 1.
    static Slot of_text(std::string_view v) {
        CHECK(v.size() <= UINT32_MAX);
        return Slot{.chars = v.data(), .size = static_cast<std::uint32_t>(v.size()), .kind = SlotKind::text};
    }
    static Slot of_instant(Instant v) {
        return Slot{.instant_ns = v.ns, .size = 0, .kind = SlotKind::instant};
    }
    static Slot of_list(Sequence* v) { return Slot{.sequence = v, .size = 0, .kind = SlotKind::list}; }
    static Slot of_map(Sequence* v) { return Slot{.sequence = v, .size = 0, .kind = SlotKind::map}; }
    static Slot of_record(Record* v) { return Slot{.record = v, .size = 0, .kind = SlotKind::record}; }
    static Slot of_stream(BodyReader* v) { return Slot{.stream = v, .size = 0, .kind = SlotKind::stream}; }
    static Slot of_null() { return Slot{.integer = 0, .size = 0, .kind = SlotKind::null}; }
};
static_assert(sizeof(Slot) == 16);

/// A structure: `count` slots that follow it in memory.
struct Record {
    std::uint64_t count;

    [[nodiscard]] Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
    [[nodiscard]] const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
    [[nodiscard]] Slot& at(std::uint32_t index) {
        CHECK(index < count);
        return slots()[index];
    }
    [[nodiscard]] const Slot& at(std::uint32_t index) const {
        CHECK(index < count);
        return slots()[index];
    }
};

/// What a parser answers when a request grows beyond its arena's limit.
[[nodiscard]] inline Error grown_too_large() {
    return Error{Errc::exhausted, "The request holds more values than the server takes at once."};
}

/// All slots absent.
[[nodiscard]] Record* make_record(Arena& arena, std::uint32_t count);

/// The items of a list, or the keys and values of a map in turn.
struct Sequence {
    Slot* items = nullptr;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;

    [[nodiscard]] const Slot* begin() const { return items; }
    [[nodiscard]] const Slot* end() const { return items + size; }
    /// The reference is valid until the next push.
    Slot& push(Arena& arena, Slot item);
};

[[nodiscard]] Sequence* make_sequence(Arena& arena);

}  // namespace landfall::wire
