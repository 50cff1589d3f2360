// Applier: the source's transactions, in the source's order, on the target; each once.
//
// Several of the source's transactions become one of the target's, which writes the position in the ledger: a
// crash loses all of it or nothing. Statements go through libpq's pipeline: no round trip a row.
//
// Invariants
//   1. An update or a delete finds its one row, an insert its place: anything else is an error that names
//      table and key, and nothing of that transaction stays.
//   2. Triggers, foreign keys and rules of the target do not act (session_replication_role): they acted at
//      the source.
//   3. An unchanged value that the log does not carry is left as it is.
// Threads: one at a time.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include "engines/dbmove/postgres/ledger.hpp"
#include "engines/dbmove/postgres/pgoutput.hpp"

namespace landfall::dbmove::postgres {

/// Changes in one transaction of the target: enough to make its commits cheap, little enough to undo.
inline constexpr std::size_t kChangesOfCommit = 5000;

struct AppliedCounts {
    std::uint64_t transactions = 0, inserts = 0, updates = 0, deletes = 0, truncates = 0;
};

class Applier {
public:
    /// `catalog` and `standing` are what the migration began with; both outlive it.
    static Result<Applier> open(const Address& target, std::string migration, const Catalog& catalog,
                                const Standing& standing);

    /// One message of the stream. What it changes is durable after flush() has answered.
    Status take(const Message& message);
    /// Ends the target's transaction, if one is open and the source's is whole. Answers the position that is
    /// durable now.
    Result<Lsn> flush();
    /// Changes since the last flush: when to flush is the caller's.
    [[nodiscard]] std::size_t pending() const { return pending_; }
    /// The source's transaction is whole: flush() may end ours.
    [[nodiscard]] bool at_boundary() const { return !within_; }
    [[nodiscard]] Lsn durable() const { return durable_; }
    [[nodiscard]] const AppliedCounts& counts() const { return counts_; }
    /// Of each table that changed; transactions are not counted.
    [[nodiscard]] const std::map<TableName, AppliedCounts>& counts_of_tables() const { return each_; }
    /// Nothing is pending, and the source has no changes for us up to here: remembered, so that its log need
    /// not be kept.
    Status advance(Lsn position);

private:
    struct Known {
        Relation relation;
        const Table* table = nullptr;     ///< nullptr: not of this migration
        Lsn start;                        ///< changes committed before are in its rows
        std::vector<std::size_t> key;     ///< columns of its primary key, in the relation
        AppliedCounts* counts = nullptr;  ///< with a table
    };
    /// What a statement's answer must say.
    struct Expected {
        const Known* known = nullptr;
        MessageKind kind = MessageKind::ignored;
        std::string key;  ///< for errors
    };
    Applier(Session session, std::string migration, const Catalog& catalog, const Standing& standing);

    Status learn(const Relation& relation);
    Status change(const Message& message);
    Status insert(const Known& known, const Row& after);
    Status update(const Known& known, const Message& message);
    Status remove(const Known& known, const Message& message);
    Status truncate(const Message& message);
    struct Condition;
    Result<Condition> condition(const Known& known, const Message& message,
                                std::size_t first_parameter) const;
    Status send(const std::string& sql, const std::vector<Cell>& values, Expected expected);
    Status send_plain(const std::string& sql);
    Status open_transaction();
    Status receive(std::size_t leave);
    Status receive_sync();
    Status check(const Answer& answer, const Expected& expected);

    Session session_;
    std::string migration_;
    const Catalog& catalog_;
    const Standing& standing_;
    std::map<std::uint32_t, Known> relations_;
    std::unordered_map<std::string, std::string> prepared_;  ///< statement → its name
    std::deque<Expected> expected_;
    bool open_ = false;     ///< a transaction of the target
    bool within_ = false;   ///< a transaction of the source
    bool skipped_ = false;  ///< that one is in the target already
    Lsn commit_;            ///< of the source's transaction
    Lsn received_;          ///< end of its last whole transaction
    std::string mark_;      ///< of that one
    Lsn durable_;
    std::size_t pending_ = 0;
    AppliedCounts counts_;
    std::map<TableName, AppliedCounts> each_;
};

}  // namespace landfall::dbmove::postgres
