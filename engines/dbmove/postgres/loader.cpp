#include "engines/dbmove/postgres/loader.hpp"

#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

/// What is put at once: a message of the protocol costs as much as some hundred bytes.
constexpr std::size_t kPieceSize = 64 * 1024;
constexpr std::chrono::milliseconds kTellEvery{500};

}  // namespace

Loader::Loader(ThreadStarter& threads, Job job, std::vector<const Table*> load,
               std::vector<const Table*> complete)
    : threads_{threads}, job_{std::move(job)}, load_{std::move(load)}, complete_{std::move(complete)} {}

/// Largest first.
Status Loader::plan(std::vector<const Table*> tables) {
    std::ranges::stable_sort(tables, std::ranges::greater{}, &Table::pages);
    for (const Table* const table : tables)
        for (std::string& where : TRY(job_.source.ranges(*table))) {
            ranges_.push_back({table, std::move(where)});
            ++pending_[table].ranges;
        }
    return {};
}

/// One thread with a session on each side.
class Loader::Worker {
public:
    static Result<Worker> open(Loader& loader) {
        std::unique_ptr<RowReader> source;
        if (loader.job_.snapshot != nullptr) source = TRY(loader.job_.snapshot->reader());
        Session target = TRY(Session::open(loader.job_.target));
        TRY(target.run("SET session_replication_role = replica"));
        return Worker{loader, std::move(source), std::move(target)};
    }

    Status run(const std::atomic<bool>& stop) {
        for (std::size_t i; (i = loader_.next_complete_++) < loader_.complete_.size();) {
            if (stop || loader_.failed_) return Error{Errc::cancelled, "stopped"};
            TRY(attempt(*loader_.complete_[i], [&] { return complete(*loader_.complete_[i]); }));
        }
        for (std::size_t i; (i = loader_.next_range_++) < loader_.ranges_.size();) {
            if (stop || loader_.failed_) return Error{Errc::cancelled, "stopped"};
            const Range& range = loader_.ranges_[i];
            if (!loader_.has_failed(*range.table))
                TRY(attempt(*range.table, [&] { return load(range, stop); }));
        }
        return {};
    }

private:
    Worker(Loader& loader, std::unique_ptr<RowReader> source, Session target)
        : loader_{loader}, source_{std::move(source)}, target_{std::move(target)} {}

    /// A table that fails by itself leaves sessions in which nothing can be done any more.
    Status attempt(const Table& table, const std::function<Status()>& work) {
        const Status done = work();
        if (done.ok()) return {};
        TRY(loader_.fail(table, done.error()));
        Worker another = TRY(open(loader_));
        source_ = std::move(another.source_);
        target_ = std::move(another.target_);
        return {};
    }

    Status load(const Range& range, const std::atomic<bool>& stop) {
        Pending& pending = loader_.pending_.at(range.table);
        pending.state = TableProgress::State::loads;
        const Status copied = copy(range, stop);
        if (!copied.ok())
            return Error{copied.error().code(), range.table->name.shown() + ": " + copied.error().message()};
        return --pending.ranges == 0 ? loaded(*range.table, pending.rows) : Status{};
    }

    Status copy(const Range& range, const std::atomic<bool>& stop) {
        const std::string columns = copied_columns(*range.table);
        TRY(target_.run("BEGIN"));
        TRY(target_.begin_copy_in("COPY " + quoted(range.table->name) +
                                  (columns.empty() ? "" : " (" + columns + ")") + " FROM STDIN" +
                                  (range.table->binary() ? " (FORMAT binary)" : "")));
        std::string piece;
        const Status read = source_->read(*range.table, range.where, [&](Session::Bytes row) -> Status {
            if (stop || loader_.failed_) return Error{Errc::cancelled, "stopped"};
            piece.append(row.data(), row.size());
            return piece.size() < kPieceSize ? Status{} : put(piece);
        });
        if (!read.ok() || !piece.empty()) {
            const Status last = read.ok() ? put(piece) : read;
            if (!last.ok()) {
                target_.give_up_copy_in("the source failed");
                return last;
            }
        }
        const std::uint64_t rows = TRY(target_.end_copy_in());
        TRY(target_.run("COMMIT"));
        loader_.pending_.at(range.table).rows += rows;
        loader_.progress_.rows += rows;
        return {};
    }

    Status put(std::string& piece) {
        TRY(target_.put({piece.data(), piece.size()}));
        loader_.progress_.bytes += piece.size();
        piece.clear();
        return {};
    }

    Status loaded(const Table& table, std::uint64_t rows) {
        TRY(ledger().loaded(table.name, loader_.job_.snapshot->start(), rows));
        loader_.pending_.at(&table).state = TableProgress::State::indexes;
        TRY(complete(table));
        loader_.pending_.at(&table).state = TableProgress::State::loaded;
        return {};
    }

    /// All of a table's keys and indexes, and that they are there, in one transaction: after a crash none or
    /// all.
    Status complete(const Table& table) {
        TRY(target_.run("BEGIN"));
        const Table missing = TRY(without_what_is_there(target_, table));
        for (const std::string& statement : postgres::complete(missing)) TRY(target_.run(statement));
        TRY(ledger().completed(table.name));
        TRY(target_.run("COMMIT; ANALYZE " + quoted(table.name)));
        ++loader_.progress_.tables;
        return {};
    }

    Ledger ledger() { return {target_, loader_.job_.migration, loader_.job_.epoch}; }

    Loader& loader_;
    std::unique_ptr<RowReader> source_;
    Session target_;
};

/// Answers the error where all tables have to stop for it.
Status Loader::fail(const Table& table, const Error& error) {
    if (job_.on_error == Plan::OnError::stop || !is_of_one_table(error)) return error;
    const std::lock_guard lock{mutex_};
    failures_.emplace(&table, error);
    return {};
}

bool Loader::has_failed(const Table& table) {
    const std::lock_guard lock{mutex_};
    return failures_.contains(&table);
}

void Loader::tell(std::map<TableName, TableProgress>& each) const {
    for (const auto& [table, pending] : pending_) {
        each[table->name].state = pending.state;
        each[table->name].rows = pending.rows;
    }
}

Status Loader::run(const std::atomic<bool>& stop, const std::function<void()>& tell) {
    TRY(plan(load_));
    std::vector<Status> ends(job_.workers);
    std::vector<std::thread> workers;
    working_ = job_.workers;
    for (Status& end : ends)
        workers.push_back(threads_.start("move.load", [this, &stop, &end] {
            auto worker = Worker::open(*this);
            end = worker.ok() ? worker->run(stop) : Status{worker.error()};
            if (!end.ok()) failed_ = true;
            const std::lock_guard lock{mutex_};
            --working_;
            ended_.notify_one();
        }));
    {
        std::unique_lock lock{mutex_};
        while (!ended_.wait_for(lock, kTellEvery, [&] { return working_ == 0; })) {
            lock.unlock();
            tell();
            lock.lock();
        }
    }
    for (std::thread& worker : workers) worker.join();
    tell();
    // Of several errors the one that was first is no "stopped".
    for (const Status& end : ends)
        if (!end.ok() && !end.is(Errc::cancelled)) return end;
    for (const Status& end : ends) TRY(end);
    return {};
}

}  // namespace landfall::dbmove::postgres
