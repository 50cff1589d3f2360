#include "services/dms/model_tree.hpp"

#include <gtest/gtest.h>

#include <set>

namespace landfall::dms {
namespace {

const ServerNames kServers{"ora", "pg"};

ModelTree tree_of(ScriptFiles files, Dialect dialect = Dialect::oracle) {
    return make_tree(std::move(files), dialect, {}, kServers);
}
std::vector<const Model*> all_of(const ModelTree& tree) {
    std::vector<const Model*> all;
    for (const Model& model : tree.models) all.push_back(&model);
    return all;
}
const Model& named(const ModelTree& tree, std::string_view category, std::string_view name) {
    for (const Model& model : tree.models)
        if (model.source.category == category && model.source.object == name) return model;
    ADD_FAILURE() << category << " has no " << name;
    return tree.models.front();
}

constexpr std::string_view kHr =
    "CREATE TABLE hr.emp (id NUMBER PRIMARY KEY);\n"
    "CREATE INDEX hr.emp_i ON hr.emp (id, 1);\n"
    "COMMENT ON TABLE hr.emp IS 'x';\n"
    "ALTER TABLE hr.emp ADD CONSTRAINT c CHECK (id > 0);\n"
    "CREATE TABLE \"Odd\" (a NUMBER);\n"
    "CREATE OR REPLACE PACKAGE hr.pk IS FUNCTION f RETURN NUMBER; END;\n/\n"
    "CREATE OR REPLACE PACKAGE BODY hr.pk IS FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; END;\n/\n"
    "something that nobody knows;\n";

TEST(ModelTree, each_object_belongs_to_exactly_one_model) {
    const ModelTree tree = tree_of({{"a.sql", std::string{kHr}}});
    std::multiset<std::size_t> seen;
    for (const Model& model : tree.models) seen.insert(model.objects.begin(), model.objects.end());
    ASSERT_EQ(seen.size(), tree.conversion.objects.size());
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen.count(i), 1u) << i;
}

TEST(ModelTree, keys_and_comments_belong_to_their_table_and_bodies_to_their_package) {
    const ModelTree tree = tree_of({{"a.sql", std::string{kHr}}});
    const std::string table = definition_of(tree, named(tree, "Tables", "EMP"), Origin::source);
    EXPECT_NE(table.find("COMMENT ON"), std::string::npos);
    EXPECT_NE(table.find("CONSTRAINT c"), std::string::npos);
    EXPECT_EQ(table.find("INDEX"), std::string::npos);
    const std::string package = definition_of(tree, named(tree, "Packages", "PK"), Origin::source);
    EXPECT_NE(package.find("PACKAGE BODY"), std::string::npos);
    EXPECT_NE(definition_of(tree, named(tree, "Tables", "EMP"), Origin::target).find("CREATE TABLE hr.emp"),
              std::string::npos);
}

TEST(ModelTree, names_are_shown_as_each_side_writes_them) {
    const ModelTree tree = tree_of({{"a.sql", std::string{kHr}}});
    const Model& model = named(tree, "Tables", "EMP");
    EXPECT_EQ(model.source, (Place{"ora", "HR", "Tables", "EMP"}));
    EXPECT_EQ(model.target, (Place{"pg", "hr", "Tables", "emp"}));
    EXPECT_EQ(named(tree, "Tables", "Odd").source.schema, "PUBLIC");
}

TEST(ModelTree, a_walk_by_the_rules_of_children_reaches_every_object) {
    const ModelTree tree = tree_of({{"a.sql", std::string{kHr}}});
    const auto there = all_of(tree);
    for (const Origin origin : {Origin::source, Origin::target}) {
        const std::string server = origin == Origin::source ? "ora" : "pg";
        std::vector<std::string> open{selection_of(Place{.server = server})};
        std::size_t leaves = 0;
        while (!open.empty()) {
            const SelectionRule rule = parse_one_explicit(open.back()).value();
            open.pop_back();
            EXPECT_TRUE(exists(there, origin, rule));
            const auto children = children_of(there, origin, rule, server);
            leaves += children.empty() ? 1 : 0;
            if (children.empty()) {
                EXPECT_NE(model_at(there, origin, rule), nullptr);
            }
            for (const Child& child : children) open.push_back(child.selection);
        }
        std::size_t objects = 0;
        for (const Model& model : tree.models) objects += model.source.object.empty() ? 0 : 1;
        EXPECT_EQ(leaves, objects);
    }
}

TEST(ModelTree, a_part_has_its_schemas_and_its_own_findings) {
    const ModelTree tree =
        tree_of({{"a.sql", std::string{kHr}}, {"b.sql", "CREATE TABLE sales.o (a NUMBER);"}});
    const convert::Conversion part = part_of(tree, {&named(tree, "Tables", "EMP")});
    ASSERT_FALSE(part.objects.empty());
    EXPECT_EQ(part.objects.front().sql, "CREATE SCHEMA IF NOT EXISTS hr;\n");
    for (const convert::Object& object : part.objects) EXPECT_EQ(object.schema, "hr");
    for (const convert::PlacedFinding& finding : part.findings)
        EXPECT_LT(finding.object, part.objects.size());
    EXPECT_EQ(part.emitted + part.raw + part.dropped, part.statements);
    std::size_t findings = 0;
    for (const Model& model : tree.models) findings += part_of(tree, {&model}).findings.size();
    EXPECT_EQ(findings, tree.conversion.findings.size());
}

TEST(ModelTree, what_one_statement_of_mysql_makes_is_one_table) {
    const ModelTree tree =
        tree_of({{"a.sql",
                  "CREATE DATABASE shop;\nUSE shop;\nCREATE TABLE o (id int AUTO_INCREMENT, s enum('a'), "
                  "PRIMARY KEY (id), KEY k (s));\n"}},
                Dialect::mysql);
    const Model& table = named(tree, "Tables", "o");
    const std::string sql = definition_of(tree, table, Origin::target);
    EXPECT_NE(sql.find("CREATE TYPE"), std::string::npos);
    EXPECT_NE(sql.find("CREATE INDEX"), std::string::npos);
    EXPECT_TRUE(tree.conversion.runtime_pack.empty());
}

TEST(ModelTree, scripts_without_statements_make_an_empty_tree) {
    EXPECT_TRUE(tree_of({{"a.sql", "REM nothing\n"}}).models.empty());
    const ModelTree garbage = tree_of({{"a.sql", std::string("\0\xff\xfe;;;", 6)}});
    for (const Model& model : garbage.models) (void)definition_of(garbage, model, Origin::source);
}

TEST(Scripts, what_another_includes_is_no_root) {
    const ScriptFiles files{{"all.sql", "@@tables\n@ views/v.sql\nSTART views/w\n"},
                            {"tables.sql", "x"},
                            {"views/v.sql", "@@w"},
                            {"views/w.sql", "x"},
                            {"circle1.sql", "@@circle2"},
                            {"circle2.sql", "@@circle1"},
                            {"alone.sql", "@@missing"}};
    std::vector<std::string> names;
    for (const convert::Input& input : roots_of(files)) names.push_back(input.name);
    EXPECT_EQ(names, (std::vector<std::string>{"all.sql", "alone.sql", "circle1.sql"}));
    const auto load = loader_of(files);
    EXPECT_EQ(load("v.sql", "views/w.sql")->name, "views/v.sql");
    EXPECT_EQ(load("..\\tables", "views/w.sql")->name, "tables.sql");
    EXPECT_FALSE(load("/etc/passwd", "all.sql").has_value());
}

TEST(Scripts, lines_are_cut_as_they_stand) {
    const ScriptFiles files{{"a", "1\n2\n3"}};
    EXPECT_EQ(lines_of(files, "a", 2, 1), "2\n");
    EXPECT_EQ(lines_of(files, "a", 2, 9), "2\n3");
    EXPECT_EQ(lines_of(files, "a", 4, 1), "");
    EXPECT_EQ(lines_of(files, "b", 1, 1), "");
}

}  // namespace
}  // namespace landfall::dms
