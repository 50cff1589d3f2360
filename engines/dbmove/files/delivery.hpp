// Delivery: a database into files of a bucket: the rows of one moment, and the changes since.
//
// Invariants
//   1. Position first, then snapshot, as of a migration into a database (postgres/migration.hpp): no gap, no
//      overlap.
//   2. run() may be ended at any moment, also by kill -9: files that the manifest tells of hold every row and
//      every change once. What a killed run had begun is written again under the same names.
//   3. The source is told of changes when the manifest is.
//   4. Memory does not grow with tables' rows or transactions' changes: both are spooled to disk.
//   5. Nothing is guessed: a value that the log does not carry, a changed definition, a TRUNCATE end the run.
// Threads: run() one, which starts its workers.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "engines/dbmove/files/layout.hpp"
#include "engines/dbmove/files/manifest.hpp"
#include "engines/dbmove/files/object_sink.hpp"
#include "engines/dbmove/files/spool_file.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::files {

class Delivery {
public:
    struct Parts {
        ThreadStarter& threads;
        Clock& clock;
        ObjectSink& sink;
        std::filesystem::path spool;                          ///< a folder for what is on its way
        std::function<void(const postgres::Progress&)> tell;  ///< about once a second, on run()'s thread
    };
    /// Of `plan`: name, selected, changes, workers; its target is the sink.
    Delivery(Parts parts, postgres::Plan plan, Layout layout, std::unique_ptr<postgres::Source> source)
        : parts_{std::move(parts)},
          plan_{std::move(plan)},
          layout_{std::move(layout)},
          source_{std::move(source)} {}

    /// Until all is loaded (where changes are not followed), or `stop` is set: cancelled; a later run goes
    /// on. already_exists: an earlier run had loaded all.
    Result<postgres::Report> run(const std::atomic<bool>& stop);
    /// Instead: nothing of a delivery of this name is left at the source, nor its manifest. Files stay.
    Status forget();

private:
    using Snapshot = std::unique_ptr<postgres::SourceSnapshot>;
    struct Column {
        std::string name;
        ValueKind kind = ValueKind::text;
    };
    using Columns = std::vector<Column>;
    class LoadWorker;
    struct Job {
        const postgres::Table* table = nullptr;
        std::vector<std::string> ranges;
    };
    /// A table of the log.
    struct Known {
        postgres::Relation relation;
        const postgres::Table* table = nullptr;  ///< nullptr: not of this delivery
        postgres::Lsn start;                     ///< changes committed before are in its rows
        std::vector<std::size_t> places;         ///< of its columns in the relation
        std::vector<std::size_t> key;            ///< likewise, of those that tell its rows apart
        const Columns* columns = nullptr;
        postgres::AppliedCounts* counts = nullptr;
    };

    Status adopt();
    Result<Snapshot> take_up();
    Result<Snapshot> begin_anew();
    Status go_on();
    Status check_tables() const;
    Status save();
    Status load(const Snapshot& snapshot, const std::atomic<bool>& stop);
    Status loaded(const TableName& name, std::uint64_t rows, std::uint64_t files, postgres::Lsn start);
    [[nodiscard]] Result<SpoolFile> new_file() const;
    [[nodiscard]] CsvWriter writer() const { return CsvWriter{layout_.csv}; }
    enum class Operation : std::uint8_t { left_out, first };
    [[nodiscard]] std::string first_line(const Columns& columns, Operation operation) const;

    Status follow(const std::atomic<bool>& stop);
    Status take(const postgres::Message& message);
    Status learn(const postgres::Relation& relation);
    Status change(const postgres::Message& message);
    [[nodiscard]] static bool moves(const Known& known, const postgres::Message& message);
    Status write(const Known& known, std::string_view operation, const Row& row, const Row* former);
    Result<SpoolFile*> file_of(const Known& known);
    Result<bool> step(postgres::Changes& changes, const std::atomic<bool>& stop);
    [[nodiscard]] bool due() const;
    Status deliver(postgres::Changes& changes);
    void tell(const std::string& doing);

    Parts parts_;
    postgres::Plan plan_;
    Layout layout_;
    std::unique_ptr<postgres::Source> source_;
    postgres::Catalog catalog_;
    std::map<TableName, Columns> columns_;
    std::mutex mutex_;  ///< of the manifest while tables are loaded
    Manifest manifest_;
    std::string version_;  ///< of the manifest in the bucket
    postgres::Report report_;
    Moment told_{};

    // Of the load.
    std::atomic<std::size_t> next_job_ = 0;
    std::atomic<std::uint64_t> rows_ = 0, bytes_ = 0, tables_done_ = 0;
    std::atomic<bool> failed_ = false;

    // Of the changes.
    std::unordered_map<std::uint32_t, Known> relations_;
    std::map<std::string, SpoolFile> files_;  ///< by folder
    bool within_ = false, skipped_ = false, enough_ = false;
    postgres::Lsn commit_, received_;
    std::string mark_;
    std::int64_t committed_us_ = 0;  ///< since 1970
    std::optional<Moment> first_;    ///< when the first change of the batch came
};

}  // namespace landfall::dbmove::files
