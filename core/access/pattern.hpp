// Patterns of policies: * is any run of characters, also an empty one, ? is any one character.
//
// Invariants
//   1. Work is at most length of pattern × length of text, memory none.
//   2. kLiteralStar and kLiteralMark stand for the characters themselves: bytes that UTF-8 never has, so that
//      what a variable brings in is no pattern.
// Threads: any. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace landfall::access {

inline constexpr char kLiteralStar = '\xff';
inline constexpr char kLiteralMark = '\xfe';

enum class Letters : std::uint8_t { exact, either_case };

[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);  ///< A is a (ASCII)
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text, Letters letters = Letters::exact);

/// As Resource compares: over the whole text; an ARN of fewer than six parts matches whatever the others are.
[[nodiscard]] bool matches_resource(std::string_view pattern, std::string_view arn);
/// As ArnLike compares: each of the six parts by itself, the sixth takes the colons that are left.
[[nodiscard]] bool matches_arn(std::string_view pattern, std::string_view arn);

}  // namespace landfall::access
