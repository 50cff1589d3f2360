#include "engines/convert/text/script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace landfall::convert {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Script read(std::string_view text, const ScriptSettings& settings = {}, const IncludeLoader& load = nullptr) {
    return read_script(text, "in.sql", settings, load);
}

/// Each statement's tokens with a blank between.
std::vector<std::string> statements(const Script& script) {
    std::vector<std::string> out;
    for (const StatementText& statement : script.statements) {
        std::string text;
        for (std::uint32_t i = 0; i < statement.count; ++i)
            text.append(i > 0 ? " " : "").append(script.tokens[statement.first + i].span.of(script.text));
        out.push_back(text);
    }
    return out;
}
std::vector<std::string> statements(std::string_view text) { return statements(read(text)); }

std::vector<int> codes(const Script& script) {
    std::vector<int> out;
    for (const Finding& finding : script.findings) out.push_back(finding.code);
    return out;
}

TEST(Script, statements_end_at_their_semicolon_or_at_a_slash) {
    EXPECT_THAT(statements("select 1 from dual; select 2\nfrom dual\n/\ncreate table t (a int)\n/\n;"),
                ElementsAre("select 1 from dual", "select 2 from dual", "create table t ( a int )"));
}

TEST(Script, units_hold_their_semicolons) {
    EXPECT_THAT(statements("begin a; if b then c; end if; end;\n/\nselect 1 from dual;"),
                ElementsAre("begin a ; if b then c ; end if ; end ;", "select 1 from dual"));
}

TEST(Script, units_without_slashes_end_at_their_own_end) {
    const char* text =
        "create procedure p is\n x int := case when 1=1 then 2 else 3 end;\n procedure q is begin null; "
        "end;\n"
        "begin\n for i in 1..3 loop q; end loop;\nend p;\n"
        "create or replace package k as\n procedure a;\n function b return int;\nend k;\n"
        "create or replace package body k as\n procedure a is begin null; end;\n"
        " function b return int is begin return 1; end;\nbegin\n a;\nend k;\n"
        "create function f return int as language java name 'x';\n"
        "create type o as object (a int, member function m return int);\n"
        "create trigger t before insert on x for each row declare\n procedure r is begin null; end;\nbegin\n "
        "r;\nend;\n"
        "grant select on x to y;\n";
    const auto found = statements(text);
    ASSERT_EQ(found.size(), 7U);
    const char* beginnings[] = {"create procedure p",
                                "create or replace package k as",
                                "create or replace package body k",
                                "create function f",
                                "create type o",
                                "create trigger t",
                                "grant select"};
    for (std::size_t i = 0; i < 7; ++i) EXPECT_TRUE(found[i].starts_with(beginnings[i])) << found[i];
    EXPECT_TRUE(found[2].ends_with("end k ;")) << found[2];
}

TEST(Script, a_compound_trigger_is_one_unit) {
    EXPECT_EQ(
        statements(
            "create trigger t for insert on x compound trigger\n n int;\n before statement is\n begin\n"
            "  n := 0;\n end before statement;\n after each row is begin n := n + 1; end after each row;\n"
            "end t;\nselect 1 from dual;")
            .size(),
        2U);
}

TEST(Script, a_create_at_the_start_of_a_line_ends_what_lacks_its_end) {
    EXPECT_THAT(statements("create procedure p is begin if x then null;\ncreate table t (a int);\n"),
                ElementsAre("create procedure p is begin if x then null ;", "create table t ( a int )"));
}

TEST(Script, a_query_with_functions_ends_behind_its_select) {
    EXPECT_THAT(statements("with function f(a int) return int is begin return a; end;\n"
                           "select f(1) from dual;\ncreate view v as with function g return int is begin "
                           "return 1; end;\nselect g from dual;\nselect 2 from dual;"),
                ElementsAre("with function f ( a int ) return int is begin return a ; end ; select f ( 1 ) "
                            "from dual ;",
                            "create view v as with function g return int is begin return 1 ; end ; select g "
                            "from dual ;",
                            "select 2 from dual"));
}

TEST(Script, the_source_of_java_is_not_read_as_sql) {
    const Script script = read(
        "create or replace and compile java source named \"X\" as\nclass X { char c = '\\''; // it's\n"
        "  String s = \"it's; \\\" \"; /* ' */ }\n/\nselect 1 from dual;\n");
    ASSERT_EQ(script.statements.size(), 2U);
    EXPECT_EQ(script.statements[1].span.of(script.text), "select 1 from dual");
    EXPECT_THAT(codes(script), IsEmpty());
}

TEST(Script, statements_within_a_schema_are_one) {
    EXPECT_EQ(statements("create schema authorization hr\ncreate table a (x int)\ncreate view v as select x "
                         "from a;\nselect 1 from dual;")
                  .size(),
              2U);
}

TEST(Script, packages_may_name_functions_that_use_them) {
    EXPECT_THAT(statements("create package k accessible by (function f, package j) is\n procedure p;\nend;\n"
                           "grant execute on k to x;"),
                testing::SizeIs(2));
}

TEST(Script, a_comment_may_stand_beside_a_slash) {
    EXPECT_THAT(statements("begin null; end;\n/ -- done\nbegin a := b\n/ -- by\nc; end;\n/\n"),
                ElementsAre("begin null ; end ;", "begin a := b / c ; end ;"));
}

TEST(Script, a_branch_does_not_reach_over_the_end_of_its_unit) {
    const Script script = read("begin\n$if true $then null;\nend;\n/\nselect 1 from dual;\n");
    EXPECT_THAT(statements(script), ElementsAre("begin null ; end ;", "select 1 from dual"));
    EXPECT_THAT(codes(script), testing::Contains(9007));
}

TEST(Script, text_that_looks_like_code_is_none) {
    EXPECT_THAT(
        statements("select 'a;''b', q'[it's; ]]', q'!x'y!', nq'<;>', \"a;\"\"b\" /* ; ' */ from t -- ; '\n;"),
        ElementsAre("select 'a;''b' , q'[it's; ]]' , q'!x'y!' , nq'<;>' , \"a;\"\"b\" from t"));
    EXPECT_THAT(statements("insert into t values ('a\n/\nb');"),
                ElementsAre("insert into t values ( 'a\n/\nb' )"));
}

TEST(Script, numbers_ranges_and_operators_are_told_apart) {
    EXPECT_THAT(statements("x 1..10 1.5e-3f .5 a=>1 b(+)=:new.c:=2**3||'x'<>!=^=;"),
                ElementsAre("x 1 .. 10 1.5e-3f .5 a => 1 b (+) = :new . c := 2 ** 3 || 'x' <> != ^="));
}

TEST(Script, commands_of_sqlplus_are_no_statements) {
    EXPECT_THAT(
        statements("SET SERVEROUTPUT ON\nprompt it's; here\nREM don't\nwhenever sqlerror exit -\n failure\n"
                   "set role none;\ncreate table t (a int);\nshow errors\nspool off\nEXEC p(1);\n"),
        ElementsAre("set role none", "create table t ( a int )", "BEGIN p ( 1 ) ; END ;"));
}

TEST(Script, commands_go_on_behind_a_hyphen_but_underlines_do_not) {
    EXPECT_THAT(statements("exec p(a => 1,-\n  b => 2 -\n)\nprompt ---\nprompt - - -\nselect 1 from dual;"),
                ElementsAre("BEGIN p ( a => 1 , b => 2 ) ; END ;", "select 1 from dual"));
}

TEST(Script, variables_are_replaced_and_places_stay_true) {
    const Script script = read(
        "define owner = 'hr'\ncreate table &owner..t (\n  a int, &&owner bad&x\n);\nset define off\nselect "
        "'&owner' from d;");
    EXPECT_THAT(statements(script),
                ElementsAre("create table hr . t ( a int , hr bad &x )", "select '&owner' from d"));
    EXPECT_THAT(codes(script), ElementsAre(9003));
    const Origin origin = script.origin_of(script.findings[0].begin);
    EXPECT_EQ(origin.line, 3U);
    EXPECT_EQ(origin.column, 21U);
}

TEST(Script, files_are_included_with_their_arguments_once_at_a_time) {
    const IncludeLoader load = [](const std::string& name,
                                  const std::string&) -> std::optional<IncludedFile> {
        if (name == "a.sql") return IncludedFile{name, "select &1 from a;\n@@in.sql\n@b"};
        if (name == "in.sql") return IncludedFile{name, "never read"};
        return std::nullopt;
    };
    const Script script = read("@a 42\nselect 1 from b;", {}, load);
    EXPECT_THAT(statements(script), ElementsAre("select 42 from a", "select 1 from b"));
    EXPECT_THAT(codes(script), ElementsAre(9005, 9005));
    EXPECT_EQ(script.origin_of(script.statements[0].span.begin).file, "a.sql");
    EXPECT_EQ(script.origin_of(script.statements[1].span.begin).line, 2U);
}

TEST(Script, files_that_include_others_twice_do_not_grow_without_bound) {
    const IncludeLoader load = [](const std::string& name,
                                  const std::string&) -> std::optional<IncludedFile> {
        const std::string next = "@" + std::to_string(std::stoul(name) + 1) + ".x\n";
        return IncludedFile{name, next + next};
    };
    ScriptSettings settings;
    settings.includes_max = 100;
    const Script script = read("@1.x\n", settings, load);
    EXPECT_LE(script.files.size(), 101U);
    EXPECT_FALSE(script.findings.empty());
}

TEST(Script, values_made_of_values_do_not_grow_without_bound) {
    std::string text = "define a = xxxxxxxx\n";
    for (int i = 0; i < 40; ++i) text += "define a = '&a&a'\n";
    const Script script = read(text + "select '&a' from b;\n");
    EXPECT_EQ(script.statements.size(), 1U);
    EXPECT_LE(script.text.size(), text.size() + 2048 + 20);
    EXPECT_EQ(script.findings.size(), 32U);  // 8, 16, … 2,048 are taken
    EXPECT_EQ(codes(script).front(), 9010);
}

TEST(Script, branches_that_are_not_taken_are_comments) {
    const char* text =
        "create procedure p is\n$if dbms_db_version.ver_le_11 $then\nbegin old;\n$elsif $$fast and 2 > 1 "
        "$then\nbegin fast;\n"
        "$else\nbegin slow; -- why\n$end\nend;\n/\n";
    EXPECT_THAT(statements(text), ElementsAre("create procedure p is begin slow ; end ;"));
    ScriptSettings settings;
    settings.conditions = {{"FAST", "true"}};
    const Script fast = read(text, settings);
    EXPECT_THAT(statements(fast), ElementsAre("create procedure p is begin fast ; end ;"));
    EXPECT_THAT(codes(fast), IsEmpty());
    EXPECT_EQ(std::count_if(fast.comments.begin(), fast.comments.end(),
                            [](const Comment& c) { return c.switched_off; }),
              2);
}

TEST(Script, the_present_schema_is_noted) {
    const Script script =
        read("connect scott/secret@db\nselect 1 from a;\nalter session set current_schema = HR;\n");
    ASSERT_EQ(script.current_schemas.size(), 2U);
    EXPECT_EQ(script.current_schemas[0], (std::pair<std::uint32_t, std::string>{0, "scott"}));
    EXPECT_EQ(script.current_schemas[1], (std::pair<std::uint32_t, std::string>{2, "HR"}));
}

TEST(Script, what_has_no_end_is_a_finding) {
    for (const char* text : {"select 'a", "select /* a", "select q'[a]", "select \"a"}) {
        const Script script = read(text);
        EXPECT_THAT(codes(script), testing::Contains(9007)) << text;
        EXPECT_EQ(script.statements.size(), 1U);
    }
}

TEST(Encoding, is_recognised) {
    std::vector<Finding> findings;
    using namespace std::string_view_literals;
    EXPECT_EQ(decode_text("\xEF\xBB\xBFk\xC3\xA9", findings), "k\xC3\xA9");
    EXPECT_EQ(decode_text("\xFF\xFEk\0\xE9\0"sv, findings), "k\xC3\xA9");
    EXPECT_EQ(decode_text("\xFE\xFF\0k\xD8\x3D\xDE\x00"sv, findings), "k\xF0\x9F\x98\x80");
    EXPECT_EQ(decode_text("s\0e\0l\0e\0c\0t\0"sv, findings), "select");
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_EQ(decode_text("k\xE9 \x80", findings), "k\xC3\xA9 \xE2\x82\xAC");
    EXPECT_EQ(decode_text("a\0b"sv, findings),
              "a\xEF\xBF\xBD"
              "b");
    EXPECT_EQ(findings.size(), 2U);
}

}  // namespace
}  // namespace landfall::convert
