// The names of things in the block store: blocks, domains, trees, refs.
//
// Invariants
//   1. A BlockId is HMAC-SHA-256 of a block's plaintext under its domain's key for that type of block: equal
//      content in one domain has one id, ids of two domains or two types never meet.
//   2. The id of 32 zero bytes means "all zero bytes"; such a block is never stored.
//   3. A TreeRoot names an immutable content. Two equal TreeRoots read the same bytes for ever.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/units.hpp"

namespace landfall::blocks {

struct BlockId {
    std::array<std::byte, 32> bytes{};

    auto operator<=>(const BlockId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == BlockId{}; }
    [[nodiscard]] ByteSpan span() const { return bytes; }
};
/// The first 16 hexadecimal digits, for messages.
[[nodiscard]] std::string short_text(const BlockId& id);

/// Who shares a key, and so deduplicates together: never across accounts, keys or regions.
struct DomainName {
    std::string account;  ///< 12 digits
    std::string key;      ///< the encryption key's name, "default" where the user chose none
    std::string region;

    auto operator<=>(const DomainName&) const = default;
};

/// A domain of this store; given out by Store::domain(), kept for ever.
struct DomainNumber {
    std::uint32_t value = 0;
    auto operator<=>(const DomainNumber&) const = default;
};

enum class TreeKind : std::uint8_t {
    image = 1,   ///< fixed 64 KiB blocks, sparse: volumes, images, snapshots
    stream = 2,  ///< content-defined chunks: objects, archives
};

/// An immutable content: a disk image or a stream of bytes.
struct TreeRoot {
    DomainNumber domain;
    TreeKind kind = TreeKind::stream;
    std::uint8_t level =
        0;  ///< 0: `id` is the one block itself; n: a node above nodes of level n - 1 or lower
    BlockId id;
    Bytes length;

    auto operator<=>(const TreeRoot&) const = default;
};
/// 96 lower-case hexadecimal digits; what a service keeps in its own records, if it must.
[[nodiscard]] std::string to_text(const TreeRoot& root);
[[nodiscard]] std::optional<TreeRoot> parse_tree_root(std::string_view text);
/// The 48 bytes of docs/formats/roots.md.
[[nodiscard]] std::array<std::byte, 48> encode(const TreeRoot& root);
[[nodiscard]] std::optional<TreeRoot> decode_tree_root(ByteSpan bytes);

/// The name of a committed root. Kinds are short words of the owners: "s3.object", "ec2.snapshot".
struct RefKey {
    std::string kind;  ///< 1 to 32 of [a-z0-9._-]
    std::string name;  ///< 1 to 2048 bytes of any value

    auto operator<=>(const RefKey&) const = default;
};

struct Ref {
    RefKey key;
    TreeRoot root;
    std::uint64_t version = 0;  ///< grows with every commit of the store; a re-used name never repeats one
};

/// Some blocks of an image, in a row.
struct BlockRun {
    BlockIndex first;
    BlockCount count;

    auto operator<=>(const BlockRun&) const = default;
};

}  // namespace landfall::blocks

template <>
struct std::hash<landfall::blocks::BlockId> {
    std::size_t operator()(const landfall::blocks::BlockId& id) const noexcept {
        return landfall::load_le<std::size_t>(id.bytes);
    }
};
