// plain_length: how much of a text needs no second look, eight bytes at a time.
//
// Most text that passes through is printable ASCII without quotes. Readers and writers of JSON, and whoever
// checks characters, skip it by this and look at what stops it one character at a time.
// Threads: any. Does not touch disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace landfall {

/// Bytes at the start of `text` from 0x20 to 0x7F that are neither '"' nor '\'; up to seven fewer than there
/// are, so that the caller must go on by itself from there.
[[nodiscard]] inline std::size_t plain_length(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = kOnes << 7;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + at, sizeof eight);
        const std::uint64_t quote = eight ^ (kOnes * '"');
        const std::uint64_t backslash = eight ^ (kOnes * '\\');
        // x - n borrows from the high bit of a byte that is below n; beside such a byte a higher one may be
        // marked wrongly, which only ends the run, at a place that is looked at again.
        const std::uint64_t odd =
            (eight | (eight - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHighs;
        if (odd != 0) return at;
    }
    return at;
}

}  // namespace landfall
