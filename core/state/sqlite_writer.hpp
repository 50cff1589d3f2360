// SqliteWriter: the one thread that changes the database: batches of transactions, one fsync each.
//
// Invariants
//   1. A transaction is acknowledged only after the COMMIT that holds it has returned.
//   2. A refused transaction leaves nothing; its neighbours in the batch commit.
//   3. A full disk refuses what grows (exhausted) and lets through what frees, out of the reserve. Any other
//      failure poisons: nothing is written after it.
//   4. The log is moved into the database after the acknowledgements, never before them.
#pragma once

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "core/state/event_fanout.hpp"
#include "core/state/space_reserve.hpp"
#include "core/state/sqlite_apply.hpp"
#include "core/state/sqlite_db.hpp"
#include "core/state/writer_queue.hpp"

namespace landfall::state {

class SqliteWriter {
public:
    SqliteWriter(std::unique_ptr<Connection> db, EventSeq last, Clock& clock, EventFanout& fanout,
                 SpaceReserve reserve, const StoreOptions& options);

    void start(ThreadStarter& threads);
    void stop();
    void enqueue(Tx tx, Done done, Duration wait);
    [[nodiscard]] bool is_own_thread() const;

private:
    using Outcomes = std::vector<std::optional<Result<Committed>>>;

    void run();
    void commit_batch(std::vector<Pending>& batch);
    /// One SQLite transaction of all in `batch` that have no outcome yet.
    Status write(std::vector<Pending>& batch, Outcomes& outcomes);
    Result<Committed> write_one(const Tx& tx, Instant now);
    Status try_write(std::vector<Pending>& batch, Outcomes& outcomes);
    void write_on_full_disk(std::vector<Pending>& batch, Outcomes& outcomes);
    void settle_reserve();
    void poison(const Error& error);
    void trim_log();

    std::unique_ptr<Connection> db_;
    Clock& clock_;
    EventFanout& fanout_;
    SpaceReserve reserve_;
    const int log_pages_max_;
    WriterQueue queue_;
    Applier applier_;
    std::optional<Error> poisoned_;
    bool full_ = false;
    int trimmed_pages_ = 0;
    std::thread thread_;
    std::atomic<std::thread::id> thread_id_;
};

}  // namespace landfall::state
