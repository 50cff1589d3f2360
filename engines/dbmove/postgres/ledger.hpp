// Ledger: how far a migration is, kept in the target itself (schema "landfall").
//
// Invariants
//   1. `applied` is written in the transaction that applies: after a crash the target holds exactly the
//      changes up to it.
//   2. A table is `loaded` from the commit that its last row came with; its rows are those of `start`.
//      Changes that were committed at the source before `start` are in it and are not applied to it.
//   3. A run that was killed may leave commands with the server. Each run has an epoch, and what one of an
//      earlier epoch writes fails, with the transaction that it is part of.
//   4. `applied` is never behind what the source was told: a slot that is ahead of it is another one, or lost
//      changes.
// Threads: one at a time.
#pragma once

#include <map>
#include <optional>

#include "engines/dbmove/postgres/catalog.hpp"
#include "engines/dbmove/postgres/lsn.hpp"
#include "engines/dbmove/postgres/session.hpp"

namespace landfall::dbmove::postgres {

/// Which database the source is: its cluster and its name.
struct Identification {
    std::string system;  ///< system identifier
    std::string database;
    std::string oid;  ///< of the database: another one of the same name is not the source
    bool operator==(const Identification&) const = default;
};

enum class Phase : std::uint8_t { loading, following, finished };

struct TableState {
    bool loaded = false;     ///< its rows are there
    bool completed = false;  ///< its keys and indexes as well
    Lsn start;
    std::uint64_t rows = 0;
    std::string suspended;  ///< why; empty: it is not
    std::string digest;     ///< of its definition at the source, where that is no PostgreSQL
};

struct Standing {
    Identification source;
    Phase phase = Phase::loading;
    std::uint64_t epoch = 1;
    bool connected = false;  ///< foreign keys and all else that comes last are made
    Lsn applied;
    std::string mark;  ///< what the source knows `applied` by, beyond its place (Source)
    std::map<TableName, TableState> tables;
};

class Ledger {
public:
    /// `name` is the migration's; `session` stays with the caller.
    Ledger(Session& session, std::string name, std::uint64_t epoch)
        : session_{session}, name_{std::move(name)}, epoch_{epoch} {}

    /// Makes its tables where they are missing.
    static Status prepare(Session& session);
    /// Within a transaction: until it ends no other run of this name begins. A run that was killed a moment
    /// ago ends first.
    static Status lock(Session& session, const std::string& name);
    /// From here on whoever wrote before cannot any more. nullopt: no migration of this name has begun.
    static Result<std::optional<Standing>> take_over(Session& session, const std::string& name);

    struct Begun {
        const Identification& source;
        Lsn start;
        std::string mark;
    };
    /// Within a transaction. The first epoch is 1.
    static Status begin(Session& session, const std::string& name, const Begun& begun,
                        const Catalog& catalog);
    Result<Standing> read();
    Status move_to(Phase phase);
    Status loaded(const TableName& table, Lsn start, std::uint64_t rows);
    /// Within a transaction.
    Status completed(const TableName& table);
    /// Of tables as the source had them when the target's became so: names with their numbers (Column).
    using Numbers = std::map<std::string, int>;
    Result<std::map<TableName, Numbers>> columns();
    /// For the transaction that makes the target's table so.
    [[nodiscard]] std::string columns_statement(const Table& table) const;
    Status suspend(const TableName& table, const std::string& why);
    /// Its rows are to be loaded anew; it is suspended no more.
    Status reload(const TableName& table);
    /// Within the transaction that empties it and makes it anew: its rows are loaded again, and keys and
    /// indexes that are missing made.
    Status forget_rows(const TableName& table);
    /// Within the transaction that empties all tables: none is loaded, and changes begin at `start`.
    Status start_over(Lsn start, const std::string& mark);
    /// Within the transaction that makes what comes last.
    Status connected();
    /// For the transaction that applies. An empty mark leaves the one that is there.
    [[nodiscard]] std::string applied_statement(Lsn applied, const std::string& mark) const;
    /// Another run has taken over: what the session was refused.
    [[nodiscard]] static bool is_fenced(const Refusal& refusal);

private:
    /// Of the table's row.
    [[nodiscard]] std::string change(const TableName& table, const std::string& what) const;
    [[nodiscard]] std::string guarded(const std::string& change) const;
    Status write(const std::string& sql);

    Session& session_;
    std::string name_;
    std::uint64_t epoch_;
};

}  // namespace landfall::dbmove::postgres
