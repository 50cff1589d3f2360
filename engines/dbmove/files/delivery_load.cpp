// The rows of one moment become files: a table a worker, a file a part.
#include <algorithm>
#include <condition_variable>

#include "engines/dbmove/files/delivery.hpp"

namespace landfall::dbmove::files {
namespace {

using postgres::Phase;
using postgres::Session;
using postgres::Table;

constexpr std::chrono::milliseconds kTellEvery{500};

}  // namespace

class Delivery::LoadWorker {
public:
    LoadWorker(Delivery& delivery, const std::atomic<bool>& stop, std::unique_ptr<postgres::RowReader> reader)
        : delivery_{delivery},
          stop_{stop},
          reader_{std::move(reader)},
          csv_{delivery.writer()},
          taken_at_{moment_text(delivery.parts_.clock.now().ns / 1000)} {}

    Status run(const std::vector<Job>& jobs, postgres::Lsn start) {
        for (std::size_t i; (i = delivery_.next_job_++) < jobs.size();) {
            const Status moved = move(jobs[i], start);
            if (!moved.ok())
                return Error{moved.error().code(),
                             jobs[i].table->name.shown() + ": " + moved.error().message()};
        }
        return {};
    }

private:
    Status move(const Job& job, postgres::Lsn start) {
        const Table& table = *job.table;
        columns_ = &delivery_.columns_.at(table.name);
        folder_ = folder_of(delivery_.layout_, table.name);
        part_ = rows_ = 0;
        file_.reset();
        for (const std::string& range : job.ranges)
            TRY(reader_->read(table, range, [&](Session::Bytes line) { return take(line); }));
        if (!file_ && part_ == 0 && delivery_.layout_.names_in_first_line) TRY(begin_file());
        TRY(end_file());
        // What an earlier run, of another snapshot, had left behind the last part.
        for (std::uint64_t left = part_ + 1;; ++left) {
            const std::string key = folder_ + load_name(delivery_.layout_, left);
            if (!TRY(delivery_.parts_.sink.exists(key))) break;
            TRY(delivery_.parts_.sink.remove(key));
        }
        return delivery_.loaded(table.name, rows_, part_, start);
    }

    Status take(Session::Bytes line) {
        if (stop_ || delivery_.failed_) return Error{Errc::cancelled, "stopped"};
        if (!file_) TRY(begin_file());
        if (!read_copy_line({line.data(), line.size()}, row_) || row_.size() != columns_->size())
            return Error{Errc::corrupt, "the source gave a line that is no row of the table"};
        csv_.clear();
        if (delivery_.layout_.operation_in_load) csv_.add_word("I");
        for (std::size_t i = 0; i < row_.size(); ++i) {
            const Cell cell = row_.at(i);
            if (cell.state == Cell::State::null)
                csv_.add_null();
            else
                csv_.add(cell.text, (*columns_)[i].kind);
        }
        if (!delivery_.layout_.timestamp_column.empty()) csv_.add_word(taken_at_);
        csv_.end();
        TRY(file_->append(csv_.line()));
        ++rows_;
        ++delivery_.rows_;
        delivery_.bytes_ += csv_.line().size();
        return file_->appended() < delivery_.layout_.file_bytes_max ? Status{} : end_file();
    }

    Status begin_file() {
        file_ = TRY(delivery_.new_file());
        return file_->append(delivery_.first_line(
            *columns_, delivery_.layout_.operation_in_load ? Operation::first : Operation::left_out));
    }

    Status end_file() {
        if (!file_) return {};
        TRY(file_->close());
        TRY(delivery_.parts_.sink.put(folder_ + load_name(delivery_.layout_, ++part_), *file_,
                                      content_type(delivery_.layout_)));
        file_.reset();
        return {};
    }

    Delivery& delivery_;
    const std::atomic<bool>& stop_;
    std::unique_ptr<postgres::RowReader> reader_;
    CsvWriter csv_;
    const std::string taken_at_;
    const Columns* columns_ = nullptr;
    std::string folder_;
    std::optional<SpoolFile> file_;
    std::uint64_t part_ = 0, rows_ = 0;
    Row row_;
};

Status Delivery::loaded(const TableName& name, std::uint64_t rows, std::uint64_t files, postgres::Lsn start) {
    const std::scoped_lock lock{mutex_};
    postgres::TableState& state = manifest_.standing.tables.at(name);
    state.loaded = state.completed = true;
    state.rows = rows;
    state.start = start;
    manifest_.parts[name] = files;
    return save();
}

Status Delivery::load(const Snapshot& snapshot, const std::atomic<bool>& stop) {
    std::vector<Job> jobs;
    for (const Table& table : catalog_.tables) {
        const auto state = manifest_.standing.tables.find(table.name);
        if (state == manifest_.standing.tables.end() || state->second.loaded) continue;
        std::vector<std::string> ranges = TRY(source_->ranges(table));
        jobs.push_back({&table, std::move(ranges)});
    }
    std::ranges::stable_sort(jobs, std::ranges::greater{}, [](const Job& job) { return job.table->pages; });
    std::vector<Status> ends(std::min<std::size_t>(plan_.workers, std::max<std::size_t>(jobs.size(), 1)));
    std::mutex mutex;
    std::condition_variable ended;
    std::size_t working = ends.size();
    std::vector<std::thread> workers;
    for (Status& end : ends)
        workers.push_back(parts_.threads.start("move.load", [&] {
            auto reader = snapshot->reader();
            end = reader.ok() ? LoadWorker{*this, stop, std::move(*reader)}.run(jobs, snapshot->start())
                              : Status{reader.error()};
            if (!end.ok()) failed_ = true;
            const std::scoped_lock lock{mutex};
            --working;
            ended.notify_all();
        }));
    for (;;) {
        {
            std::unique_lock lock{mutex};
            if (ended.wait_for(lock, kTellEvery, [&] { return working == 0; })) break;
        }
        tell("loads");
    }
    for (std::thread& worker : workers) worker.join();
    tell("loads");
    // The one that stopped the others has more to say than they.
    for (const Status& end : ends)
        if (!end.ok() && end.error().code() != Errc::cancelled) return end;
    for (const Status& end : ends)
        if (!end.ok()) return end;
    manifest_.standing.phase = Phase::following;
    return save();
}

}  // namespace landfall::dbmove::files
