// Json: a JSON text as a tree of plain values, for rules and settings that clients send as text.
//
// Invariants
//   1. parse_json takes what RFC 8259 allows, at most kJsonDepthMax deep; memory is bounded by a constant
//      times the text.
//   2. Members keep their order; numbers keep their spelling. dump(parse(x)) is x without blanks, but for
//      escapes that need not be.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace landfall::dms {

inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::size_t kJsonTextMax = std::size_t{1} << 20U;

struct Json {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    std::string text;         ///< of a string; a number or a boolean as it is spelt
    std::vector<Json> items;  ///< of an array
    std::vector<std::pair<std::string, Json>> members;
    bool operator==(const Json&) const = default;

    [[nodiscard]] static Json string(std::string_view text) {
        return {Kind::string, std::string{text}, {}, {}};
    }
    [[nodiscard]] static Json object() { return {Kind::object, {}, {}, {}}; }
    [[nodiscard]] static Json array() { return {Kind::array, {}, {}, {}}; }

    [[nodiscard]] bool is(Kind which) const { return kind == which; }
    /// Null where there is no such member, or this is no object.
    [[nodiscard]] const Json* find(std::string_view name) const;
    [[nodiscard]] Json* find(std::string_view name);
    /// The text of a string, number or boolean member; empty for all else.
    [[nodiscard]] std::string_view text_of(std::string_view name) const;
    /// Adds or replaces a member.
    void set(std::string_view name, Json value);
};

/// invalid: what is wrong.
[[nodiscard]] Result<Json> parse_json(std::string_view text);
[[nodiscard]] std::string dump(const Json& json);

}  // namespace landfall::dms
