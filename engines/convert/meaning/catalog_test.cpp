// What a script declares, in whatever order.
#include <gtest/gtest.h>

#include <algorithm>

#include "engines/convert/meaning/meaning_testing.hpp"

namespace landfall::convert {
namespace {

using testing::Bound;

TEST(Catalog, alter_table_is_a_part_of_the_table_wherever_it_stands) {
    const Bound code{
        "ALTER TABLE emp ADD CONSTRAINT emp_pk PRIMARY KEY (id);\n"
        "CREATE TABLE emp (id NUMBER(9), boss NUMBER(9), old DATE);\n"
        "ALTER TABLE emp ADD (hired DATE NOT NULL);\n"
        "ALTER TABLE emp DROP COLUMN old;\n"
        "ALTER TABLE emp ADD CONSTRAINT emp_boss FOREIGN KEY (boss) REFERENCES emp;\n"};
    const Entry* emp = code.catalog.find("", "emp");
    ASSERT_NE(emp, nullptr);
    ASSERT_EQ(emp->relation->columns.size(), 3U);
    EXPECT_TRUE(emp->relation->find("id")->not_null);
    EXPECT_EQ(emp->relation->find("hired")->type->family, TypeOf::Family::date);
    EXPECT_EQ(emp->relation->find("old"), nullptr);
    ASSERT_NE(emp->relation->primary_key(), nullptr);
    EXPECT_EQ(emp->relation->primary_key()->name, "emp_pk");
    ASSERT_EQ(emp->relation->foreign_keys.size(), 1U);
    EXPECT_EQ(emp->relation->foreign_keys[0].references, emp);
    EXPECT_EQ(emp->relation->foreign_keys[0].referenced, std::vector<Text>{"id"});
    EXPECT_EQ(emp->relation->referenced_by, std::vector<const Entry*>{emp});
    EXPECT_EQ(code.catalog.find_constraint("", "emp_pk").first, emp);
}

TEST(Catalog, the_columns_of_a_view_have_the_types_of_its_query) {
    const Bound code{
        "CREATE VIEW v2 AS SELECT v1.*, n + 1 AS more FROM v1;\n"
        "CREATE VIEW v1 (n, d) AS SELECT a, b - b FROM t;\n"
        "CREATE TABLE t (a NUMBER, b DATE);\n"};
    const Relation& view = *code.catalog.find("", "v2")->relation;
    ASSERT_EQ(view.columns.size(), 3U);
    EXPECT_EQ(view.columns[0].name, "n");
    for (const RelationColumn& column : view.columns)
        EXPECT_EQ(column.type->family, TypeOf::Family::number) << column.name;
}

TEST(Catalog, synonyms_lead_to_their_end_and_circles_nowhere) {
    const Bound code{
        "CREATE TABLE hr.emp (id NUMBER);\n"
        "CREATE SYNONYM e1 FOR hr.emp;\nCREATE PUBLIC SYNONYM e2 FOR e1;\n"
        "CREATE SYNONYM a FOR b;\nCREATE SYNONYM b FOR a;\n"
        "CREATE SYNONYM hr.emp2 FOR hr.emp2;\n"};
    const Entry* emp = code.catalog.find_in("hr", "emp");
    ASSERT_NE(emp, nullptr);
    EXPECT_EQ(code.catalog.find("", "e1"), emp);
    EXPECT_EQ(code.catalog.find("other", "e2"), emp);
    EXPECT_EQ(code.catalog.find("", "a"), nullptr);
    EXPECT_EQ(code.catalog.find("hr", "emp2"), nullptr);
}

TEST(Catalog, specification_and_body_are_one_and_what_only_the_body_has_is_private) {
    const Bound code{
        "CREATE PACKAGE BODY p IS\n hidden NUMBER;\n PROCEDURE q(a NUMBER) IS BEGIN NULL; END;\n END;\n/\n"
        "CREATE PACKAGE p IS\n e EXCEPTION; PRAGMA EXCEPTION_INIT(e, -20007);\n"
        " PROCEDURE q(a NUMBER := 1);\n PROCEDURE q(a DATE);\nEND;\n/\n"};
    const Entry* package = code.catalog.find("", "p");
    ASSERT_NE(package, nullptr);
    EXPECT_NE(package->declared, nullptr);
    EXPECT_NE(package->body, nullptr);
    EXPECT_TRUE(package->members->find("hidden")[0]->is_private);
    EXPECT_EQ(code.catalog.number_of(*package->members->find("e")[0]), -20007);
    // A default is no part of the signature by which a body finds its declaration.
    EXPECT_EQ(package->members->find("q").size(), 2U);
    const auto* declared = as<Routine>(package->members->find("q")[0]->declared);
    EXPECT_NE(code.catalog.definition_of(*declared)->body, nullptr);
    EXPECT_EQ(code.catalog.declaration_of(*code.catalog.definition_of(*declared)), declared);
}

TEST(Catalog, types_lean_on_each_other_and_inherit) {
    const Bound code{
        "CREATE TYPE dog UNDER animal (tail NUMBER);\n/\n"
        "CREATE TYPE animal AS OBJECT (name VARCHAR2(9), parent REF animal, MEMBER FUNCTION legs RETURN "
        "NUMBER) NOT FINAL;\n/\n"
        "CREATE TYPE animals IS TABLE OF animal;\n/\n"};
    const Entry* dog = code.catalog.find("", "dog");
    ASSERT_NE(dog->type->supertype, nullptr);
    EXPECT_EQ(dog->type->supertype->name, "animal");
    EXPECT_EQ(code.catalog.find_methods(*dog->type, "legs").size(), 1U);
    EXPECT_EQ(code.catalog.find("", "animals")->type->element, dog->type->supertype);
    EXPECT_EQ(code.catalog.find("", "animal")->subtypes, std::vector<const Entry*>{dog});
}

TEST(Catalog, circles_of_types_and_views_end) {
    const Bound code{
        "CREATE PACKAGE p IS a p.b%TYPE; b p.a%TYPE; END;\n/\n"
        "CREATE VIEW v AS SELECT x FROM w;\nCREATE VIEW w AS SELECT x FROM v;\n"
        "CREATE TYPE t UNDER u (a NUMBER);\n/\nCREATE TYPE u UNDER t (b NUMBER);\n/\n"};
    EXPECT_NE(code.catalog.find("", "v"), nullptr);
    EXPECT_EQ(code.catalog.find("", "p")->members->find("a")[0]->type, nullptr);
}

TEST(Catalog, entries_come_in_the_same_order_whatever_the_scripts_is) {
    const Bound one{"CREATE TABLE b (x DATE);\nCREATE SEQUENCE a;\nCREATE TABLE s.a (x DATE);\n"};
    const Bound other{"CREATE TABLE s.a (x DATE);\nCREATE SEQUENCE a;\nCREATE TABLE b (x DATE);\n"};
    const auto names = [](const Bound& code) {
        std::vector<std::string> all;
        for (const Entry* each : code.catalog.entries())
            all.push_back(std::string{each->symbol.schema} + "." + std::string{each->symbol.name});
        return all;
    };
    EXPECT_EQ(names(one), (std::vector<std::string>{".a", ".b", "s.a"}));
    EXPECT_EQ(names(one), names(other));
}

}  // namespace
}  // namespace landfall::convert
