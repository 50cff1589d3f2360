// Memos: what lies below a node of a tree, as frames of packs, so that a collection marks a subtree that it
// has met before by one look-up instead of one a block. Kept in Family::memo; docs/decisions/0030 argues why
// a stale memo is never believed.
//
// Invariants
//   1. A memo lists every frame at or below its node, at places in packs that were sealed when it was made.
//   2. A block leaves its place only when its pack is condemned, or when it is quarantined. Before the first,
//      and together with the second, the pack is noted as disturbed at the present generation.
//   3. A memo counts if each of its packs is sealed, not condemned, and not disturbed at the memo's
//      generation or later. What does not count is walked again.
//   4. Memos, notes and places of blocks are written to one index in that order: after a crash none of them
//      is there without what was written before it. rebuild_index() starts without memos.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/blocks/index.hpp"
#include "core/blocks/records.hpp"

namespace landfall::blocks {

/// Frames first, first + 1, … of a pack.
struct FrameRange {
    PackNumber pack = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;

    auto operator<=>(const FrameRange&) const = default;
};
using FrameRanges = std::vector<FrameRange>;
/// Sorted, and what touches or overlaps made one.
void coalesce(FrameRanges& ranges);

struct Memo {
    std::uint64_t generation = 0;  ///< of the collection that made it
    FrameRanges frames;
};
[[nodiscard]] std::string encode(const Memo& memo);
/// nullopt: not a memo. Ranges are not empty and do not pass the last frame number.
[[nodiscard]] std::optional<Memo> decode_memo(std::string_view text);

/// Memos are kept up to this many ranges (48 KiB).
inline constexpr std::size_t kMemoRangesMax = 4096;

/// Counts collections. Zero before the first.
[[nodiscard]] Result<std::uint64_t> memo_generation(Index& index);
[[nodiscard]] IndexChange generation_change(std::uint64_t generation);

/// The generation at which a pack was disturbed, in Family::meta behind kDisturbed.
inline constexpr std::string_view kDisturbed = "disturbed/";
[[nodiscard]] IndexChange disturbance(PackNumber pack, std::uint64_t generation);
[[nodiscard]] IndexChange no_disturbance(PackNumber pack);
/// The pack of such a key; nullopt: it is another one.
[[nodiscard]] std::optional<PackNumber> parse_disturbed(std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> parse_generation(std::string_view text);

}  // namespace landfall::blocks
