// Json: a JSON text as a tree that remembers where each value stood, for errors that name the place.
//
// Invariants
//   1. parse() takes what RFC 8259 allows, at most kJsonDepthMax deep, and nothing else; memory is bounded by
//      a constant times the text.
//   2. Members keep their order; of two members of one name both are kept, and find() answers the last.
//   3. Errors read as Jackson's do, whose texts clients of SNS know, with line and column.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/sns/model_fault.hpp"

namespace landfall::sns {

inline constexpr int kJsonDepthMax = 64;

struct Json {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
    struct Member;

    Kind kind = Kind::null;
    bool truth = false;
    double number = 0;
    std::string text;             ///< a string's characters; a number as it was written
    std::vector<Json> items;      ///< of an array
    std::vector<Member> members;  ///< of an object
    std::uint32_t begin = 0;      ///< offset of its first character in the text
    std::uint32_t end = 0;        ///< offset behind its last

    [[nodiscard]] bool is(Kind which) const { return kind == which; }
    /// Null where there is no such member, or this is no object.
    [[nodiscard]] const Json* find(std::string_view name) const;
};

struct Json::Member {
    std::string name;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Json value;
};

/// The message is Jackson's text with its "\n at [Source: …]" tail; the fault's code is invalid_parameter.
[[nodiscard]] Judged<Json> parse_json(std::string_view text);

/// "\n at [Source: (String)"TEXT"; line: L, column: C]" for the place `offset` of `text`, which is shown up
/// to 500 characters.
[[nodiscard]] std::string json_place(std::string_view text, std::uint32_t offset);

/// Appends `text` as a JSON string with its quotes. Control characters, quotes and backslashes are escaped,
/// all else is kept.
void append_json_string(std::string& out, std::string_view text);

}  // namespace landfall::sns
