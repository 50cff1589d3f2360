#include "engines/dbmove/files/delivery.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "engines/dbmove/files/declared_columns.hpp"

namespace landfall::dbmove::files {
namespace {

using postgres::Phase;
using postgres::Plan;
using postgres::Table;

constexpr Duration kTellEvery = std::chrono::seconds{1};
constexpr unsigned kTakeUpTries = 5;

}  // namespace

Result<postgres::Report> Delivery::run(const std::atomic<bool>& stop) {
    plan_.definitions = Plan::Definitions::stop;
    TRY(source_->connect(plan_));
    Snapshot snapshot = TRY(take_up());
    report_.left_out = catalog_.left_out;
    if (manifest_.standing.phase == Phase::loading) TRY(load(snapshot, stop));
    snapshot.reset();
    if (plan_.changes == Plan::Changes::followed) {
        TRY(follow(stop));
    } else {
        manifest_.standing.phase = Phase::finished;
        TRY(save());
    }
    report_.progress.notes = source_->notes();
    tell("done");
    return report_;
}

Status Delivery::forget() {
    TRY(source_->connect(plan_));
    TRY(source_->clear());
    return parts_.sink.remove(manifest_key(layout_, plan_.name));
}

/// A source that is no PostgreSQL is told what its tables are declared as. Rows come as text.
Status Delivery::adopt() {
    postgres::Catalog declared = catalog_;
    for (Table& table : declared.tables)
        if (!table.definition.empty()) {
            table.columns = TRY(declared_columns(table.definition));
            for (const postgres::Attached& each : table.attached)
                if (table.key.empty()) table.key = declared_key(each.definition);
        }
    TRY(source_->adopt(catalog_, declared));
    for (Table& table : catalog_.tables) {
        Columns& columns = columns_[table.name];
        columns.clear();
        for (postgres::Column& column : table.columns) {
            column.binary = false;
            if (column.made != postgres::Column::Made::generated)
                columns.push_back({column.name, kind_of(column.type)});
        }
    }
    return {};
}

namespace {

std::string digest_of(const Table& table) {
    std::string text = table.digest;
    for (const postgres::Column& column : table.columns)
        text += std::string{'\0'} + column.name + std::string{'\0'} + column.type;
    return sha256(text).hex();
}

}  // namespace

/// What a run that was killed had on its way to the bucket may come there after we have looked: then we look
/// again.
Result<Delivery::Snapshot> Delivery::take_up() {
    const std::string key = manifest_key(layout_, plan_.name);
    for (unsigned tries = 1;; ++tries) {
        const auto stored = TRY(parts_.sink.get(key));
        if (!stored) return begin_anew();
        manifest_ = TRY(decode(stored->content));
        version_ = stored->version;
        const Status gone_on = go_on();
        if (gone_on.ok()) break;
        if (!gone_on.is(Errc::cancelled) || tries == kTakeUpTries) return gone_on.error();
    }
    const bool loads = manifest_.standing.phase == Phase::loading;
    return loads ? TRY(source_->snapshot_again()) : Snapshot{};
}

Status Delivery::go_on() {
    postgres::Standing& standing = manifest_.standing;
    if (manifest_.migration != plan_.name)
        return Error{Errc::corrupt, "the manifest is of the migration " + manifest_.migration};
    if (standing.phase == Phase::finished)
        return Error{Errc::already_exists, "the migration " + plan_.name + " is finished"};
    if (!(standing.source == source_->identification()))
        return Error{Errc::precondition,
                     "the migration " + plan_.name + " began from another source: database " +
                         standing.source.database + " of the cluster " + standing.source.system};
    TRY(source_->may_go_on(standing));
    catalog_ = TRY(source_->definitions());
    TRY(adopt());
    TRY(check_tables());
    if (manifest_.batch && manifest_.batch->layout != digest_of(layout_))
        return Error{Errc::precondition,
                     "an earlier run had begun to write changes in another form: let it go on with the "
                     "settings that it had"};
    // From here on what an earlier run still writes is refused.
    ++standing.epoch;
    return save();
}

Status Delivery::check_tables() const {
    for (const auto& [name, state] : manifest_.standing.tables) {
        const auto table = std::ranges::find(catalog_.tables, name, &Table::name);
        if (table == catalog_.tables.end())
            return Error{Errc::precondition, name.shown() + " is of the migration " + plan_.name +
                                                 ", and is not there (or not chosen) at the source"};
        if (digest_of(*table) != state.digest)
            return Error{Errc::precondition, "the definition of " + name.shown() +
                                                 " has changed at the source; changes of definitions are not "
                                                 "followed"};
    }
    return {};
}

Result<Delivery::Snapshot> Delivery::begin_anew() {
    catalog_ = TRY(source_->definitions());
    if (catalog_.tables.empty())
        return Error{Errc::invalid, source_->place() + " has no table of that choice"};
    TRY(adopt());
    TRY(source_->assess(catalog_));
    if (source_->one_moment())
        return Error{
            Errc::precondition,
            source_->place() +
                ": foreign keys (ON DELETE or ON UPDATE CASCADE, SET NULL …) change rows that its log "
                "does not tell of; files would lack these changes"};
    for (const Table& table : catalog_.tables)
        if (table.holds_rows &&
            TRY(parts_.sink.exists(folder_of(layout_, table.name) + load_name(layout_, 1))))
            return Error{Errc::precondition, parts_.sink.place() + " holds files of " + table.name.shown() +
                                                 " already, at " + folder_of(layout_, table.name)};
    Snapshot snapshot = TRY(source_->begin(catalog_));
    manifest_ = {.migration = plan_.name};
    manifest_.standing.source = source_->identification();
    manifest_.standing.applied = snapshot->start();
    manifest_.standing.mark = snapshot->mark();
    for (const Table& table : catalog_.tables)
        if (table.holds_rows)
            manifest_.standing.tables[table.name] = {.start = snapshot->start(), .digest = digest_of(table)};
    const Status saved = save();
    if (saved.ok()) return snapshot;
    // What certainly is not there must not keep the source's log.
    if (saved.is(Errc::denied) || saved.is(Errc::invalid) || saved.is(Errc::not_found)) {
        snapshot.reset();
        (void)source_->clear();
    }
    return saved.error();
}

Result<SpoolFile> Delivery::new_file() const {
    const bool gzip = layout_.compression == Layout::Compression::gzip;
    return SpoolFile::open(parts_.spool, gzip ? SpoolFile::Form::gzip : SpoolFile::Form::plain);
}

/// An answer that was lost on its way must not look like another writer.
Status Delivery::save() {
    const std::string key = manifest_key(layout_, plan_.name);
    const std::string content = encode(manifest_);
    auto version = parts_.sink.replace(key, content, version_);
    if (version.is(Errc::precondition)) {
        const auto there = TRY(parts_.sink.get(key));
        if (!there || there->content != content)
            return Error{Errc::cancelled, "another run of the migration " + plan_.name + " has taken over"};
        version_ = there->version;
        return {};
    }
    if (!version.ok()) return version.error();
    version_ = std::move(*version);
    return {};
}

std::string Delivery::first_line(const Columns& columns, Operation operation) const {
    if (!layout_.names_in_first_line) return {};
    CsvWriter line = writer();
    line.clear();
    if (operation == Operation::first) line.add("Op");
    for (const Column& column : columns) line.add(column.name);
    if (!layout_.timestamp_column.empty()) line.add(layout_.timestamp_column);
    line.end();
    return line.line();
}

void Delivery::tell(const std::string& doing) {
    const Moment now = parts_.clock.moment();
    if (doing == report_.progress.doing && now - told_ < kTellEvery) return;
    told_ = now;
    postgres::Progress& progress = report_.progress;
    progress.doing = doing;
    const std::scoped_lock lock{mutex_};
    progress.tables = manifest_.standing.tables.size();
    progress.tables_done = 0;
    progress.rows = rows_;
    progress.bytes = bytes_;
    for (const auto& [name, state] : manifest_.standing.tables) {
        postgres::TableProgress& table = progress.each[name];
        using State = postgres::TableProgress::State;
        table.state = state.loaded ? State::loaded : State::waits;
        table.rows = state.rows;
        if (state.loaded) ++progress.tables_done;
    }
    progress.position = manifest_.standing.applied;
    if (parts_.tell) parts_.tell(progress);
}

}  // namespace landfall::dbmove::files
