// The codec of packs: header, frames, footer. Pure: bytes in, values out; docs/formats/pack.md is its page.
//
// Invariants
//   1. decode(encode(x)) == x; decode of anything else is an error, never a crash, whatever the bytes are.
//   2. A frame header says how long its frame is and carries a CRC-32C of itself, so that a pack without its
//      footer, or with damage inside, is still walked frame by frame.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "core/blocks/crypto.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

/// No block is longer: four times the average chunk of a stream.
inline constexpr std::size_t kBlockMax = 256 * 1024;

/// zlib: an RFC 1950 stream, whose Adler-32 is checked when it is read; kept as a disk image brought it.
enum class Codec : std::uint8_t { raw = 0, zstd = 1, zlib = 2 };

using PackUuid = std::array<std::byte, 16>;
/// 32 hexadecimal digits: the pack's key in a backend, before ".pack".
[[nodiscard]] std::string text_of_uuid(const PackUuid& uuid);
[[nodiscard]] std::optional<PackUuid> parse_uuid(std::string_view text);

struct PackHeader {
    static constexpr std::size_t kSize = 128;

    PackUuid uuid{};
    DomainNumber domain;
    BlockType type = BlockType::content;  ///< metadata is kept in packs of its own
    std::uint16_t key_epoch = 0;
    std::array<std::byte, kWrappedKeySize> wrapped_key{};
};
[[nodiscard]] std::array<std::byte, PackHeader::kSize> encode(const PackHeader& header);
[[nodiscard]] Result<PackHeader> decode_pack_header(ByteSpan bytes);
/// What the wrapped key is bound to.
[[nodiscard]] std::array<std::byte, 24> wrap_context(const PackHeader& header);

struct FrameHeader {
    static constexpr std::size_t kSize = 60;
    /// What a frame costs beside its payload.
    static constexpr std::size_t kOverhead = kSize + kTagSize;

    BlockType type = BlockType::content;
    Codec codec = Codec::raw;
    std::uint32_t raw_length = 0;
    std::uint32_t payload_length = 0;  ///< of the ciphertext, without its tag
    std::uint32_t number = 0;          ///< the frame's place in its pack, from 0; its nonce
    BlockId id;

    [[nodiscard]] std::size_t frame_length() const { return kOverhead + payload_length; }
};
/// The first 56 bytes are what the frame's tag authenticates as well.
inline constexpr std::size_t kFrameAssociated = 56;
void encode(const FrameHeader& header, MutableByteSpan out);
/// nullopt: not a frame header.
[[nodiscard]] std::optional<FrameHeader> decode_frame_header(ByteSpan bytes);
[[nodiscard]] Nonce nonce_of(std::uint32_t frame_number);

/// Where a frame is and what it holds.
struct FooterEntry {
    static constexpr std::size_t kSize = 52;

    BlockId id;
    std::uint32_t offset = 0;
    std::uint32_t frame_length = 0;
    std::uint32_t number = 0;
    std::uint32_t raw_length = 0;
    BlockType type = BlockType::content;

    auto operator<=>(const FooterEntry&) const = default;
};
/// Entries (sorted by id here) and the trailer; `end_of_frames` is where the footer begins.
[[nodiscard]] std::vector<std::byte> encode_footer(std::vector<FooterEntry> entries,
                                                   std::uint32_t end_of_frames);

struct FooterTrailer {
    static constexpr std::size_t kSize = 24;
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
};
/// From the pack's last kSize bytes.
[[nodiscard]] std::optional<FooterTrailer> decode_footer_trailer(ByteSpan last_bytes,
                                                                 std::uint64_t pack_size);
/// `footer` is everything from trailer.begin to the pack's end.
[[nodiscard]] Result<std::vector<FooterEntry>> decode_footer(ByteSpan footer);

}  // namespace landfall::blocks
