// Loader: the rows of many tables from one snapshot of the source, by several workers.
//
// Large tables come in ranges, so that all workers are busy to the end. Rows go to the target's COPY as the
// source gives them. Keys and indexes are made when a table's rows are there, by the
// worker that brought the last of them, beside the loads of others.
//
// Invariants
//   1. A table is marked as loaded when all of its ranges are committed; one that is not is loaded anew from
//      its beginning.
//   2. The first error stops all workers; it names the table.
// Threads: run() one; it starts the workers and joins them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/thread_starter.hpp"
#include "engines/dbmove/postgres/postgres_source.hpp"

namespace landfall::dbmove::postgres {

/// What a load does, for people and for those who wait. Any thread.
struct LoadProgress {
    std::atomic<std::uint64_t> rows = 0;
    std::atomic<std::uint64_t> bytes = 0;  ///< as COPY has them
    std::atomic<std::size_t> tables = 0;   ///< whole, with their indexes
};

class Loader {
public:
    struct Job {
        Source& source;
        const Address& target;
        std::string migration;
        std::uint64_t epoch = 0;   ///< of the run
        SourceSnapshot* snapshot;  ///< nullptr: there is nothing to load
        unsigned workers = 4;
        Plan::OnError on_error = Plan::OnError::stop;
    };
    Loader(ThreadStarter& threads, Job job, std::vector<const Table*> load,
           std::vector<const Table*> complete);

    /// `tell` is called from time to time, on this thread. Errors: as Session; cancelled: `stop` was set.
    Status run(const std::atomic<bool>& stop, const std::function<void()>& tell);
    [[nodiscard]] const LoadProgress& progress() const { return progress_; }
    /// Once it has run: tables that could not be loaded while others went on, and why.
    [[nodiscard]] const std::map<const Table*, Error>& failures() const { return failures_; }
    /// Of each table that is loaded. On run()'s thread.
    void tell(std::map<TableName, TableProgress>& each) const;

private:
    struct Range {
        const Table* table = nullptr;
        std::string where;
    };
    struct Pending {
        std::atomic<std::size_t> ranges = 0;
        std::atomic<std::uint64_t> rows = 0;
        std::atomic<TableProgress::State> state = TableProgress::State::waits;
    };
    class Worker;
    Status plan(std::vector<const Table*> tables);
    Status fail(const Table& table, const Error& error);
    [[nodiscard]] bool has_failed(const Table& table);

    ThreadStarter& threads_;
    Job job_;
    std::vector<const Table*> load_, complete_;
    std::vector<Range> ranges_;
    std::map<const Table*, Pending> pending_;
    std::atomic<std::size_t> next_range_ = 0, next_complete_ = 0;
    std::atomic<bool> failed_ = false;
    std::mutex mutex_;
    std::condition_variable ended_;
    unsigned working_ = 0;                    ///< under mutex_
    std::map<const Table*, Error> failures_;  ///< under mutex_
    LoadProgress progress_;
};

}  // namespace landfall::dbmove::postgres
