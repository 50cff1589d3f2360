#include "core/blocks/ids.hpp"

#include "base/encoding.hpp"

namespace landfall::blocks {
namespace {

constexpr std::size_t kRootBytes = 48;

}  // namespace

std::string short_text(const BlockId& id) { return hex_encode(id.span().first(8)); }

std::array<std::byte, kRootBytes> encode(const TreeRoot& root) {
    std::array<std::byte, kRootBytes> bytes{};
    store_le<std::uint32_t>(bytes, 0, root.domain.value);
    bytes[4] = std::byte{static_cast<unsigned char>(root.kind)};
    bytes[5] = std::byte{root.level};
    store_le<std::uint64_t>(bytes, 8, root.length.count);
    std::memcpy(bytes.data() + 16, root.id.bytes.data(), root.id.bytes.size());
    return bytes;
}

std::optional<TreeRoot> decode_tree_root(ByteSpan bytes) {
    if (bytes.size() != kRootBytes || load_le<std::uint16_t>(bytes, 6) != 0) return std::nullopt;
    const auto kind = std::to_integer<std::uint8_t>(bytes[4]);
    if (kind != 1 && kind != 2) return std::nullopt;
    TreeRoot root{.domain = DomainNumber{load_le<std::uint32_t>(bytes, 0)},
                  .kind = static_cast<TreeKind>(kind),
                  .level = std::to_integer<std::uint8_t>(bytes[5]),
                  .id = {},
                  .length = Bytes{load_le<std::uint64_t>(bytes, 8)}};
    std::memcpy(root.id.bytes.data(), bytes.data() + 16, root.id.bytes.size());
    return root;
}

std::string to_text(const TreeRoot& root) { return hex_encode(encode(root)); }

std::optional<TreeRoot> parse_tree_root(std::string_view text) {
    if (text.size() != 2 * kRootBytes) return std::nullopt;
    const auto bytes = hex_decode(text);
    if (!bytes.ok()) return std::nullopt;
    return decode_tree_root(*bytes);
}

}  // namespace landfall::blocks
