// Statements that change rows.
#pragma once

#include "engines/convert/syntax/query.hpp"

namespace landfall::convert {

/// RETURNING a, b INTO x, y
struct Returning : Node {
    static constexpr Kind kKind = Kind::returning;
    List<SelectItem*> items;
    List<Expr*> into;
    bool bulk_collect = false;
    bool strict = false;
    template <class F>
    void children(F&& f) {
        f(items, into);
    }
};

struct Insert : Node {
    static constexpr Kind kKind = Kind::insert;
    Text hint;
    List<With*> with;          ///< PostgreSQL only, and MySQL
    TableRef* into = nullptr;  ///< a TableName or DerivedTable
    List<Identifier> columns;
    Query* query = nullptr;  ///< a query, or its body a Values; nullptr: record
    Expr* record = nullptr;  ///< VALUES record
    bool default_values = false;
    bool ignore = false, replace = false;  ///< MySQL
    Text on_conflict;                      ///< PostgreSQL only, as text
    Text log_errors;                       ///< as written: a finding
    Returning* returning = nullptr;
    template <class F>
    void children(F&& f) {
        f(with, into, query, record, returning, columns);
    }
};

/// WHEN condition THEN INTO … INTO …, ELSE INTO …
struct InsertBranch : Node {
    static constexpr Kind kKind = Kind::insert_branch;
    Expr* condition = nullptr;  ///< nullptr: unconditional, or ELSE
    bool otherwise = false;     ///< ELSE
    List<Insert*> inserts;
    template <class F>
    void children(F&& f) {
        f(condition, inserts);
    }
};

/// INSERT ALL / FIRST; lowered
struct MultiInsert : Node {
    static constexpr Kind kKind = Kind::multi_insert;
    bool first = false;
    List<InsertBranch*> branches;
    Query* query = nullptr;
    template <class F>
    void children(F&& f) {
        f(branches, query);
    }
};

/// SET a = 1, (b, c) = (query)
struct SetItem : Node {
    static constexpr Kind kKind = Kind::set_item;
    List<Expr*> targets;  ///< Names, or Fields
    Expr* value = nullptr;
    bool tuple = false;  ///< (a, b) = …
    template <class F>
    void children(F&& f) {
        f(targets, value);
    }
};

struct Update : Node {
    static constexpr Kind kKind = Kind::update;
    Text hint;
    List<With*> with;
    TableRef* table = nullptr;
    List<SetItem*> sets;
    Expr* set_row = nullptr;  ///< SET ROW = record
    List<TableRef*> from;     ///< PostgreSQL only
    Expr* where = nullptr;
    Name* current_of = nullptr;  ///< WHERE CURRENT OF cursor
    Text log_errors;
    Returning* returning = nullptr;
    template <class F>
    void children(F&& f) {
        f(with, table, sets, set_row, from, where, current_of, returning);
    }
};

struct Delete : Node {
    static constexpr Kind kKind = Kind::delete_;
    Text hint;
    List<With*> with;
    TableRef* table = nullptr;
    List<TableRef*> using_;  ///< PostgreSQL only
    Expr* where = nullptr;
    Name* current_of = nullptr;
    Text log_errors;
    Returning* returning = nullptr;
    template <class F>
    void children(F&& f) {
        f(with, table, using_, where, current_of, returning);
    }
};

struct Merge : Node {
    static constexpr Kind kKind = Kind::merge;
    Text hint;
    TableRef* into = nullptr;
    TableRef* source = nullptr;
    Expr* on = nullptr;
    bool updates = false;
    List<SetItem*> sets;
    Expr* update_where = nullptr;
    Expr* delete_where = nullptr;  ///< sees the updated row; lowered
    bool inserts = false;
    List<Identifier> columns;
    List<Expr*> values;
    Expr* insert_where = nullptr;
    bool deletes = false;  ///< WHEN MATCHED AND delete_where THEN DELETE first: PostgreSQL only
    Text log_errors;
    template <class F>
    void children(F&& f) {
        f(into, source, on, sets, update_where, delete_where, values, insert_where, columns);
    }
};

}  // namespace landfall::convert
