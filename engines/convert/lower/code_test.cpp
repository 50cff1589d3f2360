// Units of code in, PL/pgSQL out: what each construct becomes, and that PostgreSQL's parser takes it.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "engines/convert/lower/code_index.hpp"
#include "engines/convert/lower/lowered_testing.hpp"

namespace landfall::convert {
namespace {

/// Every statement that the script becomes, one after the other; findings before as [code].
std::string converted(const std::string& text) {
    const Script script = read_script(text, "test.sql", {},
                                      [](const std::string&, const std::string&) { return std::nullopt; });
    Tree tree;
    const Parsed parsed = parse_oracle(script, tree);
    const CodeIndex index{parsed.statements, tree};
    const Settings settings;
    std::string made;
    for (Statement* statement : parsed.statements) {
        std::vector<Finding> findings;
        LowerContext context{.tree = tree,
                             .script = script,
                             .catalog = testing::no_catalog(),
                             .settings = settings,
                             .findings = findings,
                             .units = &index};
        const std::vector<Statement*> lowered = lower(statement, context);
        for (const Finding& finding : findings) made.append("[" + std::to_string(finding.code) + "] ");
        const Printed printed =
            print({.statements = lowered, .script = script, .comments = {}, .findings = {}});
        for (const PrintedStatement& each : printed.statements) {
            if (!each.raw && check_sql(each.text)) made.append("[refused] ");
            made.append(testing::in_one_line(each.text)).append("\n");
        }
    }
    return made;
}

void expect_within(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not within\n" << text;
}

TEST(Code, a_function_keeps_its_parameters_and_select_into_is_strict) {
    const std::string made = converted(
        "CREATE FUNCTION f (a NUMBER, b VARCHAR2 DEFAULT 'x') RETURN VARCHAR2 IS v VARCHAR2(10);\n"
        "BEGIN SELECT c INTO v FROM t WHERE id = a; RETURN v; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "FUNCTION f(a numeric, b varchar DEFAULT 'x') RETURNS varchar");
    expect_within(made, "INTO STRICT v");
}

TEST(Code, a_package_is_a_schema_and_its_variable_lives_behind_accessors) {
    const std::string made = converted(
        "CREATE PACKAGE p IS c CONSTANT NUMBER := 3; PROCEDURE q; END;\n/\n"
        "CREATE PACKAGE BODY p IS g NUMBER := 1; PROCEDURE q IS BEGIN g := g + c; END; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "CREATE SCHEMA IF NOT EXISTS p");
    expect_within(made, "PERFORM p.g$set((p.g$get() + 3)::numeric)");
    expect_within(made, "[5569]");
}

TEST(Code, a_nested_routine_is_lifted_with_what_it_uses) {
    const std::string made = converted(
        "CREATE PROCEDURE p IS n NUMBER := 0; PROCEDURE q (a NUMBER) IS BEGIN n := n + a; END;\n"
        "BEGIN q(2); END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "PROCEDURE p$q(INOUT n numeric, a numeric)");
    expect_within(made, "CALL p$q(n, 2)");
}

TEST(Code, a_handler_that_swallows_keeps_the_changes_before_it) {
    const std::string made = converted(
        "CREATE PROCEDURE p IS BEGIN INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);\n"
        "EXCEPTION WHEN DUP_VAL_ON_INDEX THEN NULL; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "WHEN unique_violation THEN NULL; EXIT kept$1; END; BEGIN INSERT INTO b");
}

TEST(Code, commit_leaves_functions) {
    const std::string made =
        converted("CREATE FUNCTION f RETURN NUMBER IS BEGIN COMMIT; RETURN 1; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "[5350]");
}

TEST(Code, goto_forward_leaves_a_block_and_goto_back_goes_on_with_a_loop) {
    const std::string made = converted(
        "CREATE PROCEDURE p (n NUMBER) IS BEGIN <<again>> a; IF n > 1 THEN GOTO again; END IF;\n"
        "IF n = 0 THEN GOTO done; END IF; b; <<done>> NULL; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    EXPECT_EQ(made.find("[5335]"), std::string::npos) << made;
    expect_within(made, "<<again$again>> LOOP");
    expect_within(made, "CONTINUE again$again");
    expect_within(made, "EXIT done$out");
}

TEST(Code, goto_back_across_an_exit_of_the_loop_around_is_told) {
    const std::string made = converted(
        "CREATE PROCEDURE p IS BEGIN LOOP <<again>> a; EXIT WHEN b; GOTO again; END LOOP; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "[5335]");
}

TEST(Code, a_trigger_is_a_function_and_a_trigger) {
    const std::string made =
        converted("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN :new.a := 1; END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "RETURNS trigger");
    expect_within(made, "new.a := 1");
    expect_within(made, "EXECUTE FUNCTION g()");
}

TEST(Code, types_that_come_back_to_themselves_are_told) {
    const std::string made = converted(
        "CREATE PACKAGE p IS a b%TYPE; b a%TYPE; SUBTYPE s IS t; SUBTYPE t IS s; PROCEDURE q (x t); "
        "END;\n/\n");
    EXPECT_EQ(made.find("[refused]"), std::string::npos) << made;
    expect_within(made, "[9101]");
}

}  // namespace
}  // namespace landfall::convert
