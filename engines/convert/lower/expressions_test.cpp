#include <gtest/gtest.h>

#include "engines/convert/lower/lowered_testing.hpp"

namespace landfall::convert {
namespace {

std::string lowered(const std::string& expression) {
    const std::string made = testing::lowered("select " + expression + " from t");
    const std::size_t from = made.find("SELECT ");
    if (from == std::string::npos || !made.ends_with(" FROM t")) return made;
    return made.substr(0, from) + made.substr(from + 7, made.size() - from - 14);
}

TEST(Texts, that_are_empty_are_null) {
    EXPECT_EQ(lowered("nvl(a, '')"), "coalesce(a, NULL)");
    EXPECT_EQ(lowered("substr('', 1)"), "oracle_ext.substr(NULL::text, 1)");
    EXPECT_EQ(lowered("empty_clob()"), "''");
}

TEST(Concatenation, takes_null_for_nothing) {
    EXPECT_EQ(lowered("'a' || 'b'"), "'a' || 'b'");
    EXPECT_EQ(lowered("'a' || b || 1"), "concat('a', b, '1')");
    EXPECT_EQ(lowered("a || b"), "nullif(concat(a, b), '')");
    EXPECT_EQ(lowered("a || ''"), "a::text");
    EXPECT_EQ(lowered("'on ' || sysdate"), "concat('on ', oracle_ext.to_char(oracle_ext.sysdate()))");
    EXPECT_EQ(lowered("'half ' || .5"), "concat('half ', oracle_ext.to_char(.5))");
}

TEST(Concatenation, of_an_index_is_immutable) {
    EXPECT_EQ(testing::lowered("create index i on t (a || '-' || b)"),
              "CREATE INDEX i ON t ((coalesce(a::text, '') || '-' || coalesce(b::text, '')))");
}

TEST(Numbers, are_divided_with_a_fraction) {
    EXPECT_EQ(lowered("a / b"), "a::numeric / b");
    EXPECT_EQ(lowered("1 / 2.5"), "1 / 2.5");
    EXPECT_EQ(lowered("2 ** 3"), "power(2::numeric, 3)");
    EXPECT_EQ(lowered("5f"), "5::real");
}

TEST(Dates, have_a_time_and_are_moved_by_days) {
    EXPECT_EQ(lowered("date '2020-01-02'"), "TIMESTAMP '2020-01-02 00:00:00'");
    EXPECT_EQ(lowered("sysdate + 7"), "oracle_ext.sysdate() + INTERVAL '7 days'");
    EXPECT_EQ(lowered("sysdate - 1/24"),
              "(oracle_ext.sysdate() - 1::numeric / 24 * INTERVAL '1 day')::timestamp(0)");
    EXPECT_EQ(lowered("sysdate - date '2020-01-02'"),
              "oracle_ext.date_diff(oracle_ext.sysdate(), TIMESTAMP '2020-01-02 00:00:00')");
    EXPECT_EQ(lowered("trunc(sysdate) - a"),
              "oracle_ext.date_sub(oracle_ext.trunc(oracle_ext.sysdate()), a)");
    EXPECT_EQ(lowered("interval '1 2' day(3) to second(2)"), "INTERVAL '1 2' DAY TO SECOND(2)");
}

TEST(Moments, keep_the_instant_that_a_zone_says) {
    EXPECT_EQ(lowered("timestamp '2024-08-17 00:41:26.5 +02:00'"),
              "'2024-08-17 00:41:26.5 +02:00'::timestamptz");
    EXPECT_EQ(lowered("timestamp '1999-10-29 01:30:00 US/Pacific PDT'"),
              "'1999-10-29 01:30:00 US/Pacific'::timestamptz");
    EXPECT_EQ(lowered("timestamp '1999-10-29 01:30:00'"), "TIMESTAMP '1999-10-29 01:30:00'");
    EXPECT_EQ(lowered("trunc(timestamp '2024-08-17 00:41:26 +02:00')"),
              "[9042] oracle_ext.trunc('2024-08-17 00:41:26 +02:00'::timestamptz)");
    EXPECT_EQ(lowered("extract(hour from systimestamp)"),
              "EXTRACT(HOUR FROM (clock_timestamp() AT TIME ZONE 'UTC'))");
    EXPECT_EQ(lowered("extract(timezone_hour from systimestamp)"),
              "EXTRACT(TIMEZONE_HOUR FROM clock_timestamp())");
    EXPECT_EQ(lowered("extract(year from sysdate)"), "EXTRACT(YEAR FROM oracle_ext.sysdate())");
}

TEST(BuiltIns, take_texts_for_moments_and_numbers) {
    EXPECT_EQ(lowered("add_months('01-JAN-20', '3')"),
              "oracle_ext.add_months(oracle_ext.to_date('01-JAN-20'), oracle_ext.to_number('3'))");
    EXPECT_EQ(lowered("last_day(null)"), "oracle_ext.last_day(NULL::timestamp)");
    EXPECT_EQ(lowered("regexp_substr(a, 'x', 1, null)"),
              "oracle_ext.regexp_substr(a, 'x', 1, NULL::numeric)");
    EXPECT_EQ(lowered("regexp_count(a, 'x', 1, '')"), "oracle_ext.regexp_count(a, 'x', 1, NULL::text)");
    EXPECT_EQ(lowered("unistr('x')"), "oracle_ext.unistr('x')");
}

TEST(Casts, to_a_length_in_bytes_cut_at_bytes) {
    EXPECT_EQ(lowered("cast('a' || b as varchar2(5 byte))"),
              "oracle_ext.substrb(concat('a', b), 1, 5)::varchar(5)");
    EXPECT_EQ(lowered("cast('abc' as varchar2(2 char))"), "'abc'::varchar(2)");
}

TEST(BuiltIns, are_native_only_where_they_are_the_same) {
    EXPECT_EQ(lowered("upper(a)"), "upper(a)");
    EXPECT_EQ(lowered("mod(a, 2)"), "mod(a, 2)");
    EXPECT_EQ(lowered("length(upper(a))"), "length(upper(a))");
    EXPECT_EQ(lowered("length(a)"), "oracle_ext.length(a)");
    EXPECT_EQ(lowered("mod(a, b)"), "oracle_ext.mod(a, b)");
    EXPECT_EQ(lowered("to_char(a, 'YYYY')"), "oracle_ext.to_char(a, 'YYYY')");
    EXPECT_EQ(lowered("trim(leading '0' from a)"), "nullif(TRIM(LEADING '0' FROM a), '')");
    EXPECT_EQ(lowered("pkg.substr(a, 1)"), "pkg.substr(a, 1)");
    EXPECT_EQ(lowered("nvl2(a, 1, 2)"), "CASE WHEN a IS NOT NULL THEN 1 ELSE 2 END");
    EXPECT_EQ(lowered("user"), "upper(session_user::text)");
    EXPECT_EQ(lowered("hr.s.nextval"), "nextval('hr.s')");
    EXPECT_EQ(lowered("\"My Seq\".currval"), "currval('\"My Seq\"')");
}

TEST(BuiltIns, with_a_syntax_of_their_own_keep_it_as_postgresql_has_it) {
    EXPECT_EQ(lowered("translate(a using nchar_cs)"), "a");
    EXPECT_EQ(lowered("xmlelement(\"e\", a)"), "XMLELEMENT(NAME \"e\", a)");
    EXPECT_EQ(lowered("xmlagg(a).getclobval()"), "xmlagg(a)::text");
    EXPECT_EQ(lowered("cast(a as varchar2(10))"), "a::varchar(10)");
    EXPECT_EQ(lowered("extract(year from a)"), "EXTRACT(YEAR FROM a)");
}

TEST(Decode, takes_null_for_equal_to_null) {
    EXPECT_EQ(lowered("decode(a, 1, 'x', 2, 'y', 'z')"),
              "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END");
    EXPECT_EQ(lowered("decode(a, null, 1, b, 2)"),
              "CASE WHEN a IS NULL THEN 1 WHEN a IS NOT DISTINCT FROM b THEN 2 END");
    EXPECT_EQ(lowered("decode(a, 1, 'x', 2)"), "CASE a WHEN 1 THEN 'x' ELSE '2' END");
}

TEST(Aggregates, keep_their_order) {
    EXPECT_EQ(lowered("listagg(a, ',') within group (order by b)"), "string_agg(a::text, ',' ORDER BY b)");
    EXPECT_EQ(lowered("max(a) keep (dense_rank last order by b)"),
              "(array_agg(a ORDER BY b DESC, a DESC NULLS LAST))[1]");
    EXPECT_EQ(
        lowered("min(a) keep (dense_rank first order by b) over (partition by c)"),
        "first_value(a) OVER (PARTITION BY c ORDER BY b, a NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND "
        "UNBOUNDED FOLLOWING)");
    EXPECT_EQ(lowered("median(a)"), "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)");
    EXPECT_EQ(lowered("ratio_to_report(a) over ()"), "a::numeric / nullif(sum(a) OVER (), 0)");
    EXPECT_EQ(lowered("sum(a) keep (dense_rank first order by b)").substr(0, 6), "[9203]");
    EXPECT_EQ(lowered("last_value(a ignore nulls) over (order by b)"),
              "oracle_ext.last_known(a) OVER (ORDER BY b)");
    EXPECT_EQ(lowered("lag(a, 1, 0) ignore nulls over (order by b)"),
              "coalesce(oracle_ext.last_known(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
              "PRECEDING), 0)");
    EXPECT_EQ(lowered("lead(a, 2) ignore nulls over (order by b)"), "[9202] lead(a, 2) OVER (ORDER BY b)");
}

TEST(Names, that_a_statement_is_about_are_no_values) {
    EXPECT_EQ(testing::lowered("create table sysdate (a number)").find("oracle_ext"), std::string::npos);
    EXPECT_EQ(testing::lowered("drop table systimestamp").find("clock"), std::string::npos);
}

}  // namespace
}  // namespace landfall::convert
