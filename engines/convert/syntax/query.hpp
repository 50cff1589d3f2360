// Queries, and what stands in FROM.
#pragma once

#include "engines/convert/syntax/operators.hpp"

namespace landfall::convert {

struct OrderItem : Node {
    static constexpr Kind kKind = Kind::order_item;
    enum class Nulls : std::uint8_t { unsaid, first, last };
    Expr* value = nullptr;
    bool descending = false;
    Nulls nulls = Nulls::unsaid;
    template <class F>
    void children(F&& f) {
        f(value);
    }
};

struct Window : Node {
    static constexpr Kind kKind = Kind::window;
    Identifier name;  ///< OVER w, or WINDOW w AS
    Identifier base;  ///< OVER (w ORDER BY …)
    List<Expr*> partition;
    List<OrderItem*> order;
    Text unit;              ///< ROWS, RANGE, GROUPS; empty: no frame
    Expr* start = nullptr;  ///< a Spliced: UNBOUNDED PRECEDING, n PRECEDING, CURRENT ROW …
    Expr* end = nullptr;    ///< nullptr: no BETWEEN
    template <class F>
    void children(F&& f) {
        f(partition, order, start, end);
    }
};

/// A relation in FROM.
struct TableRef : Node {
    Identifier alias;
    List<Identifier> columns;  ///< alias (a, b)
};

struct TableName : TableRef {
    static constexpr Kind kKind = Kind::table_name;
    Name* name = nullptr;
    Text partition;  ///< PARTITION (p), as written
    Text sample;     ///< SAMPLE (10), as written
    Text flashback;  ///< AS OF …, VERSIONS …, as written: lowered to a finding
    bool only = false;
    template <class F>
    void children(F&& f) {
        f(name, columns);
    }
};

struct DerivedTable : TableRef {
    static constexpr Kind kKind = Kind::derived_table;
    Query* query = nullptr;
    bool lateral = false;
    template <class F>
    void children(F&& f) {
        f(query, columns);
    }
};

/// TABLE(f(x)) (+), THE(…), f(x) in FROM, XMLTABLE(…), JSON_TABLE(…) (a Spliced as the call)
struct TableFunction : TableRef {
    static constexpr Kind kKind = Kind::table_function;
    Expr* call = nullptr;  ///< a Call, a Name, a Cast, a Subquery, a Spliced
    bool outer_mark = false;
    bool lateral = false;
    bool with_ordinality = false;
    Text column_definitions;  ///< AS t(a int): PostgreSQL only
    template <class F>
    void children(F&& f) {
        f(call, columns);
    }
};

struct Join : TableRef {
    static constexpr Kind kKind = Kind::join;
    enum class What : std::uint8_t { inner, left, right, full, cross, cross_apply, outer_apply };
    What what = What::inner;
    bool natural = false;
    TableRef* left = nullptr;
    TableRef* right = nullptr;
    Expr* on = nullptr;
    List<Identifier> using_;
    Text partition_by;  ///< of a partitioned outer join, as written: a finding
    template <class F>
    void children(F&& f) {
        f(left, right, on, columns, using_);
    }
};

/// t PIVOT ((sum(a) AS x) FOR c IN (1 AS one)), t UNPIVOT (…); lowered
struct Pivot : TableRef {
    static constexpr Kind kKind = Kind::pivot;
    bool unpivot = false, xml = false, include_nulls = false;
    TableRef* input = nullptr;
    List<Node*> aggregates;  ///< SelectItems; UNPIVOT: SelectItems of Names, the value columns
    List<Expr*> for_columns;
    List<Node*> in_items;  ///< SelectItems: value AS alias (a Tuple where several columns)
    template <class F>
    void children(F&& f) {
        f(input, aggregates, for_columns, in_items, columns);
    }
};

struct SelectItem : Node {
    static constexpr Kind kKind = Kind::select_item;
    Expr* value = nullptr;
    Identifier alias;
    template <class F>
    void children(F&& f) {
        f(value);
    }
};

/// What a query is made of: a Select, a SetOperation, a Values, or a Query in parentheses.
struct QueryBody : Node {};

struct Select : QueryBody {
    static constexpr Kind kKind = Kind::select;
    Text hint;  ///< of /*+ … */, without the marks
    bool distinct = false;
    List<Expr*> distinct_on;  ///< PostgreSQL only
    List<SelectItem*> items;
    List<Expr*> into;  ///< SELECT … INTO of PL/SQL
    bool bulk_collect = false;
    bool strict = false;  ///< INTO STRICT: PostgreSQL only
    List<TableRef*> from;
    Expr* where = nullptr;
    bool hierarchical = false;  ///< has CONNECT BY; lowered
    bool no_cycle = false;
    Expr* start_with = nullptr;
    Expr* connect_by = nullptr;
    List<Expr*> group_by;
    Expr* having = nullptr;
    List<Window*> windows;
    Text model;  ///< MODEL clause as written: a finding
    template <class F>
    void children(F&& f) {
        f(distinct_on, items, into, from, where, start_with, connect_by, group_by, having, windows);
    }
};

struct SetOperation : QueryBody {
    static constexpr Kind kKind = Kind::set_operation;
    enum class What : std::uint8_t {
        union_,
        union_all,
        intersect,
        intersect_all,
        except,
        except_all
    };  // MINUS: except
    What what = What::union_;
    QueryBody* left = nullptr;
    QueryBody* right = nullptr;
    template <class F>
    void children(F&& f) {
        f(left, right);
    }
};

/// VALUES (1, 2), (3, 4)
struct Values : QueryBody {
    static constexpr Kind kKind = Kind::values;
    List<Tuple*> rows;
    template <class F>
    void children(F&& f) {
        f(rows);
    }
};

struct With : Node {
    static constexpr Kind kKind = Kind::with;
    Identifier name;
    List<Identifier> columns;
    Query* query = nullptr;
    Node* routine = nullptr;  ///< WITH FUNCTION …: a Routine; lowered
    Text search_and_cycle;    ///< as written (PostgreSQL 14 has the same)
    template <class F>
    void children(F&& f) {
        f(query, routine, columns);
    }
};

struct Query : QueryBody {
    static constexpr Kind kKind = Kind::query;
    enum class Lock : std::uint8_t { none, wait, no_wait, skip_locked };
    List<With*> with;
    bool recursive = false;
    QueryBody* body = nullptr;
    List<OrderItem*> order;
    bool siblings = false;  ///< ORDER SIBLINGS BY
    Expr* offset = nullptr;
    Expr* fetch = nullptr;  ///< FETCH FIRST n ROWS, LIMIT n
    bool fetch_percent = false, fetch_with_ties = false;
    bool for_update = false;
    Lock lock = Lock::wait;
    Text lock_wait_seconds;  ///< FOR UPDATE WAIT n
    List<Name*> lock_of;
    bool parenthesized = false;
    Text restriction;  ///< of views: READ ONLY, CHECK OPTION, in upper case
    template <class F>
    void children(F&& f) {
        f(with, body, order, offset, fetch, lock_of);
    }
};

}  // namespace landfall::convert
