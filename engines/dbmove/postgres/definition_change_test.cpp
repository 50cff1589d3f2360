#include "engines/dbmove/postgres/definition_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace landfall::dbmove::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Rows = DefinitionChange::Rows;

Table table() {
    return {.oid = 7,
            .name = {"s", "t"},
            .file = 7,
            .columns_ever = 3,
            .columns = {{.name = "id", .type = "bigint", .number = 1, .not_null = true},
                        {.name = "a", .type = "character varying(5)", .number = 2},
                        {.name = "b", .type = "integer", .number = 3}}};
}

TEST(DefinitionChange, names_move_in_a_circle) {
    Table now = table();
    std::swap(now.columns[1].name, now.columns[2].name);
    const Table before = table();
    const DefinitionChange change{before, now, {}};
    EXPECT_THAT(change.why_rows_are_needed(), IsEmpty());
    EXPECT_THAT(change.statements(Rows::kept),
                ElementsAre("ALTER TABLE \"s\".\"t\" RENAME COLUMN \"a\" TO \"landfall_2\"",
                            "ALTER TABLE \"s\".\"t\" RENAME COLUMN \"b\" TO \"landfall_3\"",
                            "ALTER TABLE \"s\".\"t\" RENAME COLUMN \"landfall_2\" TO \"b\"",
                            "ALTER TABLE \"s\".\"t\" RENAME COLUMN \"landfall_3\" TO \"a\""));
    EXPECT_EQ(change.shown(), "column a renamed to b, column b renamed to a");
}

TEST(DefinitionChange, older_rows_get_what_the_source_gave_them) {
    Table now = table();
    now.columns_ever = 4;
    now.columns.push_back({.name = "c",
                           .type = "text",
                           .default_of = "'later'::text",
                           .number = 4,
                           .older_rows_have_value = true,
                           .value_of_older_rows = "it's",
                           .not_null = true});
    const Table before = table();
    const DefinitionChange change{before, now, {}};
    EXPECT_THAT(change.why_rows_are_needed(), IsEmpty());
    EXPECT_THAT(change.statements(Rows::kept),
                ElementsAre("ALTER TABLE \"s\".\"t\" ADD COLUMN \"c\" text DEFAULT 'it''s' NOT NULL",
                            "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"c\" DROP DEFAULT",
                            "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"c\" SET DEFAULT 'later'::text"));
    now.columns.back().value_of_older_rows.reset();
    EXPECT_EQ(change.why_rows_are_needed(), "rows have values of the new column c");
}

TEST(DefinitionChange, rows_that_were_written_anew_are_needed_for_a_type_or_a_value) {
    Table now = table();
    now.file = 8;
    const Table before = table();
    const DefinitionChange change{before, now, {}};
    EXPECT_THAT(change.why_rows_are_needed(), IsEmpty()) << "VACUUM FULL changes no value";
    now.columns[2].type = "bigint";
    EXPECT_EQ(change.why_rows_are_needed(), "the column b is bigint now, not integer");
    EXPECT_THAT(change.statements(Rows::gone),
                ElementsAre("ALTER TABLE \"s\".\"t\" ALTER COLUMN \"b\" TYPE bigint USING NULL::bigint"));
    now = table();
    now.file = 8;
    now.columns_ever = 4;
    now.columns.push_back({.name = "c", .type = "integer", .number = 4});
    EXPECT_EQ(change.why_rows_are_needed(), "rows may have values of the new column c");
}

TEST(DefinitionChange, a_name_that_may_have_been_of_two_columns_is_never_trusted) {
    Table now = table();
    now.columns_ever = 4;
    now.columns[2].number = 4;
    const Table before = table();
    const DefinitionChange change{before, now, {}};
    EXPECT_TRUE(change.columns_came_and_went()) << "b was dropped, and is another one";
    now = table();
    now.columns_ever = 5;
    now.columns.push_back({.name = "c", .type = "integer", .number = 5});
    EXPECT_TRUE(change.columns_came_and_went()) << "the one with number 4 may have been called c, too";
    now.columns.pop_back();
    EXPECT_FALSE(change.columns_came_and_went()) << "whatever came is gone with its values";
}

}  // namespace
}  // namespace landfall::dbmove::postgres
