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
        const DeclaredScript declared{.script = &script_, .statements = &parsed.statements};
        catalog_.declare({&declared, 1}, settings_);
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
    Catalog catalog_;
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

TEST(Tables, of_one_name_in_two_schemas_have_their_own_keys) {
    const Lowered text{
        "create table a.k (id number(5) primary key); create table b.k (id number(12) primary key);"
        "create table f (x number references a.k (id), y number references b.k (id));"};
    const CreateTable& table = *text.all<CreateTable>()[2];
    EXPECT_EQ(type_of(table, 0), "integer");
    EXPECT_EQ(type_of(table, 1), "bigint");
}

/// The constraints of a script as they come out: in the table, and added later.
std::vector<Text> constraints_of(const Lowered& text) {
    std::vector<Text> names;
    for (const CreateTable* table : text.all<CreateTable>())
        for (const Constraint* each : table->constraints) names.push_back(each->name.name);
    for (const AlterTable* alter : text.all<AlterTable>())
        for (const TableChange* change : alter->changes)
            names.push_back(change->constraint != nullptr ? change->constraint->name.name : Text{});
    return names;
}

TEST(Constraints, are_made_as_they_stand_at_the_end_of_the_scripts) {
    const std::string table = "create table t (a int, constraint k primary key (a) disable);";
    EXPECT_TRUE(constraints_of(Lowered{table}).empty());
    for (const char* enable : {"alter table t enable constraint k;", "alter table t enable primary key;",
                               "alter table t modify constraint k enable;",
                               "alter table t modify primary key enable novalidate;"}) {
        const Lowered enabled{table + enable};
        EXPECT_THAT(constraints_of(enabled), testing::ElementsAre("k")) << enable;
        EXPECT_THAT(enabled.codes(), testing::Contains(9036)) << enable;
    }
    const std::string standing = "create table t (a int, constraint k primary key (a));";
    for (const char* drop : {"alter table t drop constraint k;", "alter table t drop primary key;",
                             "alter table t disable constraint k;"})
        EXPECT_TRUE(constraints_of(Lowered{standing + drop}).empty()) << drop;
    const Lowered anew{standing +
                       "alter table t drop primary key; alter table t add constraint k2 primary key (a);"};
    EXPECT_THAT(constraints_of(anew), testing::ElementsAre("k2"));
}

TEST(Constraints, stay_where_a_script_takes_the_whole_table_away) {
    const Lowered text{
        "create table t (a int, constraint k primary key (a)); alter table t drop constraint k; drop table "
        "t;"};
    EXPECT_THAT(constraints_of(text), testing::ElementsAre("k"));
}

TEST(Constraints, a_change_of_one_that_no_script_makes_is_told) {
    for (const char* change : {"drop constraint z", "enable constraint z", "drop primary key"}) {
        const Lowered text{"create table t (a int); alter table t " + std::string{change} + ";"};
        EXPECT_TRUE(text.all<AlterTable>().empty()) << change;
        EXPECT_THAT(text.codes(), testing::Contains(9033)) << change;
    }
}

TEST(Constraints, and_columns_of_a_name_that_stands_are_left_out) {
    const Lowered text{
        "create table t (a int, constraint k unique (a)); alter table t add constraint k unique (a); alter "
        "table t add b int; alter table t add b int;"};
    EXPECT_THAT(constraints_of(text), testing::ElementsAre("k", ""));
    EXPECT_THAT(text.codes(), testing::ElementsAre(9036, 9036));
}

TEST(Constraints, that_are_disabled_make_way_for_enabled_ones_of_their_name) {
    const Lowered text{
        "create table t (a int); alter table t add constraint k primary key (a) disable; alter table t add "
        "constraint k primary key (a);"};
    EXPECT_THAT(constraints_of(text), testing::ElementsAre("k"));
}

TEST(Constraints, of_partitioned_tables_are_validated) {
    const Lowered text{
        "create table p (a int primary key); create table t (a int) partition by range (a) (partition p1 "
        "values less than (1)); alter table t add constraint k foreign key (a) references p enable "
        "novalidate;"};
    const auto alters = text.all<AlterTable>();
    ASSERT_EQ(alters.size(), 1U);
    EXPECT_FALSE(alters[0]->changes[0]->constraint->not_validated);
    EXPECT_THAT(text.codes(), testing::Contains(9031));
}

TEST(Constraints, of_a_modified_column_are_added) {
    const Lowered text{"create table t (a int); alter table t modify (a constraint c check (a > 0));"};
    EXPECT_THAT(constraints_of(text), testing::ElementsAre("c"));
}

TEST(Tables, integers_that_take_more_digits_are_told_once_a_table) {
    const Lowered text{"create table t (a number(2), b number(12), c number, d number(8, 2));"};
    ASSERT_THAT(text.codes(), testing::ElementsAre(9037));
    EXPECT_EQ(text.findings[0].detail, "more digits than p are let in: a, b");
}

TEST(Tables, zones_that_are_not_kept_are_told_once_a_table) {
    const Lowered text{
        "create table t (a timestamp with time zone, b timestamp(3) with time zone, c timestamp, "
        "d timestamp with local time zone);"};
    ASSERT_THAT(text.codes(), testing::ElementsAre(9042));
    EXPECT_EQ(text.findings[0].detail, "the zone is not kept of: a, b");
}

TEST(Tables, that_postgresql_cannot_partition_stay_whole) {
    for (const char* script :
         {"create table t (a int, b int) partition by list (a, b) (partition p values ((1, 2)));",
          "create table t (a int, g int generated always as (a + 1) virtual) partition by range (g) "
          "(partition p "
          "values less than (1));",
          "create table t (a int, b int) partition by range (a) (partition p values less than (1)); create "
          "unique index u on t (b);"}) {
        const Lowered text{script};
        EXPECT_EQ(text.all<CreateTable>().size(), 1U) << script;
        EXPECT_THAT(text.codes(), testing::Contains(9035)) << script;
    }
}

TEST(Sequences, begin_within_bigint) {
    const Lowered text{"create sequence s start with 99999999999999999999 maxvalue 9999999999999999999999;"};
    const SequenceOptions& options = *text.all<CreateSequence>()[0]->options;
    EXPECT_EQ(options.start, "9223372036854775807");
    EXPECT_TRUE(options.maximum.empty());
    EXPECT_THAT(text.codes(), testing::ElementsAre(9033));
}

TEST(Indexes, that_a_key_uses_are_made_by_it) {
    const Lowered text{
        "create table t (a int); create unique index i on t (a); alter table t add constraint k primary key "
        "(a) using index i;"};
    EXPECT_TRUE(text.all<CreateIndex>().empty());
    EXPECT_THAT(text.codes(), testing::ElementsAre(9034));
}

TEST(Indexes, of_oracle_text_index_words) {
    const Lowered text{"create table t (a clob); create index i on t (a) indextype is ctxsys.context;"};
    ASSERT_EQ(text.all<CreateIndex>().size(), 1U);
    EXPECT_EQ(text.all<CreateIndex>()[0]->method, "gin");
    EXPECT_THAT(text.codes(), testing::ElementsAre(5208));
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

std::vector<std::string> absent(const Lowered& text) {
    std::vector<std::string> names;
    for (const Finding& finding : text.findings)
        if (finding.code == 9038) names.push_back(finding.detail);
    return names;
}

TEST(Definitions, that_lean_on_what_no_script_makes_say_so) {
    const auto absent_in = [](const std::string& text) {
        return absent(Lowered{"create table t (a int);" + text});
    };
    using testing::ElementsAre;
    EXPECT_THAT(
        absent_in("create view v as with w as (select 1 b from dual) select * from w, x, t, user_tables;"),
        ElementsAre("relation x"));
    EXPECT_THAT(absent_in("create table c (a int references far.p (a), b far_type);"),
                ElementsAre("relation far.p", "type far_type"));
    EXPECT_THAT(absent_in("create index i on x (a);"), ElementsAre("relation x"));
    EXPECT_THAT(absent_in("comment on column x.a is 'x';"), ElementsAre("relation x"));
    EXPECT_THAT(absent_in("create trigger g before insert on x begin null; end;\n/\n"),
                ElementsAre("relation x"));
    EXPECT_TRUE(absent_in("create view v as select a from t; comment on column v.a is 'x';").empty());
}

TEST(Definitions, types_that_oracle_brings_become_text_with_a_finding) {
    const Lowered text{"create table t (a mdsys.sdo_geometry, b uritype, c xmltype);"};
    const CreateTable& table = *text.all<CreateTable>()[0];
    EXPECT_EQ(type_of(table, 0), "text");
    EXPECT_EQ(type_of(table, 1), "text");
    EXPECT_EQ(type_of(table, 2), "xml");
    EXPECT_THAT(text.codes(), testing::ElementsAre(5028, 5028));
}

TEST(Definitions, a_comment_on_a_view_says_so) {
    const Lowered text{"create view v as select 1 a from dual; comment on table v is 'x';"};
    ASSERT_EQ(text.all<CommentOn>().size(), 1U);
    EXPECT_EQ(text.all<CommentOn>()[0]->what, "VIEW");
}

TEST(Definitions, views_of_objects_have_a_column_an_attribute) {
    const Lowered text{
        "create type t as object (a number, r ref t);\n/\ncreate table x (a number);"
        "create view v of t with object identifier (a) as select a, make_ref(v, a) from x;"};
    const CreateView& view = *text.all<CreateView>()[0];
    ASSERT_EQ(view.columns.size(), 2U);
    EXPECT_EQ(view.columns[1].name, "r");
    EXPECT_EQ(view.object_type, nullptr);
    EXPECT_THAT(text.codes(), testing::IsSupersetOf({9039, 5196}));
}

TEST(Definitions, what_is_dropped_has_a_finding) {
    for (const char* text :
         {"drop table t;", "create user u identified by p;", "alter session set nls_language = 'x';",
          "select 1 from dual;", "grant create session to u;", "comment on operator o is 'x';",
          "create synonym s for t@far;", "alter table t modify partition p unusable local indexes;"}) {
        const Lowered lowered{text};
        EXPECT_TRUE(lowered.statements.empty()) << text;
        EXPECT_EQ(lowered.findings.size(), 1U) << text;
    }
}

}  // namespace
}  // namespace landfall::convert
