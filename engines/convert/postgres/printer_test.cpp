#include "engines/convert/postgres/printer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/convert/postgres/identifiers.hpp"
#include "engines/convert/postgres/layout.hpp"
#include "engines/convert/postgres/validate.hpp"
#include "engines/convert/syntax/parser.hpp"

namespace landfall::convert {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Name* named(Tree& tree, Text name) {
    Name* made = tree.make<Name>({});
    made->parts = tree.list<Identifier>({{.name = name}});
    return made;
}
Binary* binary(Tree& tree, BinaryOp op, Expr* left, Expr* right) {
    auto* made = tree.make<Binary>({});
    made->op = op;
    made->left = left;
    made->right = right;
    return made;
}
Literal* text(Tree& tree, Text content) {
    auto* made = tree.make<Literal>({});
    made->what = Literal::What::string;
    made->text = content;
    return made;
}

/// What a script prints as, no pass between: the grammars share what both dialects have.
class Printing {
public:
    explicit Printing(std::string_view source)
        : script_{read_script(source, "test.sql", {}, {})}, parsed_{parse_oracle(script_, tree_)} {}

    std::string all() {
        std::string printed;
        for (std::size_t i = 0; i < parsed_.statements.size(); ++i)
            for (const PrintedStatement& each : one(i).statements) printed.append(each.text);
        return printed;
    }
    Printed one(std::size_t i) {
        Statement* const statement = parsed_.statements[i];
        return print_checked({.statements = {&statement, 1},
                              .script = script_,
                              .comments = comments_of(script_, i),
                              .findings = findings});
    }
    Statement* statement(std::size_t i) { return parsed_.statements[i]; }
    const Script& script() { return script_; }
    Tree& tree() { return tree_; }
    std::vector<Finding> findings;

private:
    Tree tree_;
    Script script_;
    Parsed parsed_;
};

std::string printed(std::string_view source) { return Printing{source}.all(); }

std::size_t occurrences(std::string_view of, std::string_view in) {
    std::size_t count = 0;
    for (std::size_t at = in.find(of); at != std::string_view::npos; at = in.find(of, at + 1)) ++count;
    return count;
}

TEST(Identifiers, are_quoted_only_where_PostgreSQL_would_not_read_them_back) {
    EXPECT_EQ(quote_identifier("employees"), "employees");
    EXPECT_EQ(quote_identifier("a$1_b"), "a$1_b");
    EXPECT_EQ(quote_identifier("name"), "name");
    for (const char* word :
         {"order", "user", "left", "timestamp", "loop", "foreach", "Upper", "1a", "a b", ""})
        EXPECT_EQ(quote_identifier(word), '"' + std::string{word} + '"');
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_identifier("größe"), "\"größe\"");
}

TEST(Identifiers, strings_and_bodies_cannot_end_their_quotes) {
    EXPECT_EQ(quote_string("it's \\n"), "'it''s \\n'");
    EXPECT_EQ(quote_string(std::string_view{"a\0b", 3}),
              "'a\xEF\xBF\xBD"
              "b'");
    EXPECT_EQ(dollar_tag("begin end"), "$body$");
    EXPECT_EQ(dollar_tag("x := '$body$'"), "$body1$");
    EXPECT_EQ(dollar_tag("$$ $body$ $body1"), "$body1$");
}

TEST(Layout, a_group_that_does_not_fit_breaks_and_those_within_that_fit_do_not) {
    Layout layout{20};
    layout.text("call");
    layout.open();
    layout.text("(");
    layout.indent();
    layout.cut();
    layout.text("first_argument,");
    layout.blank();
    layout.open();
    layout.text("a +");
    layout.blank();
    layout.text("b");
    layout.close();
    layout.outdent();
    layout.cut();
    layout.text(")");
    layout.close();
    EXPECT_EQ(layout.render().text, "call(\n    first_argument,\n    a + b\n)\n");
}

TEST(Printer, parentheses_stand_where_precedence_needs_them) {
    Tree tree;
    Expr* a = named(tree, "a");
    const auto of = [&](BinaryOp op, Expr* left, Expr* right) { return binary(tree, op, left, right); };
    EXPECT_EQ(print_inline(*of(BinaryOp::multiply, of(BinaryOp::add, a, a), a)), "(a + a) * a");
    EXPECT_EQ(print_inline(*of(BinaryOp::add, of(BinaryOp::multiply, a, a), a)), "a * a + a");
    EXPECT_EQ(print_inline(*of(BinaryOp::subtract, a, of(BinaryOp::subtract, a, a))), "a - (a - a)");
    EXPECT_EQ(print_inline(*of(BinaryOp::add, of(BinaryOp::concat, a, a), a)), "(a || a) + a");
    EXPECT_EQ(print_inline(*of(BinaryOp::and_, of(BinaryOp::or_, a, a), a)), "(a OR a) AND a");
    EXPECT_EQ(print_inline(*of(BinaryOp::equal, of(BinaryOp::equal, a, a), a)), "(a = a) = a");
    auto* minus = tree.make<Unary>({});
    minus->operand = tree.make<Unary>({});
    static_cast<Unary*>(minus->operand)->operand = a;
    EXPECT_EQ(print_inline(*minus), "-(-a)");
    auto* cast = tree.make<Cast>({});
    cast->operand = of(BinaryOp::add, a, a);
    cast->to = tree.make<DataType>({});
    cast->to->name = named(tree, "double precision");
    EXPECT_EQ(print_inline(*cast), "(a + a)::double precision");
}

TEST(Printer, text_of_a_pass_gets_parentheses_unless_it_is_closed) {
    Tree tree;
    const auto spliced = [&tree](Text piece) {
        auto* made = tree.make<Spliced>({});
        made->pieces = tree.list<Text>({piece});
        return made;
    };
    Expr* a = named(tree, "a");
    EXPECT_EQ(print_inline(*binary(tree, BinaryOp::multiply, spliced("x + y"), a)), "(x + y) * a");
    EXPECT_EQ(print_inline(*binary(tree, BinaryOp::multiply, spliced("f(x + y)"), a)), "f(x + y) * a");
    EXPECT_EQ(print_inline(*binary(tree, BinaryOp::multiply, spliced("f(x) + g(y)"), a)),
              "(f(x) + g(y)) * a");
}

TEST(Printer, long_chains_are_printed_flat) {
    Tree tree;
    Expr* chain = text(tree, "x");
    for (int i = 0; i < 20000; ++i) chain = binary(tree, BinaryOp::concat, chain, text(tree, "x"));
    EXPECT_EQ(occurrences("||", print_inline(*chain)), 20000U);
}

TEST(Printer, what_PostgreSQL_does_not_have_is_a_comment_and_the_rest_is_code) {
    Printing printing{"begin\n  x := 1;\n  goto there;\n  null;\nend;\n/\n"};
    const Printed made = printing.one(0);
    ASSERT_EQ(made.findings.size(), 2U);  // x is declared nowhere
    EXPECT_THAT(made.statements[0].text, HasSubstr("-- goto there;\n    NULL;\n"));
    EXPECT_THAT(made.statements[0].text, HasSubstr("-- [SCT 9020 complex] "));
}

TEST(Printer, each_comment_stands_where_it_stood_once) {
    const std::string source =
        "-- c01 of the view\n"
        "create view v as -- c02\n"
        "select a, -- c03 of a\n"
        "  /* c04 of b */ b\n"
        "from t -- c05 in the query\n"
        "where a = /* c06 /* in an expression */ 1; -- c07 behind\n"
        "-- c08 of the table\n"
        "create table t ( -- c09\n"
        "  -- c10 of a\n"
        "  a integer, -- c11 behind a\n"
        "  b integer -- c12 behind b\n"
        "  /* c13 last */\n"
        ");\n"
        "declare\n"
        "  -- c14 of n\n"
        "  n integer; -- c15\n"
        "begin\n"
        "  -- c16 first\n"
        "  if n = 1 -- c17 in a condition\n"
        "  then\n"
        "    -- c18 in then\n"
        "    n := 2; -- c19\n"
        "    -- c20 last of then\n"
        "  else -- c21\n"
        "    n := n + -- c22 in a value\n"
        "      1;\n"
        "  end if; -- c23\n"
        "  -- c24 last\n"
        "exception\n"
        "  -- c25 of the handler\n"
        "  when others then -- c26\n"
        "    null;\n"
        "end; -- c27\n"
        "/\n"
        "-- c28 at the end\n";
    const std::string result = printed(source);
    for (int i = 1; i <= 28; ++i) {
        const std::string mark = (i < 10 ? "c0" : "c") + std::to_string(i);
        EXPECT_EQ(occurrences(mark, result), 1U) << mark << "\n" << result;
    }
    EXPECT_THAT(result, HasSubstr("    a, -- c03 of a\n"));
    EXPECT_THAT(result, HasSubstr("    a integer, -- c11 behind a\n    b integer -- c12 behind b\n"));
    EXPECT_THAT(result, HasSubstr("        n := 2; -- c19\n        -- c20 last of then\n"));
    EXPECT_THAT(result, HasSubstr("-- c16 first\n"));
}

TEST(Printer, findings_stand_before_their_statement_and_their_line_is_told) {
    Printing printing{"declare n integer;\nbegin\n  n := 1;\n  n := 2;\nend;\n/\n"};
    const auto at = static_cast<std::uint32_t>(printing.script().text.find("2"));
    printing.findings = {
        {.code = 5340, .complexity = Complexity::complex, .begin = at, .end = at, .detail = "f"}};
    const Printed made = printing.one(0);
    ASSERT_EQ(made.statements[0].finding_lines.size(), 1U);
    EXPECT_EQ(made.statements[0].text,
              "DO $body$\nDECLARE\n    n integer;\nBEGIN\n    n := 1;\n"
              "    -- [SCT 5340 complex] a function or package that PostgreSQL and the pack do not have: f\n"
              "    n := 2;\nEND;\n$body$;\n");
    EXPECT_EQ(made.statements[0].finding_lines[0].line, 6U);
}

TEST(Printer, a_dropped_statement_leaves_its_comments_and_findings) {
    Printing printing{"-- why\nselect 1 from t;\n"};
    const std::vector<Finding> findings{{.code = 5103, .complexity = Complexity::info}};
    const Printed made = print({.statements = {},
                                .script = printing.script(),
                                .comments = comments_of(printing.script(), 0),
                                .findings = findings});
    ASSERT_EQ(made.statements.size(), 1U);
    EXPECT_TRUE(made.statements[0].raw);
    EXPECT_EQ(made.statements[0].text, "-- why\n-- [SCT 5103 info] a hint was dropped\n");
}

TEST(Printer, what_does_not_parse_is_a_comment_with_its_text) {
    const std::string result = printed("create table t (a b c d;\nselect 1 from t;\n");
    EXPECT_THAT(result, HasSubstr("-- create table t (a b c d"));
    EXPECT_THAT(result, HasSubstr("SELECT 1 FROM t;\n"));
}

TEST(Printer, the_bounds_of_a_loop_stand_in_the_order_of_the_tree) {
    EXPECT_THAT(printed("begin for i in reverse 3..1 loop null; end loop; end;\n/\n"),
                HasSubstr("FOR i IN REVERSE 3..1 LOOP\n        NULL;\n    END LOOP;"));
}

TEST(Printer, long_lists_break_one_a_line) {
    std::string columns;
    for (int i = 0; i < 12; ++i)
        columns += (i == 0 ? "" : ", ") + ("a_long_column_name_" + std::to_string(i));
    const std::string result = printed("select " + columns + " from t where a = 1 and b = 2;\n");
    EXPECT_THAT(result, StartsWith("SELECT\n    a_long_column_name_0,\n    a_long_column_name_1,\n"));
    EXPECT_THAT(result, HasSubstr("FROM t\nWHERE a = 1 AND b = 2;\n"));
}

TEST(Printer, a_query_in_from_gets_the_name_that_PostgreSQL_wants) {
    EXPECT_EQ(printed("select a from (select 1 as a from t);\n"),
              "SELECT a FROM (SELECT 1 AS a FROM t) AS derived_1;\n");
}

TEST(Printer, set_operations_keep_their_order) {
    EXPECT_EQ(printed("select 1 from t union select 2 from t union all select 3 from t;\n"),
              "SELECT 1 FROM t UNION SELECT 2 FROM t UNION ALL SELECT 3 FROM t;\n");
    EXPECT_EQ(printed("select 1 from t union (select 2 from t minus select 3 from t);\n"),
              "SELECT 1 FROM t UNION (SELECT 2 FROM t EXCEPT SELECT 3 FROM t);\n");
}

TEST(Printer, every_kind_that_both_dialects_have_is_accepted_by_PostgreSQL) {
    for (const char* source : {
             "create table a.t (a integer default 1 + 1 not null, b numeric(10, 2), c timestamp with time "
             "zone,"
             " constraint pk primary key (a), constraint u unique (b, c), check (a > 0 or b is not null),"
             " foreign key (a) references s (x) on delete cascade deferrable initially deferred);",
             "create global temporary table g (a integer) on commit delete rows;",
             "alter table t add (a integer, b integer);",
             "alter table t add constraint c check (a in (1, 2));",
             "alter table t rename column a to b;",
             "create unique index i on t (a desc, lower(b), (a + 1));",
             "create sequence s start with 5 increment by 2 maxvalue 9999999999999999999999999999 cycle "
             "cache 20;",
             "create or replace view v (a, b) as select a, b from t with check option;",
             "create materialized view m as select a from t;",
             "comment on table t is 'it''s';",
             "grant select, insert on t to public;",
             "drop table t;",
             "create type p as object (a integer, b numeric(3));",
             "create type l as table of integer;",
             "insert into t (a, b) values (1, 'x');",
             "insert into t select a, b from s where exists (select 1 from u);",
             "update t x set x.a = 1, (b, c) = (select 1, 2 from u) where x.a between 1 and 2;",
             "delete from t where a like 'x%' escape '!';",
             "merge into t using s on (t.a = s.a) when matched then update set b = s.b where s.b > 1"
             " when not matched then insert (a, b) values (s.a, s.b);",
             "select distinct a, count(*) over (partition by b order by c desc nulls last) n, case a when 1 "
             "then 'x'"
             " else 'y' end from t join u on t.a = u.a left join v using (b) cross join w"
             " where a is not null and not (b = 1 or c = 2) group by a having count(*) > 1 order by 1, 2 "
             "desc;",
             "with q as (select a from t) select * from q where a = any (select b from u) for update of q "
             "nowait;",
             "select cast(a as integer), -a, a at time zone 'utc', extract(year from b), date '2020-01-01',"
             " interval '1' day from t;",
             "select a from t group by rollup (a, b), grouping sets ((a), (b), ());",
         }) {
        const std::string result = printed(std::string{source} + "\n");
        EXPECT_THAT(result, Not(StartsWith("--"))) << source << "\n" << result;
        EXPECT_THAT(result, Not(HasSubstr("[SCT"))) << source << "\n" << result;
    }
}

TEST(Printer, every_statement_of_code_that_both_dialects_have_is_accepted_by_PostgreSQL) {
    const std::string result = printed(R"(declare
  n integer := 0;
  r t%rowtype;
  v t.a%type;
  cursor c (p integer) is select a from t where b = p;
begin
  <<outer>>
  for i in 1..10 loop
    n := n + i;
    exit outer when n > 5;
    continue when n = 2;
  end loop outer;
  while n > 0 loop n := n - 1; end loop;
  for r in (select a from t) loop null; end loop;
  for x in c(1) loop null; end loop;
  open c(1);
  fetch c into v;
  close c;
  case n when 1 then null; else return; end case;
  if n = 1 then null; elsif n = 2 then null; else null; end if;
  execute immediate 'select 1' into n using n, v;
  select a into v from t where b = n;
  insert into t (a) values (1) returning a into v;
  begin
    raise;
  exception
    when no_data_found or too_many_rows then null;
    when others then raise;
  end;
  commit;
end;
/
)");
    EXPECT_THAT(result, Not(HasSubstr("[SCT"))) << result;
    EXPECT_EQ(check_sql(result), std::nullopt);
}

TEST(Printer, a_routine_is_quoted_by_a_tag_that_its_body_does_not_hold) {
    Printing printing{
        "create function f (a integer default 1) return integer is\nbegin\n  -- $$\n  return a;\nend;\n/\n"};
    EXPECT_EQ(printing.all(),
              "CREATE FUNCTION f(a integer DEFAULT 1) RETURNS integer\nLANGUAGE plpgsql\nAS $body$\nBEGIN\n"
              "    -- $$\n    RETURN a;\nEND;\n$body$;\n");
}

}  // namespace
}  // namespace landfall::convert
