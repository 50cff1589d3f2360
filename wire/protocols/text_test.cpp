#include "wire/protocols/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace landfall::wire {
namespace {

TEST(Text, base64_reads_what_it_writes_and_refuses_the_rest) {
    Arena arena;
    for (std::size_t n = 0; n < 70; ++n) {
        std::string bytes;
        for (std::size_t i = 0; i < n; ++i) bytes += static_cast<char>(i * 37 + n);
        std::string text;
        append_base64(text, bytes);
        EXPECT_EQ(base64_decoded(text, arena), bytes);
    }
    EXPECT_EQ(base64_decoded("YQ", arena), "a");
    EXPECT_EQ(base64_decoded("YW\r\nJj", arena), "abc");
    for (const char* bad : {"a", "ab-d", "ab=d", "a b", "\xff\xff\xff\xff"})
        EXPECT_EQ(base64_decoded(bad, arena), std::nullopt) << bad;
}

TEST(Text, percent_escapes_are_exact) {
    Arena arena;
    EXPECT_EQ(percent_decoded("a%20b+c", Plus::literal, arena), "a b+c");
    EXPECT_EQ(percent_decoded("a%20b+c", Plus::space, arena), "a b c");
    for (const char* bad : {"%", "%4", "%zz", "a%2"})
        EXPECT_EQ(percent_decoded(bad, Plus::space, arena), std::nullopt);
    std::string out;
    append_percent_encoded(out, "a b/\xc3\xa9~");
    EXPECT_EQ(out, "a%20b%2F%C3%A9~");
}

TEST(Text, instants_are_read_in_every_format_and_to_the_millisecond) {
    const Instant whole = Instant::from_seconds(1'700'000'000);
    for (const char* text :
         {"1700000000", "1700000000.0", "1.7e9", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000Z",
          "2023-11-14T23:13:20+01:00", "Tue, 14 Nov 2023 22:13:20 GMT", " 1700000000 "})
        EXPECT_EQ(parse_instant(text), whole) << text;
    EXPECT_EQ(parse_instant("1700000000.123456789"), (whole + Duration{123'456'789}));
    EXPECT_EQ(parse_instant("-1.5"), Instant{-1'500'000'000});
    for (const char* bad : {"", "x", "1700000000.x", "9999999999999", "1e300", "2023-13-01T00:00:00Z"})
        EXPECT_EQ(parse_instant(bad), std::nullopt) << bad;
    std::string out;
    append_instant(out, whole + std::chrono::milliseconds{7}, TimeFormat::epoch);
    EXPECT_EQ(out, "1700000000.007");
}

TEST(Text, numbers_keep_every_bit) {
    EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
    EXPECT_EQ(parse_integer("1x"), std::nullopt);
    EXPECT_EQ(parse_integer(""), std::nullopt);
    for (const double value : {0.1, 1e300, -2.5, 1.0 / 3.0}) {
        std::string out;
        append_number(out, value);
        EXPECT_EQ(parse_number(out), value);
    }
    EXPECT_TRUE(std::isnan(parse_number("NaN").value()));
    EXPECT_EQ(parse_number("inf"), std::nullopt);
    EXPECT_EQ(parse_number("0x10"), std::nullopt);
}

TEST(Text, utf8_is_checked_to_the_letter) {
    EXPECT_TRUE(is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
    for (const char* bad :
         {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8", "\xc3", "\x80"})
        EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace landfall::wire
