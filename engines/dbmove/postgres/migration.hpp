// Migration: a database into PostgreSQL: definitions, rows, changes, cutover.
//
// Invariants
//   1. Position first, then snapshot: that is loaded and the changes since follow, without a gap or an
//      overlap.
//   2. run() may be ended at any moment, also by kill -9: the next run of the same name goes on from the
//      ledger, or says why it cannot. A table whose rows were not all there is loaded anew from a snapshot of
//      its own; its changes start at that one.
//   3. Nothing is guessed: a log that has lost changes, another source, tables that the log cannot identify
//      rows of, are errors.
// Threads: run() one, which starts its workers; progress() any.
#pragma once

#include <atomic>
#include <mutex>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "engines/dbmove/postgres/applier.hpp"
#include "engines/dbmove/postgres/loader.hpp"
#include "engines/dbmove/postgres/validation.hpp"

namespace landfall::dbmove::postgres {

class Migration {
public:
    struct Parts {
        ThreadStarter& threads;
        Clock& clock;
        std::function<void(const Progress&)> tell;  ///< about once a second, on run()'s thread
    };
    Migration(Parts parts, Plan plan, std::unique_ptr<Source> source)
        : parts_{std::move(parts)}, plan_{std::move(plan)}, source_{std::move(source)} {}

    /// Until it is cut over (or loaded, where changes are not followed), or `stop` is set (cancelled; a later
    /// run goes on).
    Result<Report> run(const std::atomic<bool>& stop);
    /// Instead: nothing of a migration of this name is left at the source or in the ledger. What was loaded
    /// stays. No run of that name may be under way.
    Status forget();

private:
    using Snapshot = std::unique_ptr<SourceSnapshot>;
    Status connect();
    Status compare_definitions(Standing& standing, Catalog& there);
    Status relax(const Table& source, const Table& target);
    /// Answers the snapshot of a migration that begins; nullptr where one goes on.
    Result<Snapshot> take_up();
    Result<Snapshot> begin_anew();
    Status go_on(Standing& standing);
    Status make_definitions(const SourceSnapshot& snapshot);
    Status make_room(Catalog& missing);
    Status make_types();
    Status empty(const Table& table);
    Status begin_reload(Standing& standing);
    Status clear_unfinished();
    Status start_over(const SourceSnapshot& snapshot);
    Status load(Snapshot& snapshot, const std::atomic<bool>& stop);
    Status load_once(Snapshot& snapshot, const std::atomic<bool>& stop);
    Status check_snapshot(Snapshot& snapshot, const std::atomic<bool>& stop);
    Status compare_with(Snapshot& snapshot, const std::atomic<bool>& stop);
    Status follow(const std::atomic<bool>& stop);
    Status follow_changes(const std::atomic<bool>& stop);
    Status follow_with(Applier& applier, const std::atomic<bool>& stop);
    Result<std::vector<std::string>> follow_definition(const Relation& relation);
    Status make_anew(Table& table, const Catalog& now);
    Result<std::vector<std::string>> new_sequences(const Table& table, const Catalog& now);
    Status suspend(const TableName& table, const std::string& why);
    Status suspend_failed();
    [[nodiscard]] Status nothing_suspended() const;
    Status note_changed();
    Status make_all_anew();
    Status load_anew(const std::atomic<bool>& stop);
    void compare_from_the_start();
    [[nodiscard]] std::vector<const Table*> tables_with_rows() const;
    Status step(Changes& changes, Applier& applier, Lsn wanted);
    Status connect_tables();
    Status cut_over(Changes& changes, Applier& applier, const std::atomic<bool>& stop);
    Status take_over(Changes& changes, Applier& applier, const std::atomic<bool>& stop);
    Result<bool> may_trust(Lsn applied);
    Result<bool> is_compared_anew(const Error& error);
    Status pass_judgement();
    Status finish_target();
    void tell(const std::string& doing);
    void tell_tables(const Loader& loader);
    void tell_tables(const Applier& applier);
    [[nodiscard]] Ledger ledger() { return {*target_, plan_.name, standing_.epoch}; }

    Parts parts_;
    Plan plan_;
    std::unique_ptr<Source> source_;
    std::optional<Session> target_;
    Catalog catalog_;
    Standing standing_;
    Report report_;
    std::vector<const Table*> loaded_;  ///< by this run
    std::optional<Validation> validation_;
    TouchedKeys touched_;
    std::optional<Lsn> looked_at_;  ///< the source's end when suspects were last looked at
    unsigned looks_ = 0;
    std::map<TableName, std::string> anew_;    ///< tables whose rows are needed again, and why
    std::optional<TableName> trouble_;         ///< what the last applier failed at
    std::map<TableName, std::string> failed_;  ///< tables that could not be loaded, and why
    std::optional<Moment> frozen_;             ///< the source, by this run
    Counted counted_;                          ///< by appliers of this run before the present one
    Moment told_{};
};

}  // namespace landfall::dbmove::postgres
