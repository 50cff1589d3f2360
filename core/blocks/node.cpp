#include "core/blocks/node.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

// Kind, level and count in front of the children, so that a node read at the wrong place is noticed.
constexpr std::size_t kHead = 8;
constexpr std::size_t kStreamChild = 40;

void encode_head(MutableByteSpan out, TreeKind kind, unsigned level, std::size_t count) {
    out[0] = std::byte{static_cast<unsigned char>(kind)};
    out[1] = std::byte{static_cast<unsigned char>(level)};
    store_le<std::uint16_t>(out, 2, static_cast<std::uint16_t>(count));
}

Result<std::size_t> decode_head(ByteSpan bytes, TreeKind kind, unsigned level, std::size_t child_size) {
    const Error damaged{Errc::corrupt, "a tree node that does not parse"};
    if (bytes.size() < kHead || load_le<std::uint32_t>(bytes, 4) != 0) return damaged;
    if (std::to_integer<unsigned>(bytes[0]) != static_cast<unsigned>(kind)) return damaged;
    if (std::to_integer<unsigned>(bytes[1]) != level || level == 0 || level > kLevelMax) return damaged;
    const std::size_t count = load_le<std::uint16_t>(bytes, 2);
    if (count == 0 || count > kFanOut || bytes.size() != kHead + count * child_size) return damaged;
    return count;
}

}  // namespace

std::vector<std::byte> encode(const ImageNode& node, unsigned level) {
    std::size_t count = kFanOut;
    while (count > 0 && node[count - 1].is_zero()) --count;
    CHECK(count > 0 && level > 0 && level <= kImageLevelMax);
    std::vector<std::byte> out(kHead + count * sizeof(BlockId::bytes));
    encode_head(out, TreeKind::image, level, count);
    for (std::size_t i = 0; i < count; ++i)
        std::copy(node[i].bytes.begin(), node[i].bytes.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(kHead + i * sizeof(BlockId::bytes)));
    return out;
}

Result<ImageNode> decode_image_node(ByteSpan bytes, unsigned level) {
    const std::size_t count = TRY(decode_head(bytes, TreeKind::image, level, sizeof(BlockId::bytes)));
    ImageNode node{};
    for (std::size_t i = 0; i < count; ++i)
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(kHead + i * sizeof(BlockId::bytes)),
                    sizeof(BlockId::bytes), node[i].bytes.begin());
    if (node[count - 1].is_zero()) return Error{Errc::corrupt, "a tree node that is not canonical"};
    return node;
}

std::vector<std::byte> encode(const StreamNode& node, unsigned level) {
    CHECK(!node.empty() && node.size() <= kFanOut && level > 0 && level <= kLevelMax);
    std::vector<std::byte> out(kHead + node.size() * kStreamChild);
    encode_head(out, TreeKind::stream, level, node.size());
    std::size_t at = kHead;
    for (const StreamChild& child : node) {
        CHECK(child.length != 0 && child.length >> 56U == 0 && child.level < level);
        std::copy(child.id.bytes.begin(), child.id.bytes.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(at));
        store_le<std::uint64_t>(out, at + 32, child.length | std::uint64_t{child.level} << 56U);
        at += kStreamChild;
    }
    return out;
}

Result<StreamNode> decode_stream_node(ByteSpan bytes, unsigned level) {
    const std::size_t count = TRY(decode_head(bytes, TreeKind::stream, level, kStreamChild));
    StreamNode node(count);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = kHead + i * kStreamChild;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 32, node[i].id.bytes.begin());
        const auto word = load_le<std::uint64_t>(bytes, at + 32);
        node[i].length = word & ((std::uint64_t{1} << 56U) - 1);
        node[i].level = static_cast<std::uint8_t>(word >> 56U);
        sum += node[i].length;
        if (node[i].length == 0 || node[i].level >= level || sum >> 56U != 0)
            return Error{Errc::corrupt, "a tree node with an impossible child"};
    }
    return node;
}

unsigned image_level(BlockCount blocks) {
    unsigned level = 0;
    while (blocks_below(level) < blocks.count) ++level;
    CHECK(level <= kImageLevelMax);
    return level;
}

}  // namespace landfall::blocks
