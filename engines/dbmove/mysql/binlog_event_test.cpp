#include "engines/dbmove/mysql/binlog_event.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "engines/dbmove/mysql/cursor.hpp"
#include "engines/dbmove/mysql/event_bytes_testing.hpp"
#include "engines/dbmove/mysql/unpacking.hpp"

namespace landfall::dbmove::mysql {
namespace {

template <class Body>
Body decoded(EventDecoder& decoder, const std::string& raw) {
    Result<Event> event = decoder.decode(bytes_of(raw));
    EXPECT_TRUE(event.ok()) << (event.ok() ? "" : event.error().message());
    if (!event.ok() || !std::holds_alternative<Body>(event->body)) {
        ADD_FAILURE() << "another event";
        return {};
    }
    return std::get<Body>(std::move(event->body));
}
template <class Body>
Body decoded(const EventParts& parts) {
    static EventDecoder decoder;  // keeps what views borrow
    static std::string raw;
    raw = bytes_of_event(parts);
    return decoded<Body>(decoder, raw);
}
std::string refused(const std::string& raw) {
    EventDecoder decoder;
    const Result<Event> event = decoder.decode(bytes_of(raw));
    return event.ok() ? "decoded"
                      : std::string{name_of(event.error().code())} + ": " + event.error().message();
}
std::string deflated(std::string_view text) {
    std::string packed(compressBound(text.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
             text.size());
    packed.resize(size);
    return '\x82' + big(text.size(), 2) + packed;
}
std::string query_body(std::string_view status, std::string_view text) {
    return little(7, 4) + little(0, 4) + '\x04' + little(0, 2) + little(status.size(), 2) +
           std::string{status} + std::string{"shop\0", 5} + std::string{text};
}

TEST(BinlogEvent, a_header_says_who_wrote_it_and_where_the_next_one_is) {
    EventDecoder decoder;
    const std::string raw = bytes_of_event(
        {.type = EventType::xid, .body = little(77, 8), .server = 5, .next = 900, .flags = 0x80});
    const Result<Event> event = decoder.decode(bytes_of(raw));
    ASSERT_TRUE(event.ok());
    EXPECT_EQ(event->header.server, 5U);
    EXPECT_EQ(event->header.next, 900U);
    EXPECT_TRUE(event->header.ignorable());
    EXPECT_FALSE(event->header.artificial());
    EXPECT_EQ(std::get<Xid>(event->body).number, 77U);
}

TEST(BinlogEvent, a_length_that_is_not_the_bytes_is_corrupt) {
    std::string raw = bytes_of_event({.type = EventType::xid, .body = little(77, 8)});
    EXPECT_EQ(refused(raw.substr(0, raw.size() - 1)), "corrupt: XID: 26 bytes are there, 27 by its header");
    EXPECT_EQ(refused(raw.substr(0, 10)),
              "corrupt: the header of an event: more bytes are wanted at offset 9 than its 10 have");
    EXPECT_EQ(refused(bytes_of_event({.type = EventType::xid, .body = "abc"})),
              "corrupt: XID: more bytes are wanted at offset 0 than its 3 have");
}

TEST(BinlogEvent, every_event_cut_anywhere_is_refused_or_read_within_its_bytes) {
    const std::vector<EventParts> events = {
        {.type = EventType::query, .body = query_body(std::string{"\x01"} + little(0, 8), "BEGIN")},
        {.type = EventType::rotate, .body = little(4, 8) + "log.000002"},
        {.type = EventType::mariadb_gtid, .body = little(575, 8) + little(0, 4) + '\x02' + little(9, 8)},
        {.type = EventType::mariadb_gtid_list,
         .body = little(1, 4) + little(0, 4) + little(1, 4) + little(5, 8)},
        {.type = EventType::gtid, .body = std::string(17, 'x') + little(5, 8)},
        {.type = EventType::previous_gtids,
         .body = little(1, 8) + std::string(16, 'x') + little(1, 8) + little(1, 8) + little(3, 8)},
        {.type = EventType::xa_prepare, .body = '\0' + little(1, 4) + little(1, 4) + little(1, 4) + "ab"},
        {.type = EventType::write_rows,
         .body = little(7, 6) + little(1, 2) + little(2, 2) + "\x01\x01" + "\0x"},
        {.type = EventType::heartbeat_v2,
         .body = std::string{"\x01\x03"
                             "abc"
                             "\x02\x01\x09\x00",
                             9}},
        {.type = EventType::transaction_payload,
         .body = std::string{"\x01\x01\x02\x02\x03\xfc\xff\x00\x00", 9} + "ab"},
        {.type = EventType::query_compressed, .body = query_body("", deflated("BEGIN"))},
    };
    for (const EventParts& whole : events) {
        EXPECT_NE(refused(bytes_of_event(whole)).substr(0, 7), "corrupt") << name_of(whole.type);
        for (std::size_t size = 0; size < whole.body.size(); ++size) {
            EventParts cut = whole;
            cut.body.resize(size);
            const std::string said = refused(bytes_of_event(cut));
            EXPECT_TRUE(said == "decoded" || said.starts_with("corrupt: ")) << said;
        }
    }
}

TEST(BinlogEvent, format_description_turns_checksums_on_and_off) {
    EventDecoder decoder;
    const auto format =
        decoded<FormatDescription>(decoder, format_event("10.11.19-MariaDB-log", EventChecksum::crc32));
    EXPECT_EQ(format.server, "10.11.19-MariaDB-log");
    EXPECT_EQ(format.checksum, EventChecksum::crc32);
    std::string raw =
        bytes_of_event({.type = EventType::xid, .body = little(1, 8), .checksum = EventChecksum::crc32});
    EXPECT_EQ(decoded<Xid>(decoder, raw).number, 1U);
    raw[20] ^= 1;
    EXPECT_EQ(decoder.decode(bytes_of(raw)).error().message(), "XID: its checksum is wrong");
    decoded<FormatDescription>(decoder, format_event("8.0.36", EventChecksum::none));
    EXPECT_EQ(decoded<Xid>(decoder, bytes_of_event({.type = EventType::xid, .body = little(2, 8)})).number,
              2U);
    std::string open = format_event("8.0.36", EventChecksum::crc32);
    open[17] = 1;  // of a file that is still written
    EXPECT_EQ(refused(open), "decoded");
    std::string lying = format_event("8.0.36", EventChecksum::crc32);
    lying[30] ^= 1;
    EXPECT_EQ(refused(lying), "corrupt: FORMAT_DESCRIPTION: its checksum is wrong");
}

TEST(BinlogEvent, a_server_before_checksums_ends_its_format_with_lengths) {
    EventDecoder decoder;
    const auto format = decoded<FormatDescription>(decoder, format_event("5.5.27-log", EventChecksum::none));
    EXPECT_EQ(format.checksum, EventChecksum::none);
    EXPECT_EQ(format.post_header_lengths.size(), 45U);
}

TEST(BinlogEvent, the_artificial_rotate_has_a_checksum_or_none) {
    for (const EventChecksum checksum : {EventChecksum::none, EventChecksum::crc32}) {
        EventDecoder decoder;
        const std::string raw = bytes_of_event({.type = EventType::rotate,
                                                .body = little(4, 8) + "log.000002",
                                                .flags = 0x20,
                                                .checksum = checksum});
        const auto rotate = decoded<Rotate>(decoder, raw);
        EXPECT_EQ(rotate.file, "log.000002");
        EXPECT_EQ(rotate.offset, 4U);
    }
}

TEST(BinlogEvent, a_query_has_its_schema_mode_and_charset) {
    const std::string status = '\x00' + little(0, 4) + '\x01' + little(0x40000000, 8) +
                               std::string{"\x06\x03std", 5} + '\x04' + little(33, 2) + little(45, 2) +
                               little(8, 2) + std::string{"\xff???"};
    const auto query = decoded<Query>({.type = EventType::query, .body = query_body(status, "DROP TABLE t")});
    EXPECT_EQ(query.schema, "shop");
    EXPECT_EQ(query.text, "DROP TABLE t");
    EXPECT_EQ(query.sql_mode, 0x40000000U);
    ASSERT_TRUE(query.collations);
    EXPECT_EQ(query.collations->client, 33);
    EXPECT_EQ(query.collations->server, 8);
}

TEST(BinlogEvent, a_compressed_query_is_unpacked_to_exactly_what_it_claims) {
    const std::string text = "CREATE TABLE " + std::string(3000, 'x');
    EXPECT_EQ(
        decoded<Query>({.type = EventType::query_compressed, .body = query_body("", deflated(text))}).text,
        text);
    std::string lying = deflated(text);
    lying[2] = static_cast<char>(lying[2] + 1);
    EXPECT_EQ(refused(bytes_of_event({.type = EventType::query_compressed, .body = query_body("", lying)})),
              "corrupt: a compressed event does not unpack to the 3014 bytes that it claims");
    const std::string bomb = '\x84' + big(0xffffffffU, 4) + "x";
    EXPECT_EQ(refused(bytes_of_event({.type = EventType::query_compressed, .body = query_body("", bomb)}))
                  .substr(0, 10),
              "exhausted:");
    const std::string claim = '\x83' + big(0xffffffU, 3) + "x";
    EXPECT_EQ(refused(bytes_of_event({.type = EventType::query_compressed, .body = query_body("", claim)})),
              "corrupt: a compressed event claims 16777215 bytes out of 1");
}

TEST(BinlogEvent, gtids_of_mariadb) {
    const auto gtid = decoded<MariadbGtid>(
        {.type = EventType::mariadb_gtid, .body = little(575, 8) + little(3, 4) + '\x23' + little(9, 8)});
    EXPECT_EQ(gtid.id.shown(), "3-101-575");
    EXPECT_TRUE(gtid.standalone && gtid.ddl);
    EXPECT_FALSE(gtid.transactional);
    EXPECT_EQ(gtid.commit, 9U);
    const auto list =
        decoded<MariadbGtidList>({.type = EventType::mariadb_gtid_list,
                                  .body = little(2 | 0x10000000U, 4) + little(0, 4) + little(1, 4) +
                                          little(5, 8) + little(7, 4) + little(2, 4) + little(6, 8)});
    ASSERT_EQ(list.ids.size(), 2U);
    EXPECT_EQ(list.ids[1].shown(), "7-2-6");
}

TEST(BinlogEvent, gtids_of_mysql) {
    const std::string source = big(0x3e11fa4771ca11e1ULL, 8) + big(0x9e33c80aa9429562ULL, 8);
    const auto gtid =
        decoded<MysqlGtid>({.type = EventType::gtid,
                            .body = '\x01' + source + little(23, 8) + '\x02' + little(1, 8) + little(2, 8)});
    EXPECT_EQ(gtid.shown(), "3e11fa47-71ca-11e1-9e33-c80aa9429562:23");
    const std::string intervals = little(2, 8) + little(1, 8) + little(6, 8) + little(7, 8) + little(8, 8);
    EXPECT_EQ(
        decoded<PreviousGtids>({.type = EventType::previous_gtids, .body = little(1, 8) + source + intervals})
            .set,
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7");
    // The form with tags: its number in the highest byte, the count below.
    EXPECT_EQ(decoded<PreviousGtids>({.type = EventType::previous_gtids,
                                      .body = little(1ULL << 56U | 2U << 8U, 8) + source + '\0' + intervals +
                                              source + "\x06tag" + intervals})
                  .set,
              "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7,3e11fa47-71ca-11e1-9e33-c80aa9429562:tag:1-5:7");
    EXPECT_TRUE(decoded<MysqlGtid>({.type = EventType::anonymous_gtid, .body = '\0' + source + little(0, 8)})
                    .anonymous);
}

TEST(BinlogEvent, tagged_gtids_are_in_the_serialization_of_mysql) {
    const auto integer = [](std::uint64_t value) {
        return value < 128 ? little(value << 1U, 1) : little(value << 2U | 1U, 2);
    };
    std::string source;
    for (const char c : big(0x3e11fa4771ca11e1ULL, 8) + big(0x9e33c80aa9429562ULL, 8))
        source += integer(static_cast<unsigned char>(c));
    const std::string head = integer(1) + integer(50) + integer(0) + integer(0) + integer(1) + integer(1) +
                             source + integer(2) + integer(200ULL << 1U);
    const auto gtid =
        decoded<MysqlGtid>({.type = EventType::gtid_tagged,
                            .body = head + integer(3) + integer(4) + "blue" + integer(4) + integer(0)});
    EXPECT_EQ(gtid.shown(), "3e11fa47-71ca-11e1-9e33-c80aa9429562:blue:200");
    EXPECT_EQ(decoded<MysqlGtid>({.type = EventType::gtid_tagged, .body = head}).shown(),
              "3e11fa47-71ca-11e1-9e33-c80aa9429562:200");
    EXPECT_EQ(refused(bytes_of_event({.type = EventType::gtid_tagged, .body = integer(2) + "x"})),
              "precondition: GTID_TAGGED in another version than 1");
}

TEST(Cursor, variable_integers_have_their_length_in_their_first_byte) {
    const auto value = [](std::string_view bytes) {
        Cursor in{bytes_of(bytes)};
        const std::uint64_t got = in.variable();
        return in.failed() ? ~0ULL : got;
    };
    EXPECT_EQ(value("\x04"), 2U);
    EXPECT_EQ(value("\xd9\x03"), 246U);
    EXPECT_EQ(value('\xff' + little(0x123456789abcdef0ULL, 8)), 0x123456789abcdef0ULL);
    EXPECT_EQ(value('\x7f' + little(5, 7)), 5U);
    EXPECT_EQ(value("\xd9"), ~0ULL);
    EXPECT_EQ(value(""), ~0ULL);
}

TEST(BinlogEvent, heartbeats_of_both_forms_say_where_the_server_is) {
    const auto old = decoded<Heartbeat>({.type = EventType::heartbeat, .body = "log.000001", .next = 700});
    EXPECT_EQ(old.file, "log.000001");
    EXPECT_EQ(old.offset, 700U);
    const auto beat = decoded<Heartbeat>(
        {.type = EventType::heartbeat_v2,
         .body = std::string{"\x01\x0alog.000001\x02\x09\xfe", 15} + little(5'000'000'000, 8) + '\0'});
    EXPECT_EQ(beat.file, "log.000001");
    EXPECT_EQ(beat.offset, 5'000'000'000U);
}

TEST(BinlogEvent, rows_carry_their_kind_bitmaps_and_bytes) {
    const auto update = decoded<Rows>({.type = EventType::update_rows,
                                       .body = little(7, 6) + little(1, 2) + little(5, 2) + "???" + "\x09" +
                                               "\x01\x02" + "\x03\x04" + "rest"});
    EXPECT_EQ(update.change, Rows::Change::update);
    EXPECT_EQ(update.table, 7U);
    EXPECT_EQ(update.columns, 9U);
    EXPECT_TRUE(update.ends_statement);
    EXPECT_EQ(text_of(update.before_present), "\x01\x02");
    EXPECT_EQ(text_of(update.after_present), "\x03\x04");
    EXPECT_EQ(text_of(update.images), "rest");
    const auto removed =
        decoded<Rows>({.type = EventType::delete_rows_compressed_v1,
                       .body = little(8, 6) + little(0, 2) + "\x01\x01" + deflated("images")});
    EXPECT_EQ(removed.change, Rows::Change::remove);
    EXPECT_TRUE(removed.after_present.empty());
    EXPECT_EQ(text_of(removed.images), "images");
}

TEST(BinlogEvent, what_would_lose_rows_is_refused_and_what_is_not_known_is_carried) {
    EXPECT_EQ(
        refused(bytes_of_event({.type = EventType::partial_update_rows, .body = "x"})),
        "precondition: PARTIAL_UPDATE_ROWS: the source must not set binlog_row_value_options=PARTIAL_JSON");
    EXPECT_EQ(refused(bytes_of_event({.type = static_cast<EventType>(21), .body = "x"})).substr(0, 13),
              "precondition:");
    EXPECT_EQ(text_of(decoded<Unknown>({.type = static_cast<EventType>(99), .body = "body"}).body), "body");
    EXPECT_EQ(name_of(static_cast<EventType>(99)), "event 99");
}

TEST(BinlogEvent, prepared_xa_incidents_and_annotations) {
    const auto prepare =
        decoded<XaPrepare>({.type = EventType::xa_prepare,
                            .body = '\1' + little(1, 4) + little(2, 4) + little(3, 4) + "gt" + "bqu"});
    EXPECT_TRUE(prepare.one_phase);
    EXPECT_EQ(prepare.global, "gt");
    EXPECT_EQ(prepare.branch, "bqu");
    EXPECT_EQ(decoded<Incident>({.type = EventType::incident, .body = little(1, 2) + "\x04lost"}).text,
              "lost");
    EXPECT_EQ(decoded<Annotation>({.type = EventType::annotate_rows, .body = "INSERT"}).text, "INSERT");
    EXPECT_EQ(decoded<Annotation>({.type = EventType::rows_query, .body = "\x06INSERT"}).text, "INSERT");
}

std::string payload_of(const std::string& plain, std::uint64_t claimed) {
    std::string packed(ZSTD_compressBound(plain.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
    return std::string{"\x02\x01\x00", 3} + "\x01\x09\xfe" + little(packed.size(), 8) + "\x03\x09\xfe" +
           little(claimed, 8) + '\0' + packed;
}

TEST(Payload, its_events_come_one_by_one) {
    std::string plain;
    for (int i = 0; i < 9000; ++i)
        plain += bytes_of_event({.type = EventType::xid, .body = little(static_cast<std::uint64_t>(i), 8)});
    const std::string raw =
        bytes_of_event({.type = EventType::transaction_payload, .body = payload_of(plain, plain.size())});
    EventDecoder decoder;
    const auto payload = decoded<TransactionPayload>(decoder, raw);
    EXPECT_EQ(payload.unpacked_size, plain.size());
    PayloadReader reader{payload, 1000};
    EventDecoder inner;
    std::uint64_t expected = 0;
    for (;;) {
        const Result<ByteSpan> event = reader.next();
        ASSERT_TRUE(event.ok()) << event.error().message();
        if (event->empty()) break;
        const Result<Event> got = inner.decode_inner(*event);
        ASSERT_TRUE(got.ok());
        EXPECT_EQ(std::get<Xid>(got->body).number, expected++);
    }
    EXPECT_EQ(expected, 9000U);
}

TEST(Payload, one_that_lies_is_corrupt) {
    const std::string plain = bytes_of_event({.type = EventType::xid, .body = little(1, 8)});
    const auto said = [](const std::string& body) {
        EventDecoder decoder;
        const std::string raw = bytes_of_event({.type = EventType::transaction_payload, .body = body});
        const Result<Event> event = decoder.decode(bytes_of(raw));
        if (!event.ok()) return event.error().message();
        PayloadReader reader{std::get<TransactionPayload>(event->body), 1000};
        for (;;) {
            const Result<ByteSpan> next = reader.next();
            if (!next.ok()) return next.error().message();
            if (next->empty()) return std::string{"read"};
        }
    };
    EXPECT_EQ(said(payload_of(plain, plain.size())), "read");
    EXPECT_EQ(said(payload_of(plain, 5)), "TRANSACTION_PAYLOAD: 27 bytes unpacked, 5 claimed");
    EXPECT_EQ(said(payload_of(plain.substr(0, 25), 25)), "TRANSACTION_PAYLOAD: its last event is cut");
    EXPECT_EQ(said(payload_of(plain.substr(0, 9) + little(5000, 4) + plain.substr(13), plain.size())),
              "TRANSACTION_PAYLOAD: an event of 5000 bytes, above the limit of 1000");
    EXPECT_EQ(said(payload_of(plain.substr(0, 9) + little(5, 4) + plain.substr(13), plain.size())),
              "TRANSACTION_PAYLOAD: an event of 5 bytes");
    std::string broken = payload_of(plain, plain.size());
    broken[broken.size() - 30] ^= 0x55;
    EXPECT_NE(said(broken), "read");
}

}  // namespace
}  // namespace landfall::dbmove::mysql
