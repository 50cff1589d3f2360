// Applier: the source's transactions, in the source's order, on the target; each once.
//
// Several of the source's transactions become one of the target's, which writes the position in the ledger: a
// crash loses all of it or nothing. Statements go through libpq's pipeline: no round trip a row. In batches,
// what many changes leave of each row is written once, by COPY and one statement a table (NetChanges).
//
// Invariants
//   1. An update or a delete finds its one row, an insert its place: anything else is an error that names
//      table and key, and nothing of that transaction stays.
//   2. Triggers, foreign keys and rules of the target do not act (session_replication_role): they acted at
//      the source. Unless Catalog::keys_act: then they do, and the tables have no triggers yet.
//   3. An unchanged value that the log does not carry is left as it is.
//   4. The target's transactions end where one of the source's ends, also in batches: readers see moments
//      that the source had. A transaction larger than a batch is written piece by piece within one of the
//      target.
// Threads: one at a time.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_set>

#include "engines/dbmove/postgres/change_statements.hpp"
#include "engines/dbmove/postgres/ledger.hpp"
#include "engines/dbmove/postgres/net_changes.hpp"
#include "engines/dbmove/postgres/pgoutput.hpp"

namespace landfall::dbmove::postgres {

/// Changes in one transaction of the target: enough to make its commits cheap, little enough to undo.
inline constexpr std::size_t kChangesOfCommit = 5000;

/// How changes are applied: each by itself, or what is left of many of them.
enum class Apply : std::uint8_t { transactional, batch };

struct AppliedCounts {
    std::uint64_t transactions = 0, inserts = 0, updates = 0, deletes = 0, truncates = 0;
    std::uint64_t definitions = 0;  ///< that changed
};

/// Others may go on without the table; not where a server is away, full or taken over.
[[nodiscard]] bool is_of_one_table(const Error& error);

/// What was applied by one that ended, and up to where: what comes again is not counted twice.
struct Counted {
    AppliedCounts all;
    std::map<TableName, AppliedCounts> each;
    Lsn until;
};

/// A table may be another one from here on: what makes the target's so, within the transaction that is
/// applied; nothing where it is the same. The catalog tells the new definition from then on.
using FollowDefinition = std::function<Result<std::vector<std::string>>(const Relation&)>;

class Applier {
public:
    /// `catalog` and `standing` are what the migration began with; both outlive it.
    static Result<Applier> open(const Address& target, std::string migration, const Catalog& catalog,
                                const Standing& standing, Apply how, FollowDefinition follow_definition);

    /// One message of the stream. What it changes is durable after flush() has answered.
    Status take(const Message& message);
    /// Ends the target's transaction, if one is open and the source's is whole. Answers the position that is
    /// durable now.
    Result<Lsn> flush();
    /// The same, but most of the time without waiting for the target's disk: what it ends is durable with a
    /// later one. Not before that is durable() behind it.
    Status commit();
    /// Changes since the last flush: when to flush is the caller's.
    [[nodiscard]] std::size_t pending() const { return pending_; }
    /// Enough is pending, or for long enough: flush() should come, though more may follow at once.
    [[nodiscard]] bool full() const;
    /// How long more changes are worth waiting for before a flush().
    [[nodiscard]] std::chrono::milliseconds patience() const;
    /// The source's transaction is whole: flush() may end ours.
    [[nodiscard]] bool at_boundary() const { return !within_; }
    [[nodiscard]] Lsn durable() const { return durable_; }
    [[nodiscard]] const AppliedCounts& counts() const { return counts_; }
    /// Once something has failed: the table that it was about, if it was about one.
    [[nodiscard]] const std::optional<TableName>& trouble() const { return trouble_; }
    /// Before anything is taken: goes on from what another one counted.
    void count_on(Counted counted);
    [[nodiscard]] Counted counted() const { return {counts_, each_, commit_}; }
    /// Of each table that changed; transactions are not counted.
    [[nodiscard]] const std::map<TableName, AppliedCounts>& counts_of_tables() const { return each_; }
    /// Nothing is pending, and the source has no changes for us up to here: remembered, so that its log need
    /// not be kept.
    Status advance(Lsn position);

private:
    struct Known {
        Relation relation;
        const Table* table = nullptr;       ///< nullptr: not of this migration
        Lsn start;                          ///< changes committed before are in its rows
        std::vector<std::size_t> key;       ///< columns of its primary key, in the relation
        AppliedCounts* counts = nullptr;    ///< with a table
        std::vector<std::size_t> identity;  ///< columns that tell its rows apart; empty: only whole rows do
        bool other_keys = false;            ///< the target keeps more than one key of it unique
        bool suspended = false;             ///< left as it is
        bool changed = false;               ///< perhaps: the catalog may have another definition of it
        std::unique_ptr<ChangeStatements> statements;  ///< with a table
        std::optional<NetChanges> net;                 ///< in batches: what is not written yet
    };
    /// What a statement's answer must say.
    struct Expected {
        const Known* known = nullptr;
        MessageKind kind = MessageKind::ignored;
        std::string key;  ///< as ChangeStatements keeps it, for errors
    };
    Applier(Session session, std::string migration, const Catalog& catalog, const Standing& standing,
            Apply how, FollowDefinition follow_definition);

    Status learn(const Relation& relation);
    [[nodiscard]] const Table* table_of(const Relation& relation) const;
    Status follow(Known& known);
    Status change(const Message& message);
    Status apply(const Known& known, const Message& message);
    [[nodiscard]] static bool is_always_made(const Table& table, std::string_view column);
    NetChanges::Folded fold(Known& known, const Message& message);
    Status merge_all();
    /// Statements that drop what was staged of a table.
    [[nodiscard]] static std::vector<std::string> forget_staged(const Relation& relation);
    Status merge(Known& known);
    Status merge_staged(const Known& known);
    Status merge_singly(const Known& known, NetChanges::Kind kind);
    enum class Staged : std::uint8_t { keys, rows };
    Result<std::size_t> stage(const Known& known, NetChanges::Kind kind, Staged what);
    Status delete_staged(const Known& known, NetChanges::Kind kind);
    Status update_staged(const Known& known);
    Status copy_inserted(const Known& known, NetChanges::Kind kind);
    struct Merging {
        std::string statement, staged;
    };
    Status check_all(const Known& known, std::string_view doing, std::size_t rows, const Merging& merging);
    Status leave_pipeline();
    Status enter_pipeline();
    Status truncate(const Message& message);
    Status prepare(const ChangeStatement& statement, const Known& known);
    Status send(const ChangeStatement& statement, const Message& message, Expected expected);
    Status send_plain(const std::string& sql);
    Status open_transaction();
    enum class Commit : std::uint8_t { quick, durable };
    Status end_transaction(Commit how);
    Status receive(std::size_t leave);
    Status receive_sync();
    Error refused(const Known& known, Errc code, std::string what);
    Status check(const Answer& answer, const Expected& expected);

    Session session_;
    std::string migration_;
    Apply how_;
    FollowDefinition follow_definition_;
    std::set<TableName> other_keys_;  ///< tables of which the target keeps more than one key unique
    const Catalog& catalog_;
    const Standing& standing_;
    std::map<std::uint32_t, Known> relations_;
    std::unordered_set<std::uint64_t> prepared_;  ///< statements that the server knows, by their numbers
    std::uint64_t last_statement_ = 0;
    std::string texts_;  ///< parameters of the statement at hand
    std::vector<const char*> places_;
    std::deque<Expected> expected_;
    bool open_ = false;     ///< a transaction of the target
    bool within_ = false;   ///< a transaction of the source
    bool skipped_ = false;  ///< that one is in the target already
    Lsn commit_;            ///< of the source's transaction
    Lsn received_;          ///< end of its last whole transaction
    std::string mark_;      ///< of that one
    Lsn committed_;         ///< the target has it, though perhaps not on its disk
    Lsn durable_;
    std::chrono::steady_clock::time_point durable_at_;
    std::chrono::steady_clock::duration took_{};  ///< the last transaction's end
    std::size_t pending_ = 0;
    std::size_t weight_ = 0;  ///< of the net changes of all tables
    std::chrono::steady_clock::time_point first_pending_;
    AppliedCounts counts_;
    std::map<TableName, AppliedCounts> each_;
    std::optional<TableName> trouble_;
    Lsn counted_until_;
    bool counts_now_ = true;  ///< this transaction
};

}  // namespace landfall::dbmove::postgres
