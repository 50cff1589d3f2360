#include <gtest/gtest.h>

#include "engines/dbmove/files/csv_writer.hpp"
#include "engines/dbmove/files/declared_columns.hpp"
#include "engines/dbmove/files/layout.hpp"
#include "engines/dbmove/files/manifest.hpp"

namespace landfall::dbmove::files {
namespace {

std::string line_of(const CsvStyle& style, const std::vector<std::string>& values) {
    CsvWriter writer{style};
    writer.clear();
    for (const std::string& value : values) {
        if (value == "NULL")
            writer.add_null();
        else
            writer.add(value);
    }
    writer.end();
    return writer.line();
}

TEST(Csv, a_value_is_quoted_only_where_a_reader_would_mistake_it) {
    EXPECT_EQ(line_of({}, {"a", "b c", "NULL", "", "x,y", "say \"hi\"", "two\nlines", "\r", "ä"}),
              "a,b c,,\"\",\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\",\"\r\",ä\n");
    const CsvStyle style{.delimiter = "||", .row_delimiter = "#\n", .null = "NIL"};
    EXPECT_EQ(line_of(style, {"a,b", "NIL", "NULL", "a|b", "c#d", ""}),
              "a,b||\"NIL\"||NIL||\"a|b\"||\"c#d\"||#\n");
    EXPECT_EQ(line_of({.quotes = CsvStyle::Quotes::plain}, {"a\"b"}), "\"a\"b\"\n");
}

TEST(Csv, booleans_and_bytes_are_no_texts_of_postgres) {
    CsvWriter writer{CsvStyle{}};
    writer.clear();
    writer.add("t", kind_of("boolean"));
    writer.add("f", kind_of("boolean"));
    writer.add("\\x00ff", kind_of("bytea"));
    writer.add("\\x", kind_of("bytea"));
    writer.add("t", kind_of("text"));
    EXPECT_EQ(writer.line(), "true,false,00ff,\"\",t");
}

TEST(CopyLine, cells_are_what_was_copied) {
    Row row;
    ASSERT_TRUE(read_copy_line("a\t\\N\t\t\\\\N\\tx\\n\\r\\b\\f\\v\\\\\n", row));
    ASSERT_EQ(row.size(), 4U);
    EXPECT_EQ(row.at(0).text, "a");
    EXPECT_EQ(row.at(1).state, Cell::State::null);
    EXPECT_EQ(row.at(2), (Cell{Cell::State::value, ""}));
    EXPECT_EQ(row.at(3).text, "\\N\tx\n\r\b\f\v\\");
    EXPECT_FALSE(read_copy_line("no end", row));
    EXPECT_FALSE(read_copy_line("a\\\n", row));
}

TEST(Layout, names_are_those_that_readers_look_for) {
    Layout layout{.folder = "lake/raw"};
    EXPECT_EQ(folder_of(layout, {"public", "orders"}), "lake/raw/public/orders/");
    EXPECT_EQ(folder_of({}, {"a/b", ".."}), "a%2Fb/%2E./");
    EXPECT_EQ(load_name(layout, 1), "LOAD00000001.csv");
    EXPECT_EQ(load_name(layout, 26), "LOAD0000001A.csv");
    // 2014-10-29 11:34:01
    EXPECT_EQ(change_name(layout, 14'145'824'410'000ULL), "20141029-1134010000.csv");
    constexpr std::int64_t kAt = 1'414'582'441'000'007;
    EXPECT_EQ(moment_text(kAt), "2014-10-29 11:34:01.000007");
    EXPECT_EQ(date_folder(layout, kAt), "");
    layout.dates = Layout::Dates::yyyymmdd;
    EXPECT_EQ(date_folder(layout, kAt), "2014/10/29/");
    layout.dates = Layout::Dates::ddmmyyyy;
    layout.date_delimiter = '-';
    EXPECT_EQ(date_folder(layout, kAt), "29-10-2014/");
    layout.dates = Layout::Dates::yyyymmddhh;
    layout.date_delimiter = '\0';
    EXPECT_EQ(date_folder(layout, kAt), "2014102911/");
}

TEST(Layout, what_decides_names_and_bytes_of_changes_is_in_its_digest) {
    const std::string plain = digest_of(Layout{});
    EXPECT_EQ(digest_of(Layout{.file_bytes_max = 5, .interval_max = std::chrono::seconds{1}}), plain);
    EXPECT_NE(digest_of(Layout{.csv = {.delimiter = ";"}}), plain);
    EXPECT_NE(digest_of(Layout{.compression = Layout::Compression::gzip}), plain);
    EXPECT_NE(digest_of(Layout{.dates = Layout::Dates::yyyymm}), plain);
    EXPECT_NE(digest_of(Layout{.has_missing_value = true}), plain);
    EXPECT_NE(digest_of(Layout{.changes = Layout::Changes::inserts}), plain);
}

TEST(Manifest, is_read_as_it_was_written) {
    Manifest manifest{.migration = "m"};
    manifest.standing.source = {"7", "d\"b", "16384"};
    manifest.standing.phase = postgres::Phase::following;
    manifest.standing.epoch = 9;
    manifest.standing.applied = {0x1600000010};
    manifest.standing.mark = "0-1-2";
    manifest.standing.tables[{"s", "a\nb"}] = {
        .loaded = true, .completed = true, .start = {5}, .rows = 12, .digest = "ff"};
    manifest.standing.tables[{"s", "c"}] = {};
    manifest.parts[{"s", "a\nb"}] = 2;
    manifest.stamp = 17;
    for (const bool writes : {false, true}) {
        if (writes) manifest.batch = Batch{{0x1600000020}, 18, "aa"};
        const auto read = decode(encode(manifest));
        ASSERT_TRUE(read.ok()) << read.error().message();
        EXPECT_EQ(encode(*read), encode(manifest));
        EXPECT_EQ(read->batch.has_value(), writes);
        EXPECT_EQ(read->standing.tables.at({"s", "a\nb"}).rows, 12U);
    }
    EXPECT_TRUE(decode("{}").is(Errc::corrupt));
    EXPECT_TRUE(decode("").is(Errc::corrupt));
    std::string other = encode(manifest);
    other.replace(other.find("\"version\": 1"), 12, "\"version\": 2");
    EXPECT_TRUE(decode(other).is(Errc::corrupt));
}

TEST(DeclaredColumns, are_spelt_as_a_server_spells_them) {
    constexpr std::string_view kStatement =
        "CREATE TABLE d.t (\n    -- a remark\n    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
        "    a varchar(20) DEFAULT 'x',\n    m timestamp(3),\n    z timestamptz(3),\n"
        "    g integer GENERATED ALWAYS AS (id + 1) STORED,\n    e double precision,\n"
        "    \"w \"\"n\" numeric(65, 30),\n    PRIMARY KEY (id, \"w \"\"n\")\n);\n";
    const auto columns = declared_columns(kStatement);
    ASSERT_TRUE(columns.ok());
    std::string text;
    for (const postgres::Column& column : *columns) text += column.name + ":" + column.type + "|";
    EXPECT_EQ(
        text,
        "id:bigint|a:varchar(20)|m:timestamp(3) without time zone|z:timestamp(3) with time zone|g:integer|"
        "e:double precision|w \"n:numeric(65,30)|");
    EXPECT_TRUE((*columns)[0].not_null);
    EXPECT_EQ((*columns)[4].made, postgres::Column::Made::generated);
    EXPECT_EQ(declared_key(kStatement), (std::vector<std::string>{"id", "w \"n"}));
    EXPECT_TRUE(declared_key("CREATE INDEX i ON t (a)").empty());
    EXPECT_FALSE(declared_columns("CREATE VIEW v").ok());
}

}  // namespace
}  // namespace landfall::dbmove::files
