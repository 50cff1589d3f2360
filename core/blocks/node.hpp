// The nodes of trees: 256 children each. Pure; docs/formats/tree.md is the page.
//
// Invariants
//   1. An image's node is canonical: it is fixed by the content below it alone. A node without non-zero
//      children is never stored; its id is zero.
//   2. Child i of an image's node of level n covers 256^(n-1) blocks, from block i * 256^(n-1) of the node
//      on.
//   3. A stream's node lists its children in order with their lengths; children may be of different levels,
//      all lower than the node's. No child is empty.
//   4. Levels are at most kLevelMax, so that no input makes a reader recurse without bound.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

inline constexpr std::size_t kFanOut = 256;
inline constexpr unsigned kLevelMax = 12;
/// 256^5 blocks of 64 KiB are 64 PiB.
inline constexpr unsigned kImageLevelMax = 5;

using ImageNode = std::array<BlockId, kFanOut>;

struct StreamChild {
    BlockId id;
    std::uint64_t length = 0;
    std::uint8_t level = 0;  ///< 0: a chunk

    auto operator<=>(const StreamChild&) const = default;
};
using StreamNode = std::vector<StreamChild>;

[[nodiscard]] std::vector<std::byte> encode(const ImageNode& node, unsigned level);
[[nodiscard]] Result<ImageNode> decode_image_node(ByteSpan bytes, unsigned level);
[[nodiscard]] std::vector<std::byte> encode(const StreamNode& node, unsigned level);
[[nodiscard]] Result<StreamNode> decode_stream_node(ByteSpan bytes, unsigned level);

/// The level of the root of an image of that many blocks: the smallest n with 256^n >= blocks.
[[nodiscard]] unsigned image_level(BlockCount blocks);
/// 256^level.
[[nodiscard]] constexpr std::uint64_t blocks_below(unsigned level) { return std::uint64_t{1} << (8 * level); }

}  // namespace landfall::blocks
