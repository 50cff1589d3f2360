// Claims about views, expressions and scripts of MySQL.
#include <gtest/gtest.h>

#include "engines/convert/mysql_testing.hpp"

namespace landfall::convert {
namespace {

using testing::convert_text;
using testing::converted;
using testing::sql_of;
using testing::tells;

/// What becomes of one expression of a view.
std::string value(const std::string& expression, const MysqlSettings& settings = {}) {
    std::string made = converted("CREATE VIEW v AS SELECT " + expression + " AS x FROM t", settings);
    const std::string before = "CREATE OR REPLACE VIEW v AS SELECT ", behind = " AS x FROM t;";
    if (!made.starts_with(before) || !made.ends_with(behind)) return made;
    return made.substr(before.size(), made.size() - before.size() - behind.size());
}

TEST(MysqlExpressions, operators_keep_their_meaning) {
    EXPECT_EQ(value("a <=> b"), "(a IS NOT DISTINCT FROM b)::integer");
    EXPECT_EQ(value("a || b"), "(a <> 0 OR b <> 0)::integer");
    EXPECT_EQ(value("a / 2"), "a::numeric / 2");
    EXPECT_EQ(value("a / b"), "a::numeric / nullif(b, 0)");
    EXPECT_EQ(value("a DIV 2"), "trunc((a)::numeric / 2)::bigint");
    EXPECT_EQ(value("a XOR b"), "((a <> 0) <> (b <> 0))::integer");
    EXPECT_EQ(value("!a"), "(NOT a <> 0)::integer");
    MysqlSettings settings;
    settings.mode.pipes_as_concat = true;
    EXPECT_EQ(value("a || b", settings), "(a)::text || (b)::text");
}

TEST(MysqlExpressions, functions_become_postgresqls) {
    EXPECT_EQ(value("ifnull(a, 'x')"), "coalesce(a, 'x')");
    EXPECT_EQ(value("if(a > 1, 'x', 'y')"), "CASE WHEN a > 1 THEN 'x' ELSE 'y' END");
    EXPECT_EQ(value("concat('a', b)"), "('a' || b::text)");
    EXPECT_EQ(value("concat_ws('-', a, b)"), "concat_ws('-', a, b)");
    EXPECT_EQ(value("substring(a, -3)"), "right(a::text, 3)");
    EXPECT_EQ(value("substring(a from 2 for 3)"), "substr(a::text, 2, 3)");
    EXPECT_EQ(value("trim(leading '0' from a)"), "ltrim((a)::text, '0')");
    EXPECT_EQ(value("locate('x', a)"), "strpos((a)::text, 'x')");
    EXPECT_EQ(value("cast(a as unsigned)"), "a::numeric(20, 0)");
    EXPECT_EQ(value("convert(a using utf8mb4)"), "a");
    EXPECT_EQ(value("a collate utf8mb4_bin"), "a");
    EXPECT_EQ(value("a->>'$.b.c[0]'"), "(a)::jsonb #>> '{b,c,0}'");
    EXPECT_EQ(value("x'4142'"), "convert_from(decode('4142', 'hex'), 'UTF8')");
}

TEST(MysqlExpressions, moments_become_postgresqls) {
    EXPECT_EQ(value("now()"), "LOCALTIMESTAMP(0)");
    EXPECT_EQ(value("a + interval 2 day"), "(a + INTERVAL '2 day')");
    EXPECT_EQ(value("date_sub(curdate(), interval n quarter)"),
              "(CURRENT_DATE - (n) * INTERVAL '3 month')::date");
    EXPECT_EQ(value("date_format(a, '%d.%m.%Y um %H:%i')"),
              "to_char((a)::timestamp, 'DD.MM.YYYY\" um \"HH24:MI')");
    EXPECT_EQ(value("timestampdiff(DAY, a, b)"),
              "trunc(extract(epoch FROM ((b)::timestamp - (a)::timestamp)) / 86400)::bigint");
    EXPECT_EQ(value("extract(year from a)"), "extract(year FROM (a)::timestamp)::integer");
}

TEST(MysqlExpressions, groups_are_texts_with_their_order_and_separator) {
    EXPECT_EQ(value("group_concat(distinct a order by a desc separator '; ')"),
              "string_agg(DISTINCT a::text, '; ' ORDER BY a::text DESC NULLS LAST)");
    EXPECT_EQ(value("group_concat(a separator '')"), "string_agg(a::text, '')");
}

TEST(MysqlViews, null_sorts_first) {
    EXPECT_EQ(
        converted("CREATE VIEW v AS SELECT a FROM t ORDER BY a, b DESC LIMIT 5, 10"),
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT 10 "
        "OFFSET 5;");
}

TEST(MysqlViews, an_alias_in_having_is_its_expression) {
    EXPECT_EQ(converted("CREATE VIEW v AS SELECT a, sum(b) AS s FROM t GROUP BY a HAVING s > 1"),
              "CREATE OR REPLACE VIEW v AS SELECT a, sum(b) AS s FROM t GROUP BY a HAVING (sum(b)) > 1;");
}

TEST(MysqlViews, a_column_that_is_not_grouped_is_any_of_the_group_and_told) {
    const std::string tables = "CREATE TABLE t (a int PRIMARY KEY, b int, c int);";
    const Conversion any = convert_text(tables + "CREATE VIEW v AS SELECT b, c FROM t GROUP BY b");
    EXPECT_TRUE(tells(any, 9327));
    EXPECT_NE(sql_of(any).find("(array_agg(c))[1]"), std::string::npos) << sql_of(any);
    EXPECT_FALSE(tells(convert_text(tables + "CREATE VIEW v AS SELECT a, b, c FROM t GROUP BY a"), 9327));
}

TEST(MysqlViews, what_a_dump_says_of_a_view_is_read) {
    const std::string script =
        "/*!50001 CREATE VIEW `v` AS SELECT\n 1 AS `a`*/;\n/*!50001 DROP VIEW IF EXISTS `v`*/;\n"
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY INVOKER "
        "*/\n"
        "/*!50001 VIEW `v` AS select `s`.`t`.`a` AS `a` from ((`s`.`t` join `s`.`u` on(`t`.`a` = `u`.`a`)) "
        "left join `s`.`w` `x` on((`x`.`a` = `t`.`a`))) where (`t`.`b` like 'x%') */;\n";
    EXPECT_EQ(
        converted(script),
        "CREATE OR REPLACE VIEW v WITH (security_invoker = true) AS SELECT s.t.a AS a FROM s.t JOIN s.u ON "
        "(t.a = u.a) LEFT JOIN s.w AS x ON ((x.a = t.a)) WHERE (t.b LIKE 'x%');");
}

TEST(MysqlScripts, delimiters_and_bodies_are_followed) {
    const Conversion made = convert_text(
        "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 'a//b'; END//\nDELIMITER ;\n"
        "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN DECLARE x int; IF NEW.a THEN SET NEW.a = 1; "
        "END IF; END;\n"
        "CREATE TABLE t (a int);");
    EXPECT_EQ(made.statements, 3U);
    EXPECT_EQ(made.raw, 2U);
    EXPECT_TRUE(tells(made, 9308));
    EXPECT_EQ(sql_of(made), "CREATE TABLE t (a integer);");
}

TEST(MysqlScripts, a_simple_trigger_becomes_a_function_and_a_trigger) {
    EXPECT_EQ(
        converted("DELIMITER ;;\nCREATE DEFINER=`a`@`b` TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN "
                  "SET NEW.a = now(), NEW.b = NEW.c > 1; IF NEW.c THEN INSERT INTO l VALUES (NEW.c); "
                  "ELSE DELETE FROM l WHERE c; END IF; END;;\n"),
        "CREATE OR REPLACE FUNCTION r() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
        "new.a := LOCALTIMESTAMP(0); new.b := (new.c > 1)::integer; IF new.c <> 0 THEN "
        "INSERT INTO l VALUES (new.c); ELSE DELETE FROM l WHERE c <> 0; END IF; RETURN NEW; END; $body$; "
        "CREATE OR REPLACE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION r();");
    const Conversion other = convert_text("CREATE TRIGGER r AFTER DELETE ON t FOR EACH ROW CALL p()");
    EXPECT_TRUE(tells(other, 9308));
    EXPECT_EQ(other.raw, 1U);
}

TEST(MysqlScripts, comments_and_strings_are_the_servers) {
    EXPECT_EQ(converted("# one\nCREATE TABLE t ( -- two\n a varchar(9) DEFAULT 'a\\';--', /* ; */ b int "
                        "DEFAULT 1--1\n);"),
              "CREATE TABLE t (a varchar(9) DEFAULT 'a'';--', /* ; */ b integer DEFAULT (1 - -1));");
    EXPECT_EQ(converted("/*!999999\\- a sandbox */ CREATE TABLE t (a int /*!80023 INVISIBLE */)"),
              "/*!999999\\- a sandbox */ CREATE TABLE t (a integer);");
    EXPECT_EQ(converted("SET sql_mode='ANSI_QUOTES'; CREATE TABLE \"t\" (\"a\" int);"),
              "CREATE TABLE t (a integer);");
}

TEST(MysqlScripts, rows_are_values_of_the_columns) {
    const std::string script =
        "CREATE TABLE t (a int, b bit(3), c varbinary(3), d date, e char(1));"
        "INSERT INTO t (b, c, d, e) VALUES (b'1', 0x01ff, '0000-00-00', \"x\"), (NULL, 'a', '2020-01-01', "
        "'y');";
    EXPECT_NE(converted(script).find("INSERT INTO t (b, c, d, e) VALUES (B'001', '\\x01ff', NULL, 'x'), "
                                     "(NULL, '\\x61', '2020-01-01', 'y');"),
              std::string::npos)
        << converted(script);
    MysqlSettings settings;
    settings.rows = MysqlSettings::Rows::dropped;
    const Conversion made = convert_text(script + script.substr(script.find("INSERT")), settings);
    EXPECT_TRUE(tells(made, 9301));
    EXPECT_EQ(sql_of(made).find("INSERT"), std::string::npos);
    EXPECT_EQ(made.emitted + made.dropped + made.raw, made.statements);
}

TEST(MysqlScripts, what_does_not_parse_is_told_and_kept_as_a_comment) {
    const Conversion made = convert_text(
        "CREATE TABLE t (a int,, b int); CREATE TABLE u (a int); LOAD DATA INFILE 'x' INTO TABLE t;");
    EXPECT_TRUE(tells(made, 9001));
    EXPECT_EQ(made.raw, 1U);
    EXPECT_EQ(made.dropped, 1U);
    EXPECT_EQ(sql_of(made), "CREATE TABLE u (a integer);");
}

TEST(MysqlScripts, deep_nesting_is_a_finding) {
    const std::string deep(20'000, '(');
    const Conversion made = convert_text("CREATE VIEW v AS SELECT " + deep + "1");
    EXPECT_EQ(made.raw, 1U);
}

}  // namespace
}  // namespace landfall::convert
