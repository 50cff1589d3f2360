#include "engines/messages/record.hpp"

#include <gtest/gtest.h>

#include <array>

#include "engines/messages/checkpoint.hpp"
#include "engines/messages/index_file.hpp"

namespace landfall::messages {
namespace {

std::vector<std::byte> encoded(const MessageRecord& record) {
    std::vector<std::byte> bytes(encoded_size(record));
    encode(record, bytes);
    return bytes;
}

MessageRecord sample() {
    MessageRecord record{.id = {1, 2, 3},
                         .sent = Millis{10},
                         .stored = Millis{11},
                         .group = "group",
                         .dedup_id = "dedup",
                         .headers = "headers",
                         .body = "body",
                         .origin = {QueueId{5}, Sequence{6}},
                         .moved_from = {QueueId{7}, Sequence{8}},
                         .dead_letter_source = QueueId{9},
                         .receives = 3};
    record.targets.push_back({{QueueId{1}, Sequence{2}}, 1000, "first"});
    record.targets.push_back({{QueueId{3}, Sequence{4}}, 0, "second wrapping"});
    return record;
}

// The reference implementation's vector for fifteen bytes.
TEST(KeyedHash, is_siphash) {
    std::array<std::byte, 15> input{};
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::byte>(i);
    const KeyedHash hash{{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    EXPECT_EQ(hash.of(ByteSpan{input}), 0xa129ca6149be45e5U);
}

TEST(KeyedHash, of_words_is_that_of_their_bytes) {
    const KeyedHash hash{{1, 2}};
    std::array<std::byte, 16> bytes{};
    store_le<std::uint64_t>(bytes, 0, 77);
    store_le<std::uint64_t>(bytes, 8, 88);
    EXPECT_EQ(hash.of({77, 88}), hash.of(ByteSpan{bytes}));
}

TEST(Record, encoding_a_message_writes_every_byte) {
    std::vector<std::byte> used(encoded_size(sample()), std::byte{0xaa});
    encode(sample(), used);
    EXPECT_EQ(used, encoded(sample()));
}

TEST(Record, a_message_reads_back_as_it_was_written) {
    const auto bytes = encoded(sample());
    const auto decoded = decode(bytes, Body::verify).value();
    EXPECT_EQ(decoded.length, bytes.size());
    EXPECT_TRUE(decoded.body_intact);
    const auto& record = std::get<MessageRecord>(decoded.record);
    EXPECT_EQ(record.group, "group");
    EXPECT_EQ(record.dedup_id, "dedup");
    EXPECT_EQ(record.headers, "headers");
    EXPECT_EQ(record.body, "body");
    EXPECT_EQ(record.origin, (QueuePlace{QueueId{5}, Sequence{6}}));
    EXPECT_EQ(record.moved_from, (QueuePlace{QueueId{7}, Sequence{8}}));
    EXPECT_EQ(record.dead_letter_source, QueueId{9});
    EXPECT_EQ(record.receives, 3U);
    ASSERT_EQ(record.targets.size(), 2U);
    EXPECT_EQ(record.targets[0].delay_ms, 1000U);
    EXPECT_EQ(record.targets[1].wrapping, "second wrapping");
    const auto one = decode_target(bytes, 1).value();
    ASSERT_EQ(one.targets.size(), 1U);
    EXPECT_EQ(one.targets[0].place, (QueuePlace{QueueId{3}, Sequence{4}}));
    EXPECT_TRUE(decode_target(bytes, 2).is(Errc::corrupt));
}

TEST(Record, every_flipped_bit_of_a_message_is_found) {
    const auto good = encoded(sample());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bytes = good;
        bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const auto decoded = decode(bytes, Body::verify);
        const auto one = decode_target(bytes, 0);
        // Padding and the other target's parts may differ without harm to this one.
        if (one.ok()) {
            EXPECT_EQ(one->body, "body");
            EXPECT_EQ(one->targets[0].wrapping, "first");
            EXPECT_EQ(one->group, "group");
        }
        if (decoded.ok() && decoded->body_intact) {
            const auto& record = std::get<MessageRecord>(decoded->record);
            EXPECT_EQ(record.body, "body");
            EXPECT_EQ(record.targets[1].wrapping, "second wrapping");
        }
    }
}

TEST(Record, the_small_ones_read_back_and_a_cut_off_one_is_corrupt) {
    const LeaseRecord lease{.queue = QueueId{1},
                            .attempt = 2,
                            .received = Millis{3},
                            .until = Millis{4},
                            .leased = {{Sequence{5}, 6, Millis{7}}, {Sequence{8}, 9, Millis{10}}}};
    const auto bytes = encode(lease);
    const auto decoded = decode(bytes, Body::leave).value();
    const auto& again = std::get<LeaseRecord>(decoded.record);
    EXPECT_EQ(again.until, Millis{4});
    ASSERT_EQ(again.leased.size(), 2U);
    EXPECT_EQ(again.leased[1].receives, 9U);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_TRUE(decode(ByteSpan{bytes}.first(size), Body::leave).is(Errc::corrupt));
    const auto removed = encode(RemoveRecord{QueueId{1}, {Sequence{1}, Sequence{2}, Sequence{3}}});
    EXPECT_EQ(std::get<RemoveRecord>(decode(removed, Body::leave)->record).sequences.size(), 3U);
    const auto purge = encode(PurgeRecord{QueueId{4}, Sequence{5}});
    EXPECT_EQ(std::get<PurgeRecord>(decode(purge, Body::leave)->record).upto, Sequence{5});
}

TEST(Frame, of_another_store_or_with_a_flipped_bit_is_none) {
    const KeyedHash key{{1, 2}};
    std::vector<std::byte> bytes(kFrameSize);
    Frame frame{.length = 8, .serial = 3, .durable = 2, .previous = 99, .epoch = 1, .records_crc = 5};
    encode(frame, key, bytes);
    EXPECT_EQ(decode_frame(bytes, key)->serial, 3U);
    EXPECT_FALSE(decode_frame(bytes, KeyedHash{{1, 3}}).has_value());
    for (std::size_t bit = 0; bit < kFrameSize * 8; ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_FALSE(decode_frame(flipped, key).has_value());
    }
}

TEST(Index, a_chunk_of_another_segment_or_a_damaged_one_is_corrupt) {
    std::vector<Entry> entries(kChunkEntries + 3);
    for (std::size_t i = 0; i < entries.size(); ++i)
        entries[i] = {.sequence = {i + 1}, .offset = 8, .length = 16};
    auto bytes = encode_index({4, 0}, entries);
    ASSERT_EQ(bytes.size(), 2 * kChunkSize);
    const ByteSpan second = ByteSpan{bytes}.subspan(kChunkSize);
    EXPECT_EQ(decode_chunk({4, 0}, second)->at(2), entries.back());
    EXPECT_TRUE(decode_chunk({4, 1}, second).is(Errc::corrupt));
    bytes.back() ^= std::byte{1};
    EXPECT_TRUE(decode_chunk({4, 0}, second).is(Errc::corrupt));
}

TEST(Checkpoint, reads_back_and_is_corrupt_at_every_other_length) {
    Checkpoint checkpoint{.number = 3, .position = {{2, 0}, 4096, {}}, .segments = {{{1, 1}, 100, 5}}};
    checkpoint.queues.push_back({.id = QueueId{1}});
    checkpoint.queues.push_back({.id = QueueId{2},
                                 .last = Sequence{9},
                                 .runs = {{.segment = 1, .first = {2}, .last = {9}, .count = 8, .dead = {3}}},
                                 .in_flight = {{4, {1, Millis{1}, Millis{2}, Millis{3}}}},
                                 .dedup = {{.dedup = 1, .group = 2, .sequence = {3}}},
                                 .attempts = {{.attempt = 5, .until = Millis{6}, .sequences = {{7}}}}});
    auto bytes = encode(checkpoint);
    set_chain(bytes, {77, 88});
    const auto again = decode_checkpoint(bytes).value();
    EXPECT_EQ(again.position.chain, (Chain{77, 88}));
    EXPECT_EQ(again.queues.at(1).runs.at(0).dead, std::vector<std::uint64_t>{3});
    EXPECT_EQ(again.queues[1].attempts.at(0).sequences.at(0), Sequence{7});
    EXPECT_EQ(encode(again), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_checkpoint(ByteSpan{bytes}.first(size)).ok());
    bytes.push_back(std::byte{0});
    EXPECT_TRUE(decode_checkpoint(bytes).is(Errc::corrupt));
}

}  // namespace
}  // namespace landfall::messages
