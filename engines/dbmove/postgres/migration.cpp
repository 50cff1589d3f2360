#include "engines/dbmove/postgres/migration.hpp"

#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"
#include "engines/dbmove/postgres/read_ahead.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::chrono::milliseconds kStreamWait{100};
/// Each takes a session and a processor of both servers.
constexpr unsigned kComparedAtATime = 2;
constexpr Duration kTellEvery = std::chrono::seconds{1};
/// A table that is changed again and again while it is loaded is told about in the end.
constexpr unsigned kLoadTries = 10;
/// Without changes for us the position still moves: the source may drop its log. Writing it costs a commit.
constexpr std::uint64_t kAdvanceBytes = 16U << 20U;

}  // namespace

Result<Report> Migration::run(const std::atomic<bool>& stop) {
    TRY(connect());
    Snapshot snapshot = TRY(take_up());
    report_.left_out = catalog_.left_out;
    if (standing_.phase == Phase::loading) TRY(load(snapshot, stop));
    const bool followed = plan_.changes == Plan::Changes::followed;
    if (!followed && plan_.check == Plan::Check::rows) TRY(check_snapshot(snapshot, stop));
    snapshot.reset();
    if (followed) {
        TRY(follow(stop));
        TRY(source_->clear());
    } else {
        TRY(nothing_suspended());
        TRY(connect_tables());
        TRY(finish_target());
    }
    std::ranges::move(source_->notes(), std::back_inserter(report_.progress.notes));
    tell("done");
    return report_;
}

/// Definitions may change between the snapshot and the rows: then those tables are begun anew.
Status Migration::load(Snapshot& snapshot, const std::atomic<bool>& stop) {
    for (unsigned tries = 1;; ++tries) {
        const Status loaded = load_once(snapshot, stop);
        if (loaded.ok() || stop || tries == kLoadTries) return loaded;
        TRY(note_changed());
        if (!anew_.empty()) {
            snapshot.reset();
            TRY(make_all_anew());
        } else if (!failed_.empty()) {
            TRY(suspend_failed());
        } else {
            return loaded;
        }
    }
}

Status Migration::load_once(Snapshot& snapshot, const std::atomic<bool>& stop) {
    std::vector<const Table*> missing, incomplete;
    for (const Table& table : catalog_.tables) {
        const auto state = standing_.tables.find(table.name);
        if (state == standing_.tables.end() || !state->second.suspended.empty()) continue;
        if (!state->second.loaded) missing.push_back(&table);
        if (state->second.loaded && !state->second.completed) incomplete.push_back(&table);
    }
    if (!missing.empty() && !snapshot && source_->one_moment()) {
        snapshot = TRY(source_->snapshot_again());
        TRY(start_over(*snapshot));
        missing = tables_with_rows();
        incomplete.clear();
    } else if (!missing.empty() && !snapshot) {
        TRY(clear_unfinished());
        snapshot = TRY(source_->snapshot_again());
    }
    loaded_ = missing;
    report_.progress.tables = standing_.tables.size();
    const std::size_t done = standing_.tables.size() - missing.size() - incomplete.size();
    Loader loader{parts_.threads,
                  {.source = *source_,
                   .target = plan_.target,
                   .migration = plan_.name,
                   .epoch = standing_.epoch,
                   .snapshot = snapshot.get(),
                   .workers = plan_.workers,
                   .on_error = plan_.on_error},
                  missing,
                  incomplete};
    const std::uint64_t rows = report_.progress.rows, bytes = report_.progress.bytes;
    TRY(loader.run(stop, [&] {
        report_.progress.tables_done = done + loader.progress().tables;
        report_.progress.rows = rows + loader.progress().rows;
        report_.progress.bytes = bytes + loader.progress().bytes;
        tell_tables(loader);
        tell("loads");
    }));
    failed_.clear();
    for (const auto& [table, error] : loader.failures()) failed_[table->name] = error.message();
    if (!failed_.empty()) return loader.failures().begin()->second;
    // Keys of partitioned parents come when all of their partitions have theirs.
    TRY(target_->run("BEGIN"));
    for (const Table& table : catalog_.tables)
        if (!table.holds_rows)
            for (const std::string& statement : complete(TRY(without_what_is_there(*target_, table))))
                TRY(target_->run(statement));
    TRY(ledger().move_to(Phase::following));
    TRY(target_->run("COMMIT"));
    standing_ = TRY(ledger().read());
    return source_->adopt(catalog_, TRY(read_catalog(*target_, plan_.selected)));
}

/// Not those that are suspended.
std::vector<const Table*> Migration::tables_with_rows() const {
    std::vector<const Table*> tables;
    for (const Table& table : catalog_.tables) {
        const auto state = standing_.tables.find(table.name);
        if (state != standing_.tables.end() && state->second.suspended.empty()) tables.push_back(&table);
    }
    return tables;
}

/// What this run loaded is compared with the snapshot that it was loaded from: the source may go on. What an
/// earlier run loaded, and did not come to compare, with the source as it is now.
Status Migration::check_snapshot(Snapshot& snapshot, const std::atomic<bool>& stop) {
    const Status checked = compare_with(snapshot, stop);
    validation_.reset();  // it reads the snapshot
    return checked;
}

Status Migration::compare_with(Snapshot& snapshot, const std::atomic<bool>& stop) {
    if (loaded_.size() < tables_with_rows().size()) {
        loaded_ = tables_with_rows();
        snapshot = TRY(source_->snapshot_again());
    }
    validation_.emplace(
        Validation::Sides{*source_, plan_.target, snapshot.get(), std::min(plan_.workers, kComparedAtATime)},
        loaded_);
    validation_->start(parts_.threads);
    while (!validation_->wait(kTellEvery)) {
        if (stop) return Error{Errc::cancelled, "stopped; the rows are loaded and were not all compared"};
        report_.progress.compared = validation_->rows();
        tell("compares");
    }
    TRY(pass_judgement());
    report_.progress.validated = true;
    return {};
}

Status Migration::follow(const std::atomic<bool>& stop) {
    for (;;) {
        const Status followed = follow_changes(stop);
        // A source that is read-only already waits for all tables.
        const bool may_suspend = !frozen_ && plan_.on_error == Plan::OnError::suspend_table && trouble_ &&
                                 !followed.ok() && is_of_one_table(followed.error());
        if (!anew_.empty())
            TRY(load_anew(stop));
        else if (may_suspend)
            TRY(suspend(*trouble_, followed.error().message()));
        else
            return followed;
    }
}

Status Migration::follow_changes(const std::atomic<bool>& stop) {
    Applier applier =
        TRY(Applier::open(plan_.target, plan_.name, catalog_, standing_, plan_.apply,
                          [this](const Relation& relation) { return follow_definition(relation); }));
    applier.count_on(counted_);
    const Status followed = follow_with(applier, stop);
    counted_ = applier.counted();
    trouble_ = applier.trouble();
    return followed;
}

Status Migration::follow_with(Applier& applier, const std::atomic<bool>& stop) {
    std::unique_ptr<Changes> changes = TRY(source_->changes(catalog_, standing_));
    if (source_->may_read_ahead()) changes = std::make_unique<ReadAhead>(parts_.threads, std::move(changes));
    // Until the last table's snapshot is passed, tables are of different moments: foreign keys must wait.
    Lsn consistent;
    for (const auto& [name, state] : standing_.tables) consistent = std::max(consistent, state.start);
    const Lsn cached = TRY(source_->settled_end());
    bool ready = false;
    while (!stop) {
        // Our own transaction must not hold the tables that get their keys.
        if (!ready && applier.at_boundary() && TRY(applier.flush()) >= consistent) {
            if (nothing_suspended().ok()) TRY(connect_tables());
            ready = true;
        }
        TRY(step(*changes, applier, std::max({consistent, cached, looked_at_.value_or(Lsn{})})));
        report_.progress.lag_bytes = TRY(source_->bytes_behind(applier.durable()));
        report_.progress.applied = applier.counts();
        report_.progress.position = applier.durable();
        report_.progress.caught_up = ready && applier.durable() >= cached;
        tell_tables(applier);
        tell("follows");
        if (!ready || report_.progress.lag_bytes >= kAdvanceBytes) continue;
        if (!validation_ && plan_.check == Plan::Check::rows) {
            validation_.emplace(
                Validation::Sides{*source_, plan_.target, nullptr, std::min(plan_.workers, kComparedAtATime)},
                tables_with_rows());
            validation_->start(parts_.threads);
        }
        const bool compared = TRY(may_trust(applier.durable()));
        report_.progress.validated = validation_ && compared;
        if (validation_) report_.progress.compared = validation_->rows();
        if (compared && plan_.cutover == Plan::Cutover::when_caught_up) TRY(nothing_suspended());
        if (compared && plan_.cutover == Plan::Cutover::when_caught_up)
            return cut_over(*changes, applier, stop);
    }
    if (applier.at_boundary()) TRY(changes->acknowledge(TRY(applier.flush())));
    report_.progress.applied = applier.counts();
    report_.progress.position = applier.durable();
    tell_tables(applier);
    tell("stopped");
    return Error{Errc::cancelled, "stopped; the next run goes on from " + text_of(applier.durable())};
}

/// Takes what comes, for about a second. Whole transactions are made durable together as long as more have
/// come already: one by one when there is little to do, thousands of changes at once when there is much.
/// Where nothing comes the position moves on its own, at once up to `wanted`.
Status Migration::step(Changes& changes, Applier& applier, Lsn wanted) {
    Message message;
    const Moment until = parts_.clock.moment() + kTellEvery;
    while (parts_.clock.moment() < until) {
        const auto wait = applier.pending() > 0 && applier.at_boundary() ? applier.patience() : kStreamWait;
        const auto got = changes.next(wait, message);
        if (!got.ok()) {
            // What came before is whole.
            if (applier.at_boundary()) TRY(applier.flush());
            return got.error();
        }
        const bool came = *got == Changes::Got::change;
        if (came) {
            touched_.see(message);
            TRY(applier.take(message));
        }
        if (!applier.at_boundary()) continue;
        if (applier.full() || (!came && applier.pending() > 0)) {
            TRY(applier.commit());
            TRY(changes.acknowledge(applier.durable()));
        } else if (!came) {
            TRY(applier.flush());
            const bool far = changes.sent().value > applier.durable().value + kAdvanceBytes;
            if (far || applier.durable() < wanted) TRY(applier.advance(changes.sent()));
            return changes.acknowledge(applier.durable());
        }
    }
    return {};
}

void Migration::tell_tables(const Loader& loader) {
    for (const auto& [name, state] : standing_.tables)
        if (state.completed) report_.progress.each[name] = {TableProgress::State::loaded, state.rows, {}};
    loader.tell(report_.progress.each);
}

void Migration::tell_tables(const Applier& applier) {
    for (const auto& [name, state] : standing_.tables) {
        TableProgress& table = report_.progress.each[name];
        table.state =
            state.suspended.empty() ? TableProgress::State::loaded : TableProgress::State::suspended;
        table.rows = state.rows;
    }
    for (const auto& [name, counts] : applier.counts_of_tables())
        report_.progress.each[name].applied = counts;
}

void Migration::tell(const std::string& doing) {
    const Moment now = parts_.clock.moment();
    if (doing == report_.progress.doing && now - told_ < kTellEvery) return;
    told_ = now;
    report_.progress.doing = doing;
    if (parts_.tell) parts_.tell(report_.progress);
}

}  // namespace landfall::dbmove::postgres
