// What a MariaDB says of its tables, and what a conversion makes of that for PostgreSQL.
//
// Invariants
//   1. A table's columns stand in the order of its rows. A target's column has the name of its source's.
//   2. The conversion is a port: it is given the server's own SHOW CREATE TABLE.
// Threads: one at a time, but Translation.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "engines/dbmove/mariadb/translation.hpp"
#include "engines/dbmove/mysql/row_image.hpp"
#include "engines/dbmove/mysql/server_session.hpp"
#include "engines/dbmove/postgres/catalog.hpp"

namespace landfall::dbmove::mariadb {

/// What definitions became: statements of PostgreSQL, and for which table.
struct Converted {
    struct Part {
        enum class Kind : std::uint8_t { before, table, behind_rows, last, at_end } kind = Kind::before;
        TableName table;  ///< as the source names it
        std::string sql;
    };
    std::vector<Part> parts;  ///< in an order that works
    std::vector<std::string> notes;
};
/// `scripts`: one a database, of CREATE DATABASE, USE and SHOW CREATE TABLE's answers. Names are kept.
using Convert = std::function<Result<Converted>(const std::vector<std::string>& scripts)>;

struct SourceColumn {
    std::string name;
    mysql::ColumnFacts facts;
    DeclaredType type;
    bool generated = false;
    bool automatic = false;                  ///< AUTO_INCREMENT
    std::optional<Translation> translation;  ///< once the target's column is known
};

struct SourceTable {
    TableName name;
    std::string statement;  ///< SHOW CREATE TABLE, without the next AUTO_INCREMENT
    std::string engine;
    std::uint64_t bytes = 0;  ///< of its rows, about
    std::vector<SourceColumn> columns;
    std::vector<std::string> key;  ///< columns of its primary key
    bool in_parts = false;         ///< the key is of the begin of a column
    [[nodiscard]] const SourceColumn* column(std::string_view wanted) const;
    [[nodiscard]] std::string quoted() const;
};

using SourceTables = std::map<TableName, SourceTable>;

struct Definitions {
    SourceTables tables;
    std::vector<TableName> cascades;  ///< tables whose foreign keys change their rows (ON DELETE CASCADE …)
    std::vector<std::string> left_out;
};

/// `database`: empty for all. Errors: as ServerSession.
Result<Definitions> read_definitions(mysql::ServerSession& session, const std::string& database,
                                     const postgres::Selected& selected);
/// SourceTable::statement as it is now.
Result<std::string> statement_of(mysql::ServerSession& session, const SourceTable& table);
/// For Convert.
[[nodiscard]] std::vector<std::string> scripts_of(const SourceTables& tables);
/// As a migration takes it; columns come with adopt(). Errors: precondition where a table became none.
Result<postgres::Catalog> catalog_of(const Definitions& definitions, const Converted& converted);
/// Takes the columns of the target's tables over, and finds each one's translation. Errors: precondition with
/// table and column.
Status adopt(postgres::Catalog& catalog, const postgres::Catalog& target, SourceTables& tables);

}  // namespace landfall::dbmove::mariadb
