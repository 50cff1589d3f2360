// Record: named, typed fields in a compact string of bytes: what services put in Resource::doc.
//
//   Record r;
//   r.set("size", 42).set("name", "web").set("ready", true).set("at", clock.now());
//   resource.doc = r.encode();
//   const Record back = TRY(Record::decode(resource.doc));
//   back.text("name");  back.number("size");  back.texts("absent");  // absent fields: empty, 0, false
//
// Invariants
//   1. decode(encode(r)) == r; encode is canonical: fields in order of name.
//   2. A field that this program does not know survives a decode, set, encode round trip, so that an older
//      program does not lose a newer one's fields.
//   3. decode of no bytes is the empty record. decode refuses bad bytes with `corrupt`, in
//      memory bounded by the input, at most kDepthMax deep.
//   4. A getter of an absent field, or of one with another type, answers the default; need_* answers an
//   error.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::state {

class Record {
public:
    static constexpr int kDepthMax = 16;
    using Texts = std::vector<std::string>;
    using Records = std::vector<Record>;

    Record& set(std::string_view name, std::string_view text);
    Record& set(std::string_view name, const char* text) { return set(name, std::string_view{text}); }
    Record& set(std::string_view name, const std::string& text) { return set(name, std::string_view{text}); }
    Record& set(std::string_view name, std::same_as<bool> auto flag) { return set_flag(name, flag); }
    /// Signed 64 bits; an unsigned value above that range is a bug.
    template <std::integral T>
    requires(!std::same_as<T, bool>) Record& set(std::string_view name, T number) {
        CHECK(std::in_range<std::int64_t>(number));
        return set_number(name, static_cast<std::int64_t>(number));
    }
    Record& set(std::string_view name, std::same_as<double> auto real) { return set_real(name, real); }
    Record& set(std::string_view name, Instant at) { return set_number(name, at.ns); }
    Record& set(std::string_view name, Bytes bytes) { return set(name, bytes.count); }
    Record& set(std::string_view name, Record record);
    Record& set(std::string_view name, Texts texts);
    Record& set(std::string_view name, Records records);
    /// Stored like text; read it with text().
    Record& set_bytes(std::string_view name, ByteSpan bytes) { return set(name, text_of(bytes)); }
    Record& erase(std::string_view name);

    [[nodiscard]] bool has(std::string_view name) const { return fields_.find(name) != fields_.end(); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t absent = 0) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] double real(std::string_view name) const;
    [[nodiscard]] Instant instant(std::string_view name) const { return Instant{number(name)}; }
    /// 0 where the number is negative: no byte count is.
    [[nodiscard]] Bytes bytes(std::string_view name) const {
        return Bytes{static_cast<std::uint64_t>(std::max<std::int64_t>(number(name), 0))};
    }
    [[nodiscard]] const Record& record(std::string_view name) const;
    [[nodiscard]] const Texts& texts(std::string_view name) const;
    [[nodiscard]] const Records& records(std::string_view name) const;

    /// `corrupt` where the field is absent or of another type.
    [[nodiscard]] Result<std::string> need_text(std::string_view name) const;
    [[nodiscard]] Result<std::int64_t> need_number(std::string_view name) const;

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] static Result<Record> decode(std::string_view bytes);
    /// For people and logs: {"name": "web", "size": 42}. Not meant to be parsed.
    [[nodiscard]] std::string dump() const;

    friend bool operator==(const Record&, const Record&);

private:
    // Records nest by value through vectors, which may hold an incomplete type.
    using Nested = std::vector<Record>;
    struct One {
        Nested record;  ///< exactly one
        friend bool operator==(const One& a, const One& b) { return a.record == b.record; }
    };
    using Value = std::variant<std::string, std::int64_t, bool, double, One, Texts, Records>;

    Record& set_flag(std::string_view name, bool flag);
    Record& set_number(std::string_view name, std::int64_t number);
    Record& set_real(std::string_view name, double real);
    Record& put(std::string_view name, Value value);
    template <class T>
    [[nodiscard]] const T* find(std::string_view name) const;
    /// The default of T, for references to what is absent.
    template <class T>
    [[nodiscard]] static const T& none();
    void encode_into(std::string& out) const;
    static void encode_value(const Value& value, std::string& out);
    static void dump_value(const Value& value, std::string& out);
    static Result<Record> decode_from(std::string_view& in, int depth);
    static Result<Value> decode_value(std::uint8_t type, std::string_view& in, int depth);

    std::map<std::string, Value, std::less<>> fields_;
};

}  // namespace landfall::state
