// The grammar of PL/SQL: what each construct becomes, and that one bad statement spoils no other.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engines/convert/syntax/grammar_testing.hpp"

namespace landfall::convert {
namespace {

/// One unit, parsed by one method of the grammar.
struct Unit {
    Script script;
    Tree tree;
    std::vector<Finding> findings;
    Statement* statement = nullptr;
    bool failed = false;

    Unit(std::string text, Statement* (Grammar::*method)()) : script{testing::script_of(std::move(text))} {
        Grammar grammar{script, script.statements.front(), tree, findings};
        statement = (grammar.*method)();
        failed = grammar.cursor().failed() || !grammar.cursor().done();
    }
    template <class T>
    [[nodiscard]] T* is() const {
        return as<T>(statement);
    }
};

/// The statements of BEGIN … END.
struct Code : Unit {
    explicit Code(const std::string& statements)
        : Unit{"BEGIN " + statements + " END;", &Grammar::anonymous_block} {}
    template <class T>
    [[nodiscard]] T* at(std::size_t i) const {
        return as<T>(static_cast<Node*>(is<AnonymousBlock>()->block->body[i]));
    }
    [[nodiscard]] std::size_t size() const { return is<AnonymousBlock>()->block->body.size(); }
};

/// The declarations of DECLARE … BEGIN.
struct Declarations : Unit {
    explicit Declarations(const std::string& declarations)
        : Unit{"DECLARE " + declarations + " BEGIN NULL; END;", &Grammar::anonymous_block} {}
    template <class T>
    [[nodiscard]] T* at(std::size_t i) const {
        return as<T>(static_cast<Node*>(is<AnonymousBlock>()->block->declarations[i]));
    }
};

TEST(Declarations, a_variable_has_its_type_its_value_and_what_it_may_not_be) {
    const Declarations code{
        "a CONSTANT NUMBER(5,2) NOT NULL := 1; b emp.name%TYPE; c emp%ROWTYPE DEFAULT d;"};
    ASSERT_FALSE(code.failed);
    EXPECT_TRUE(code.at<Variable>(0)->constant);
    EXPECT_TRUE(code.at<Variable>(0)->not_null);
    EXPECT_NE(code.at<Variable>(0)->value, nullptr);
    EXPECT_EQ(code.at<Variable>(1)->type->anchor, DataType::Anchor::type);
    EXPECT_EQ(code.at<Variable>(2)->type->anchor, DataType::Anchor::rowtype);
}

TEST(Declarations, each_form_of_type_is_told_apart) {
    using What = TypeDeclaration::What;
    const Declarations code{
        "TYPE r IS RECORD (a NUMBER NOT NULL := 0, b VARCHAR2(10)); TYPE t IS TABLE OF r;"
        "TYPE m IS TABLE OF NUMBER INDEX BY VARCHAR2(30); TYPE v IS VARRAY(3) OF DATE;"
        "TYPE c IS REF CURSOR RETURN emp%ROWTYPE; SUBTYPE s IS PLS_INTEGER RANGE 1 .. 9 NOT NULL;"};
    ASSERT_FALSE(code.failed);
    const std::vector<What> expected{What::record, What::nested_table, What::associative,
                                     What::varray, What::ref_cursor,   What::subtype};
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(code.at<TypeDeclaration>(i)->what, expected[i]);
    EXPECT_EQ(code.at<TypeDeclaration>(0)->fields.size(), 2U);
    EXPECT_NE(code.at<TypeDeclaration>(2)->index_by, nullptr);
    EXPECT_NE(code.at<TypeDeclaration>(5)->range_high, nullptr);
}

TEST(Declarations, cursors_exceptions_and_pragmas_have_their_parts) {
    const Declarations code{
        "CURSOR c (a NUMBER := 1) RETURN emp%ROWTYPE IS SELECT * FROM emp WHERE id = a;"
        "e EXCEPTION; PRAGMA EXCEPTION_INIT(e, -20001); PRAGMA AUTONOMOUS_TRANSACTION;"};
    ASSERT_FALSE(code.failed);
    EXPECT_EQ(code.at<Cursor>(0)->parameters.size(), 1U);
    EXPECT_NE(code.at<Cursor>(0)->query, nullptr);
    EXPECT_NE(code.at<ExceptionName>(1), nullptr);
    EXPECT_EQ(code.at<Pragma>(2)->what, "EXCEPTION_INIT");
    EXPECT_EQ(code.at<Pragma>(2)->arguments.size(), 2U);
    EXPECT_EQ(code.at<Pragma>(3)->what, "AUTONOMOUS_TRANSACTION");
}

TEST(Declarations, a_nested_routine_may_be_declared_before_its_body) {
    const Declarations code{
        "PROCEDURE p; FUNCTION f (a IN OUT NOCOPY NUMBER) RETURN DATE IS BEGIN RETURN SYSDATE; END f;"
        "PROCEDURE p IS x NUMBER; BEGIN x := f(x); END;"};
    ASSERT_FALSE(code.failed);
    EXPECT_EQ(code.at<Routine>(0)->body, nullptr);
    EXPECT_EQ(code.at<Routine>(1)->parameters[0]->mode, Parameter::Mode::in_out);
    EXPECT_TRUE(code.at<Routine>(1)->parameters[0]->no_copy);
    EXPECT_EQ(code.at<Routine>(2)->body->declarations.size(), 1U);
}

TEST(Statements, branches_and_loops_nest) {
    const Code code{
        "IF a THEN b; ELSIF c THEN NULL; ELSE d := 1; END IF;"
        "<<outer>> FOR i IN REVERSE 1 .. n LOOP EXIT outer WHEN i > 3; CONTINUE; END LOOP outer;"
        "FOR r IN (SELECT 1 FROM dual) LOOP NULL; END LOOP; FOR r IN c(1) LOOP NULL; END LOOP;"
        "WHILE x LOOP y; END LOOP; LOOP EXIT; END LOOP;"
        "CASE x WHEN 1 THEN y; ELSE NULL; END CASE; CASE WHEN x = 1 THEN y; END CASE;"};
    ASSERT_FALSE(code.failed);
    EXPECT_TRUE(code.findings.empty());
    EXPECT_EQ(code.at<If>(0)->branches.size(), 3U);
    EXPECT_TRUE(code.at<Loop>(1)->reverse);
    EXPECT_EQ(code.at<Loop>(1)->labels[0].name, "outer");
    EXPECT_EQ(code.at<Loop>(2)->what, Loop::What::query);
    EXPECT_EQ(code.at<Loop>(3)->what, Loop::What::cursor);
    EXPECT_EQ(code.at<Loop>(4)->what, Loop::What::while_);
    EXPECT_EQ(code.at<Loop>(5)->what, Loop::What::plain);
    EXPECT_NE(code.at<CaseStatement>(6)->operand, nullptr);
    EXPECT_EQ(code.at<CaseStatement>(7)->operand, nullptr);
}

TEST(Statements, what_begins_by_a_name_is_an_assignment_or_a_call) {
    const Code code{
        "p; p(1, x => 2); pkg.p; a.b(1).c := 2; :new.id := 1; t(i) := NULL; c.extend(3); open := 1;"};
    ASSERT_FALSE(code.failed);
    for (const std::size_t call : {0U, 1U, 2U, 6U}) EXPECT_NE(code.at<CallStatement>(call), nullptr);
    for (const std::size_t assignment : {3U, 4U, 5U, 7U}) EXPECT_NE(code.at<Assignment>(assignment), nullptr);
}

TEST(Statements, cursors_and_dynamic_sql_have_all_their_clauses) {
    const Code code{
        "OPEN c; OPEN c(1, 2); OPEN rc FOR SELECT 1 FROM dual; OPEN rc FOR 'SELECT ' || x USING a, b;"
        "FETCH c INTO x, y; FETCH c BULK COLLECT INTO t LIMIT 100; CLOSE c;"
        "EXECUTE IMMEDIATE 'x' || y INTO a USING IN b, OUT c, IN OUT d RETURNING INTO e;"
        "FORALL i IN 1 .. t.COUNT SAVE EXCEPTIONS INSERT INTO a VALUES (t(i));"
        "FORALL i IN INDICES OF t BETWEEN 1 AND 9 UPDATE a SET b = t(i);"};
    ASSERT_FALSE(code.failed);
    EXPECT_EQ(code.at<OpenCursor>(1)->arguments.size(), 2U);
    EXPECT_NE(code.at<OpenCursor>(2)->query, nullptr);
    EXPECT_EQ(code.at<OpenCursor>(3)->bindings.size(), 2U);
    EXPECT_TRUE(code.at<Fetch>(5)->bulk_collect);
    EXPECT_NE(code.at<Fetch>(5)->limit, nullptr);
    const auto* dynamic = code.at<ExecuteImmediate>(7);
    ASSERT_EQ(dynamic->modes.size(), 3U);
    EXPECT_EQ(dynamic->modes[1], Parameter::Mode::out);
    EXPECT_EQ(dynamic->modes[2], Parameter::Mode::in_out);
    EXPECT_EQ(dynamic->returning_into.size(), 1U);
    EXPECT_TRUE(code.at<ForAll>(8)->save_exceptions);
    EXPECT_EQ(code.at<ForAll>(9)->over, ForAll::Over::indices);
}

TEST(Statements, sql_and_transactions_stand_among_the_code) {
    const Code code{
        "SELECT a INTO b FROM c; INSERT INTO t VALUES (1); DELETE FROM t; DELETE t; COMMIT WORK;"
        "SAVEPOINT s; ROLLBACK TO SAVEPOINT s; ROLLBACK; LOCK TABLE t IN EXCLUSIVE MODE; DELETE(3);"};
    ASSERT_FALSE(code.failed);
    for (const std::size_t sql : {0U, 1U, 2U, 3U}) EXPECT_NE(code.at<SqlStatement>(sql), nullptr) << sql;
    for (const std::size_t change : {4U, 5U, 6U, 7U, 8U})
        EXPECT_NE(code.at<TransactionStatement>(change), nullptr);
    EXPECT_EQ(code.at<TransactionStatement>(6)->what, TransactionStatement::What::rollback_to);
    EXPECT_NE(code.at<CallStatement>(9), nullptr);
}

TEST(Statements, a_bad_statement_is_kept_as_text_and_its_neighbours_parse) {
    const Code code{"a := 1; b := ) 2 IF x; c := 3; IF y THEN z z z; d := 4; END IF;"};
    ASSERT_FALSE(code.failed);
    ASSERT_EQ(code.size(), 4U);
    EXPECT_EQ(code.at<RawCode>(1)->text.substr(0, 4), "b :=");
    EXPECT_NE(code.at<Assignment>(0), nullptr);
    ASSERT_EQ(code.findings.size(), 2U);
    EXPECT_EQ(code.findings[0].code, 9001);
}

TEST(Statements, a_bad_declaration_is_kept_as_text_and_the_next_one_parses) {
    const Declarations code{
        "a NUMBER(; b DATE; PROCEDURE p (%) IS x DATE; BEGIN IF a THEN b; END IF; END p; c DATE;"};
    ASSERT_FALSE(code.failed);
    EXPECT_NE(code.at<RawDeclaration>(0), nullptr);
    EXPECT_NE(code.at<Variable>(1), nullptr);
    EXPECT_NE(code.at<RawDeclaration>(2), nullptr);
    EXPECT_NE(code.at<Variable>(3), nullptr);
}

TEST(Statements, nesting_without_end_is_a_finding_and_ends) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "BEGIN IF a THEN ";
    const Code code{text};
    EXPECT_FALSE(code.findings.empty() && !code.failed);
}

TEST(Units, a_package_body_has_its_members_and_its_initialisation) {
    const Unit unit{
        "CREATE OR REPLACE EDITIONABLE PACKAGE BODY hr.p AUTHID CURRENT_USER IS n NUMBER; PROCEDURE a IS "
        "BEGIN NULL; "
        "END a; BEGIN n := 1; EXCEPTION WHEN OTHERS THEN NULL; END p;",
        &Grammar::create_package};
    ASSERT_FALSE(unit.failed);
    const auto* package = unit.is<CreatePackage>();
    EXPECT_TRUE(package->body);
    EXPECT_TRUE(package->current_user);
    EXPECT_EQ(package->declarations.size(), 2U);
    EXPECT_EQ(package->initialization.size(), 1U);
    EXPECT_EQ(package->handlers.size(), 1U);
}

TEST(Units, a_type_has_its_attributes_its_methods_and_its_supertype) {
    const Unit unit{
        "CREATE TYPE t UNDER s (a NUMBER, b VARCHAR2(3), CONSTRUCTOR FUNCTION t (SELF IN OUT t) RETURN SELF "
        "AS RESULT,"
        "OVERRIDING MEMBER FUNCTION f RETURN NUMBER, NOT INSTANTIABLE MEMBER PROCEDURE p, MAP MEMBER "
        "FUNCTION m "
        "RETURN NUMBER, STATIC FUNCTION n RETURN t) NOT FINAL;",
        &Grammar::create_type};
    ASSERT_FALSE(unit.failed);
    const auto* type = unit.is<CreateType>();
    EXPECT_FALSE(type->final);
    EXPECT_EQ(type->attributes.size(), 2U);
    ASSERT_EQ(type->methods.size(), 5U);
    EXPECT_EQ(type->methods[0]->what, Routine::What::constructor);
    EXPECT_TRUE(type->methods[1]->overriding);
    EXPECT_FALSE(type->methods[2]->instantiable);
    EXPECT_EQ(type->methods[3]->member, Routine::Member::map);
    EXPECT_EQ(type->methods[4]->member, Routine::Member::static_);
}

TEST(Units, a_trigger_has_all_its_clauses) {
    const Unit unit{
        "CREATE TRIGGER g BEFORE INSERT OR UPDATE OF a, b ON hr.t REFERENCING OLD AS o NEW AS n FOR EACH ROW "
        "FOLLOWS f DISABLE WHEN (n.a > 1) DECLARE x NUMBER; BEGIN :n.a := x; END g;",
        &Grammar::create_trigger};
    ASSERT_FALSE(unit.failed);
    const auto* trigger = unit.is<CreateTrigger>();
    EXPECT_TRUE(trigger->on_insert && trigger->on_update && !trigger->on_delete);
    EXPECT_EQ(trigger->update_of.size(), 2U);
    EXPECT_EQ(trigger->old_name.name, "o");
    EXPECT_TRUE(trigger->each_row);
    EXPECT_TRUE(trigger->disabled);
    EXPECT_NE(trigger->when, nullptr);
    EXPECT_EQ(trigger->body->declarations.size(), 1U);
}

TEST(Units, a_compound_trigger_has_its_sections) {
    const Unit unit{
        "CREATE TRIGGER g FOR INSERT ON t COMPOUND TRIGGER n NUMBER := 0; BEFORE STATEMENT IS BEGIN n := 1; "
        "END "
        "BEFORE STATEMENT; AFTER EACH ROW IS x DATE; BEGIN NULL; END AFTER EACH ROW; END g;",
        &Grammar::create_trigger};
    ASSERT_FALSE(unit.failed);
    const auto* trigger = unit.is<CreateTrigger>();
    EXPECT_EQ(trigger->declarations.size(), 1U);
    ASSERT_EQ(trigger->sections.size(), 2U);
    EXPECT_TRUE(trigger->sections[0]->before);
    EXPECT_TRUE(trigger->sections[1]->each_row);
}

TEST(Units, a_compound_trigger_without_a_section_is_none) {
    const Unit unit{"CREATE TRIGGER g FOR INSERT ON t COMPOUND TRIGGER n NUMBER; END g;",
                    &Grammar::create_trigger};
    EXPECT_TRUE(unit.failed);
}

TEST(Units, a_system_trigger_names_its_event) {
    const Unit unit{"CREATE TRIGGER g AFTER LOGON ON DATABASE BEGIN NULL; END;", &Grammar::create_trigger};
    ASSERT_FALSE(unit.failed);
    EXPECT_EQ(unit.is<CreateTrigger>()->system_event, "LOGON");
}

TEST(Units, a_routine_without_a_body_of_plsql_keeps_its_call_specification) {
    const Unit unit{
        "CREATE FUNCTION f (a NUMBER) RETURN NUMBER DETERMINISTIC AS LANGUAGE JAVA NAME 'x.y(int) return "
        "int';",
        &Grammar::create_routine};
    ASSERT_FALSE(unit.failed);
    EXPECT_TRUE(unit.is<CreateRoutine>()->routine->deterministic);
    EXPECT_EQ(unit.is<CreateRoutine>()->routine->call_spec.substr(0, 13), "LANGUAGE JAVA");
}

}  // namespace
}  // namespace landfall::convert
