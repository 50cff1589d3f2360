#include "engines/dbmove/mysql/value_text.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "engines/dbmove/mysql/binary_json.hpp"
#include "engines/dbmove/mysql/charset.hpp"
#include "engines/dbmove/mysql/event_bytes_testing.hpp"

namespace landfall::dbmove::mysql {
namespace {

std::string shown(double value) {
    std::string text;
    add_double(value, text);
    return text;
}

TEST(NumberText, doubles_have_the_shortest_digits_in_the_servers_form) {
    EXPECT_EQ(shown(0), "0");
    EXPECT_EQ(shown(-0.0), "-0");
    EXPECT_EQ(shown(1e14), "100000000000000");
    EXPECT_EQ(shown(1e15), "1e15");
    EXPECT_EQ(shown(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(shown(1e-5), "0.00001");
    EXPECT_EQ(shown(-1.5e-20), "-1.5e-20");
    EXPECT_EQ(shown(std::numeric_limits<double>::max()), "1.7976931348623157e308");
    EXPECT_EQ(shown(std::numeric_limits<double>::denorm_min()), "5e-324");
    std::string text;
    add_float(3.14F, text);
    EXPECT_EQ(text, "3.14");
}

// Documents by hand from the layout that MySQL's own documentation of json_binary gives: type, then count,
// size, entries.
std::string array_of(const std::string& entries, const std::string& values, std::uint64_t count) {
    return '\x02' + little(count, 2) + little(4 + entries.size() + values.size(), 2) + entries + values;
}
std::string json(const std::string& document) {
    std::string text;
    const Status done = add_binary_json(bytes_of(document), text);
    return done.ok() ? text : done.error().message();
}

TEST(BinaryJson, scalars) {
    EXPECT_EQ(json(""), "null");
    EXPECT_EQ(json(std::string{"\x04\x00", 2}), "null");
    EXPECT_EQ(json("\x04\x01"), "true");
    EXPECT_EQ(json("\x05\xff\xff"), "-1");
    EXPECT_EQ(json("\x06\xff\xff"), "65535");
    EXPECT_EQ(json('\x07' + little(0x80000000U, 4)), "-2147483648");
    EXPECT_EQ(json('\x0a' + little(~0ULL, 8)), "18446744073709551615");
    EXPECT_EQ(json('\x0b' + little(std::bit_cast<std::uint64_t>(1.0), 8)), "1.0");
    EXPECT_EQ(json('\x0b' + little(std::bit_cast<std::uint64_t>(1e20), 8)), "1e20");
    EXPECT_EQ(json("\x0c\x06"
                   "a\"\\\n\x01"
                   "z"),
              R"("a\"\\\n\u0001z")");
    EXPECT_EQ(json('\x0c' + std::string{"\xc8\x01"} + std::string(200, 'x')),
              '"' + std::string(200, 'x') + '"');
}

TEST(BinaryJson, containers_hold_small_values_in_their_entries) {
    // [true, -2, "hi", [ ]]
    const std::string entries = std::string{"\x04\x01\x00", 3} + '\x05' + little(0xfffe, 2) + '\x0c' +
                                little(16, 2) + '\x02' + little(19, 2);
    EXPECT_EQ(json(array_of(entries, "\x02hi" + little(0, 2) + little(4, 2), 4)), R"([true, -2, "hi", []])");
    // {"a": 1, "bb": {}}
    const std::string object = std::string(1, '\0') + little(2, 2) + little(25, 2) + little(18, 2) +
                               little(1, 2) + little(19, 2) + little(2, 2) + '\x05' + little(1, 2) +
                               std::string(1, '\0') + little(21, 2) + "abb" + little(0, 2) + little(4, 2);
    EXPECT_EQ(json(object), R"({"a": 1, "bb": {}})");
    // The large form: widths of four, and 32-bit numbers in their entry.
    const std::string large = '\x03' + little(1, 4) + little(13, 4) + '\x07' + little(70'000, 4);
    EXPECT_EQ(json(large), "[70000]");
}

TEST(BinaryJson, values_of_sql_types_are_opaque) {
    const auto opaque = [](int type, const std::string& value) {
        return '\x0f' + std::string(1, static_cast<char>(type)) + static_cast<char>(value.size()) + value;
    };
    EXPECT_EQ(json(opaque(246, std::string{"\x0e\x04\x81\x0d\xfb\x38\xd2\x04\xd2", 9})), "1234567890.1234");
    const std::uint64_t day = ((2015ULL * 13 + 1) << 5U | 15U) << 17U;
    const std::uint64_t time = 23ULL << 12U | 24U << 6U | 25U;
    EXPECT_EQ(json(opaque(12, little((day | time) << 24U | 120'000U, 8))), R"("2015-01-15 23:24:25.120000")");
    EXPECT_EQ(json(opaque(10, little(day << 24U, 8))), R"("2015-01-15")");
    EXPECT_EQ(json(opaque(11, little(0 - (time << 24U), 8))), R"("-23:24:25.000000")");
    EXPECT_EQ(json(opaque(252, "ab")), R"("base64:type252:YWI=")");
}

TEST(BinaryJson, a_document_that_lies_is_refused_and_never_grows) {
    EXPECT_EQ(json("\x09\x01"),
              "a value of a JSON document: more bytes are wanted at offset 0 than its 1 have");
    EXPECT_EQ(json("\x0d"), "a JSON document: a value of type 13");
    EXPECT_EQ(json("\x02\x01"), "a JSON document: it is cut");
    EXPECT_EQ(json('\x02' + little(9, 2) + little(4, 2)), "a JSON document: its entries do not fit in it");
    EXPECT_EQ(json('\x02' + little(1, 2) + little(7, 2) + '\x0c' + little(99, 2)),
              "a JSON document: a value lies outside of it");
    // An array that is its own element.
    EXPECT_EQ(json('\x02' + little(1, 2) + little(7, 2) + '\x02' + little(0, 2)),
              "a JSON document: it is deeper than 100");
    std::string wide = '\x02' + little(40, 2) + little(124, 2);
    for (int i = 0; i < 40; ++i) wide += '\x02' + little(0, 2);
    const std::string said = json(wide);
    EXPECT_TRUE(said == "a JSON document: its parts overlap" ||
                said == "a JSON document: it is deeper than 100")
        << said;
}

std::string utf8(std::string_view charset, std::string_view bytes) {
    Result<TextDecoder> decoder = TextDecoder::open(charset);
    if (!decoder.ok()) return decoder.error().message();
    std::string out;
    decoder->decode(bytes, out);
    return out + (decoder->replaced() == 0 ? "" : " replaced " + std::to_string(decoder->replaced()));
}

TEST(Charset, text_of_every_family_becomes_utf8) {
    EXPECT_EQ(utf8("gbk", "a\xba\xba"), "a汉");
    EXPECT_EQ(utf8("sjis", "\x83\x5c"), "ソ");
    EXPECT_EQ(utf8("utf16", std::string_view{"\xd8\x3c\xdf\x89\x00\x41", 6}), "🎉A");
    EXPECT_EQ(utf8("utf16le", std::string_view{"\x3c\xd8\x89\xdf", 4}), "🎉");
    EXPECT_EQ(utf8("utf32", std::string_view{"\x00\x01\xf3\x89", 4}), "🎉");
    EXPECT_EQ(utf8("cp1251", "\xc6"), "Ж");
    EXPECT_EQ(utf8("binary", "\xff"), "\xff");
}

TEST(Charset, what_is_no_character_is_replaced_and_counted) {
    EXPECT_EQ(utf8("ascii", "a\xff"), "a? replaced 1");
    EXPECT_EQ(utf8("utf16", "\xd8"), "? replaced 1");
    EXPECT_EQ(utf8("utf32", std::string_view{"\x00\x11\x00\x00", 4}), "? replaced 1");
    EXPECT_EQ(utf8("gbk",
                   "\xff\xff"
                   "b"),
              "?b replaced 1");
}

TEST(Charset, collations_of_both_servers_have_a_charset) {
    EXPECT_EQ(charset_of_collation(8), "latin1");
    EXPECT_EQ(charset_of_collation(255), "utf8mb4");   // MySQL 8
    EXPECT_EQ(charset_of_collation(2304), "utf8mb4");  // MariaDB's of UCA 14
    EXPECT_EQ(charset_of_collation(1024 + 45), "utf8mb4");
    EXPECT_EQ(charset_of_collation(99'999), "");
}

}  // namespace
}  // namespace landfall::dbmove::mysql
