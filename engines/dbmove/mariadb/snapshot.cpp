#include "engines/dbmove/mariadb/snapshot.hpp"

#include "engines/dbmove/mariadb/change_log.hpp"
#include "engines/dbmove/mariadb/rows.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using mysql::ServerSession;

/// Ends it however its owner ends.
class HeldCommits {
public:
    static Result<std::unique_ptr<HeldCommits>> hold(ServerSession& session) {
        TRY(session.run("BACKUP STAGE START"));
        auto held = std::make_unique<HeldCommits>(session);
        TRY(session.run("BACKUP STAGE BLOCK_COMMIT"));
        return held;
    }
    explicit HeldCommits(ServerSession& session) : session_{session} {}
    HeldCommits(const HeldCommits&) = delete;
    HeldCommits& operator=(const HeldCommits&) = delete;
    ~HeldCommits() { (void)session_.run("BACKUP STAGE END"); }

private:
    ServerSession& session_;
};

Status begin(ServerSession& session) {
    TRY(session.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    return session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
}

}  // namespace

/// A reader whose session is the snapshot's: it goes back to it.
class MariadbSnapshot::Lent final : public postgres::RowReader {
public:
    Lent(MariadbSnapshot& owner, ServerSession session)
        : owner_{owner}, reader_{std::move(session), owner.tables_} {}
    ~Lent() override {
        const std::lock_guard lock{owner_.mutex_};
        owner_.free_.push_back(reader_.take_session());
    }
    Status read(const postgres::Table& table, const std::string& range,
                const std::function<Status(postgres::Session::Bytes)>& take) override {
        return reader_.read(table, range, take);
    }
    Status begin_rows(const postgres::Table& table) override { return reader_.begin_rows(table); }
    Result<std::optional<postgres::Session::Bytes>> next_row() override { return reader_.next_row(); }
    Result<std::optional<postgres::Values>> row_at(const postgres::Table& table,
                                                   const postgres::Values& key) override {
        return reader_.row_at(table, key);
    }

private:
    MariadbSnapshot& owner_;
    MariadbReader reader_;
};

Result<std::unique_ptr<postgres::SourceSnapshot>> MariadbSnapshot::take(const mysql::ServerAddress& server,
                                                                        unsigned sessions, Log log,
                                                                        const SourceTables& tables) {
    auto made = std::make_unique<MariadbSnapshot>(tables);
    for (unsigned i = 0; i < sessions; ++i) made->free_.push_back(TRY(ServerSession::open(server)));
    ServerSession holder = TRY(ServerSession::open(server));
    {
        const std::unique_ptr<HeldCommits> held = TRY(HeldCommits::hold(holder));
        for (ServerSession& session : made->free_) TRY(begin(session));
        if (log == Log::placed) {
            const auto place = TRY(holder.ask("SHOW MASTER STATUS"));
            if (place.empty()) return Error{Errc::precondition, "the server writes no binary log"};
            std::uint64_t offset = std::strtoull(place[0][1].value_or("").c_str(), nullptr, 10);
            made->start_ = TRY(position_of(place[0][0].value_or(""), offset));
            made->gtids_ = TRY(holder.ask("SELECT @@global.gtid_binlog_pos")).at(0).at(0).value_or("");
        }
    }
    for (const auto& [name, table] : tables)
        if (TRY(statement_of(holder, table)) != table.statement)
            return Error{Errc::precondition, "the definition of " + name.shown() +
                                                 " changed while the migration began: begin again"};
    return std::unique_ptr<postgres::SourceSnapshot>{std::move(made)};
}

Result<std::unique_ptr<postgres::RowReader>> MariadbSnapshot::reader() {
    const std::lock_guard lock{mutex_};
    if (free_.empty()) return Error{Errc::exhausted, "the snapshot has no session left"};
    ServerSession session = std::move(free_.back());
    free_.pop_back();
    return std::unique_ptr<postgres::RowReader>{std::make_unique<Lent>(*this, std::move(session))};
}

}  // namespace landfall::dbmove::mariadb
