// What names stand for, and the types of expressions.
#include <gtest/gtest.h>

#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/built_ins.hpp"
#include "engines/convert/meaning/meaning_testing.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;
using What = Symbol::What;
using testing::Bound;

constexpr const char* kTable = "CREATE TABLE emp (id NUMBER(9), name VARCHAR2(30), hired DATE);\n";

std::string with_table(const std::string& code) { return std::string{kTable} + code; }

TEST(Binder, in_a_query_a_column_wins_over_a_variable_of_its_name) {
    const Bound code{
        with_table("CREATE PROCEDURE p IS id DATE; x NUMBER; BEGIN SELECT id INTO x FROM emp e WHERE e.name "
                   "= x; END;\n/\n")};
    ASSERT_NE(code.symbol("id"), nullptr);
    EXPECT_EQ(code.symbol("id")->what, What::column);
    EXPECT_EQ(code.symbol("x")->what, What::variable);
    EXPECT_EQ(code.last<Name>("e.name")->binding->consumed, 2);
    EXPECT_EQ(code.family("e.name"), Family::varchar);
}

TEST(Binder, into_means_variables_even_where_a_column_has_the_name) {
    const Bound code{
        with_table("CREATE PROCEDURE p IS hired DATE; BEGIN SELECT e.hired INTO hired FROM emp e; "
                   "END;\n/\n")};
    EXPECT_EQ(code.symbol("hired")->what, What::variable);
}

TEST(Binder, a_nested_query_sees_the_columns_of_those_around_it) {
    const Bound code{
        with_table("CREATE VIEW v AS SELECT 1 AS one FROM emp e WHERE EXISTS (SELECT NULL FROM (SELECT "
                   "id AS inner_id FROM emp) x WHERE inner_id = e.id AND name = 'a');\n")};
    EXPECT_EQ(code.symbol("inner_id")->what, What::column);
    EXPECT_EQ(code.family("e.id"), Family::number);
    EXPECT_EQ(code.symbol("name")->declared, code.catalog.find("", "emp")->relation->find("name")->declared);
}

TEST(Binder, labels_and_names_of_routines_reach_outer_names) {
    const Bound code{
        "CREATE PROCEDURE p(a NUMBER) IS v NUMBER; BEGIN <<one>> DECLARE v DATE; a DATE; BEGIN "
        "p.a := p.v; one.v := SYSDATE; END; END;\n/\n"};
    EXPECT_EQ(code.symbol("p.a")->what, What::parameter);
    EXPECT_EQ(code.family("p.v"), Family::number);
    EXPECT_EQ(code.family("one.v"), Family::date);
    EXPECT_EQ(code.last<Name>("one.v")->binding->consumed, 2);
}

TEST(Binder, overloads_are_chosen_by_types_names_and_sort) {
    const Bound code{
        "CREATE PACKAGE k IS FUNCTION f(a NUMBER) RETURN NUMBER; FUNCTION f(a DATE) RETURN DATE;\n"
        " PROCEDURE f(b VARCHAR2); FUNCTION g(x NUMBER, y NUMBER DEFAULT 2) RETURN VARCHAR2; END;\n/\n"
        "CREATE PROCEDURE p IS a NUMBER; d DATE; t VARCHAR2(9); BEGIN a := k.f(1); d := k.f(SYSDATE); "
        "k.f('x');\n"
        " t := k.g(y => 1, x => 2); END;\n/\n"};
    EXPECT_EQ(code.family<Call>("k.f(1)"), Family::number);
    EXPECT_EQ(code.family<Call>("k.f(SYSDATE)"), Family::date);
    const Call* procedure = code.last<Call>("k.f('x')");
    ASSERT_NE(procedure, nullptr);
    EXPECT_EQ(as<Name>(static_cast<const Node*>(procedure->callee))->binding->symbol->what, What::procedure);
    const Call* named = code.last<Call>("k.g(y => 1, x => 2)");
    const auto* callee = as<Name>(static_cast<const Node*>(named->callee));
    const auto taken = match_arguments(*as<Routine>(callee->binding->symbol->declared), named->arguments);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].argument, named->arguments[1]);
}

TEST(Binder, collections_read_as_elements_and_methods_not_as_calls) {
    const Bound code{
        with_table("CREATE PROCEDURE p IS TYPE r IS RECORD (a NUMBER, b DATE); TYPE t IS TABLE OF r INDEX BY "
                   "VARCHAR2(9);\n"
                   " c t; n NUMBER; d DATE; k VARCHAR2(9); BEGIN d := c('x').b; n := c.COUNT; k := c.FIRST;\n"
                   " IF c.EXISTS('x') THEN c.DELETE; END IF; END;\n/\n")};
    EXPECT_EQ(code.family<Field>("c('x').b"), Family::date);
    EXPECT_EQ(meaning_of(*code.last<Call>("c('x')")), CallMeaning::element);
    EXPECT_EQ(code.family("c.COUNT"), Family::integer);
    EXPECT_EQ(code.family("c.FIRST"), Family::varchar);
    EXPECT_EQ(meaning_of(*code.last<Call>("c.EXISTS('x')")), CallMeaning::collection_method);
    EXPECT_EQ(code.family<Call>("c.EXISTS('x')"), Family::boolean);
    EXPECT_EQ(meaning_of(*code.last<Name>("c.DELETE")), CallMeaning::collection_method);
}

TEST(Binder, records_of_loops_and_cursors_have_the_fields_of_their_queries) {
    const Bound code{with_table(
        "CREATE PROCEDURE p IS CURSOR c(n NUMBER) IS SELECT e.*, n AS extra FROM emp e; r c%ROWTYPE; q "
        "emp%ROWTYPE;\n"
        " x NUMBER; BEGIN FOR i IN c(1) LOOP x := i.extra; END LOOP; x := r.id; q.hired := SYSDATE;\n"
        " FOR j IN (SELECT MAX(hired) AS m FROM emp) LOOP q.hired := j.m; END LOOP; END;\n/\n")};
    EXPECT_EQ(code.family("i.extra"), Family::number);
    EXPECT_EQ(code.symbol("i.extra")->what, What::loop_record);
    EXPECT_EQ(code.family("r.id"), Family::number);
    EXPECT_EQ(code.family("q.hired"), Family::date);
    EXPECT_EQ(code.family("j.m"), Family::date);
}

TEST(Binder, sequences_and_calls_without_parentheses) {
    const Bound code{
        "CREATE SEQUENCE s;\nCREATE FUNCTION f RETURN DATE IS BEGIN RETURN SYSDATE; END;\n/\n"
        "CREATE PROCEDURE p IS n NUMBER; d DATE; BEGIN n := s.NEXTVAL; n := s.CURRVAL; d := f; p; END;\n/\n"};
    EXPECT_TRUE(code.last<Name>("s.NEXTVAL")->binding->sequence_next);
    EXPECT_TRUE(code.last<Name>("s.CURRVAL")->binding->sequence_current);
    EXPECT_TRUE(code.last<Name>("f")->binding->called);
    EXPECT_EQ(code.family("f"), Family::date);
    EXPECT_EQ(code.symbol("p")->what, What::procedure);
}

TEST(Binder, triggers_know_the_rows_of_their_table) {
    const Bound code{
        with_table("CREATE TRIGGER t BEFORE UPDATE ON emp FOR EACH ROW WHEN (new.id > 1) BEGIN :new.hired := "
                   ":old.hired + 1; "
                   "END;\n/\n")};
    EXPECT_EQ(code.family<Field>(":new.hired"), Family::date);
    EXPECT_EQ(code.family("new.id"), Family::number);
    EXPECT_EQ(code.family<Binary>(":old.hired + 1"), Family::date);
}

TEST(Binder, exceptions_of_blocks_packages_and_oracle) {
    const Bound code{
        "CREATE PACKAGE k IS bad EXCEPTION; END;\n/\n"
        "CREATE PROCEDURE p IS mine EXCEPTION; BEGIN RAISE mine; EXCEPTION WHEN k.bad THEN RAISE; WHEN "
        "no_data_found THEN NULL; END;\n/\n"};
    EXPECT_EQ(code.symbol("mine")->what, What::exception);
    EXPECT_EQ(code.symbol("k.bad")->package, "k");
    EXPECT_EQ(code.symbol("no_data_found")->schema, "sys");
}

TEST(Binder, methods_see_attributes_and_self) {
    const Bound code{
        "CREATE TYPE t AS OBJECT (a DATE, MEMBER FUNCTION m RETURN DATE);\n/\n"
        "CREATE TYPE BODY t IS MEMBER FUNCTION m RETURN DATE IS BEGIN RETURN self.a + a; END; END;\n/\n"
        "CREATE PROCEDURE p IS o t := t(SYSDATE); d DATE; BEGIN d := o.m(); END;\n/\n"};
    EXPECT_EQ(code.family("self.a"), Family::date);
    EXPECT_EQ(code.family<Call>("o.m()"), Family::date);
    EXPECT_EQ(meaning_of(*code.last<Call>("o.m()")), CallMeaning::method);
    EXPECT_EQ(meaning_of(*code.last<Call>("t(SYSDATE)")), CallMeaning::constructor);
}

TEST(Types, built_ins_are_found_by_name) {
    for (const std::string_view name : {"abs", "trim", "xmltype", "dbms_lob.getlength", "utl_url.unescape"})
        EXPECT_NE(find_built_in(name), nullptr) << name;
    EXPECT_EQ(find_built_in("no_such_thing"), nullptr);
    EXPECT_EQ(predefined_exception("no_data_found"), 100);
    EXPECT_TRUE(is_built_in_package("dbms_output"));
}

TEST(Types, operators_follow_oracles_conversions) {
    const auto of = [](BinaryOp op, Family left, Family right) {
        return type_of_operation(op, basic(left), basic(right))->family;
    };
    EXPECT_EQ(of(BinaryOp::subtract, Family::date, Family::date), Family::number);
    EXPECT_EQ(of(BinaryOp::subtract, Family::timestamp, Family::date), Family::interval_day_second);
    EXPECT_EQ(of(BinaryOp::add, Family::timestamp, Family::number), Family::date);
    EXPECT_EQ(of(BinaryOp::add, Family::number, Family::date), Family::date);
    EXPECT_EQ(of(BinaryOp::add, Family::date, Family::interval_day_second), Family::date);
    EXPECT_EQ(of(BinaryOp::add, Family::varchar, Family::varchar), Family::number);
    EXPECT_EQ(of(BinaryOp::divide, Family::integer, Family::integer), Family::number);
    EXPECT_EQ(of(BinaryOp::concat, Family::number, Family::clob), Family::clob);
}

TEST(Types, cases_nvl_and_decode_take_what_their_results_have) {
    const Bound code{
        with_table("CREATE VIEW v AS SELECT CASE WHEN id = 1 THEN NULL ELSE hired END AS a, NVL(name, 'x') "
                   "AS b, DECODE(id, 1, "
                   "hired) AS c, COUNT(*) AS d, (SELECT MAX(hired) FROM emp) AS e, TRUNC(hired) AS f, '' AS "
                   "g FROM emp;\n")};
    const Relation& view = *code.catalog.find("", "v")->relation;
    const Family expected[] = {Family::date, Family::varchar, Family::date, Family::number,
                               Family::date, Family::date,    Family::null};
    for (std::size_t i = 0; i < std::size(expected); ++i)
        EXPECT_EQ(view.columns[i].type->family, expected[i]) << view.columns[i].name;
}

}  // namespace
}  // namespace landfall::convert
