#include "services/dms/model_overwrite.hpp"

#include <gtest/gtest.h>

namespace landfall::dms {
namespace {

std::vector<std::string> drops(std::string_view sql) {
    std::vector<std::string> all;
    for (const Removal& removal : removals_of(sql)) all.push_back(removal.sql);
    return all;
}

TEST(Overwrite, each_kind_of_object_is_taken_away_by_its_name) {
    EXPECT_EQ(
        drops("CREATE TABLE hr.\"Odd;name\" (a integer);\nCREATE UNIQUE INDEX i ON hr.t (a);\n"),
        (std::vector<std::string>{"DROP INDEX IF EXISTS hr.i", "DROP TABLE IF EXISTS hr.\"Odd;name\""}));
    EXPECT_EQ(drops("CREATE OR REPLACE VIEW v AS SELECT 1;"),
              std::vector<std::string>{"DROP VIEW IF EXISTS v"});
    EXPECT_EQ(drops("CREATE OR REPLACE TRIGGER t\n    BEFORE INSERT ON hr.e\n    FOR EACH ROW"),
              std::vector<std::string>{"DROP TRIGGER IF EXISTS t ON hr.e"});
    EXPECT_EQ(drops("ALTER TABLE hr.e ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES hr.d (b);"),
              std::vector<std::string>{"ALTER TABLE IF EXISTS hr.e DROP CONSTRAINT IF EXISTS c"});
    EXPECT_EQ(drops("CREATE SCHEMA IF NOT EXISTS hr;\nGRANT SELECT ON t TO u;\nCOMMENT ON TABLE t IS 'CREATE "
                    "TABLE x'"),
              std::vector<std::string>{});
}

TEST(Overwrite, bodies_strings_and_comments_are_seen_through) {
    const std::string sql =
        "-- CREATE TABLE no (a int);\n/* ; /* nested */ ; */\n"
        "CREATE OR REPLACE FUNCTION pk.g$get() RETURNS text AS $body$\nBEGIN\n  CREATE TABLE no (a int);\n"
        "  RETURN $code$;$code$ || ';' || 'it''s;';\nEND;\n$body$;\nCREATE SEQUENCE s;";
    EXPECT_EQ(statements_of(sql).size(), 2u);
    EXPECT_EQ(drops(sql),
              (std::vector<std::string>{"DROP SEQUENCE IF EXISTS s", "DROP FUNCTION IF EXISTS pk.g$get"}));
}

TEST(Overwrite, what_holds_something_is_asked_first) {
    EXPECT_EQ(
        removals_of("CREATE TABLE a.\"b'\" (c int)").front().holds,
        "SELECT '1' FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('a.\"b''\"') AND relkind IN "
        "('r', 'p') AND EXISTS (SELECT FROM a.\"b'\")");
    EXPECT_EQ(removals_of("CREATE SEQUENCE s").front().holds, "SELECT '1' FROM s WHERE is_called");
    EXPECT_EQ(removals_of("CREATE VIEW v AS SELECT 1").front().holds, "");
}

TEST(Overwrite, a_text_of_comments_is_one) {
    EXPECT_TRUE(is_comment_only("-- [SCT 5] x\n/* y */ ;\n"));
    EXPECT_TRUE(is_comment_only(""));
    EXPECT_FALSE(is_comment_only("-- x\nSELECT 1"));
    for (const std::string_view cut : {"CREATE TABLE \"", "'", "$a$", "/*", "--", "CREATE", "ALTER TABLE"})
        EXPECT_LE(removals_of(cut).size(), 1u) << cut;
}

}  // namespace
}  // namespace landfall::dms
