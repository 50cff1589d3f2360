#include "core/state/sqlite_writer.hpp"

#include <utility>

namespace landfall::state {
namespace {

Error full_disk() {
    return {Errc::exhausted, "the disk is full: nothing can be stored until something is deleted"};
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<Connection> db, EventSeq last, Clock& clock, EventFanout& fanout,
                           SpaceReserve reserve, const StoreOptions& options)
    : db_{std::move(db)},
      clock_{clock},
      fanout_{fanout},
      reserve_{std::move(reserve)},
      log_pages_max_{options.log_pages},
      queue_{options.queued_max, options.queued_weight_max},
      applier_{*db_, last} {
    full_ = !reserve_.held() && options.reserve_bytes > 0;
}

void SqliteWriter::start(ThreadStarter& threads) {
    CHECK(!thread_.joinable());
    queue_.open();
    thread_ = threads.start("state.writer", [this] { run(); });
}

void SqliteWriter::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

bool SqliteWriter::is_own_thread() const { return thread_id_.load() == std::this_thread::get_id(); }

void SqliteWriter::enqueue(Tx tx, Done done, Duration wait) {
    Pending pending{.tx = std::move(tx), .done = std::move(done)};
    Status taken = queue_.push(pending, wait);
    if (!taken.ok()) pending.done(std::move(taken).error());
}

void SqliteWriter::run() {
    thread_id_ = std::this_thread::get_id();
    for (;;) {
        std::vector<Pending> batch = queue_.take_batch();
        if (batch.empty()) break;
        commit_batch(batch);
        trim_log();
    }
    if (!poisoned_) (void)db_->checkpoint(Connection::Checkpoint::truncate);
}

void SqliteWriter::commit_batch(std::vector<Pending>& batch) {
    Outcomes outcomes(batch.size());
    if (!poisoned_) {
        Status written = try_write(batch, outcomes);
        if (!written.ok()) poison(written.error());
    }
    const std::vector<Event> events = applier_.take_events();
    if (!poisoned_) fanout_.publish(events);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        // Poisoned: even a refusal may rest on a row that never became durable.
        Result<Committed> outcome = poisoned_ ? Result<Committed>{*poisoned_} : std::move(*outcomes[i]);
        batch[i].done(std::move(outcome));
    }
}

Status SqliteWriter::try_write(std::vector<Pending>& batch, Outcomes& outcomes) {
    settle_reserve();
    if (!full_) {
        Status written = write(batch, outcomes);
        if (written.ok() || written.error().code() != Errc::exhausted) return written;
        full_ = true;
    }
    write_on_full_disk(batch, outcomes);
    return poisoned_ ? Status{*poisoned_} : Status{};
}

Status SqliteWriter::write(std::vector<Pending>& batch, Outcomes& outcomes) {
    const Instant now = clock_.now();
    TRY(db_->script("BEGIN IMMEDIATE"));
    Status failed;
    Outcomes written(batch.size());
    for (std::size_t i = 0; i < batch.size() && failed.ok(); ++i) {
        if (outcomes[i]) continue;
        written[i] = write_one(batch[i].tx, now);
        if (!written[i]->ok() && !is_refusal(written[i]->error().code())) failed = written[i]->error();
    }
    if (failed.ok()) failed = db_->script("COMMIT");
    if (!failed.ok()) {
        // SQLite may have rolled back by itself; what matters is that no transaction stays open.
        if (!db_->autocommit()) (void)db_->script("ROLLBACK");
        applier_.forget_since(0);
        return failed;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (written[i]) outcomes[i] = std::move(written[i]);
    }
    return {};
}

Result<Committed> SqliteWriter::write_one(const Tx& tx, Instant now) {
    const std::size_t events_before = applier_.events().size();
    TRY(db_->change("SAVEPOINT one"));
    Result<Committed> applied = applier_.apply(tx, now);
    if (!applied.ok() && is_refusal(applied.error().code())) {
        TRY(db_->change("ROLLBACK TO one"));
        applier_.forget_since(events_before);
    } else if (!applied.ok()) {
        return applied;
    }
    TRY(db_->change("RELEASE one"));
    return applied;
}

void SqliteWriter::write_on_full_disk(std::vector<Pending>& batch, Outcomes& outcomes) {
    bool frees = false;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].tx.only_frees()) {
            frees = true;
        } else {
            outcomes[i] = full_disk();
        }
    }
    if (!frees) return;
    Status written = reserve_.release();
    if (written.ok()) written = write(batch, outcomes);
    if (!written.ok() && written.error().code() != Errc::exhausted) return poison(written.error());
    for (auto& outcome : outcomes) {
        if (!outcome) outcome = full_disk();
    }
    // Only a trimmed log gives the space of deleted rows back to later writes.
    const Result<int> trimmed = db_->checkpoint(Connection::Checkpoint::truncate);
    if (!trimmed.ok() && trimmed.error().code() != Errc::exhausted) poison(trimmed.error());
}

void SqliteWriter::settle_reserve() {
    if (!full_) return;
    full_ = !reserve_.hold().ok();
}

void SqliteWriter::poison(const Error& error) {
    poisoned_ = Error{error.code() == Errc::corrupt ? Errc::corrupt : Errc::io,
                      "the state store refuses all writes until the next start, after: " + error.message()};
}

void SqliteWriter::trim_log() {
    if (poisoned_) return;
    const int pages = db_->log_pages();
    // The log begins anew, at its first page, when all of it was moved and no reader needed it.
    if (pages < trimmed_pages_) trimmed_pages_ = 0;
    if (pages - trimmed_pages_ < log_pages_max_) return;
    const Result<int> trimmed = db_->checkpoint(Connection::Checkpoint::passive);
    if (trimmed.ok()) {
        trimmed_pages_ = *trimmed;
        return;
    }
    if (trimmed.error().code() == Errc::exhausted) {
        full_ = true;
    } else {
        poison(trimmed.error());
    }
}

}  // namespace landfall::state
