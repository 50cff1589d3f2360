// The values of the index. Pure codecs; a cache's records, so their format may change with a rebuild.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/blocks/frame.hpp"
#include "core/blocks/ids.hpp"
#include "core/blocks/lease_table.hpp"

namespace landfall::blocks {

/// Where a block's frame is. Family::block and Family::quarantine: BlockId -> Location.
struct Location {
    PackNumber pack = 0;
    std::uint32_t offset = 0;
    std::uint32_t frame_length = 0;
    std::uint32_t number = 0;  ///< the frame's place in its pack

    auto operator<=>(const Location&) const = default;
};
[[nodiscard]] std::string encode(const Location& location);
[[nodiscard]] std::optional<Location> decode_location(std::string_view text);

enum class PackState : std::uint8_t { open = 1, sealed = 2, deleting = 3 };

/// Family::pack: pack number, big-endian -> PackRecord.
struct PackRecord {
    PackUuid uuid{};
    DomainNumber domain;
    BlockType type = BlockType::content;
    PackState state = PackState::open;
    std::uint32_t frames = 0;
    std::uint64_t length = 0;  ///< of the file once sealed; of its durable frames before
    std::uint64_t raw = 0;     ///< plaintext bytes of all frames
};
[[nodiscard]] std::string encode(const PackRecord& record);
[[nodiscard]] std::optional<PackRecord> decode_pack_record(std::string_view text);
[[nodiscard]] std::string pack_key(PackNumber number);
[[nodiscard]] std::optional<PackNumber> parse_pack_key(std::string_view key);
[[nodiscard]] std::string pack_file(const PackUuid& uuid);

/// Family::ref: kind, NUL, name -> version and root.
struct RefRecord {
    std::uint64_t version = 0;
    TreeRoot root;
};
[[nodiscard]] std::string ref_key(const RefKey& key);
[[nodiscard]] std::optional<RefKey> parse_ref_key(std::string_view key);
[[nodiscard]] std::string encode(const RefRecord& record);
[[nodiscard]] std::optional<RefRecord> decode_ref_record(std::string_view text);

[[nodiscard]] inline std::string_view view_of(const BlockId& id) { return text_of(id.span()); }
[[nodiscard]] std::optional<BlockId> parse_block_id(std::string_view key);

}  // namespace landfall::blocks
