// The codecs of everything on disk: what is encoded decodes, what is not encoded is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/blocks/chunker.hpp"
#include "core/blocks/codec.hpp"
#include "core/blocks/crypto.hpp"
#include "core/blocks/domains.hpp"
#include "core/blocks/frame.hpp"
#include "core/blocks/node.hpp"
#include "core/blocks/root_log.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

BlockId id_of(std::uint8_t n) {
    BlockId id;
    id.bytes.fill(std::byte{n});
    return id;
}

/// Every single flipped bit of `bytes` must make `decode` fail or give another value than before.
template <class Decode>
void expect_every_flip_noticed(std::vector<std::byte> bytes, const Decode& accepts) {
    ASSERT_TRUE(accepts(bytes));
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        bytes[i / 8] ^= std::byte{1} << (i % 8);
        EXPECT_FALSE(accepts(bytes)) << "bit " << i;
        bytes[i / 8] ^= std::byte{1} << (i % 8);
    }
    for (std::size_t n = 0; n < bytes.size(); ++n)
        EXPECT_FALSE(accepts({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}));
}

TEST(PackHeader, every_flipped_bit_is_noticed) {
    PackHeader header{.uuid = {}, .domain = DomainNumber{7}, .type = BlockType::node, .key_epoch = 3};
    header.uuid[3] = std::byte{9};
    header.wrapped_key[59] = std::byte{8};
    const auto bytes = encode(header);
    const auto back = decode_pack_header(bytes).value();
    EXPECT_EQ(back.uuid, header.uuid);
    EXPECT_EQ(back.wrapped_key, header.wrapped_key);
    EXPECT_EQ(back.domain, header.domain);
    EXPECT_EQ(back.type, BlockType::node);
    EXPECT_EQ(back.key_epoch, 3);
    expect_every_flip_noticed({bytes.begin(), bytes.end()},
                              [](const std::vector<std::byte>& b) { return decode_pack_header(b).ok(); });
}

TEST(FrameHeader, every_flipped_bit_is_noticed) {
    std::vector<std::byte> bytes(FrameHeader::kSize);
    encode(FrameHeader{BlockType::content, Codec::zstd, 65536, 30000, 12, id_of(4)}, bytes);
    const auto back = decode_frame_header(bytes);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->frame_length(), 30076U);
    EXPECT_EQ(back->id, id_of(4));
    expect_every_flip_noticed(
        bytes, [](const std::vector<std::byte>& b) { return decode_frame_header(b).has_value(); });
}

TEST(FrameHeader, lengths_that_no_block_has_are_refused) {
    std::vector<std::byte> bytes(FrameHeader::kSize);
    for (const FrameHeader& wrong : {FrameHeader{BlockType::content, Codec::zstd, 0, 0, 0, {}},
                                     FrameHeader{BlockType::content, Codec::zstd, kBlockMax + 1, 5, 0, {}},
                                     FrameHeader{BlockType::content, Codec::zstd, 5, 6, 0, {}},
                                     FrameHeader{BlockType::content, Codec::zstd, 5, 0, 0, {}},
                                     FrameHeader{BlockType::content, Codec::raw, 6, 5, 0, {}}}) {
        encode(wrong, bytes);
        EXPECT_FALSE(decode_frame_header(bytes).has_value());
    }
}

TEST(FrameHeader, a_codec_of_a_later_format_is_refused) {
    std::vector<std::byte> bytes(FrameHeader::kSize);
    encode(FrameHeader{BlockType::content, Codec::zlib, 65536, 30000, 12, id_of(4)}, bytes);
    EXPECT_EQ(decode_frame_header(bytes)->codec, Codec::zlib);
    encode(FrameHeader{BlockType::content, static_cast<Codec>(3), 65536, 30000, 12, id_of(4)}, bytes);
    EXPECT_FALSE(decode_frame_header(bytes).has_value());
}

TEST(Footer, comes_back_sorted_and_every_flipped_bit_is_noticed) {
    std::vector<FooterEntry> entries{{id_of(9), 128, 100, 0, 65536, BlockType::content},
                                     {id_of(2), 228, 200, 1, 5, BlockType::content}};
    const auto bytes = encode_footer(entries, 428);
    const auto trailer =
        decode_footer_trailer(ByteSpan{bytes}.last(FooterTrailer::kSize), 428 + bytes.size());
    ASSERT_TRUE(trailer.has_value());
    EXPECT_EQ(trailer->begin, 428U);
    EXPECT_EQ(trailer->count, 2U);
    std::sort(entries.begin(), entries.end());
    EXPECT_EQ(decode_footer(bytes).value(), entries);
    expect_every_flip_noticed(bytes, [](const std::vector<std::byte>& b) { return decode_footer(b).ok(); });
}

TEST(ImageNode, comes_back_and_what_is_not_canonical_is_refused) {
    ImageNode node{};
    node[0] = id_of(1);
    node[200] = id_of(2);
    const auto bytes = encode(node, 3);
    EXPECT_EQ(bytes.size(), 8U + 201 * 32);
    EXPECT_EQ(decode_image_node(bytes, 3).value(), node);
    EXPECT_TRUE(decode_image_node(bytes, 2).is(Errc::corrupt));
    EXPECT_TRUE(decode_stream_node(bytes, 3).is(Errc::corrupt));
    auto padded = bytes;
    padded.resize(padded.size() + 32);
    padded[2] = std::byte{202};
    EXPECT_TRUE(decode_image_node(padded, 3).is(Errc::corrupt));
    for (std::size_t n = 0; n < bytes.size(); ++n)
        EXPECT_FALSE(decode_image_node(ByteSpan{bytes}.first(n), 3).ok());
}

TEST(StreamNode, comes_back_and_children_that_cannot_be_are_refused) {
    const StreamNode node{{id_of(1), 70000, 0}, {id_of(2), 1U << 30U, 3}};
    auto bytes = encode(node, 4);
    EXPECT_EQ(decode_stream_node(bytes, 4).value(), node);
    EXPECT_FALSE(decode_stream_node(bytes, 3).ok());
    bytes[8 + 39] = std::byte{4};
    EXPECT_FALSE(decode_stream_node(bytes, 4).ok()) << "a child as high as its node";
    bytes[8 + 39] = std::byte{0};
    std::fill_n(bytes.begin() + 8 + 32, 8, std::byte{0});
    EXPECT_FALSE(decode_stream_node(bytes, 4).ok()) << "an empty child";
}

TEST(ImageLevel, is_the_height_that_just_holds_the_blocks) {
    EXPECT_EQ(image_level(BlockCount{0}), 0U);
    EXPECT_EQ(image_level(BlockCount{1}), 0U);
    EXPECT_EQ(image_level(BlockCount{2}), 1U);
    EXPECT_EQ(image_level(BlockCount{256}), 1U);
    EXPECT_EQ(image_level(BlockCount{257}), 2U);
    EXPECT_EQ(image_level(BlockCount{65537}), 3U);
}

TEST(RootRecord, comes_back_and_every_flipped_bit_is_noticed) {
    const RootRecord record{
        .version = 9,
        .durable_below = 77,
        .checkpoint_end = false,
        .changes = {{"k\0a", std::nullopt},
                    {"longer", RefRecord{9, {DomainNumber{1}, TreeKind::image, 2, id_of(3), 5_MiB}}}}};
    const auto bytes = encode(record);
    const auto back = decode_root_record(bytes).value();
    EXPECT_EQ(back.length, bytes.size());
    EXPECT_EQ(back.record.version, 9U);
    EXPECT_EQ(back.record.durable_below, 77U);
    EXPECT_EQ(back.record.changes[0].key, record.changes[0].key);
    EXPECT_FALSE(back.record.changes[0].record.has_value());
    EXPECT_EQ(back.record.changes[1].record->root, record.changes[1].record->root);
    expect_every_flip_noticed(bytes,
                              [](const std::vector<std::byte>& b) { return decode_root_record(b).ok(); });
}

TEST(DomainFile, comes_back_and_every_flipped_bit_is_noticed) {
    const DomainFile file{DomainNumber{5}, {"123456789012", "key", "eu-west-1"}, std::vector<std::byte>(60)};
    const auto bytes = encode(file);
    EXPECT_EQ(decode_domain_file(bytes)->name, file.name);
    EXPECT_EQ(decode_domain_file(bytes)->wrapped_key, file.wrapped_key);
    expect_every_flip_noticed(bytes,
                              [](const std::vector<std::byte>& b) { return decode_domain_file(b).ok(); });
}

TEST(Chunker, cuts_within_bounds_and_around_the_average_and_finds_its_feet_again) {
    const DomainKeys keys{SecretBytes{std::vector<std::byte>(32)}};
    const Content bytes = noise(1, 16 << 20);
    const auto cuts_of = [&](ByteSpan rest) {
        std::vector<std::size_t> cuts;
        for (std::size_t at = 0; at < rest.size();)
            cuts.push_back(at += first_chunk(rest.subspan(at), keys.gear));
        return cuts;
    };
    const auto cuts = cuts_of(bytes);
    std::size_t before = 0;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        EXPECT_GE(cuts[i] - before, kChunkMin);
        EXPECT_LE(cuts[i] - before, kChunkMax);
        before = cuts[i];
    }
    const std::size_t average = bytes.size() / cuts.size();
    EXPECT_GT(average, kChunkAverage * 3 / 4);
    EXPECT_LT(average, kChunkAverage * 3 / 2);
    const auto shifted = cuts_of(ByteSpan{bytes}.subspan(100));
    std::size_t same = 0;
    for (const std::size_t cut : shifted)
        same += std::binary_search(cuts.begin(), cuts.end(), cut + 100) ? 1U : 0U;
    EXPECT_GT(same, cuts.size() * 9 / 10);
}

TEST(Aead, opens_what_it_sealed_and_nothing_else) {
    SeededRandom random{1};
    const Aead aead{random_key(random)};
    const Content plain = noise(1, 1000);
    Content sealed(plain.size() + kTagSize);
    aead.seal(nonce_of(5), bytes_of("about"), plain, sealed);
    Content out(plain.size());
    EXPECT_TRUE(aead.open(nonce_of(5), bytes_of("about"), sealed, out));
    EXPECT_EQ(out, plain);
    EXPECT_FALSE(aead.open(nonce_of(6), bytes_of("about"), sealed, out));
    EXPECT_EQ(out, Content(plain.size())) << "nothing is left of a refused message";
    EXPECT_FALSE(aead.open(nonce_of(5), bytes_of("other"), sealed, out));
    sealed[17] ^= std::byte{1};
    EXPECT_FALSE(aead.open(nonce_of(5), bytes_of("about"), sealed, out));
}

TEST(CodecState, what_does_not_come_back_from_the_compressor_is_never_stored) {
    CodecState codec{1};
    const Content plain = prose(1, 65536);
    const auto packed = codec.pack(plain).value();
    EXPECT_EQ(packed.codec, Codec::zstd);
    const Content kept{packed.payload.begin(), packed.payload.end()};
    Content out(plain.size());
    EXPECT_TRUE(codec.unpack(Codec::zstd, kept, out));
    EXPECT_EQ(out, plain);
    EXPECT_FALSE(codec.unpack(Codec::zstd, ByteSpan{kept}.first(kept.size() - 1), out));
    codec.fault_for_tests = std::byte{1};
    EXPECT_TRUE(codec.pack(plain).is(Errc::corrupt));
}

TEST(CodecState, what_does_not_shrink_by_a_sixteenth_is_kept_as_it_is) {
    CodecState codec{1};
    const Content plain = noise(1, 65536);
    EXPECT_EQ(codec.pack(plain)->codec, Codec::raw);
    EXPECT_EQ(codec.pack(noise(1, 5))->codec, Codec::raw);
}

TEST(CodecState, a_zlib_stream_of_the_block_is_kept_as_it_is) {
    CodecState codec{1};
    const Content plain = prose(1, 65536);
    const Content stream = zlib_of(plain);
    const auto packed = codec.pack_zlib(plain, stream).value();
    EXPECT_EQ(packed.codec, Codec::zlib);
    EXPECT_EQ(packed.payload.data(), stream.data());
    EXPECT_EQ(packed.payload.size(), stream.size());
    Content out(plain.size());
    EXPECT_TRUE(codec.unpack(Codec::zlib, stream, out));
    EXPECT_EQ(out, plain);
}

TEST(CodecState, a_zlib_stream_of_other_bytes_is_refused) {
    CodecState codec{1};
    const Content plain = prose(1, 65536);
    EXPECT_TRUE(codec.pack_zlib(plain, zlib_of(prose(2, 65536))).is(Errc::corrupt));
    Content other = plain;
    other[40000] ^= std::byte{1};
    EXPECT_TRUE(codec.pack_zlib(other, zlib_of(plain)).is(Errc::corrupt));
}

TEST(CodecState, a_zlib_stream_that_saves_too_little_is_packed_anew) {
    CodecState codec{1};
    const Content random = noise(1, 65536);
    EXPECT_EQ(codec.pack_zlib(random, zlib_of(random))->codec, Codec::raw);
    EXPECT_EQ(codec.pack_zlib(prose(1, 65536), Content(7))->codec, Codec::zstd);
}

TEST(CodecState, a_damaged_or_wrongly_long_zlib_stream_does_not_unpack) {
    CodecState codec{1};
    const Content plain = prose(1, 65536);
    const Content stream = zlib_of(plain);
    Content out(plain.size());
    EXPECT_FALSE(codec.unpack(Codec::zlib, ByteSpan{stream}.first(stream.size() - 1), out));
    EXPECT_FALSE(codec.unpack(Codec::zlib, stream, MutableByteSpan{out}.first(65535)));
    out.resize(65537);
    EXPECT_FALSE(codec.unpack(Codec::zlib, stream, out));
    out.resize(65536);
    Content longer = stream;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(codec.unpack(Codec::zlib, longer, out));
    for (std::size_t at = 2; at < stream.size(); at += 997) {
        Content damaged = stream;
        damaged[at] ^= std::byte{4};
        EXPECT_FALSE(codec.unpack(Codec::zlib, damaged, out)) << at;
    }
}

TEST(MasterKeyFile, unwraps_what_it_wrapped_in_the_same_context_after_reopening) {
    FakeDisk disk;
    SeededRandom random{1};
    const SecretBytes key = random_key(random);
    const auto first = MasterKeyFile::open(disk, "m", random).value();
    const auto wrapped = first->wrap(key, bytes_of("one")).value();
    const auto second = MasterKeyFile::open(disk, "m", random).value();
    EXPECT_TRUE(second->unwrap(wrapped, bytes_of("one")).value() == key);
    EXPECT_TRUE(second->unwrap(wrapped, bytes_of("two")).is(Errc::corrupt));
    ASSERT_TRUE(disk.replace("m", bytes_of("no key")).ok());
    EXPECT_TRUE(MasterKeyFile::open(disk, "m", random).is(Errc::corrupt));
}

TEST(RootLogFile, damage_before_the_durable_end_is_an_error_and_a_torn_end_is_not) {
    for (const std::size_t damaged : {0U, 1U, 2U}) {
        FakeDisk disk;
        ASSERT_TRUE(disk.make_directory("roots").ok());
        std::vector<std::uint64_t> offsets;
        {
            RootLog log{disk, "roots"};
            ASSERT_TRUE(log.open([](const RootRecord&) { return Status{}; }).ok());
            for (std::uint64_t i = 1; i <= 3; ++i) {
                offsets.push_back(disk.stat("roots/1.log")->size.count);
                ASSERT_TRUE(log.append({i, 0, false, {{"k", std::nullopt}}}).ok());
            }
        }
        ASSERT_TRUE(disk.corrupt("roots/1.log", ByteOffset{offsets[damaged] + 9}, std::byte{1}).ok());
        RootLog log{disk, "roots"};
        std::uint64_t records = 0;
        const Status opened = log.open([&](const RootRecord&) { return ++records, Status{}; });
        // The last record cannot be told from one that was never finished; the index then knows of more than
        // the log.
        EXPECT_EQ(opened.is(Errc::corrupt), damaged < 2);
        if (opened.ok()) {
            EXPECT_EQ(records, 3U);
        }
    }
}

}  // namespace
}  // namespace landfall::blocks
