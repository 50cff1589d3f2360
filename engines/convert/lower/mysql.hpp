// Lowering of MySQL's and MariaDB's statements: what they become in PostgreSQL.
//
// Invariants
//   1. relate_mysql runs once over all statements of a conversion, before any is lowered: it folds ALTER
//      TABLE, CREATE INDEX, DROP INDEX and RENAME into the tables that the scripts make, qualifies names by
//      USE, gives indexes and types names that are unique in their schema, and looks whether foreign keys
//      have a key to refer to.
//   2. lower_mysql makes of one statement those of PostgreSQL; what is folded makes none. No silent loss:
//      what is dropped or differs in meaning has a finding.
//   3. A table's result depends on nothing but the table where index names are qualified by their table
//      (MysqlSettings::IndexNames::table), but for foreign keys to automatic numbers.
// Threads: one tree, one thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// What a column holds, by its type of MySQL.
enum class MysqlFamily : std::uint8_t {
    integer,
    boolean,
    decimal,
    real,
    text,
    bytes,
    bits,
    date,
    timestamp,
    time,
    json,
    labels,
    other
};
struct MysqlColumn {
    Text name;
    MysqlFamily family = MysqlFamily::other;
    std::size_t width = 1;  ///< of bits
};
using MysqlColumns = std::vector<MysqlColumn>;

/// What the statements of a conversion know of each other.
class MysqlSchema {
public:
    /// The definitions that stand in their tables now: they make nothing of their own.
    std::set<const Statement*> folded;
    /// Foreign keys that refer to columns without a unique key.
    std::set<const Constraint*> without_key;
    /// Names of the types of ENUM columns.
    std::map<const Column*, Text> enum_types;
    std::map<std::string, CreateTable*> tables;  ///< by whole name
    /// Columns of all tables by name; nullptr where two of a name have different types.
    std::map<Text, const Column*> columns;

    std::map<const CreateTable*, MysqlColumns> families;
    std::set<const CreateTable*> with_rows;  ///< that the scripts insert into

    [[nodiscard]] CreateTable* find(const Name* name) const;
    /// The source's type of the only column, or the only kind of column, of that name; empty: not known.
    [[nodiscard]] Text type_of(const Expr* expression) const;
};

struct MysqlStatement {
    Statement* statement = nullptr;
    const Script* script = nullptr;
    std::size_t index = 0;  ///< in its script
};

/// `tell` gets the number of the statement and the finding.
[[nodiscard]] MysqlSchema relate_mysql(std::span<const MysqlStatement> statements, Tree& tree,
                                       const MysqlSettings& settings,
                                       const std::function<void(std::size_t, Finding)>& tell);

/// Everything that the statement becomes, as lower().
[[nodiscard]] std::vector<Statement*> lower_mysql(Statement* statement, LowerContext& context,
                                                  const MysqlSchema& schema);

}  // namespace landfall::convert
