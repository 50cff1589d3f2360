#include "engines/convert/postgres/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace landfall::convert {
namespace {

using ::testing::HasSubstr;

std::string routine(std::string_view body) {
    return "CREATE FUNCTION f(p integer, q my.rec, c refcursor) RETURNS integer\nLANGUAGE plpgsql\nAS $$\n" +
           std::string{body} + "\n$$;\n";
}

TEST(CheckSql, says_where_and_why_a_statement_is_refused) {
    const auto refusal = check_sql("SELECT 1;\nSELECT 'ä' FROM FROM t;");
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->message, "syntax error at or near \"FROM\"");
    EXPECT_EQ(refusal->line, 2U);
    EXPECT_EQ(refusal->offset, std::string_view{"SELECT 1;\nSELECT 'ä' FROM "}.size());
}

TEST(CheckSql, compiles_bodies_and_tells_the_line_of_the_statement) {
    EXPECT_FALSE(check_sql(routine("BEGIN\n    RETURN 1;\nEND;")));
    const auto refusal = check_sql(routine("BEGIN\n    p := p + ;\n    RETURN 1;\nEND;"));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->line, 5U);
    const auto unknown = check_sql("-- above\nDO $$\nBEGIN\n    NULL;\n    x := 1;\nEND;\n$$;");
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->line, 5U);
}

TEST(CheckSql, refuses_a_routine_without_code) {
    // libpg_query would end the process.
    for (const char* sql : {
             "CREATE FUNCTION f(a integer) -- LANGUAGE plpgsql AS $$BEGIN END$$",
             "CREATE OR REPLACE PROCEDURE f() LANGUAGE plpgsql",
             "CREATE FUNCTION f(a text DEFAULT 'x') RETURNS text LANGUAGE plpgsql STABLE",
             "DO LANGUAGE 'plpgsql'",
             "DO $$BEGIN END$$; DO /* $$ $$ */ LANGUAGE plpgsql",
             "CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql RETURN 1",
         }) {
        const auto refusal = check_sql(sql);
        ASSERT_TRUE(refusal) << sql;
        EXPECT_EQ(refusal->message, "no code given as a string") << sql;
    }
    EXPECT_FALSE(check_sql("DO LANGUAGE plpgsql E'BEGIN END'"));
    EXPECT_FALSE(
        check_sql("CREATE FUNCTION f(a text DEFAULT 'x') RETURNS text AS 'BEGIN END' LANGUAGE plpgsql"));
}

TEST(CheckSql, accepts_rows_and_cursors_though_the_library_has_no_catalog) {
    EXPECT_EQ(
        check_sql(
            routine("DECLARE\n    r my.rec;\n    d CURSOR (a integer) FOR SELECT 1;\nBEGIN\n"
                    "    r.a := q.b;\n    r.\"B\" := 1;\n    OPEN c FOR SELECT 1;\n    OPEN d(1);\n"
                    "    FETCH d INTO r.a, p;\n    FETCH NEXT FROM c INTO r;\n    MOVE c;\n    CLOSE d;\n"
                    "    FOR x IN d(2) LOOP\n        p := x.a;\n    END LOOP;\n"
                    "    OPEN c FOR EXECUTE 'select 1' USING p;\n    RETURN 1;\nEND;"))
            .value_or(Refusal{})
            .message,
        "");
    EXPECT_TRUE(check_sql(routine("BEGIN\n    OPEN c FOR SELECT FROM FROM;\nEND;")));
}

TEST(CheckSql, refuses_garbage_and_deep_nesting_without_harm) {
    std::mt19937 random{7};  // NOLINT: a test wants the same bytes each time
    for (int round = 0; round < 300; ++round) {
        std::string garbage = round % 2 == 0 ? "" : "DO $$ BEGIN ";
        for (int i = 0; i < 60; ++i) garbage.push_back(static_cast<char>(random() & 0xFFU));
        (void)check_sql(garbage);
        garbage += " $$";
        (void)check_sql(garbage);
    }
    EXPECT_TRUE(check_sql(std::string_view{"SELECT 1\0;", 10}));
    EXPECT_TRUE(check_sql("SELECT " + std::string(100000, '(')));
    EXPECT_TRUE(check_sql("DO $$ BEGIN " + std::string(100000, '(')));
    std::string blocks = "DO $$ ";
    for (int i = 0; i < 30000; ++i) blocks += "BEGIN ";
    EXPECT_TRUE(check_sql(blocks + "$$;"));
    for (const char* cut :
         {"", "DO", "DO $$", "DO $$ OPEN", "DO $$ BEGIN FETCH $$", "DO $a$ BEGIN OPEN c(", "$", "'", "\""})
        (void)check_sql(cut);
}

}  // namespace
}  // namespace landfall::convert
