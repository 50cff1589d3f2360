#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engines/convert/lower/definitions_together.hpp"
#include "engines/convert/meaning/catalog.hpp"
#include "engines/convert/syntax/parser.hpp"

namespace landfall::convert {
namespace {

/// A script whose definitions are lowered, one statement after the other.
class Lowered {
public:
    explicit Lowered(std::string_view text) : script_{read_script(text, "in.sql", {}, nullptr)} {
        const Parsed parsed = parse_oracle(script_, tree_);
        relate_definitions(parsed.statements, tree_);
        for (Statement* statement : parsed.statements) {
            LowerContext context{.tree = tree_,
                                 .script = script_,
                                 .catalog = catalog_,
                                 .settings = settings_,
                                 .findings = findings};
            for (Statement* made : lower(statement, context)) statements.push_back(made);
        }
    }
    template <class T>
    [[nodiscard]] std::vector<const T*> all() const {
        std::vector<const T*> found;
        for (const Statement* each : statements)
            if (const T* one = as<T>(each)) found.push_back(one);
        return found;
    }
    [[nodiscard]] std::vector<int> codes() const {
        std::vector<int> codes;
        for (const Finding& finding : findings) codes.push_back(finding.code);
        return codes;
    }

    std::vector<Statement*> statements;
    std::vector<Finding> findings;

private:
    Tree tree_;
    Script script_;
    Catalog catalog_;  // declares nothing
    Settings settings_;
};

Text type_of(const CreateTable& table, std::size_t column) {
    return table.columns[column]->type->name->parts.back().name;
}

TEST(Tables, a_foreign_key_has_the_type_of_its_key_and_waits_for_all_tables) {
    const Lowered text{
        "create table c (p number references p (id), q number(5)); create table p (id number(10) primary "
        "key);"};
    EXPECT_EQ(type_of(*text.all<CreateTable>()[0], 0), "bigint");
    EXPECT_EQ(type_of(*text.all<CreateTable>()[0], 1), "integer");
    const auto alters = text.all<AlterTable>();
    ASSERT_EQ(alters.size(), 1U);
    const Constraint& key = *alters[0]->changes[0]->constraint;
    EXPECT_EQ(key.columns.size(), 1U);
    EXPECT_TRUE(text.all<CreateTable>()[0]->columns[0]->constraints.empty());
}

TEST(Tables, a_partitioned_one_comes_with_its_partitions_unless_a_key_spans_them) {
    const char* parts =
        " partition by range (d) (partition p1 values less than (10), partition p2 values less than "
        "(maxvalue));";
    const Lowered plain{"create table t (id int, d int)" + std::string{parts}};
    ASSERT_EQ(plain.all<CreateTable>().size(), 3U);
    EXPECT_EQ(plain.all<CreateTable>()[1]->object->parts.back().name, "t_p1");
    const Lowered keyed{"create table t (id int primary key, d int)" + std::string{parts}};
    EXPECT_EQ(keyed.all<CreateTable>().size(), 1U);
    EXPECT_THAT(keyed.codes(), testing::Contains(9035));
}

TEST(Indexes, lose_their_constants_and_those_that_a_key_makes) {
    const Lowered text{
        "create table t (a int, b int, constraint k primary key (a)); create unique index k on t (a); "
        "create bitmap index i on t (b, 0);"};
    const auto indexes = text.all<CreateIndex>();
    ASSERT_EQ(indexes.size(), 1U);
    EXPECT_EQ(indexes[0]->columns.size(), 1U);
    EXPECT_THAT(text.codes(), testing::UnorderedElementsAre(9034, 5206));
}

TEST(Definitions, what_is_dropped_has_a_finding) {
    for (const char* text :
         {"drop table t;", "create user u identified by p;", "alter session set nls_date_format = 'x';",
          "select 1 from dual;", "grant create session to u;", "comment on operator o is 'x';",
          "create synonym s for t@far;", "alter table t modify partition p unusable local indexes;"}) {
        const Lowered lowered{text};
        EXPECT_TRUE(lowered.statements.empty()) << text;
        EXPECT_EQ(lowered.findings.size(), 1U) << text;
    }
}

}  // namespace
}  // namespace landfall::convert
