#include "engines/dbmove/postgres/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

using ::testing::ElementsAre;

Catalog sample() {
    Catalog catalog;
    Table table{.oid = 7, .name = {"s", "Odd \"t"}};
    table.columns = {
        {.name = "id", .type = "bigint", .made = Column::Made::identity_always, .not_null = true},
        {.name = "a", .type = "numeric(10,2)", .default_of = "0"},
        {.name = "b", .type = "numeric", .default_of = "(a * 2)", .made = Column::Made::generated},
        {.name = "c", .type = "text", .collation = "pg_catalog.\"C\"", .comment = "it's"}};
    table.attached = {{Attached::Kind::key, "t_pkey", "PRIMARY KEY (id)"},
                      {Attached::Kind::index, "t_a", "CREATE INDEX t_a ON s.\"Odd \"\"t\" USING btree (a)"},
                      {Attached::Kind::foreign_key, "t_f", "FOREIGN KEY (a) REFERENCES s.u(a)"}};
    catalog.tables = {table};
    catalog.sequences = {
        {.name = {"s", "t_id_seq"},
         .definition = "AS bigint START WITH 5",
         .owner = 7,
         .owner_column = "id",
         .of_identity = true},
        {.name = {"s", "q"}, .definition = "AS bigint START WITH 1", .owner = 7, .owner_column = "a"}};
    return catalog;
}

TEST(Definitions, a_table_is_made_with_its_columns_alone) {
    const Catalog catalog = sample();
    EXPECT_EQ(create(catalog.tables[0], catalog),
              "CREATE TABLE \"s\".\"Odd \"\"t\" (\"id\" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "
              "\"s\".\"t_id_seq\" "
              "START WITH 5) NOT NULL, \"a\" numeric(10,2) DEFAULT 0, \"b\" numeric GENERATED ALWAYS AS ((a "
              "* 2)) STORED, "
              "\"c\" text COLLATE pg_catalog.\"C\")");
}

TEST(Definitions, keys_and_indexes_come_with_the_rows_foreign_keys_later) {
    const Catalog catalog = sample();
    EXPECT_THAT(complete(catalog.tables[0]),
                ElementsAre("ALTER TABLE \"s\".\"Odd \"\"t\" ADD CONSTRAINT \"t_pkey\" PRIMARY KEY (id)",
                            "CREATE INDEX t_a ON s.\"Odd \"\"t\" USING btree (a)"));
    EXPECT_THAT(
        finish(catalog),
        ElementsAre(
            "ALTER TABLE \"s\".\"Odd \"\"t\" ADD CONSTRAINT \"t_f\" FOREIGN KEY (a) REFERENCES s.u(a)",
            "ALTER SEQUENCE \"s\".\"q\" OWNED BY \"s\".\"Odd \"\"t\".\"a\"",
            "COMMENT ON COLUMN \"s\".\"Odd \"\"t\".\"c\" IS 'it''s'"));
}

TEST(Definitions, a_partition_is_made_of_its_parent) {
    const Table table{
        .name = {"s", "p1"}, .partition_of = "s.p", .partition_bound = "FOR VALUES FROM (1) TO (2)"};
    EXPECT_EQ(create(table, {}), "CREATE TABLE \"s\".\"p1\" PARTITION OF s.p FOR VALUES FROM (1) TO (2)");
}

}  // namespace
}  // namespace landfall::dbmove::postgres
