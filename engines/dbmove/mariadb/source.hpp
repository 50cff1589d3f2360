// MariaDB as a source (10.5 and later): its tables become PostgreSQL's by the schema conversion, rows come by
// SELECT from one snapshot, changes from the binary log.
//
// Invariants
//   1. The sessions of a snapshot see one moment, and its place in the log is that moment's: they begin while
//      commits are held up (BACKUP STAGE BLOCK_COMMIT).
//   2. What foreign keys do to rows of other tables (ON DELETE CASCADE …) is in no log of MariaDB: while
//      changes are followed the target's own keys do it.
//   3. A run goes on behind the transactions that the target has, by their GTIDs: a log that lacks one of
//      them is refused by the server.
// Threads: as Source.
#pragma once

#include "engines/dbmove/mariadb/change_log.hpp"
#include "engines/dbmove/mariadb/definitions.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::mariadb {

class MariadbSource final : public postgres::Source {
public:
    MariadbSource(ThreadStarter& threads, mysql::DatabaseAddress address, Convert convert)
        : threads_{threads}, address_{std::move(address)}, convert_{std::move(convert)} {}

    Status connect(const postgres::Plan& plan) override;
    [[nodiscard]] const postgres::Identification& identification() const override { return identification_; }
    [[nodiscard]] std::string place() const override { return session_->place(); }
    Result<postgres::Catalog> definitions() override;
    Status adopt(postgres::Catalog& catalog, const postgres::Catalog& target) override;
    Status assess(const postgres::Catalog& catalog) override;
    Status may_go_on(const postgres::Standing& standing) override;
    Result<std::unique_ptr<postgres::SourceSnapshot>> begin(const postgres::Catalog& catalog) override;
    Result<std::unique_ptr<postgres::SourceSnapshot>> snapshot_again() override;
    Result<std::vector<std::string>> ranges(const postgres::Table& table) override;
    Result<std::unique_ptr<postgres::RowReader>> reader() override;
    Result<std::unique_ptr<postgres::Changes>> changes(const postgres::Catalog& catalog,
                                                       const postgres::Standing& standing) override;
    Result<postgres::Lsn> end() override;
    Result<std::uint64_t> bytes_behind(postgres::Lsn applied) override;
    [[nodiscard]] bool one_moment() const override { return followed_ && !definitions_.cascades.empty(); }
    Status freeze() override;
    [[nodiscard]] std::string how_to_thaw() const override { return "SET GLOBAL read_only = OFF"; }
    Status mark_end(const std::string& content) override;
    Result<std::vector<std::string>> counters(const postgres::Catalog& catalog) override;
    std::vector<std::string> notes() override;
    Status clear() override { return {}; }

private:
    Status may(const std::vector<std::string>& any_of, const std::string& what_for);
    Status check_log();
    Status end_other_sessions();
    Result<std::string> setting(const std::string& name);

    ThreadStarter& threads_;
    mysql::DatabaseAddress address_;
    Convert convert_;
    std::string migration_;
    postgres::Selected selected_;
    bool followed_ = false;
    unsigned workers_ = 1;
    std::optional<mysql::ServerSession> session_;
    postgres::Identification identification_;
    Definitions definitions_;
    ChangeLog* log_ = nullptr;  ///< what changes() gave
};

}  // namespace landfall::dbmove::mariadb
