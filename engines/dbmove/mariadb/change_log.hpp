// ChangeLog: a MariaDB's binary log as the changes of a migration.
//
// A thread reads the log ahead, in bounded memory; decoding and translation are the caller's, in next().
//
// Invariants
//   1. A position is a log's number (upper 32 bits) and an offset in it (lower 32): they grow, also over a
//      restart of the server. A transaction is known by where it begins.
//   2. What cannot be followed ends the stream with table and statement: changed definitions, rows written as
//      statements, XA transactions and rollbacks with rows, incidents, unknown events.
// Threads: as Source's Changes; the reader is its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/thread_starter.hpp"
#include "engines/dbmove/mariadb/definitions.hpp"
#include "engines/dbmove/mysql/binlog_stream.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::mariadb {

/// "mysql-bin.000003", 328. Errors: precondition for a name without a number, or an offset of 4 GiB.
Result<postgres::Lsn> position_of(std::string_view file, std::uint64_t offset);

class ChangeLog final : public postgres::Changes {
public:
    struct Start {
        std::string gtids;  ///< what has been read; empty: by `file`
        std::string file;
        std::uint64_t offset = 4;
        std::uint32_t server_id = 0;
    };
    /// `catalog` (adopted) and `tables` outlive it; `end` says where a marker is due, once it is known.
    struct Parts {
        ThreadStarter& threads;
        const postgres::Catalog& catalog;
        SourceTables& tables;
    };
    static Result<std::unique_ptr<ChangeLog>> open(const Parts& parts, const mysql::ServerAddress& server,
                                                   const Start& start, postgres::Lsn applied);
    /// For open() alone.
    ChangeLog(const Parts& parts, std::unique_ptr<mysql::BinlogStream> stream, std::string gtids,
              postgres::Lsn applied);
    ~ChangeLog() override;

    Result<Got> next(std::chrono::milliseconds wait, postgres::Message& out) override;
    Status acknowledge(postgres::Lsn) override { return {}; }
    [[nodiscard]] postgres::Lsn sent() const override { return sent_; }
    /// A marker with this content is due behind `end`.
    void mark(postgres::Lsn end, std::string content) { end_ = end, content_ = std::move(content); }

private:
    struct Read {
        std::string bytes;
        postgres::Lsn next;
    };
    struct Followed {
        SourceTable* source = nullptr;
        const postgres::Table* table = nullptr;
        std::uint32_t id = 0;  ///< in messages
        bool described = false;
        std::optional<mysql::TableLayout> layout;
        std::vector<std::size_t> columns;  ///< of the log's row that the target's table has
    };
    void read();
    Status put(const mysql::RawEvent& raw);
    Result<bool> take(std::chrono::milliseconds wait);
    Result<bool> row(postgres::Message& out);
    Status fill(Row& out, const Row& in, const Followed& followed);
    Status event();
    Status begin(const mysql::MariadbGtid& gtid);
    Status statement(const mysql::Query& query);
    Status truncate(const TableName& table);
    Status map(mysql::TableMap map);
    Status rows(const mysql::Rows& rows);
    void tell_begin();
    void commit();
    void describe(Followed& followed);
    [[nodiscard]] std::string mark_text() const;
    [[nodiscard]] bool idle() const { return !within_ && ready_.empty() && !reader_; }

    Parts parts_;
    std::vector<TableName> names_;
    std::map<TableName, Followed> followed_;
    std::unordered_map<std::uint64_t, Followed*> numbers_;  ///< of the statement under way; nullptr: not ours
    mysql::EventDecoder decoder_;
    Read current_;  ///< whose bytes the event borrows
    mysql::Event event_;
    Followed* changed_ = nullptr;  ///< whose rows reader_ reads
    mysql::Rows::Change change_{};
    std::optional<mysql::RowsReader> reader_;
    Row before_, after_;
    std::string cell_;
    std::deque<postgres::Message> ready_;
    std::map<std::uint32_t, mysql::MariadbGtidId> gtids_;  ///< by domain: the last whole transaction of each
    mysql::MariadbGtidId gtid_;
    bool within_ = false, told_ = false, standalone_ = false, xa_ = false;  ///< of the transaction under way
    postgres::Lsn begun_, sent_, applied_;
    std::optional<postgres::Lsn> end_;
    std::string content_;

    std::unique_ptr<mysql::BinlogStream> stream_;
    std::mutex mutex_;
    std::condition_variable came_, went_;
    std::deque<Read> queue_;        ///< under mutex_
    std::size_t queued_bytes_ = 0;  ///< under mutex_
    std::optional<Error> failed_;   ///< under mutex_: what ended the reader
    bool stopped_ = false;          ///< under mutex_
    std::thread thread_;
};

}  // namespace landfall::dbmove::mariadb
