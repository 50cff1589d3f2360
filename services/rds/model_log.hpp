// Portions of log files, as DownloadDBLogFilePortion cuts them.
//
// Invariants
//   1. A portion is whole lines, unless one line alone is larger than a portion.
//   2. A portion is text that XML can carry: what it cannot is '?'.
// Pure functions; any thread; no disk.
#pragma once

#include <string>
#include <string_view>

#include "base/units.hpp"

namespace landfall::rds {

inline constexpr Bytes kPortionMax{1 << 20};

/// The front of `text` that is one portion: at most `lines`; where `more` follows the text, up to its last
/// line's end.
enum class Following : std::uint8_t { nothing, more };
[[nodiscard]] std::string_view portion_of(std::string_view text, std::size_t lines, Following following);
/// Where the last `lines` of `text` begin.
[[nodiscard]] std::size_t begin_of_last(std::string_view text, std::size_t lines);
/// UTF-8 without control characters other than tab and ends of lines.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace landfall::rds
