// Statements that a binary log carries as text: what one of them means to a migration.
//
// Invariants
//   1. A statement that may change a chosen table in a way that rows do not tell is never passed over.
// Threads: any. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/dbmove/table.hpp"

namespace landfall::dbmove::mariadb {

struct LogStatement {
    enum class Kind : std::uint8_t {
        passed,    ///< nothing to us
        commit,    ///< the transaction's end
        rollback,  ///< of a transaction, or to a savepoint, whose rows are in the log all the same
        truncate,  ///< of `tables`
        defines,   ///< changes what `tables` are
        changes    ///< rows of `tables`, by a statement (binlog_format is not ROW)
    };
    Kind kind = Kind::passed;
    std::vector<TableName> tables;  ///< chosen ones that it names
};

/// `text` in UTF-8; `schema` is the default database. `chosen` answers whether a table is of the migration;
/// names are compared as they are and in lower case. `ansi_quotes`: "a" is a name.
struct StatementContext {
    std::string_view schema;
    const std::vector<TableName>& chosen;
    bool ansi_quotes = false;
};
[[nodiscard]] LogStatement read_statement(std::string_view text, const StatementContext& context);

}  // namespace landfall::dbmove::mariadb
