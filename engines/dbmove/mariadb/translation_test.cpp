#include "engines/dbmove/mariadb/translation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace landfall::dbmove::mariadb {
namespace {

using ::testing::HasSubstr;

/// "NULL" where it became none.
std::string became(const DeclaredType& source, std::string_view target, std::string_view text) {
    const auto translation = Translation::of(source, target);
    if (!translation.ok()) return translation.error().message();
    std::string out;
    const auto outcome = translation->append(text, out);
    if (!outcome.ok()) return outcome.error().message();
    return *outcome == Translation::Became::null ? "NULL" : out;
}

std::string printed8(double value) {
    std::string out;
    append_float8(value, out);
    return out;
}
std::string printed4(float value) {
    std::string out;
    append_float4(value, out);
    return out;
}

TEST(Translation, floats_are_printed_as_postgresql_prints_them) {
    EXPECT_EQ(printed8(0.1), "0.1");
    EXPECT_EQ(printed8(-0.0), "-0");
    EXPECT_EQ(printed8(100), "100");
    EXPECT_EQ(printed8(0.0001), "0.0001");
    EXPECT_EQ(printed8(0.00001), "1e-05");
    EXPECT_EQ(printed8(123456789012345), "123456789012345");
    EXPECT_EQ(printed8(1234567890123456), "1.234567890123456e+15");
    EXPECT_EQ(printed8(1e300), "1e+300");
    EXPECT_EQ(printed8(std::numeric_limits<double>::denorm_min()), "5e-324");
    EXPECT_EQ(printed4(3.1400001F), "3.14");
    EXPECT_EQ(printed4(123456), "123456");
    EXPECT_EQ(printed4(1234567), "1.234567e+06");
}

TEST(Translation, each_type_has_its_form) {
    EXPECT_EQ(became({"int", "int(10) unsigned zerofill"}, "bigint", "0000000042"), "42");
    EXPECT_EQ(became({"year", "year(4)"}, "smallint", "0000"), "0");
    EXPECT_EQ(became({"tinyint", "tinyint(1)"}, "boolean", "0"), "f");
    EXPECT_EQ(became({"bit", "bit(10)"}, "bit(10)", std::string_view{"\x02\x01", 2}), "1000000001");
    EXPECT_EQ(became({"blob", "blob"}, "bytea", std::string_view{"\0\xff", 2}), "\\x00ff");
    EXPECT_EQ(became({"float", "float"}, "real", "3.140000104904175"), "3.14");
    EXPECT_EQ(
        became({"timestamp", "timestamp(6)"}, "timestamp(6) with time zone", "2020-01-01 00:00:00.100000"),
        "2020-01-01 00:00:00.1+00");
    EXPECT_EQ(became({"time", "time(6)"}, "interval(6)", "-838:59:59.000000"), "-838:59:59");
    EXPECT_EQ(became({"enum", "enum('a')"}, "shop.t_kind", "a"), "a");
}

TEST(Translation, zero_dates_are_null_and_counted_and_half_ones_are_errors) {
    const auto translation = Translation::of({"datetime", "datetime"}, "timestamp(0) without time zone");
    ASSERT_TRUE(translation.ok());
    std::string out;
    EXPECT_EQ(*translation->append("0000-00-00 00:00:00", out), Translation::Became::null);
    EXPECT_EQ(translation->zero_dates(), 1U);
    EXPECT_THAT(became({"date", "date"}, "date", "2020-00-01"), HasSubstr("'2020-00-01' is no date"));
}

TEST(Translation, what_has_no_place_is_told) {
    EXPECT_THAT(became({"text", "text"}, "text", std::string_view{"a\0b", 3}), HasSubstr("zero byte"));
    EXPECT_THAT(became({"int", "int(11)"}, "text", "1"), HasSubstr("no way from int(11) to text"));
}

TEST(Translation, the_way_back_finds_the_row) {
    const auto literal = [](const DeclaredType& source, std::string_view target, std::string_view value) {
        return Translation::of(source, target)->literal(value);
    };
    EXPECT_EQ(literal({"varchar", "varchar(9)"}, "character varying(9)", "it's\\"), "'it\\'s\\\\'");
    EXPECT_EQ(literal({"binary", "binary(2)"}, "bytea", "\\x00ff"), "X'00ff'");
    EXPECT_EQ(literal({"timestamp", "timestamp"}, "timestamp(0) with time zone", "2020-01-01 00:00:00+00"),
              "'2020-01-01 00:00:00'");
}

}  // namespace
}  // namespace landfall::dbmove::mariadb
