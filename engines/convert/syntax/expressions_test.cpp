#include <gtest/gtest.h>

#include "engines/convert/syntax/grammar_testing.hpp"
#include "engines/convert/syntax/outline_testing.hpp"

namespace landfall::convert {
namespace {

/// The outline of what one method of the grammar makes of the whole text; where and why it failed otherwise.
template <class Method>
std::string parsed(const std::string& text, Method method) {
    const Script script = testing::script_of(text);
    Tree tree;
    std::vector<Finding> findings;
    Grammar grammar{script, script.statements.front(), tree, findings};
    const Node* node = (grammar.*method)();
    TokenCursor& cursor = grammar.cursor();
    if (!cursor.failed() && !cursor.done()) cursor.fail("the end");
    if (cursor.failed()) {
        return "failed at '" + std::string{cursor.text(cursor.failed_at())} + "', expected " +
               std::string{cursor.expected()};
    }
    return testing::outline(node);
}

std::string expression(const std::string& text) { return parsed(text, &Grammar::expression); }
std::string type(const std::string& text) { return parsed(text, &Grammar::data_type); }

TEST(Expressions, bind_as_strongly_as_oracle_says) {
    EXPECT_EQ(expression("a + b * c"), "(+ a (* b c))");
    EXPECT_EQ(expression("a - b - c"), "(- (- a b) c)");
    EXPECT_EQ(expression("a || b + c"), "(+ (|| a b) c)");
    EXPECT_EQ(expression("a or b and not c = d"), "(or a (and b (not (= c d))))");
    EXPECT_EQ(expression("-2 ** 2"), "(minus (** 2 2))");
    EXPECT_EQ(expression("-a * b"), "(* (minus a) b)");
    EXPECT_EQ(expression("a mod 2 = 0"), "(= (mod a 2) 0)");
    EXPECT_EQ(expression("prior a.b = c"), "(= (prior a.b) c)");
    EXPECT_EQ(expression("connect_by_root name || '/'"), "(|| (root name) '/')");
}

TEST(Expressions, tests_may_be_negated) {
    EXPECT_EQ(expression("a not in (1, 2) and b is not null"), "(and (not-in a 1 2) (is-not b))");
    EXPECT_EQ(expression("a between 1 and 2 + 3 and b"), "(and (between a 1 (+ 2 3)) b)");
    EXPECT_EQ(expression("a not like 'x!%' escape '!'"), "(not-like a 'x!%' '!')");
    EXPECT_EQ(expression("a not member of b"), "(not (member-of a b))");
    EXPECT_EQ(expression("a is of type (only hr.t, u)"), "(is a hr.t u)");
    EXPECT_EQ(expression("a is not a set or b is empty or c is nan"), "(or (or (is-not a) (is b)) (is c))");
}

TEST(Expressions, comparisons_may_be_written_apart_and_have_quantifiers) {
    EXPECT_EQ(expression("a < > b"), "(<> a b)");
    EXPECT_EQ(expression("a ! = b"), "(<> a b)");
    EXPECT_EQ(expression("a > = b"), "(>= a b)");
    EXPECT_EQ(expression("a ^= any (1, 2)"), "(quantified a (tuple 1 2))");
    EXPECT_EQ(expression("a <= all (select b from t)"),
              "(quantified a (subquery (query (select b (table t)))))");
}

TEST(Expressions, a_name_is_folded_unless_its_quotes_say_otherwise) {
    EXPECT_EQ(expression("Emp.NAME"), "emp.name");
    EXPECT_EQ(expression("\"EMP\".\"Name\""), "emp.Name");
    EXPECT_EQ(expression("emp.id@far.away"), "emp.id@far.away");
}

TEST(Expressions, literals_are_decoded) {
    EXPECT_EQ(expression("'it''s'"), "'it's'");
    EXPECT_EQ(expression("q'[it's]'"), "'it's'");
    EXPECT_EQ(expression("nq'!a'b!'"), "'a'b'");
    EXPECT_EQ(expression("date '2020-01-02' + interval '1' day(3)"),
              "(+ date'2020-01-02' interval'1'DAY(3))");
    EXPECT_EQ(expression("INTERVAL '4 5:12' day to second(2)"), "interval'4 5:12'DAY TO SECOND(2)");
    EXPECT_EQ(expression("date = timestamp and interval"), "(and (= date timestamp) interval)");
}

TEST(Expressions, calls_chain_with_fields_methods_and_attributes) {
    EXPECT_EQ(expression("a(1).b.c(x => 2)"), "(call (.c (.b (call a 1))) (x=> 2))");
    EXPECT_EQ(expression("t(i)(j)"), "(call (call t i) j)");
    EXPECT_EQ(expression("sql%rowcount"), "(%rowcount sql)");
    EXPECT_EQ(expression("sql%bulk_exceptions(i).error_index"),
              "(.error_index (call (%bulk_exceptions sql) i))");
    EXPECT_EQ(expression(":new.order"), "(.order :new)");
    EXPECT_EQ(expression("c.delete(1)"), "(call c.delete 1)");
    EXPECT_EQ(expression("new hr.t(1)"), "(new hr.t 1)");
    EXPECT_EQ(expression("new.a"), "new.a");
    EXPECT_EQ(expression("treat(a as t).b"), "(.b (cast a t))");
    EXPECT_EQ(expression("(self as base).f()"), "(call (.f (cast self base)))");
    EXPECT_EQ(expression("a.b (+) = c"), "(= ((+) a.b) c)");
    EXPECT_EQ(expression("a.b ( + )"), "((+) a.b)");
}

TEST(Expressions, aggregates_and_windows_keep_their_clauses) {
    EXPECT_EQ(expression("count(*)"), "(call count *)");
    EXPECT_EQ(expression("count(distinct a)"), "(call-distinct count a)");
    EXPECT_EQ(expression("listagg(a, ',') within group (order by b desc)"), "(call listagg a ',' (desc b))");
    EXPECT_EQ(expression("listagg(a, ',' on overflow truncate '...' with count) within group (order by b)"),
              "(call listagg a ',' (asc b))");
    EXPECT_EQ(expression("max(a) keep (dense_rank first order by b) over (partition by c)"),
              "(call-keep-first max a (asc b) (over c))");
    EXPECT_EQ(expression("last_value(a ignore nulls) over (order by b rows between unbounded preceding and 1 "
                         "following)"),
              "(call-ignore-nulls last_value a (over (asc b) <UNBOUNDED PRECEDING> <1 FOLLOWING>))");
    EXPECT_EQ(expression("first_value(a) ignore nulls over (order by b)"),
              "(call-ignore-nulls first_value a (over (asc b)))");
}

TEST(Expressions, built_ins_with_a_syntax_of_their_own_are_pieces_with_operands) {
    EXPECT_EQ(expression("extract(year from d)"), "<EXTRACT(YEAR FROM d)>");
    EXPECT_EQ(expression("trim(a)"), "(call trim a)");
    EXPECT_EQ(expression("trim(leading '0' from a)"), "<TRIM(LEADING '0' FROM a)>");
    EXPECT_EQ(expression("trim('0' from a)"), "<TRIM(BOTH '0' FROM a)>");
    EXPECT_EQ(expression("cast(a as number(10, -2))"), "(cast a number[10,-2])");
    EXPECT_EQ(expression("cast(multiset(select a from t) as list)"),
              "(cast (subquery (query (select a (table t)))) list)");
    EXPECT_EQ(expression("to_number(a default 0 on conversion error)"),
              "<TO_NUMBER(a DEFAULT 0 ON CONVERSION ERROR)>");
    EXPECT_EQ(expression("translate(a using nchar_cs)"), "<TRANSLATE(a USING NCHAR_CS)>");
    EXPECT_EQ(expression("xmlelement(\"Emp\", xmlattributes(a as \"id\"), b)"),
              "<XMLELEMENT(\"Emp\", <XMLATTRIBUTES(a AS \"id\")>, b)>");
    EXPECT_EQ(expression("json_object('k' value v, key 'a' value b null on null)"),
              "<JSON_OBJECT('k' VALUE v, KEY 'a' VALUE b NULL ON NULL)>");
    EXPECT_EQ(expression("json_value(j, '$.a' returning number(10) error on error)"),
              "<JSON_VALUE(j, '$.a' RETURNING number[10] ERROR ON ERROR)>");
}

TEST(Expressions, cases_and_parentheses_keep_their_shape) {
    EXPECT_EQ(expression("case a when 1 then 'x' else 'y' end"), "(case a (when 1 'x') 'y')");
    EXPECT_EQ(expression("case when a = 1 then b end"), "(case (when (= a 1) b))");
    EXPECT_EQ(expression("(a, b) in ((1, 2), (3, 4))"), "(in (tuple a b) (tuple 1 2) (tuple 3 4))");
    EXPECT_EQ(expression("((a))"), "(paren (paren a))");
    EXPECT_EQ(expression("a at time zone 'UTC'"), "(at-zone a 'UTC')");
    EXPECT_EQ(expression("(a - b) day(9) to second"), "(cast (paren (- a b)) interval DAY(9) TO SECOND)");
    EXPECT_EQ(expression("a multiset except distinct b"), "(multiset-except-distinct a b)");
}

TEST(Expressions, a_query_in_parentheses_goes_on_as_a_query_or_as_an_expression) {
    EXPECT_EQ(expression("((select 1 from d) + 1)"), "(paren (+ (subquery (query (select 1 (table d)))) 1))");
    EXPECT_EQ(expression("((select 1 from d) union (select 2 from d))"),
              "(subquery (query (union (query (select 1 (table d))) (query (select 2 (table d))))))");
    EXPECT_EQ(expression("a in ((select 1 from d) minus (select 2 from d))"),
              "(in a (subquery (query (minus (query (select 1 (table d))) (query (select 2 (table d)))))))");
}

TEST(Expressions, what_is_no_expression_is_named) {
    EXPECT_EQ(expression("a + "), "failed at '', expected an expression");
    EXPECT_EQ(expression("f(a"), "failed at '', expected )");
    EXPECT_EQ(expression("a = from"), "failed at 'from', expected an expression");
    EXPECT_EQ(expression("a b"), "failed at 'b', expected the end");
}

TEST(Expressions, nesting_and_chains_without_end_fail_cleanly) {
    EXPECT_EQ(expression(std::string(10'000, '(')), "failed at '(', expected less nesting");
    std::string chain = "a", minus, nested = "a";
    for (int i = 0; i < 10'000; ++i) {
        chain.append(" || a");
        minus.append("- ");
        if (i < 400) nested = "(" + nested + " + 1 + 1 + 1 + 1 + 1 + 1)";
    }
    EXPECT_EQ(expression(chain), "failed at '||', expected fewer operators in a row");
    EXPECT_EQ(expression(minus + "a"), "failed at '-', expected less nesting");
    EXPECT_NE(expression(nested).find("fewer operators"), std::string::npos);
}

TEST(Types, have_names_of_several_words_and_arguments) {
    EXPECT_EQ(type("varchar2(10 char)"), "varchar2[10]char");
    EXPECT_EQ(type("NUMBER(*, 0)"), "number[*,0]");
    EXPECT_EQ(type("double precision"), "double precision");
    EXPECT_EQ(type("long raw"), "long raw");
    EXPECT_EQ(type("timestamp(3) with local time zone"), "timestamp[3]+ltz");
    EXPECT_EQ(type("interval day(2) to second(6)"), "interval DAY(2) TO SECOND(6)");
    EXPECT_EQ(type("hr.emp.name%type"), "hr.emp.name%type");
    EXPECT_EQ(type("emp%rowtype"), "emp%rowtype");
    EXPECT_EQ(type("ref hr.t"), "ref:hr.t");
    EXPECT_EQ(type("varchar2(pkg.c_length)"), "varchar2[pkg.c_length]");
    EXPECT_EQ(type("character varying(3)"), "character varying[3]");
}

}  // namespace

}  // namespace landfall::convert
