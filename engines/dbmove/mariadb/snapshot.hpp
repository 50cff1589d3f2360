// Sessions of a MariaDB that see one moment, and that moment's place in the log.
#pragma once

#include <mutex>

#include "engines/dbmove/mariadb/definitions.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::mariadb {

class MariadbSnapshot final : public postgres::SourceSnapshot {
public:
    enum class Log : std::uint8_t { none, placed };
    /// Holds commits up for as long as `sessions` begin. `tables` outlives it. Errors: as ServerSession;
    /// precondition: a definition changed since `tables` were read.
    static Result<std::unique_ptr<SourceSnapshot>> take(const mysql::ServerAddress& server, unsigned sessions,
                                                        Log log, const SourceTables& tables);

    [[nodiscard]] postgres::Lsn start() const override { return start_; }
    [[nodiscard]] std::string mark() const override { return gtids_; }
    Result<std::unique_ptr<postgres::RowReader>> reader() override;

    /// For take() alone.
    explicit MariadbSnapshot(const SourceTables& tables) : tables_{tables} {}

private:
    /// Gives its session back when it goes.
    class Lent;

    const SourceTables& tables_;
    postgres::Lsn start_;
    std::string gtids_;
    std::mutex mutex_;
    std::vector<mysql::ServerSession> free_;  ///< under mutex_
};

}  // namespace landfall::dbmove::mariadb
