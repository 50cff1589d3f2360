// Every parser of bytes that come from a disk: whatever they are, an answer or an error, in bounded memory;
// and what is accepted encodes to the same bytes again, where the format has one form only.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/checksum.hpp"
#include "core/blocks/codec.hpp"
#include "core/blocks/domains.hpp"
#include "core/blocks/frame.hpp"
#include "core/blocks/node.hpp"
#include "core/blocks/records.hpp"
#include "core/blocks/root_log.hpp"

namespace landfall::blocks {
namespace {

void same(ByteSpan in, ByteSpan out) { CHECK(std::equal(in.begin(), in.end(), out.begin(), out.end())); }

void parse_nodes(ByteSpan bytes, unsigned level) {
    if (const auto node = decode_image_node(bytes, level); node.ok() && level <= kImageLevelMax)
        same(bytes, encode(*node, level));
    if (const auto node = decode_stream_node(bytes, level); node.ok()) same(bytes, encode(*node, level));
}

void parse_packs(ByteSpan bytes) {
    if (const auto header = decode_pack_header(bytes); header.ok())
        CHECK(encode(*header).size() == PackHeader::kSize);
    if (const auto header = decode_frame_header(bytes))
        CHECK(header->frame_length() > FrameHeader::kOverhead);
    if (bytes.size() >= FrameHeader::kSize)
        static_cast<void>(decode_footer_trailer(bytes.last(FooterTrailer::kSize), bytes.size()));
    if (const auto entries = decode_footer(bytes); entries.ok()) CHECK(entries->size() <= bytes.size());
}

void parse_records(ByteSpan bytes) {
    const std::string_view text = text_of(bytes);
    if (const auto record = decode_root_record(bytes); record.ok()) {
        CHECK(record->length <= bytes.size());
        same(bytes.first(record->length), encode(record->record));
    }
    if (const auto file = decode_domain_file(bytes); file.ok()) same(bytes, encode(*file));
    if (const auto root = decode_tree_root(bytes)) same(bytes, encode(*root));
    static_cast<void>(parse_tree_root(text));
    static_cast<void>(decode_location(text));
    static_cast<void>(decode_pack_record(text));
    static_cast<void>(decode_ref_record(text));
    static_cast<void>(parse_ref_key(text));
}

/// A payload that its tag says is ours may still be what a disk image brought.
void unpack_payload(ByteSpan bytes) {
    CodecState codec{-1};
    std::vector<std::byte> out(65536);
    for (const Codec kind : {Codec::raw, Codec::zstd, Codec::zlib})
        static_cast<void>(codec.unpack(kind, bytes, out));
}

/// A checksum stops nearly every mutation: here it is put right first.
void parse_repaired(ByteSpan bytes) {
    std::vector<std::byte> copy{bytes.begin(), bytes.end()};
    const ByteSpan view{copy};
    if (copy.size() >= PackHeader::kSize) {
        store_le<std::uint32_t>(copy, 124, Crc32c::of(view.first(124)));
        parse_packs(view);
        store_le<std::uint32_t>(copy, 56, Crc32c::of(view.first(kFrameAssociated)));
        parse_packs(view);
        const std::size_t tail = copy.size() - FooterTrailer::kSize;
        store_le<std::uint32_t>(copy, tail + 16, Crc32c::of(view.first(tail)));
        store_le<std::uint32_t>(copy, tail + 20, Crc32c::of(view.subspan(tail, 20)));
        parse_packs(view);
    }
    if (copy.size() >= 36) {
        store_le<std::uint32_t>(copy, 4, static_cast<std::uint32_t>(copy.size()));
        Crc32c crc{Crc32c::of(view.first(32))};
        crc.update(view.subspan(36));
        store_le<std::uint32_t>(copy, 32, crc.value());
        parse_records(view);
        store_le<std::uint32_t>(copy, copy.size() - 4, Crc32c::of(view.first(copy.size() - 4)));
        parse_records(view);
    }
}

}  // namespace
}  // namespace landfall::blocks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::blocks;
    if (size == 0) return 0;
    const landfall::ByteSpan all = std::as_bytes(std::span{bytes, size});
    const unsigned choice = bytes[0];
    const landfall::ByteSpan rest = all.subspan(1);
    if (choice < 16) parse_nodes(rest, choice % (kLevelMax + 1));
    if (choice >= 16 && choice < 128) parse_packs(rest);
    if (choice >= 128) parse_records(rest);
    if (choice % 2 == 0) parse_repaired(rest);
    if (choice % 8 == 1) unpack_payload(rest);
    return 0;
}
