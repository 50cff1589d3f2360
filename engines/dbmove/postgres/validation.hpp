// Validation: all tables of a migration compared beside the changes; what did not match is looked at again
// when nothing changes any more.
//
// Threads: start() and the rest the migration's; the comparison runs on some of its own.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "engines/dbmove/postgres/comparison.hpp"
#include "engines/dbmove/postgres/touched_keys.hpp"

namespace landfall::dbmove::postgres {

class Validation {
public:
    struct Sides {
        Source& source;
        const Address& target;
        SourceSnapshot* snapshot;  ///< of the source, where its rows of that moment are meant; else nullptr
        unsigned streams = 1;      ///< tables that are compared at a time
    };
    Validation(Sides sides, std::vector<const Table*> tables)
        : sides_{std::move(sides)}, tables_{std::move(tables)} {}
    ~Validation();
    Validation(const Validation&) = delete;
    Validation& operator=(const Validation&) = delete;

    void start(ThreadStarter& threads);
    /// True once all tables are compared, or the comparison failed.
    [[nodiscard]] bool wait(Duration at_most);
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    /// Once ended, while changes go on: rows that were not the same twice although the source's did not
    /// change, all of its changes up to the first look were applied before the second, and none between the
    /// two was of that row (`seen`, which watches what is left from here on). Others may be on their way.
    Result<std::vector<std::string>> look_again(TouchedKeys& seen);
    /// Once ended, and where both sides are at rest: rows that do not match, in words; empty: all are the
    /// same. Errors: as Comparison.
    Result<std::vector<std::string>> verdict();

private:
    Status run(ThreadStarter& threads);
    Status compare_tables();
    Status compare(RowReader& source, PostgresReader& target, const Table& table);
    Status open();

    Sides sides_;
    std::vector<const Table*> tables_;
    std::unique_ptr<RowReader> source_;
    std::unique_ptr<PostgresReader> target_;
    std::map<const Table*, Compared> suspects_;  ///< under mutex_ until all has ended
    std::atomic<std::size_t> next_ = 0;          ///< of tables_
    std::thread thread_;
    Status outcome_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;  ///< under mutex_
    std::atomic<bool> stop_ = false;
    std::atomic<std::uint64_t> rows_ = 0;
};

}  // namespace landfall::dbmove::postgres
