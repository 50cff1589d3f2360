// Changes become files: what was committed up to one place, a file a table.
#include <algorithm>

#include "engines/dbmove/files/delivery.hpp"

namespace landfall::dbmove::files {
namespace {

using postgres::Changes;
using postgres::Lsn;
using postgres::Message;
using postgres::MessageKind;

constexpr std::chrono::milliseconds kStreamWait{100};
/// Without changes for us the position still moves: the source may drop its log.
constexpr std::uint64_t kAdvanceBytes = 16U << 20U;
/// Between 1970 and 2000.
constexpr std::int64_t kEpochUs = 946'684'800'000'000;
/// Files that are open at one time: the batch ends behind the transaction that opened the last.
constexpr std::size_t kFilesMax = 200;

}  // namespace

Status Delivery::follow(const std::atomic<bool>& stop) {
    const std::unique_ptr<Changes> changes = TRY(source_->changes(catalog_, manifest_.standing));
    received_ = manifest_.standing.applied;
    const Lsn cached = TRY(source_->end());
    while (TRY(step(*changes, stop))) {
        report_.progress.lag_bytes = TRY(source_->bytes_behind(manifest_.standing.applied));
        report_.progress.caught_up = manifest_.standing.applied >= cached;
        tell("follows");
    }
    if (!within_ && !manifest_.batch && !files_.empty()) TRY(deliver(*changes));
    tell("stopped");
    return Error{Errc::cancelled,
                 "stopped; the next run goes on from " + text_of(manifest_.standing.applied)};
}

/// Takes what comes, for about a second. False: it was told to stop.
Result<bool> Delivery::step(Changes& changes, const std::atomic<bool>& stop) {
    Message message;
    const Moment until = parts_.clock.moment() + std::chrono::seconds{1};
    while (parts_.clock.moment() < until) {
        if (stop) return false;
        const bool came = TRY(changes.next(kStreamWait, message)) == Changes::Got::change;
        if (came) TRY(take(message));
        if (within_) continue;
        if (manifest_.batch) {
            // An earlier run had begun to write it: exactly these changes go into its files.
            if (received_ > manifest_.batch->to)
                return Error{Errc::corrupt, "the log has no transaction that ends at " +
                                                text_of(manifest_.batch->to) + ", as it had before"};
            if (received_ == manifest_.batch->to) TRY(deliver(changes));
            continue;
        }
        if (due()) TRY(deliver(changes));
        if (came || !files_.empty()) continue;
        if (changes.sent().value > manifest_.standing.applied.value + kAdvanceBytes) {
            received_ = std::max(received_, changes.sent());
            TRY(deliver(changes));
        }
        TRY(changes.acknowledge(manifest_.standing.applied));
    }
    return true;
}

bool Delivery::due() const {
    if (files_.empty()) return false;
    return enough_ || files_.size() >= kFilesMax ||
           parts_.clock.moment() - *first_ >= Duration{layout_.interval_max};
}

Status Delivery::take(const Message& message) {
    switch (message.kind) {
        case MessageKind::begin:
            within_ = true;
            commit_ = message.commit;
            committed_us_ = message.committed_us + kEpochUs;
            // The server sends again what it was not told of.
            skipped_ = message.commit < manifest_.standing.applied;
            return {};
        case MessageKind::commit:
            within_ = false;
            received_ = std::max(received_, message.end);
            if (!message.mark.empty()) mark_ = message.mark;
            if (!skipped_) ++report_.progress.applied.transactions;
            return {};
        case MessageKind::relation: return learn(message.relation);
        case MessageKind::insert:
        case MessageKind::update:
        case MessageKind::remove: return skipped_ ? Status{} : change(message);
        case MessageKind::truncate:
            for (const std::uint32_t id : message.relations) {
                const auto known = relations_.find(id);
                const bool ours = !skipped_ && known != relations_.end() && known->second.table != nullptr &&
                                  commit_ >= known->second.start;
                if (ours)
                    return Error{Errc::precondition, known->second.relation.name.shown() +
                                                         " was truncated at the source: files of changes "
                                                         "have no row for that; begin anew under another "
                                                         "name or folder"};
            }
            return {};
        case MessageKind::marker:
        case MessageKind::ignored: return {};
    }
    return {};
}

Status Delivery::learn(const postgres::Relation& relation) {
    Known known{.relation = relation};
    const auto table = std::ranges::find(catalog_.tables, relation.name, &postgres::Table::name);
    const auto state = manifest_.standing.tables.find(relation.name);
    if (table != catalog_.tables.end() && state != manifest_.standing.tables.end()) {
        if (const std::string changed = difference(*table, relation); !changed.empty())
            return Error{Errc::precondition, "the definition of " + relation.name.shown() +
                                                 " has changed at the source: " + changed +
                                                 "; changes of definitions are not followed"};
        known.table = &*table;
        known.start = state->second.start;
        known.columns = &columns_.at(relation.name);
        known.counts = &report_.progress.each[relation.name].applied;
        for (const Column& column : *known.columns) {
            const auto at = std::ranges::find(relation.columns, column.name, &postgres::RelationColumn::name);
            if (at == relation.columns.end())
                return Error{Errc::precondition,
                             "the log does not carry " + relation.name.shown() + "." + column.name};
            const auto place = static_cast<std::size_t>(at - relation.columns.begin());
            known.places.push_back(place);
            if (std::ranges::find(table->key, column.name) != table->key.end()) known.key.push_back(place);
        }
    }
    relations_.insert_or_assign(relation.id, std::move(known));
    return {};
}

/// The key changed: the log says so, or it has both rows.
bool Delivery::moves(const Known& known, const Message& message) {
    if (message.has_before != postgres::Before::whole) return message.has_before == postgres::Before::key;
    return std::ranges::any_of(known.key, [&](std::size_t i) {
        const Cell after = message.after.at(i);
        return after.state != Cell::State::absent && !(after == message.before.at(i));
    });
}

Status Delivery::change(const Message& message) {
    const auto found = relations_.find(message.relation_id);
    if (found == relations_.end())
        return Error{Errc::corrupt, "the log has a row of a table that it did not describe"};
    const Known& known = found->second;
    if (known.table == nullptr || commit_ < known.start) return {};
    using Which = Layout::Changes;
    postgres::AppliedCounts& all = report_.progress.applied;
    const bool removes = message.kind == MessageKind::remove;
    const Row& row = removes ? message.before : message.after;
    if (row.size() != known.relation.columns.size())
        return Error{Errc::corrupt,
                     "a row of " + known.relation.name.shown() + " has another number of columns"};
    switch (message.kind) {
        case MessageKind::insert:
            ++all.inserts, ++known.counts->inserts;
            return write(known, "I", row, nullptr);
        case MessageKind::update: {
            if (layout_.changes == Which::inserts) return {};
            ++all.updates, ++known.counts->updates;
            const Row* const former =
                message.has_before == postgres::Before::none ? nullptr : &message.before;
            // A row whose key changed is another row to who reads by key.
            const bool moved = moves(known, message);
            if (moved && layout_.changes == Which::all) TRY(write(known, "D", message.before, nullptr));
            return write(known, moved ? "I" : "U", row, former);
        }
        case MessageKind::remove:
            if (layout_.changes != Which::all) return {};
            ++all.deletes, ++known.counts->deletes;
            return write(known, "D", row, nullptr);
        default: return {};
    }
}

/// `former`: has values that `row` does not carry because they are the same.
Status Delivery::write(const Known& known, std::string_view operation, const Row& row, const Row* former) {
    CsvWriter line = writer();
    line.clear();
    line.add_word(operation);
    for (std::size_t i = 0; i < known.places.size(); ++i) {
        Cell cell = row.at(known.places[i]);
        if (cell.state == Cell::State::absent && former != nullptr) cell = former->at(known.places[i]);
        if (cell.state == Cell::State::value)
            line.add(cell.text, (*known.columns)[i].kind);
        else if (cell.state == Cell::State::null)
            line.add_null();
        else if (layout_.has_missing_value)
            line.add(layout_.missing_value);
        else
            return Error{Errc::precondition,
                         known.relation.name.shown() + "." + (*known.columns)[i].name +
                             ": the log does not carry values that are stored apart and did not change: run "
                             "ALTER TABLE … REPLICA IDENTITY FULL at the source, or give a text that stands "
                             "for them"};
    }
    if (!layout_.timestamp_column.empty()) line.add_word(moment_text(committed_us_));
    line.end();
    SpoolFile* const file = TRY(file_of(known));
    TRY(file->append(line.line()));
    report_.progress.bytes = bytes_ += line.line().size();
    enough_ = enough_ || file->appended() >= layout_.change_bytes_min;
    return {};
}

Result<SpoolFile*> Delivery::file_of(const Known& known) {
    const std::string folder = folder_of(layout_, known.relation.name) + date_folder(layout_, committed_us_);
    const auto found = files_.find(folder);
    if (found != files_.end()) return &found->second;
    if (!first_) first_ = parts_.clock.moment();
    SpoolFile file = TRY(new_file());
    TRY(file.append(first_line(*known.columns, Operation::first)));
    return &files_.emplace(folder, std::move(file)).first->second;
}

/// First the manifest says what will be written, then it is written, then the manifest says that it is.
Status Delivery::deliver(Changes& changes) {
    constexpr std::int64_t kNsOfStamp = 100'000;
    if (!files_.empty() && !manifest_.batch) {
        const auto now = static_cast<std::uint64_t>(parts_.clock.now().ns / kNsOfStamp);
        manifest_.batch = Batch{received_, std::max(now, manifest_.stamp + 1), digest_of(layout_)};
        TRY(save());
    }
    for (auto& [folder, file] : files_) {
        TRY(file.close());
        TRY(parts_.sink.put(folder + change_name(layout_, manifest_.batch->stamp), file,
                            content_type(layout_)));
    }
    files_.clear();
    first_.reset();
    enough_ = false;
    if (manifest_.batch) manifest_.stamp = manifest_.batch->stamp;
    manifest_.batch.reset();
    manifest_.standing.applied = received_;
    if (!mark_.empty()) manifest_.standing.mark = mark_;
    TRY(save());
    return changes.acknowledge(manifest_.standing.applied);
}

}  // namespace landfall::dbmove::files
