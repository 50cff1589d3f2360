// The tables of all scripts with their columns and constraints, wherever a statement adds them.
//
// Names: a qualified name means the table of that schema, or the only one that was made without a schema; an
// unqualified name means the one without a schema, or the only one of that name. What may be either is not
// found. Threads: one tree, one thread.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engines/convert/syntax/schema.hpp"

namespace landfall::convert {

using ColumnNames = std::vector<Text>;

struct KnownConstraint {
    Constraint* constraint = nullptr;
    ColumnNames columns;      ///< of keys; an expression has an empty name
    std::size_t made_by = 0;  ///< the statement's place in the scripts
};

struct KnownTable {
    CreateTable* statement = nullptr;
    std::size_t made_by = 0;
    std::map<Text, Column*> columns;
    std::vector<KnownConstraint> constraints;

    /// Columns of the primary key that stands in the end; empty: none.
    [[nodiscard]] ColumnNames primary_key() const;
};

/// True of a constraint that PostgreSQL is to have.
[[nodiscard]] inline bool stands(const Constraint& constraint) {
    return !constraint.disabled && !constraint.dropped;
}
[[nodiscard]] inline bool is_key(const Constraint& constraint) {
    return constraint.what == Constraint::What::primary_key || constraint.what == Constraint::What::unique;
}
[[nodiscard]] Text last_part(const Expr* name);
[[nodiscard]] ColumnNames names_of(const List<KeyColumn*>& columns);

class KnownTables {
public:
    explicit KnownTables(std::span<Statement* const> statements);

    [[nodiscard]] KnownTable* find(const Name* name);
    template <class F>
    void each(F&& f) {
        for (auto& [name, tables] : tables_)
            for (auto& [schema, table] : tables) f(table);
    }

private:
    void add(CreateTable& made, std::size_t place);
    void add_changes(const AlterTable& altered, std::size_t place);
    static void add_column(KnownTable& table, Column& column, std::size_t place);

    std::map<Text, std::map<Text, KnownTable>> tables_;  ///< by name, then by schema (empty: none said)
};

}  // namespace landfall::convert
