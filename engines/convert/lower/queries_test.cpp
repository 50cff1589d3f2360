#include <gtest/gtest.h>

#include "engines/convert/lower/lowered_testing.hpp"

namespace landfall::convert {
namespace {

using testing::lowered;

TEST(Dual, is_dropped_unless_its_column_is_wanted) {
    EXPECT_EQ(lowered("select 1 from dual"), "SELECT 1");
    EXPECT_EQ(lowered("select count(*) from sys.dual"), "SELECT count(*)");
    EXPECT_EQ(lowered("select a from t, dual"), "SELECT a FROM t");
    EXPECT_EQ(lowered("select dummy from dual"), "SELECT dummy FROM (SELECT 'X'::text AS dummy) AS dual");
}

TEST(Sources, subqueries_have_aliases_and_applies_are_lateral) {
    EXPECT_EQ(lowered("select a from (select 1 a from dual)"), "SELECT a FROM (SELECT 1 AS a) AS sub_1");
    EXPECT_EQ(
        lowered("select a from t cross apply (select 1 b from u) x outer apply f(t.a) y"),
        "SELECT a FROM t CROSS JOIN LATERAL (SELECT 1 AS b FROM u) AS x LEFT JOIN LATERAL f(t.a) AS y ON "
        "true");
    EXPECT_EQ(lowered("select column_value from table(v_list)"),
              "SELECT column_value FROM unnest(v_list) AS sub_1 (column_value)");
    EXPECT_EQ(lowered("select x from table(pkg.f(1)) t"), "SELECT x FROM pkg.f(1) AS t");
}

TEST(Sources, what_postgresql_lacks_is_told) {
    EXPECT_EQ(lowered("select /*+ full(t) */ a from t"), "[5103] SELECT a FROM t");
    EXPECT_EQ(lowered("select a from t partition (p)"), "[9208] SELECT a FROM t");
    EXPECT_EQ(lowered("select a from t as of timestamp systimestamp - 1"), "[9209] SELECT a FROM t");
    EXPECT_EQ(lowered("select a from t for update of t.a wait 3"), "[5144] SELECT a FROM t FOR UPDATE OF t");
}

TEST(OuterJoins, become_left_joins_with_all_their_conditions) {
    EXPECT_EQ(lowered("select 1 from a, b where a.id = b.id(+)"),
              "SELECT 1 FROM a LEFT JOIN b ON a.id = b.id");
    EXPECT_EQ(
        lowered("select 1 from a, b, c where a.id = b.id(+) and b.k(+) = 5 and c.z(+) = b.z and a.q > 3"),
        "SELECT 1 FROM a LEFT JOIN b ON a.id = b.id AND b.k = 5 LEFT JOIN c ON c.z = b.z WHERE a.q > 3");
    EXPECT_EQ(lowered("select 1 from c, a, b where c.x(+) = a.x and a.y = b.y and b.z = c.z(+)"),
              "SELECT 1 FROM a CROSS JOIN b LEFT JOIN c ON c.x = a.x AND b.z = c.z WHERE a.y = b.y");
    EXPECT_EQ(lowered("select 1 from a, b where a.id = id2(+)"), "SELECT 1 FROM a LEFT JOIN b ON a.id = id2");
    EXPECT_EQ(lowered("select 1 from t, table(f(t.x)) (+) u"),
              "SELECT 1 FROM t LEFT JOIN LATERAL f(t.x) AS u ON true");
}

TEST(OuterJoins, that_are_not_clear_are_told) {
    EXPECT_EQ(lowered("select 1 from a, b, c where id = id2(+)").substr(0, 6), "[9205]");
    EXPECT_EQ(lowered("select 1 from a, b where a.x = b.x(+) and b.y = a.y(+)").substr(0, 6), "[9205]");
}

TEST(RowNumbers, that_are_bounded_are_limits) {
    EXPECT_EQ(lowered("select a from t where rownum <= 10 and b = 1"),
              "SELECT a FROM t WHERE b = 1 LIMIT 10");
    EXPECT_EQ(lowered("select a from t where 5 > rownum"), "SELECT a FROM t LIMIT 4");
    EXPECT_EQ(lowered("select a from t where rownum = 1"), "SELECT a FROM t LIMIT 1");
    EXPECT_EQ(lowered("select a from t where rownum > 1"), "SELECT a FROM t WHERE false");
    EXPECT_EQ(lowered("select a from t where rownum >= 1"), "SELECT a FROM t");
    EXPECT_EQ(lowered("select a from t where rownum = 2"), "SELECT a FROM t WHERE false");
}

TEST(RowNumbers, are_given_before_rows_are_ordered_or_counted) {
    EXPECT_EQ(lowered("select a from t where rownum < 5 order by b"),
              "SELECT a FROM (SELECT * FROM t LIMIT 4) AS t ORDER BY b");
    EXPECT_EQ(lowered("select count(*) from t, u where rownum = 1 and t.a = u.a"),
              "SELECT count(*) FROM (SELECT 1 AS one FROM t, u WHERE t.a = u.a LIMIT 1) AS rows_1");
    EXPECT_EQ(lowered("select t.a from t, u where rownum < 5 order by t.b"),
              "[9207] SELECT t.a FROM t, u ORDER BY t.b LIMIT 4");
}

TEST(RowNumbers, that_are_values_are_counted) {
    EXPECT_EQ(lowered("select a, rownum from t where rownum <= 2"),
              "SELECT a, row_number() OVER () AS rownum FROM t LIMIT 2");
    EXPECT_EQ(lowered("select a from t where mod(rownum, 2) = 0").substr(0, 6), "[9206]");
}

TEST(RowNumbers, of_changes_choose_their_rows_first) {
    EXPECT_EQ(lowered("delete from t where rownum <= 3 and a > 5"),
              "DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE a > 5 LIMIT 3)");
}

TEST(Hierarchies, of_dual_generate_rows) {
    EXPECT_EQ(lowered("select level from dual connect by level <= 10"),
              "SELECT rows_1.level FROM generate_series(1, 10) AS rows_1 (level)");
    EXPECT_EQ(
        lowered("select rownum from dual connect by rownum < n"),
        "SELECT rows_1.level AS rownum FROM generate_series(1, greatest(floor(n - 1)::integer, 1)) AS rows_1 "
        "(level)");
}

TEST(Hierarchies, of_tables_are_recursive_queries_in_depth_first_order) {
    EXPECT_EQ(
        lowered("select level, n from t start with p is null connect by prior id = p"),
        "[9219] WITH RECURSIVE hierarchy_1 AS (SELECT n AS h_n, p AS h_p, id AS h_id, 1 AS connect_level, "
        "ARRAY[row_number() OVER ()] AS connect_order FROM t WHERE p IS NULL UNION ALL SELECT n AS h_n, p AS "
        "h_p, id AS h_id, hierarchy_1.connect_level + 1 AS connect_level, hierarchy_1.connect_order || "
        "row_number() OVER () AS connect_order FROM t, hierarchy_1 WHERE hierarchy_1.h_id = p) SELECT "
        "hierarchy_1.connect_level AS level, hierarchy_1.h_n AS n FROM hierarchy_1 ORDER BY "
        "hierarchy_1.connect_order");
}

TEST(Hierarchies, filter_behind_the_recursion_and_join_before_it) {
    const std::string made =
        lowered("select a.x from a, b where a.i = b.i and a.x > 1 connect by prior a.i = b.p order by a.x");
    EXPECT_NE(made.find("FROM a, b WHERE a.i = b.i UNION ALL"), std::string::npos) << made;
    EXPECT_NE(made.find("FROM a, b, hierarchy_1 WHERE a.i = b.i AND hierarchy_1.h_i = b.p)"),
              std::string::npos)
        << made;
    EXPECT_NE(made.find("FROM hierarchy_1 WHERE hierarchy_1.h_x > 1 ORDER BY hierarchy_1.h_x"),
              std::string::npos)
        << made;
}

TEST(Hierarchies, have_paths_roots_and_leaves) {
    const std::string made = lowered(
        "select sys_connect_by_path(n, '/') q, connect_by_root n, connect_by_isleaf from t connect by "
        "nocycle prior "
        "id = p");
    EXPECT_NE(made.find("concat('/', n)::text AS connect_path_1"), std::string::npos) << made;
    EXPECT_NE(made.find("concat(hierarchy_1.connect_path_1, '/', n)::text"), std::string::npos) << made;
    EXPECT_NE(made.find("hierarchy_1.connect_root_2 AS n"), std::string::npos) << made;
    EXPECT_NE(made.find("EXISTS (SELECT 1 FROM t WHERE hierarchy_1.h_id = p)"), std::string::npos) << made;
    EXPECT_NE(made.find("= ANY (hierarchy_1.connect_rows)"), std::string::npos) << made;
}

TEST(Pivots, are_aggregates_with_filters) {
    EXPECT_EQ(lowered("select * from (select a, b, c from t) pivot (sum(c) as s for b in (1 as one, 'x'))"),
              "SELECT * FROM (SELECT a AS a, sum(c) FILTER (WHERE b = 1) AS one_s, sum(c) FILTER (WHERE b = "
              "'x') AS "
              "\"'x'_s\" FROM (SELECT a, b, c FROM t) AS sub_1 GROUP BY a) AS pivot_2");
    EXPECT_EQ(lowered("select * from t pivot (sum(c) for b in (1))").substr(0, 6), "[5077]");
}

TEST(Pivots, turned_back_are_lists_of_values) {
    EXPECT_EQ(
        lowered("select k, v from t unpivot (v for k in (a, b as 'bee'))"),
        "SELECT k, v FROM (SELECT sub_1.*, unpivot_2.* FROM t AS sub_1 CROSS JOIN LATERAL (VALUES ('A', a), "
        "('bee', b)) AS unpivot_2 (k, v) WHERE unpivot_2.v IS NOT NULL) AS pivot_3");
}

TEST(Changes, set_columns_without_qualifiers) {
    EXPECT_EQ(lowered("update t x set x.a = 1, (b, c) = (select 1, 2 from dual) where x.d = 2"),
              "UPDATE t AS x SET a = 1, (b, c) = (SELECT 1, 2) WHERE x.d = 2");
    EXPECT_EQ(lowered("update (select a, b from t where c = 1) set a = 2"), "UPDATE t SET a = 2 WHERE c = 1");
    EXPECT_EQ(lowered("update (select t.a from t, u) set a = 2").substr(0, 6), "[5065]");
}

TEST(Changes, merge_deletes_what_the_update_would_leave) {
    EXPECT_EQ(
        lowered("merge into t using (select 1 a from dual) on (t.a = 2) when matched then update set t.b = x "
                "where t.c = 3 delete where t.b = 4"),
        "MERGE INTO t USING (SELECT 1 AS a) AS sub_1 ON (t.a = 2) WHEN MATCHED AND (t.c = 3 AND (x) = 4) "
        "THEN "
        "DELETE WHEN MATCHED AND t.c = 3 THEN UPDATE SET b = x");
}

TEST(Changes, inserts_into_many_tables_are_one_statement) {
    EXPECT_EQ(
        lowered("insert first when a > 1 then into b (x) values (a) else into c select a from s"),
        "WITH source_1 AS MATERIALIZED (SELECT a FROM s), inserted_2 AS (INSERT INTO b (x) SELECT a FROM "
        "source_1 WHERE a > 1) INSERT INTO c SELECT * FROM source_1 WHERE (a > 1) IS NOT TRUE");
}

TEST(Queries, that_name_themselves_are_recursive) {
    EXPECT_EQ(
        lowered(
            "with r (n) as (select 1 from dual union all select n + 1 from r where n < 3) select * from r"),
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r");
}

TEST(Queries, nested_and_chained_to_the_parsers_limit_are_lowered) {
    std::string chain = "select a";
    std::string nested = "select ";
    std::string sets = "select 1 from dual";
    for (int i = 0; i < 1900; ++i) chain.append(" || a");
    for (int i = 0; i < 450; ++i) nested.append("nvl(a, ");
    nested.append("b").append(450, ')');
    for (int i = 0; i < 1900; ++i) sets.append(" union all select 1 from dual");
    EXPECT_NE(lowered(chain + " from t").find("concat(a, a"), std::string::npos);
    EXPECT_NE(lowered(nested + " from t").find("coalesce(a, coalesce(a"), std::string::npos);
    EXPECT_NE(lowered(sets).find("UNION ALL SELECT 1"), std::string::npos);
}

}  // namespace
}  // namespace landfall::convert
