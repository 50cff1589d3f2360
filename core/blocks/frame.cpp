#include "core/blocks/frame.hpp"

#include <algorithm>
#include <string>

#include "base/checksum.hpp"
#include "base/encoding.hpp"

namespace landfall::blocks {
namespace {

constexpr std::string_view kPackMagic = "LFPACK01";
constexpr std::string_view kFooterMagic = "LFFOOT01";
constexpr std::uint32_t kFrameMagic = 0x524d464c;  // "LFMR"

void put(MutableByteSpan to, std::size_t at, ByteSpan bytes) {
    std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
}

template <std::size_t N>
void get(ByteSpan from, std::size_t at, std::array<std::byte, N>& to) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), N, to.begin());
}

std::optional<BlockType> type_from(std::byte b) {
    if (b == std::byte{1}) return BlockType::content;
    if (b == std::byte{2}) return BlockType::node;
    return std::nullopt;
}

std::byte byte_from(BlockType type) { return std::byte{static_cast<unsigned char>(type)}; }

}  // namespace

std::string text_of_uuid(const PackUuid& uuid) { return hex_encode(uuid); }

std::optional<PackUuid> parse_uuid(std::string_view text) {
    if (text.size() != 32) return std::nullopt;
    const auto bytes = hex_decode(text);
    if (!bytes.ok()) return std::nullopt;
    PackUuid uuid{};
    get(*bytes, 0, uuid);
    return uuid;
}

std::array<std::byte, PackHeader::kSize> encode(const PackHeader& header) {
    std::array<std::byte, PackHeader::kSize> out{};
    put(out, 0, bytes_of(kPackMagic));
    store_le<std::uint32_t>(out, 8, PackHeader::kSize);
    store_le<std::uint16_t>(out, 12, header.key_epoch);
    out[14] = byte_from(header.type);
    put(out, 16, header.uuid);
    store_le<std::uint32_t>(out, 32, header.domain.value);
    put(out, 40, header.wrapped_key);
    store_le<std::uint32_t>(out, 124, Crc32c::of(ByteSpan{out}.first(124)));
    return out;
}

Result<PackHeader> decode_pack_header(ByteSpan bytes) {
    if (bytes.size() < PackHeader::kSize || text_of(bytes.first(8)) != kPackMagic)
        return Error{Errc::corrupt, "not a pack"};
    if (load_le<std::uint32_t>(bytes, 124) != Crc32c::of(bytes.first(124)))
        return Error{Errc::corrupt, "the pack's header is damaged"};
    const auto type = type_from(bytes[14]);
    if (!type || load_le<std::uint32_t>(bytes, 8) != PackHeader::kSize)
        return Error{Errc::corrupt, "the pack's header has values of no known format"};
    PackHeader header{.uuid = {},
                      .domain = DomainNumber{load_le<std::uint32_t>(bytes, 32)},
                      .type = *type,
                      .key_epoch = load_le<std::uint16_t>(bytes, 12),
                      .wrapped_key = {}};
    get(bytes, 16, header.uuid);
    get(bytes, 40, header.wrapped_key);
    return header;
}

std::array<std::byte, 24> wrap_context(const PackHeader& header) {
    std::array<std::byte, 24> out{};
    put(out, 0, header.uuid);
    store_le<std::uint32_t>(out, 16, header.domain.value);
    store_le<std::uint16_t>(out, 20, header.key_epoch);
    out[22] = byte_from(header.type);
    return out;
}

void encode(const FrameHeader& header, MutableByteSpan out) {
    store_le<std::uint32_t>(out, 0, kFrameMagic);
    out[4] = byte_from(header.type);
    out[5] = std::byte{static_cast<unsigned char>(header.codec)};
    store_le<std::uint16_t>(out, 6, 0);
    store_le<std::uint32_t>(out, 8, header.raw_length);
    store_le<std::uint32_t>(out, 12, header.payload_length);
    store_le<std::uint32_t>(out, 16, header.number);
    store_le<std::uint32_t>(out, 20, 0);
    put(out, 24, header.id.span());
    store_le<std::uint32_t>(out, 56, Crc32c::of(ByteSpan{out}.first(kFrameAssociated)));
}

std::optional<FrameHeader> decode_frame_header(ByteSpan bytes) {
    if (bytes.size() < FrameHeader::kSize || load_le<std::uint32_t>(bytes, 0) != kFrameMagic)
        return std::nullopt;
    if (load_le<std::uint32_t>(bytes, 56) != Crc32c::of(bytes.first(kFrameAssociated))) return std::nullopt;
    const auto type = type_from(bytes[4]);
    const auto codec = std::to_integer<unsigned>(bytes[5]);
    if (!type || codec > static_cast<unsigned>(Codec::zlib)) return std::nullopt;
    FrameHeader header{.type = *type,
                       .codec = static_cast<Codec>(codec),
                       .raw_length = load_le<std::uint32_t>(bytes, 8),
                       .payload_length = load_le<std::uint32_t>(bytes, 12),
                       .number = load_le<std::uint32_t>(bytes, 16),
                       .id = {}};
    get(bytes, 24, header.id.bytes);
    const bool lengths_fit = header.raw_length != 0 && header.raw_length <= kBlockMax &&
                             header.payload_length != 0 && header.payload_length <= header.raw_length &&
                             (header.codec != Codec::raw || header.payload_length == header.raw_length);
    if (!lengths_fit) return std::nullopt;
    return header;
}

Nonce nonce_of(std::uint32_t frame_number) {
    Nonce nonce{};
    store_le<std::uint32_t>(nonce, 0, frame_number);
    return nonce;
}

std::vector<std::byte> encode_footer(std::vector<FooterEntry> entries, std::uint32_t end_of_frames) {
    std::sort(entries.begin(), entries.end());
    std::vector<std::byte> out(entries.size() * FooterEntry::kSize + FooterTrailer::kSize);
    std::size_t at = 0;
    for (const FooterEntry& entry : entries) {
        put(out, at, entry.id.span());
        store_le<std::uint32_t>(out, at + 32, entry.offset);
        store_le<std::uint32_t>(out, at + 36, entry.frame_length);
        store_le<std::uint32_t>(out, at + 40, entry.number);
        store_le<std::uint32_t>(out, at + 44, entry.raw_length);
        store_le<std::uint32_t>(out, at + 48, static_cast<std::uint32_t>(entry.type));
        at += FooterEntry::kSize;
    }
    store_le<std::uint32_t>(out, at, end_of_frames);
    store_le<std::uint32_t>(out, at + 4, static_cast<std::uint32_t>(entries.size()));
    put(out, at + 8, bytes_of(kFooterMagic));
    store_le<std::uint32_t>(out, at + 16, Crc32c::of(ByteSpan{out}.first(at)));
    store_le<std::uint32_t>(out, at + 20, Crc32c::of(ByteSpan{out}.subspan(at, 20)));
    return out;
}

std::optional<FooterTrailer> decode_footer_trailer(ByteSpan last_bytes, std::uint64_t pack_size) {
    if (last_bytes.size() != FooterTrailer::kSize || text_of(last_bytes.subspan(8, 8)) != kFooterMagic)
        return std::nullopt;
    if (load_le<std::uint32_t>(last_bytes, 20) != Crc32c::of(last_bytes.first(20))) return std::nullopt;
    const FooterTrailer trailer{load_le<std::uint32_t>(last_bytes, 0), load_le<std::uint32_t>(last_bytes, 4)};
    const std::uint64_t length = std::uint64_t{trailer.count} * FooterEntry::kSize + FooterTrailer::kSize;
    if (trailer.begin < PackHeader::kSize || trailer.begin + length != pack_size) return std::nullopt;
    return trailer;
}

Result<std::vector<FooterEntry>> decode_footer(ByteSpan footer) {
    const Error damaged{Errc::corrupt, "the pack's footer is damaged"};
    if (footer.size() < FooterTrailer::kSize) return damaged;
    const ByteSpan body = footer.first(footer.size() - FooterTrailer::kSize);
    if (body.size() % FooterEntry::kSize != 0) return damaged;
    const ByteSpan tail = footer.subspan(body.size());
    if (text_of(tail.subspan(8, 8)) != kFooterMagic) return damaged;
    if (load_le<std::uint32_t>(tail, 4) != body.size() / FooterEntry::kSize) return damaged;
    if (load_le<std::uint32_t>(tail, 20) != Crc32c::of(tail.first(20))) return damaged;
    if (load_le<std::uint32_t>(tail, 16) != Crc32c::of(body)) return damaged;
    const std::uint32_t begin = load_le<std::uint32_t>(tail, 0);
    std::vector<FooterEntry> entries;
    entries.reserve(body.size() / FooterEntry::kSize);
    for (std::size_t at = 0; at < body.size(); at += FooterEntry::kSize) {
        FooterEntry entry{.id = {},
                          .offset = load_le<std::uint32_t>(body, at + 32),
                          .frame_length = load_le<std::uint32_t>(body, at + 36),
                          .number = load_le<std::uint32_t>(body, at + 40),
                          .raw_length = load_le<std::uint32_t>(body, at + 44),
                          .type = BlockType::content};
        get(body, at, entry.id.bytes);
        const auto type = type_from(body[at + 48]);
        const bool inside = entry.offset >= PackHeader::kSize && entry.offset <= begin &&
                            entry.frame_length <= begin - entry.offset;
        if (!type || !inside || entry.frame_length <= FrameHeader::kOverhead ||
            entry.frame_length > FrameHeader::kOverhead + kBlockMax || entry.number >= begin)
            return damaged;
        entry.type = *type;
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace landfall::blocks
