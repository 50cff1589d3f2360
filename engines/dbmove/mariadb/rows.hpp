// Rows of a MariaDB as lines of COPY, in one session's view.
//
// Threads: one at a time.
#pragma once

#include "engines/dbmove/mariadb/definitions.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::mariadb {

class MariadbReader final : public postgres::RowReader {
public:
    /// `tables` outlives it.
    MariadbReader(mysql::ServerSession session, const SourceTables& tables)
        : session_{std::move(session)}, tables_{tables} {}

    Status read(const postgres::Table& table, const std::string& range,
                const std::function<Status(postgres::Session::Bytes)>& take) override;
    Status begin_rows(const postgres::Table& table) override;
    Result<std::optional<postgres::Session::Bytes>> next_row() override;
    Result<std::optional<postgres::Values>> row_at(const postgres::Table& table,
                                                   const postgres::Values& key) override;

    /// What is read of it is given up; it must not be used any more.
    [[nodiscard]] mysql::ServerSession take_session();

private:
    using Columns = std::vector<const SourceColumn*>;
    [[nodiscard]] std::string query(const SourceTable& table, const Columns& columns) const;
    Status line_of(const Row& row);

    mysql::ServerSession session_;
    const SourceTables& tables_;
    const SourceTable* table_ = nullptr;  ///< of the rows under way
    Columns columns_;
    Row row_;
    std::string line_, cell_;
};

/// The cell as the target prints it; nullopt: NULL. Errors: precondition with column and value.
Result<std::optional<std::string>> translated(const SourceColumn& column, const Cell& cell);

}  // namespace landfall::dbmove::mariadb
