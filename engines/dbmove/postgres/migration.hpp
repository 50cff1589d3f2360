// Migration: one PostgreSQL database to another: definitions, rows, changes, cutover.
//
// Invariants
//   1. Position first, then snapshot: a slot's snapshot is loaded and its changes follow, without a gap or an
//      overlap.
//   2. run() may be ended at any moment, also by kill -9: the next run of the same name goes on from the
//      ledger, or says why it cannot. A table whose rows were not all there is loaded anew from a snapshot of
//      its own; its changes start at that one.
//   3. Nothing is guessed: a slot that is gone or moved, another source, tables that the log cannot identify
//      rows of, are errors.
// Threads: run() one, which starts its workers; progress() any.
#pragma once

#include <atomic>
#include <mutex>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "engines/dbmove/postgres/applier.hpp"
#include "engines/dbmove/postgres/change_stream.hpp"
#include "engines/dbmove/postgres/loader.hpp"
#include "engines/dbmove/postgres/snapshot.hpp"
#include "engines/dbmove/postgres/validation.hpp"

namespace landfall::dbmove::postgres {

struct Plan {
    std::string name;  ///< letters, digits, underscores; names its slot and its ledger
    Address source, target;
    Selected selected;
    enum class Changes : std::uint8_t { none, followed } changes = Changes::none;
    enum class Cutover : std::uint8_t { none, when_caught_up } cutover = Cutover::none;
    enum class Check : std::uint8_t { none, rows } check = Check::rows;
    unsigned workers = 4;
};

struct Progress {
    std::string doing;  ///< "loads", "follows" …
    std::size_t tables = 0, tables_done = 0;
    std::uint64_t rows = 0, bytes = 0;
    std::uint64_t compared = 0;  ///< rows
    AppliedCounts applied;
    std::uint64_t lag_bytes = 0;  ///< of the source's log that is not applied
};

struct Report {
    bool cut_over = false;
    double downtime_s = 0;  ///< from read-only at the source to ready at the target
    std::vector<std::string> left_out;
    Progress progress;
};

class Migration {
public:
    struct Parts {
        ThreadStarter& threads;
        Clock& clock;
        std::function<void(const Progress&)> tell;  ///< about once a second, on run()'s thread
    };
    Migration(Parts parts, Plan plan) : parts_{std::move(parts)}, plan_{std::move(plan)} {}

    /// Until it is cut over (or loaded, where changes are not followed), or `stop` is set (cancelled; a later
    /// run goes on).
    Result<Report> run(const std::atomic<bool>& stop);

private:
    Status connect();
    Status assess(const Catalog& catalog);
    Status may_cut_over();
    Status check_source(const Standing& standing);
    Status compare_definitions(const Standing& standing);
    /// Answers the snapshot of a migration that begins; none where one goes on.
    Result<std::optional<Snapshot>> take_up();
    Result<Snapshot> begin_anew();
    Result<Snapshot> take_snapshot();
    Status make_definitions(Lsn start);
    Status clear_unfinished();
    Status load(std::optional<Snapshot>& snapshot, const std::atomic<bool>& stop);
    Status check_snapshot(std::optional<Snapshot>& snapshot, const std::atomic<bool>& stop);
    Status follow(const std::atomic<bool>& stop);
    [[nodiscard]] std::vector<const Table*> tables_with_rows() const;
    Status step(ChangeStream& stream, Applier& applier, Lsn wanted);
    Status connect_tables();
    Result<Lsn> source_end();
    Status cut_over(ChangeStream& stream, Applier& applier, const std::atomic<bool>& stop);
    Status take_over(ChangeStream& stream, Applier& applier, const std::atomic<bool>& stop);
    Result<bool> may_trust(Lsn applied);
    Status pass_judgement();
    Status freeze_source();
    Status set_sequences();
    Status drop_slot(const std::string& name);
    Status free_slot(const std::string& name);
    Result<Snapshot> new_slot(const std::string& name, Snapshot::Slot slot);
    Status clear_source();
    void tell(const std::string& doing);
    [[nodiscard]] Ledger ledger() { return {*target_, plan_.name, standing_.epoch}; }
    /// Names of slots are the cluster's: two databases may have migrations of one name.
    [[nodiscard]] std::string slot() const { return "landfall_" + plan_.name + "_" + identification_.oid; }

    Parts parts_;
    Plan plan_;
    std::optional<Session> source_, target_;
    Identification identification_;
    Catalog catalog_;
    Standing standing_;
    Report report_;
    std::vector<const Table*> loaded_;  ///< by this run
    std::optional<Validation> validation_;
    std::optional<Lsn> looked_at_;  ///< the source's end when suspects were last looked at
    unsigned looks_ = 0;
    Moment told_{};
};

}  // namespace landfall::dbmove::postgres
