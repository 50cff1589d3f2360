#include "engines/dbmove/mysql/row_image.hpp"

#include <gtest/gtest.h>

#include "engines/dbmove/mysql/event_bytes_testing.hpp"

namespace landfall::dbmove::mysql {
namespace {

struct TypeParts {
    ColumnType type{};
    std::string metadata;
};

/// A TABLE_MAP of table 7, s.t.
std::string map_body(const std::vector<TypeParts>& columns, std::string_view optional = {}) {
    std::string types;
    std::string metadata;
    for (const TypeParts& column : columns) {
        types += static_cast<char>(column.type);
        metadata += column.metadata;
    }
    return little(7, 6) + little(1, 2) + std::string{"\x01s\0\x01t\0", 6} +
           static_cast<char>(columns.size()) + types + static_cast<char>(metadata.size()) + metadata +
           std::string((columns.size() + 7) / 8, '\xff') + std::string{optional};
}
TableMap map_of(const std::vector<TypeParts>& columns, std::string_view optional = {}) {
    const std::string body = map_body(columns, optional);
    Result<TableMap> map = decode_table_map(bytes_of(body), {});
    EXPECT_TRUE(map.ok()) << (map.ok() ? "" : map.error().message());
    return map.ok() ? std::move(*map) : TableMap{};
}
std::string shown(const Row& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const Cell cell = row.at(i);
        if (i != 0) text += '|';
        text += cell.state == Cell::State::null     ? "NULL"
                : cell.state == Cell::State::absent ? "absent"
                                                    : std::string{cell.text};
    }
    return text;
}
/// The one value of a column of such a type, or why not.
std::string value(const TypeParts& type, std::string_view bytes, const ColumnFacts& facts = {}) {
    Result<TableLayout> layout = TableLayout::resolve(map_of({type}), {facts});
    if (!layout.ok()) return layout.error().message();
    const std::string images = '\0' + std::string{bytes};
    const std::string present = "\x01";
    Rows rows;
    rows.columns = 1;
    rows.after_present = bytes_of(present);
    rows.images = bytes_of(images);
    Result<RowsReader> reader = RowsReader::open(*layout, rows);
    Row before;
    Row after;
    const Result<bool> more = reader->next(before, after);
    return more.ok() ? shown(after) : more.error().message();
}

TEST(RowImage, images_have_their_own_bitmaps_of_what_is_there_and_what_is_null) {
    Result<TableLayout> layout = TableLayout::resolve(
        map_of({{ColumnType::tiny, ""}, {ColumnType::small, ""}, {ColumnType::tiny, ""}}),
        {ColumnFacts{}, ColumnFacts{}, ColumnFacts{}});
    ASSERT_TRUE(layout.ok());
    const std::string first = "\x05";   // columns 1 and 3
    const std::string second = "\x06";  // columns 2 and 3
    const std::string images = std::string{"\x02\xff", 2} + std::string{"\x00\x34\x12\x07", 4};
    Rows rows;
    rows.change = Rows::Change::update;
    rows.columns = 3;
    rows.before_present = bytes_of(first);
    rows.after_present = bytes_of(second);
    rows.images = bytes_of(images);
    Result<RowsReader> reader = RowsReader::open(*layout, rows);
    ASSERT_TRUE(reader.ok());
    Row before;
    Row after;
    ASSERT_TRUE(reader->next(before, after).value());
    EXPECT_EQ(shown(before), "-1|absent|NULL");
    EXPECT_EQ(shown(after), "absent|4660|7");
    EXPECT_FALSE(reader->next(before, after).value());
}

TEST(RowImage, rows_that_do_not_fit_their_table_are_refused) {
    Result<TableLayout> layout = TableLayout::resolve(map_of({{ColumnType::tiny, ""}}), {ColumnFacts{}});
    const std::string none = std::string(1, '\0');
    const std::string one = "\x01";
    Rows rows;
    rows.columns = 2;
    EXPECT_EQ(RowsReader::open(*layout, rows).error().message(), "rows of 2 columns, where s.t has 1");
    rows.columns = 1;
    rows.after_present = bytes_of(none);
    rows.images = bytes_of(one);
    Row before;
    Row after;
    EXPECT_EQ(RowsReader::open(*layout, rows)->next(before, after).error().message(),
              "rows of s.t without a column: the source needs binlog_row_image=FULL");
    rows.after_present = bytes_of(one);
    rows.images = bytes_of(none);
    EXPECT_EQ(RowsReader::open(*layout, rows)->next(before, after).error().message(),
              "column  of a row of s.t: more bytes are wanted at offset 1 than its 1 have");
}

TEST(RowImage, integers_follow_the_sign_of_their_column) {
    const ColumnFacts none{.is_unsigned = true};
    EXPECT_EQ(value({ColumnType::medium, ""}, "\xff\xff\xff"), "-1");
    EXPECT_EQ(value({ColumnType::medium, ""}, "\xff\xff\xff", none), "16777215");
    EXPECT_EQ(value({ColumnType::big, ""}, little(1ULL << 63U, 8)), "-9223372036854775808");
    EXPECT_EQ(value({ColumnType::big, ""}, little(~0ULL, 8), none), "18446744073709551615");
}

TEST(RowImage, old_moments_have_their_digits_as_a_number) {
    EXPECT_EQ(value({ColumnType::old_time, ""}, little(8385959, 3)), "838:59:59");
    EXPECT_EQ(value({ColumnType::old_time, ""}, little(0x1000000 - 10203, 3)), "-01:02:03");
    EXPECT_EQ(value({ColumnType::old_datetime, ""}, little(20240229235958, 8)), "2024-02-29 23:59:58");
    EXPECT_EQ(value({ColumnType::old_timestamp, ""}, little(1'700'000'000, 4)), "2023-11-14 22:13:20");
    EXPECT_EQ(value({ColumnType::old_timestamp, ""}, little(0, 4)), "0000-00-00 00:00:00");
    EXPECT_EQ(value({ColumnType::old_time, ""}, little(0, 3), {.name = "c", .digits = 3}).substr(0, 40),
              "column c of s.t: a fraction of a second ");
    EXPECT_EQ(value({ColumnType::old_datetime, ""}, little(20241399000000, 8)),
              "column  of a row of s.t is not of its type, before offset 9");
}

TEST(RowImage, a_negative_time_borrows_from_its_seconds) {
    EXPECT_EQ(value({ColumnType::time, "\x01"}, std::string{"\x7f\xff\xff\xce", 4}), "-00:00:00.5");
    EXPECT_EQ(value({ColumnType::time, "\x06"}, "\x7f\xff\xff\xff\xff\xff"), "-00:00:00.000001");
    EXPECT_EQ(value({ColumnType::time, std::string(1, '\0')}, std::string{"\x80\x10\x83", 3}), "01:02:03");
}

TEST(RowImage, decimals_turn_their_sign_and_keep_their_scale) {
    // 1234567890.1234 and its negative: MySQL's own example of DECIMAL(14,4).
    EXPECT_EQ(value({ColumnType::decimal, "\x0e\x04"}, std::string{"\x81\x0d\xfb\x38\xd2\x04\xd2", 7}),
              "1234567890.1234");
    EXPECT_EQ(value({ColumnType::decimal, "\x0e\x04"}, std::string{"\x7e\xf2\x04\xc7\x2d\xfb\x2d", 7}),
              "-1234567890.1234");
    EXPECT_EQ(value({ColumnType::decimal, "\x0e\x04"}, std::string{"\xff\xff\xff\xff\xff\xff\xff", 7}),
              "column  of a row of s.t is not of its type, before offset 2");
}

TEST(RowImage, text_becomes_utf8_and_bytes_stay) {
    EXPECT_EQ(value({ColumnType::varchar, little(10, 2)}, "\x03gr\xfc", {.charset = "latin1"}), "grü");
    EXPECT_EQ(value({ColumnType::varchar, little(10, 2)}, "\x02\x80\x81", {.charset = "latin1"}), "€\u0081");
    EXPECT_EQ(
        value({ColumnType::varchar, little(300, 2)}, std::string{"\x02\x00\x04\x16", 4}, {.charset = "ucs2"}),
        "Ж");
    EXPECT_EQ(value({ColumnType::string, "\xfe\x04"},
                    "\x02"
                    "ab",
                    {.charset = "binary"}),
              std::string("ab\0\0", 4));
    EXPECT_EQ(value({ColumnType::string, "\xfe\x04"},
                    "\x02"
                    "ab",
                    {.charset = "latin1"}),
              "ab");
    EXPECT_EQ(value({ColumnType::blob, "\x02"}, std::string{"\x02\x00\xff\x00", 4}, {.charset = "binary"}),
              std::string("\xff\0", 2));
    EXPECT_EQ(value({ColumnType::varchar, little(10, 2)}, "\x01x", {.charset = "klingon"}),
              "column  of s.t: the character set klingon is not known");
    EXPECT_EQ(value({ColumnType::varchar, little(10, 2)}, "\x01x"),
              "column  of s.t: neither the log nor the catalog says its character set");
}

TEST(RowImage, labels_come_from_the_catalog_or_the_log) {
    const ColumnFacts facts{.labels = {"a", "b", "c"}};
    EXPECT_EQ(value({ColumnType::string, "\xf7\x01"}, "\x02", facts), "b");
    EXPECT_EQ(value({ColumnType::string, "\xf7\x01"}, std::string(1, '\0'), facts), "");
    EXPECT_EQ(value({ColumnType::string, "\xf8\x01"}, "\x05", facts), "a,c");
    EXPECT_EQ(value({ColumnType::string, "\xf8\x01"}, "\x09", facts),
              "column  of a row of s.t is not of its type, before offset 2");
    EXPECT_EQ(value({ColumnType::string, "\xf7\x01"}, "\x02"),
              "column  of s.t: neither the log nor the catalog says its labels");
    // Labels of the log in latin1 (collation 8): they win.
    const std::string told = std::string{"\x06\x05\x02\x01\xe4\x01z", 7} + std::string{"\x0a\x01\x08", 3};
    Result<TableLayout> layout =
        TableLayout::resolve(map_of({{ColumnType::string, "\xf7\x01"}}, told), {facts});
    ASSERT_TRUE(layout.ok()) << layout.error().message();
    const std::string present = "\x01";
    const std::string images = std::string{"\0\x01", 2};
    Rows rows;
    rows.columns = 1;
    rows.after_present = bytes_of(present);
    rows.images = bytes_of(images);
    Row before;
    Row after;
    ASSERT_TRUE(RowsReader::open(*layout, rows)->next(before, after).ok());
    EXPECT_EQ(shown(after), "ä");
}

TEST(RowImage, full_metadata_needs_no_catalog) {
    const std::string told = std::string{"\x01\x01\x80", 3} + std::string{"\x04\x04\x01n\x01t", 6} +
                             std::string{"\x02\x01\x1c", 3} + std::string{"\x08\x01\x00", 3};
    const TableMap map = map_of({{ColumnType::tiny, ""}, {ColumnType::varchar, little(10, 2)}}, told);
    ASSERT_TRUE(map.names_told);
    EXPECT_EQ(map.told[1].name, "t");
    ASSERT_EQ(map.primary_key.size(), 1U);
    EXPECT_EQ(map.primary_key[0].column, 0U);
    Result<TableLayout> layout = TableLayout::resolve(map, {});
    ASSERT_TRUE(layout.ok()) << layout.error().message();
    EXPECT_TRUE(layout->is_of(map));
    const std::string present = "\x03";
    const std::string images = std::string{"\0\xff\x02\xba\xba", 5};
    Rows rows;
    rows.columns = 2;
    rows.after_present = bytes_of(present);
    rows.images = bytes_of(images);
    Row before;
    Row after;
    ASSERT_TRUE(RowsReader::open(*layout, rows)->next(before, after).ok());
    EXPECT_EQ(shown(after), "255|汉");
    EXPECT_EQ(TableLayout::resolve(map, {ColumnFacts{}}).error().message(),
              "s.t has 2 columns in the log, 1 in the catalog");
}

TEST(RowImage, a_table_map_that_lies_is_corrupt) {
    const auto refused = [](const std::string& body) {
        const Result<TableMap> map = decode_table_map(bytes_of(body), {});
        return map.ok() ? "decoded" : std::string{name_of(map.error().code())};
    };
    const std::string whole =
        map_body({{ColumnType::varchar, little(9, 2)}, {ColumnType::string, "\xf7\x01"}},
                 std::string{"\x04\x04\x01n\x01t", 6});
    EXPECT_EQ(refused(whole), "decoded");
    const std::size_t optional = whole.size() - 6;
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(refused(whole.substr(0, size)), size == optional ? "decoded" : "corrupt") << size;
    EXPECT_EQ(refused(map_body({{ColumnType::varchar, little(9, 3)}})), "corrupt");
    EXPECT_EQ(refused(map_body({{ColumnType::string, "\xf5\x01"}})), "corrupt");
    EXPECT_EQ(refused(map_body({{ColumnType::tiny, ""}}, std::string{"\x08\x01\x05", 3})), "corrupt");
    EXPECT_EQ(
        refused(map_body({{ColumnType::varchar, little(9, 2)}}, std::string{"\x02\x03\x08\x01\x08", 5})),
        "corrupt");
}

TEST(ColumnFactsOf, labels_and_signs_are_read_from_the_catalog) {
    const auto labels = [](std::string_view type) {
        const Result<ColumnFacts> facts =
            facts_of({.name = "c", .data_type = "enum", .column_type = type, .character_set = "utf8mb4"});
        if (!facts.ok()) return facts.error().message();
        std::string all;
        for (const std::string& label : facts->labels) all += '<' + label + '>';
        return all;
    };
    EXPECT_EQ(labels("enum('a','it''s','x,y',')','')"), "<a><it's><x,y><)><>");
    EXPECT_EQ(labels("enum('a"), "the labels of enum('a cannot be read");
    EXPECT_EQ(labels("enum"), "the labels of enum cannot be read");
    EXPECT_TRUE(facts_of({.data_type = "int", .column_type = "int(10) unsigned zerofill"})->is_unsigned);
    EXPECT_EQ(facts_of({.data_type = "varbinary", .column_type = "varbinary(9)"})->charset, "binary");
    EXPECT_EQ(facts_of({.data_type = "uuid", .column_type = "uuid"})->plugin, ColumnFacts::Plugin::uuid);
}

}  // namespace
}  // namespace landfall::dbmove::mysql
