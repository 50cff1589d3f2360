// What character sets of MariaDB and MySQL mean in Unicode, where the system's iconv knows no such set or
// another one of that name. Taken from what MariaDB 10.11 prints for every character, which
// tests/dbmove/binlog_test.py compares again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace landfall::dbmove::mysql {

/// A set of one byte a character: what 0x80 to 0xff are; 0 is no character. Below that it is ASCII.
struct HighHalf {
    std::string_view charset;
    std::array<char16_t, 128> points;
};
[[nodiscard]] const HighHalf* high_half_of(std::string_view charset);

/// Characters of a multi-byte set that differ from iconv's: from `first` to `last` in the order of the set.
/// The first of them is `point`; 0 is no character for all of them.
struct Difference {
    std::string_view charset;
    std::uint32_t first, last;
    char16_t point;
};
[[nodiscard]] std::span<const Difference> differences_of(std::string_view charset);

}  // namespace landfall::dbmove::mysql
