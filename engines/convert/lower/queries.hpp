// The rules about queries: each changes one SELECT (or what stands in FROM) whose subqueries are lowered
// already. Expressions are still Oracle's: query rules run before expression rules.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engines/convert/lower/build.hpp"
#include "engines/convert/lower/expression_types.hpp"
#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// What the rules about the queries of one statement share: names that nothing else has.
struct QueryContext {
    LowerContext& lower;
    unsigned made_names = 0;

    [[nodiscard]] std::string fresh(std::string_view stem) {
        return std::string{stem} + "_" + std::to_string(++made_names);
    }
};

/// All rules for one SELECT; `owner` is the query whose body it is alone, nullptr within a set operation.
void lower_select(QueryBody*& slot, Query* owner, QueryContext& context);

/// CONNECT BY becomes WITH RECURSIVE, or generate_series. (query_hierarchies.cpp)
void lower_hierarchy(QueryBody*& slot, Query* owner, QueryContext& context);
/// (+) becomes LEFT JOIN. (query_outer_joins.cpp)
void lower_outer_joins(Select& select, QueryContext& context);
/// ROWNUM becomes LIMIT or row_number(). (query_row_numbers.cpp)
void lower_row_numbers(QueryBody*& slot, Query* owner, QueryContext& context);
void lower_row_numbers_of_change(TableRef* table, Expr*& where, QueryContext& context);
/// PIVOT and UNPIVOT become aggregates with FILTER and lists of VALUES. (query_pivots.cpp)
void lower_pivots(Select& select, QueryContext& context);
/// DUAL, aliases, TABLE(), APPLY, hints, FOR UPDATE OF. (query_sources.cpp)
void lower_sources(Select& select, QueryContext& context);
void lower_query_tail(Query& query, QueryContext& context);
void lower_hint(Text& hint, Span at, LowerContext& context);
/// INSERT, UPDATE, DELETE, MERGE. (query_changes.cpp)
void lower_insert(Insert& insert, QueryContext& context);
void lower_update(Update& update, QueryContext& context);
void lower_delete(Delete& change, QueryContext& context);
void lower_merge(Merge& merge, QueryContext& context);
/// INSERT ALL as one statement of PostgreSQL: pieces of text with queries and inserts between.
void lower_multi_insert(MultiInsert& insert, QueryContext& context, List<Text>& pieces,
                        List<Node*>& operands);

// --- looking at trees (query_parts.cpp) ---

/// a, b, c of a AND b AND c, also within parentheses.
[[nodiscard]] std::vector<Expr*> conjuncts_of(Expr* condition);
/// The conjunction; nullptr where there are none.
[[nodiscard]] Expr* conjunction_of(const std::vector<Expr*>& conjuncts, Tree& tree);
/// Visits an expression but no query within it; `visit` answers whether to go on below.
void walk_expression(Node& expr, const std::function<bool(Node&)>& visit);
/// Replaces expressions of the tree, children first, but not within queries; names that are called are no
/// expressions.
void rewrite_expression(Expr*& expr, const std::function<Expr*(Expr*)>& change);
/// Every expression of a SELECT that is evaluated for its rows: items, conditions, grouping.
void for_each_expression(Select& select, const std::function<void(Expr*&)>& visit);
[[nodiscard]] bool mentions(Expr* expr, Text pseudo_column);
[[nodiscard]] bool has_aggregate(const Select& select);
/// How columns of a source are qualified: its alias, or the table's name; empty: by nothing.
[[nodiscard]] Text qualifier_of(const TableRef& source);
/// The qualifier of a column's name; empty: none.
[[nodiscard]] Text qualifier_of(const Name& column);

}  // namespace landfall::convert
