#include <gtest/gtest.h>

#include "engines/convert/syntax/grammar_testing.hpp"
#include "engines/convert/syntax/outline_testing.hpp"

namespace landfall::convert {
namespace {

/// The tree of a text, which lives as long as this.
struct Parsed {
    explicit Parsed(const std::string& text)
        : script{testing::script_of(text)}, grammar{script, script.statements.front(), tree, findings} {
        node = grammar.at_row_change() ? grammar.row_change() : grammar.query();
        if (!grammar.cursor().failed() && !grammar.cursor().done()) grammar.cursor().fail("the end");
    }
    [[nodiscard]] std::string outline() {
        TokenCursor& cursor = grammar.cursor();
        if (!cursor.failed()) return testing::outline(node);
        return "failed at '" + std::string{cursor.text(cursor.failed_at())} + "', expected " +
               std::string{cursor.expected()};
    }
    [[nodiscard]] Query* query() { return as<Query>(node); }
    [[nodiscard]] Select* select() { return as<Select>(query()->body); }

    Script script;
    Tree tree;
    std::vector<Finding> findings;
    Grammar grammar;
    Node* node = nullptr;
};

std::string outline(const std::string& text) { return Parsed{text}.outline(); }

TEST(Queries, have_items_sources_and_conditions) {
    EXPECT_EQ(outline("select a x, t.*, b as \"Yes\" from hr.t t, u@far where a = b"),
              "(query (select (as x a) (* t) (as Yes b) (table:t hr.t) (table u@far) (= a b)))");
    EXPECT_EQ(
        outline("select distinct count(*) total from t group by a, rollup(b, c) having count(*) > 1"),
        "(query (select (as total (call count *)) (table t) a (call rollup b c) (> (call count *) 1)))");
    EXPECT_EQ(outline("select 1 from t group by grouping sets ((a, b), c, ())"),
              "(query (select 1 (table t) <GROUPING SETS ((tuple a b), c, (tuple))>))");
}

TEST(Queries, joins_of_all_kinds_are_trees) {
    EXPECT_EQ(outline("select 1 from a join b on x = y left outer join c using (z, w)"),
              "(query (select 1 (left (join (table a) (table b) (= x y)) (table c))))");
    EXPECT_EQ(outline("select 1 from a natural join b cross join c full join d on 1 = 1"),
              "(query (select 1 (full (cross (join (table a) (table b)) (table c)) (table d) (= 1 1))))");
    EXPECT_EQ(outline("select 1 from a join b join c on 1 = 2 on 3 = 4"),
              "(query (select 1 (join (table a) (join (table b) (table c) (= 1 2)) (= 3 4))))");
    EXPECT_EQ(
        outline("select 1 from (a x join b on 1 = 1) inner join (select 2 from d) e on 2 = 2"),
        "(query (select 1 (join (join (table:x a) (table b) (= 1 1)) (derived:e (query (select 2 (table "
        "d)))) (= 2 2))))");
    EXPECT_EQ(
        outline("select 1 from a cross apply (select 2 from b) c outer apply f(a.x) d"),
        "(query (select 1 (outer-apply (cross-apply (table a) (derived:c (query (select 2 (table b))))) "
        "(rows:d (call f a.x)))))");
}

TEST(Queries, functions_and_collections_are_sources) {
    EXPECT_EQ(
        outline("select column_value from table(f(1)) (+) t, the (select c from d) e, xmltable('/a' "
                "passing x columns n number path '@n', o for ordinality) g"),
        "(query (select column_value (rows:t (call f 1)) (rows:e (subquery (query (select c (table d))))) "
        "(rows:g <XMLTABLE('/a' PASSING x COLUMNS n number PATH '@n', o FOR ORDINALITY)>)))");
    EXPECT_EQ(
        outline("select 1 from json_table(j, '$[*]' columns (a varchar2(10) path '$.a', nested path '$.b[*]' "
                "columns (c number path '$'))) t"),
        "(query (select 1 (rows:t <JSON_TABLE(j, '$[*]' COLUMNS(a varchar2[10] PATH '$.a', NESTED PATH "
        "'$.b[*]' COLUMNS(c number PATH '$')))>)))");
}

TEST(Queries, set_operations_bind_from_left_to_right) {
    EXPECT_EQ(
        outline("select 1 from a union all select 2 from b minus select 3 from c order by 1 desc nulls last"),
        "(query (minus (union-all (select 1 (table a)) (select 2 (table b))) (select 3 (table c))) (desc "
        "1))");
    EXPECT_EQ(
        outline("(select 1 from a) intersect (select 2 from b union select 3 from c)"),
        "(query (intersect (query (select 1 (table a))) (query (union (select 2 (table b)) (select 3 (table "
        "c))))))");
    EXPECT_EQ(
        outline("select 1 from ((select 1 from a) union (select 2 from b)) c"),
        "(query (select 1 (derived:c (query (union (query (select 1 (table a))) (query (select 2 (table "
        "b))))))))");
}

TEST(Queries, hierarchies_keep_both_conditions_in_either_order) {
    Parsed parsed{
        "select level from t start with p is null connect by nocycle prior id = p order siblings by a"};
    EXPECT_EQ(parsed.outline(), "(query (select level (table t) (is p) (= (prior id) p)) (asc a))");
    EXPECT_TRUE(parsed.select()->hierarchical);
    EXPECT_TRUE(parsed.select()->no_cycle);
    EXPECT_TRUE(parsed.query()->siblings);
    EXPECT_EQ(outline("select level from dual connect by level <= 3 start with 1 = 1"),
              "(query (select level (table dual) (= 1 1) (<= level 3)))");
}

TEST(Queries, the_tail_says_how_many_rows_and_which_locks) {
    Parsed limited{"select a from t order by a offset 2 rows fetch next 10 percent rows with ties"};
    EXPECT_EQ(limited.outline(), "(query (select a (table t)) (asc a) 2 10)");
    EXPECT_TRUE(limited.query()->fetch_percent && limited.query()->fetch_with_ties);
    Parsed locked{"select a from t for update of t.a wait 5"};
    EXPECT_EQ(locked.outline(), "(query (select a (table t)) t.a)");
    EXPECT_EQ(locked.query()->lock_wait_seconds, "5");
    EXPECT_EQ(Parsed{"select a from t for update skip locked"}.query()->lock, Query::Lock::skip_locked);
    EXPECT_EQ(Parsed{"select a from t with read only"}.query()->restriction, "READ ONLY");
    EXPECT_EQ(Parsed{"select a from t with check option constraint c"}.query()->restriction, "CHECK OPTION");
}

TEST(Queries, clauses_without_a_counterpart_are_kept_as_text) {
    Parsed flashback{"select a from t as of timestamp systimestamp - 1 x where a = 1"};
    EXPECT_EQ(flashback.outline(), "(query (select a (table:x t) (= a 1)))");
    EXPECT_EQ(as<TableName>(flashback.select()->from[0])->flashback, "as of timestamp systimestamp - 1");
    EXPECT_EQ(
        as<TableName>(Parsed{"select a from t partition (p1) sample (10) x"}.select()->from[0])->partition,
        "partition (p1)");
    Parsed model{"select a from t model dimension by (a) measures (b) rules (b[1] = 2) order by a"};
    EXPECT_EQ(model.select()->model, "model dimension by (a) measures (b) rules (b[1] = 2)");
    EXPECT_EQ(model.outline(), "(query (select a (table t)) (asc a))");
    EXPECT_EQ(Parsed{"select /*+ index(t) */ a from t"}.select()->hint, " index(t) ");
    EXPECT_EQ(Parsed{"select /* no hint */ a from t"}.select()->hint, "");
}

TEST(Queries, pivots_have_aggregates_columns_and_values) {
    EXPECT_EQ(
        outline("select * from t pivot (sum(a) as s, max(b) for c in (1 as one, 'x' two)) p"),
        "(query (select * (pivot:p (table t) (as s (call sum a)) (call max b) c (as one 1) (as two 'x'))))");
    EXPECT_EQ(outline("select * from t unpivot include nulls ((v, w) for k in ((a, b) as 'x', (c, d)))"),
              "(query (select * (unpivot (table t) v w k (as x (tuple a b)) (tuple c d))))");
}

TEST(Queries, a_pivot_behind_a_join_turns_the_whole_join) {
    EXPECT_EQ(outline("select * from a join b using (c) pivot (max(d) for e in (1))"),
              "(query (select * (pivot (join (table a) (table b)) (call max d) e 1)))");
}

TEST(Queries, with_names_queries) {
    EXPECT_EQ(
        outline("with a as (select 1 from d), b (x, y) as (select 1, 2 from d) search depth first by x set "
                "o select * from a, b"),
        "(query (with (query (select 1 (table d)))) (with (query (select 1 2 (table d)))) (select * (table "
        "a) (table b)))");
}

TEST(Queries, words_that_are_not_reserved_are_names) {
    EXPECT_EQ(
        outline("select type, value level_, date, left from comment mode where status = 1 order by log"),
        "(query (select type (as level_ value) date left (table:mode comment) (= status 1)) (asc log))");
    EXPECT_EQ(outline("select offset, member, first from sample partition, model versions"),
              "(query (select offset member first (table:partition sample) (table:versions model)))");
}

TEST(Queries, into_receives_one_row_or_many) {
    EXPECT_EQ(outline("select a, b into x, y.z from t"), "(query (select a b x y.z (table t)))");
    Parsed bulk{"select a bulk collect into x from t"};
    EXPECT_EQ(bulk.outline(), "(query (select a x (table t)))");
    EXPECT_TRUE(bulk.select()->bulk_collect);
}

TEST(Changes, insert_takes_values_records_and_queries) {
    EXPECT_EQ(outline("insert into hr.t x (a, b) values (1, default) returning a into :b"),
              "(insert (table:x hr.t) (query (values (tuple 1 DEFAULT))) (returning a :b))");
    EXPECT_EQ(outline("insert into t values r"), "(insert (table t) r)");
    EXPECT_EQ(outline("insert into t (select a from u)"), "(insert (table t) (query (select a (table u))))");
    EXPECT_EQ(outline("insert into t (a) with q as (select 1 from d) select * from q"),
              "(insert (table t) (query (with (query (select 1 (table d)))) (select * (table q))))");
    EXPECT_EQ(outline("insert into table(select c from d) values (1)"),
              "(insert (rows (subquery (query (select c (table d))))) (query (values (tuple 1))))");
    EXPECT_EQ(outline("insert into t (a) select 1 from d log errors into e ('x') reject limit unlimited"),
              "(insert (table t) (query (select 1 (table d))))");
}

TEST(Changes, insert_into_many_tables_keeps_its_branches) {
    EXPECT_EQ(outline("insert all into a (x) values (1) into b select 1 from d"),
              "(insert-all (branch (insert (table a) (query (values (tuple 1)))) (insert (table b))) (query "
              "(select 1 (table d))))");
    EXPECT_EQ(
        outline("insert first when x > 1 then into a else into b (y) values (x) select x from d"),
        "(insert-all (branch (> x 1) (insert (table a))) (branch (insert (table b) (query (values (tuple "
        "x))))) (query (select x (table d))))");
}

TEST(Changes, update_sets_columns_tuples_and_rows) {
    EXPECT_EQ(outline("update t x set x.a = 1, (b, c) = (select 1, 2 from d) where a = 2 return b into v"),
              "(update (table:x t) (set x.a 1) (set b c (subquery (query (select 1 2 (table d))))) (= a 2) "
              "(returning b v))");
    EXPECT_EQ(outline("update t set row = r where current of c"), "(update (table t) r c)");
    EXPECT_EQ(outline("update (select a from t) set a = null"),
              "(update (derived (query (select a (table t)))) (set a NULL))");
}

TEST(Changes, delete_needs_no_from) {
    EXPECT_EQ(outline("delete t where a = 1"), "(delete (table t) (= a 1))");
    EXPECT_EQ(outline("delete from t x where current of c returning a bulk collect into b"),
              "(delete (table:x t) c (returning a b))");
}

TEST(Changes, merge_updates_deletes_and_inserts) {
    Parsed merge{
        "merge into t using (select 1 a from d) s on (t.a = s.a) when matched then update set t.b = 2 where "
        "t.c = 3 "
        "delete where t.d = 4 when not matched then insert (a, t.b) values (s.a, 5) where s.a > 6"};
    EXPECT_EQ(
        merge.outline(),
        "(merge (table t) (derived:s (query (select (as a 1) (table d)))) (paren (= t.a s.a)) (set t.b 2) (= "
        "t.c 3) (= t.d 4) s.a 5 (> s.a 6))");
    EXPECT_EQ(as<Merge>(merge.node)->columns[1].name, "b");
}

TEST(Queries, what_does_not_fit_is_named_and_deep_nesting_fails_cleanly) {
    EXPECT_EQ(outline("select from t"), "failed at 'from', expected an expression");
    EXPECT_EQ(outline("select a from t where"), "failed at '', expected an expression");
    EXPECT_EQ(outline("merge into t using s when matched"), "failed at 'when', expected ON");
    std::string nested, unions = "select 1 from d", sources = "select 1 from ";
    for (int i = 0; i < 10'000; ++i) {
        nested.append("select (");
        unions.append(" union all select 1 from d");
        sources.append("(");
    }
    EXPECT_EQ(outline(nested), "failed at '(', expected less nesting");
    EXPECT_EQ(outline(sources), "failed at '(', expected less nesting");
    EXPECT_EQ(outline(unions), "failed at 'union', expected fewer set operations in a row");
}

}  // namespace
}  // namespace landfall::convert
