// One statement a shape of change: what is set, what a row is found by, what is left alone.
#include "engines/dbmove/postgres/change_statements.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace landfall::dbmove::postgres {
namespace {

using Texts = std::vector<std::optional<std::string>>;  // "\1": the log does not carry it

Row row_of(const Texts& texts) {
    Row row;
    for (const auto& text : texts) {
        if (!text)
            row.add_null();
        else if (*text == "\1")
            row.add_absent();
        else
            row.add(*text);
    }
    return row;
}

Relation relation_of(Identity identity) {
    return {.id = 7,
            .name = {"public", "t"},
            .identity = identity,
            .columns = {{.name = "id", .in_key = true}, {.name = "n"}, {.name = "Text"}}};
}

Table table_of() {
    Table table;
    table.name = {"public", "t"};
    for (const char* const name : {"id", "n", "Text"}) {
        Column column;
        column.name = name;
        column.type = "integer";
        table.columns.push_back(column);
    }
    return table;
}

Message update_of(const Texts& after, const Texts& before = {}, Before which = Before::none) {
    Message message{.kind = MessageKind::update, .has_before = which};
    message.after = row_of(after);
    message.before = row_of(before);
    return message;
}

class Statements : public testing::Test {
protected:
    std::string text(ChangeStatements& statements, const Message& message) {
        const auto made = statements.of(message, last);
        return made.ok() ? (*made)->sql : made.error().message();
    }
    std::string values(ChangeStatements& statements, const Message& message) {
        const auto made = statements.of(message, last);
        std::string out;
        for (const auto& parameter : (*made)->parameters)
            out += std::string{parameter.of(message).text} + ",";
        return out;
    }
    Table table = table_of();
    std::uint64_t last = 0;
    ChangeStatements keyed{relation_of(Identity::by_key), table, {0}};
};

TEST_F(Statements, AnInsertNamesAllColumns) {
    Message message{.kind = MessageKind::insert};
    message.after = row_of({"1", {}, "x"});
    EXPECT_EQ(text(keyed, message),
              R"(INSERT INTO "public"."t" ("id", "n", "Text") OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3))");
    EXPECT_EQ(values(keyed, message), "1,,x,");
    EXPECT_EQ(keyed.shown(MessageKind::insert, keyed.key_of(message)), "id = '1'");
}

TEST_F(Statements, AKeyThatStaysIsNotSet) {
    const Message message = update_of({"1", "2", "x"});
    EXPECT_EQ(text(keyed, message), R"(UPDATE "public"."t" SET "n" = $1, "Text" = $2 WHERE "id" = $3)");
    EXPECT_EQ(values(keyed, message), "2,x,1,");
}

TEST_F(Statements, AKeyThatMovesIsSetAndTheFormerOneFindsTheRow) {
    const Message message = update_of({"5", "2", "x"}, {"1", {}, {}}, Before::key);
    EXPECT_EQ(text(keyed, message),
              R"(UPDATE "public"."t" SET "id" = $1, "n" = $2, "Text" = $3 WHERE "id" = $4)");
    EXPECT_EQ(values(keyed, message), "5,2,x,1,");
}

TEST_F(Statements, AValueThatTheLogDoesNotCarryIsLeftAlone) {
    EXPECT_EQ(text(keyed, update_of({"1", "2", "\1"})),
              R"(UPDATE "public"."t" SET "n" = $1 WHERE "id" = $2)");
    EXPECT_EQ(text(keyed, update_of({"1", "\1", "x"})),
              R"(UPDATE "public"."t" SET "Text" = $1 WHERE "id" = $2)");
}

TEST_F(Statements, ARowOfWhichNothingIsSetMustBeThereAllTheSame) {
    EXPECT_EQ(text(keyed, update_of({"1", "\1", "\1"})),
              R"(UPDATE "public"."t" SET "id" = $1 WHERE "id" = $2)");
}

TEST_F(Statements, OneShapeIsOneStatement) {
    const auto first = keyed.of(update_of({"1", "2", "x"}), last);
    const std::uint64_t number = (*first)->number;
    const auto second = keyed.of(update_of({"8", {}, "yy"}), last);
    EXPECT_EQ((*second)->number, number);
    const auto third = keyed.of(update_of({"8", {}, "\1"}), last);
    EXPECT_NE((*third)->number, number);
}

TEST_F(Statements, WithoutAKeyTheWholeRowIsOneOfSeveralEqualOnes) {
    ChangeStatements whole{relation_of(Identity::whole_row), table, {}};
    Message message{.kind = MessageKind::remove, .has_before = Before::whole};
    message.before = row_of({"1", {}, "x"});
    const std::string sql = text(whole, message);
    EXPECT_TRUE(sql.starts_with(R"(DELETE FROM "public"."t" WHERE ctid = (SELECT ctid FROM)")) << sql;
    EXPECT_TRUE(sql.ends_with("LIMIT 1)")) << sql;
    EXPECT_NE(sql.find(R"("n"::text IS NOT DISTINCT FROM ($2::integer)::text)"), std::string::npos) << sql;
    EXPECT_EQ(whole.shown(MessageKind::remove, whole.key_of(message)), "id = '1', n = NULL, Text = 'x'");
}

TEST_F(Statements, ARowThatCannotBeFoundIsAnError) {
    ChangeStatements none{Relation{.name = {"public", "t"}, .identity = Identity::nothing}, table, {}};
    EXPECT_NE(text(none, update_of({})).find("cannot be told apart"), std::string::npos);
    EXPECT_NE(text(keyed, update_of({"\1", "2", "x"})).find("is not in the log"), std::string::npos);
    EXPECT_NE(text(keyed, update_of({"1", "2", "x"}, {"1"}, Before::key)).find("number of columns"),
              std::string::npos);
}

}  // namespace
}  // namespace landfall::dbmove::postgres
