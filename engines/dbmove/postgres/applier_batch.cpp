// How net changes are written: rows that go or change by their keys from a table of the session's own, new
// ones by COPY into the table itself.
#include <libpq-fe.h>

#include <algorithm>

#include "engines/dbmove/postgres/applier.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

/// Fewer rows than this of a table go one by one through the pipeline: that is cheaper than a COPY's way
/// there and back.
constexpr std::size_t kStagedMin = 64;
constexpr std::size_t kChangesOfBatch = 50'000;
/// How long a change waits for others to come: longer where writing takes longer, since larger batches have
/// less to write.
constexpr std::chrono::milliseconds kBatchWait{100}, kBatchWaitMax{500};
constexpr std::chrono::milliseconds kBatchPatience{10};
/// One by one: a commit costs as much as some changes.
constexpr std::chrono::milliseconds kCommitWait{20}, kCommitPatience{1};
constexpr std::size_t kPieceBytes = 256U << 10U;

std::string staged_name(const Relation& relation, std::string_view what) {
    return "pg_temp." + quoted("landfall_" + std::to_string(relation.id) + "_" + std::string{what});
}

std::string names_of(const Relation& relation, const std::vector<std::size_t>& columns,
                     std::string_view prefix = {}) {
    std::string text;
    for (const std::size_t i : columns)
        text += (text.empty() ? "" : ", ") + std::string{prefix} + quoted(relation.columns[i].name);
    return text;
}

std::vector<std::size_t> all_of(const Relation& relation) {
    std::vector<std::size_t> columns(relation.columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return columns;
}

std::string same_key(const Relation& relation, const std::vector<std::size_t>& key) {
    std::string text;
    for (const std::size_t i : key) {
        const std::string name = quoted(relation.columns[i].name);
        text += (text.empty() ? "t." : " AND t.") + name + " = s." + name;
    }
    return text;
}

bool is_partial(const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
        if (row.at(i).state == Cell::State::absent) return true;
    return false;
}

/// COPY's text form; PostgreSQL's documentation, "COPY", File Formats.
void append_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: out.push_back(c);
        }
    }
}

void append_line(std::string& out, const Row& row, const std::vector<std::size_t>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) out.push_back('\t');
        const Cell cell = row.at(columns[i]);
        if (cell.state == Cell::State::value)
            append_text(out, cell.text);
        else
            out += "\\N";
    }
    out.push_back('\n');
}

/// One COPY; an error of the session is kept until its end.
class Copy {
public:
    explicit Copy(Session& session) : session_{session} {}
    Status begin(const std::string& into) { return session_.begin_copy_in("COPY " + into + " FROM STDIN"); }
    void add(const Row& row, const std::vector<std::size_t>& columns) {
        append_line(piece_, row, columns);
        if (piece_.size() >= kPieceBytes) send();
    }
    Status end() {
        send();
        TRY(std::move(sent_));
        TRY(session_.end_copy_in());
        return {};
    }

private:
    void send() {
        if (sent_.ok()) sent_ = session_.put(piece_);
        piece_.clear();
    }
    Session& session_;
    std::string piece_;
    Status sent_;
};

}  // namespace

bool Applier::full() const {
    if (pending_ == 0) return false;
    const bool batch = how_ == Apply::batch;
    if (pending_ >= (batch ? kChangesOfBatch : kChangesOfCommit)) return true;
    using Duration = std::chrono::steady_clock::duration;
    const Duration wait = batch ? std::clamp<Duration>(2 * took_, kBatchWait, kBatchWaitMax) : kCommitWait;
    return std::chrono::steady_clock::now() - first_pending_ >= wait;
}

std::chrono::milliseconds Applier::patience() const {
    return how_ == Apply::batch ? kBatchPatience : kCommitPatience;
}

NetChanges::Folded Applier::fold(Known& known, const Message& message) {
    const std::size_t before = known.net->weight();
    auto folded = NetChanges::Folded::impossible;
    const Row* const former = message.has_before == Before::none ? nullptr : &message.before;
    if (message.kind == MessageKind::insert) folded = known.net->insert(message.after);
    if (message.kind == MessageKind::update) folded = known.net->update(former, message.after);
    if (message.kind == MessageKind::remove) folded = known.net->remove(message.before);
    weight_ += known.net->weight() - before;
    return folded;
}

Status Applier::merge_all() {
    for (auto& [id, known] : relations_) TRY(merge(known));
    return {};
}

/// Rows that go make room for those that come. Which table comes first does not matter: no foreign key acts.
Status Applier::merge(Known& known) {
    if (!known.net || known.net->empty()) return {};
    TRY(open_transaction());
    if (known.net->size() < kStagedMin) {
        for (const auto kind :
             {NetChanges::Kind::removed, NetChanges::Kind::updated, NetChanges::Kind::inserted})
            TRY(merge_singly(known, kind));
    } else {
        TRY(merge_staged(known));
    }
    weight_ -= known.net->weight();
    known.net->clear();
    return {};
}

/// Of a table with other keys the updated rows go with the removed ones and come with the new ones.
Status Applier::merge_singly(const Known& known, NetChanges::Kind kind) {
    using Kind = NetChanges::Kind;
    Status sent;
    const auto each = [&](Kind of, MessageKind as) {
        known.net->each(of, [&](const Row& row) {
            if (!sent.ok()) return;
            Message message{.kind = as, .has_before = Before::none};
            if (as == MessageKind::remove)
                message.has_before = Before::key, message.before = row;
            else
                message.after = row;
            sent = apply(known, message);
        });
    };
    const bool again = known.other_keys;
    if (kind == Kind::removed) {
        each(Kind::removed, MessageKind::remove);
        if (again) each(Kind::updated, MessageKind::remove);
    } else if (kind == Kind::updated) {
        if (!again) each(Kind::updated, MessageKind::update);
    } else {
        if (again) each(Kind::updated, MessageKind::insert);
        each(Kind::inserted, MessageKind::insert);
    }
    return sent;
}

Status Applier::merge_staged(const Known& known) {
    using Kind = NetChanges::Kind;
    TRY(leave_pipeline());
    if (!known.identity.empty()) {
        TRY(delete_staged(known, Kind::removed));
        if (known.other_keys) {
            TRY(delete_staged(known, Kind::updated));
            TRY(copy_inserted(known, Kind::updated));
        } else {
            TRY(update_staged(known));
        }
    }
    TRY(copy_inserted(known, Kind::inserted));
    TRY(enter_pipeline());
    if (known.other_keys) return {};
    // What the log did not carry is left alone: such rows say each which columns they have.
    Status sent;
    known.net->each(Kind::updated, [&](const Row& row) {
        if (!sent.ok() || !is_partial(row)) return;
        Message message{.kind = MessageKind::update, .has_before = Before::none};
        message.after = row;
        sent = apply(known, message);
    });
    return sent;
}

/// Whole rows of a kind, or the key's values of all, in a table of the session's own. Answers how many.
Result<std::size_t> Applier::stage(const Known& known, NetChanges::Kind kind, Staged what) {
    const Relation& relation = known.relation;
    const bool keys = what == Staged::keys;
    const std::vector<std::size_t> columns = keys ? known.identity : all_of(relation);
    const std::string name = staged_name(relation, keys ? "keys" : "rows");
    TRY(session_.run("CREATE TEMP TABLE IF NOT EXISTS " + name + " AS SELECT " + names_of(relation, columns) +
                     " FROM " + quoted(relation.name) + " WHERE false; TRUNCATE " + name));
    Copy copy{session_};
    TRY(copy.begin(name));
    std::size_t rows = 0;
    known.net->each(kind, [&](const Row& row) {
        if (!keys && is_partial(row)) return;
        copy.add(row, columns);
        ++rows;
    });
    TRY(copy.end());
    return rows;
}

std::vector<std::string> Applier::forget_staged(const Relation& relation) {
    return {"DROP TABLE IF EXISTS " + staged_name(relation, "keys"),
            "DROP TABLE IF EXISTS " + staged_name(relation, "rows")};
}

Status Applier::delete_staged(const Known& known, NetChanges::Kind kind) {
    if (!known.net->has(kind)) return {};
    const std::size_t rows = TRY(stage(known, kind, Staged::keys));
    const std::string staged = staged_name(known.relation, "keys");
    const std::string where = same_key(known.relation, known.identity);
    return check_all(
        known, kind == NetChanges::Kind::removed ? "a delete from " : "an update of ", rows,
        {"DELETE FROM " + quoted(known.relation.name) + " t USING " + staged + " s WHERE " + where, staged});
}

Status Applier::update_staged(const Known& known) {
    if (!known.net->has(NetChanges::Kind::updated)) return {};
    const std::size_t rows = TRY(stage(known, NetChanges::Kind::updated, Staged::rows));
    const std::string staged = staged_name(known.relation, "rows");
    std::string set, which = same_key(known.relation, known.identity);
    for (const std::size_t i : all_of(known.relation)) {
        if (std::ranges::find(known.identity, i) != known.identity.end()) continue;
        const std::string name = quoted(known.relation.columns[i].name);
        if (is_always_made(*known.table, known.relation.columns[i].name))
            which += " AND t." + name + " = s." + name;
        else
            set += (set.empty() ? "" : ", ") + name + " = s." + name;
    }
    if (set.empty()) return {};  // nothing but its key, which is the same
    return check_all(
        known, "an update of ", rows,
        {"UPDATE " + quoted(known.relation.name) + " t SET " + set + " FROM " + staged + " s WHERE " + which,
         staged});
}

/// Every row must have been there; one that was not is named.
Status Applier::check_all(const Known& known, std::string_view doing, std::size_t rows,
                          const Merging& merging) {
    const std::string place = std::string{doing} + known.relation.name.shown();
    TRY(session_.run("SAVEPOINT merging"));
    const auto merged = session_.ask(merging.statement);
    if (!merged.ok()) return refused(known, merged.error().code(), place + ": " + merged.error().message());
    if (merged->affected() == rows) return session_.run("RELEASE merging");
    TRY(session_.run("ROLLBACK TO merging"));  // what was deleted would be missing, too
    const Answer missing = TRY(session_.ask(
        "SELECT " + names_of(known.relation, known.identity, "s.") + " FROM " + merging.staged +
        " s WHERE NOT EXISTS "
        "(SELECT FROM " +
        quoted(known.relation.name) + " t WHERE " + same_key(known.relation, known.identity) + ") LIMIT 1"));
    std::string key;
    for (std::size_t i = 0; missing.size() > 0 && i < known.identity.size(); ++i)
        key += (i == 0 ? " where " : ", ") + known.relation.columns[known.identity[i]].name + " = '" +
               missing.text(0, i) + "'";
    return refused(known, Errc::precondition,
                   place + key + " found " + std::to_string(merged->affected()) + " of " +
                       std::to_string(rows) + " rows on the target: somebody else writes there");
}

Status Applier::copy_inserted(const Known& known, NetChanges::Kind kind) {
    if (!known.net->has(kind)) return {};
    const std::vector<std::size_t> columns = all_of(known.relation);
    Copy copy{session_};
    const std::string into = quoted(known.relation.name) + " (" + names_of(known.relation, columns) + ")";
    Status copied = copy.begin(into);
    if (copied.ok()) {
        known.net->each(kind, [&](const Row& row) { copy.add(row, columns); });
        copied = copy.end();
    }
    if (copied.ok()) return copied;
    return refused(known, copied.error().code(),
                   "an insert into " + known.relation.name.shown() + ": " + copied.error().message());
}

/// A COPY cannot be within a pipeline.
Status Applier::leave_pipeline() {
    TRY(receive(0));
    if (PQpipelineSync(session_.raw()) != 1) return session_.error_of(nullptr);
    TRY(receive_sync());
    // The end of the sync's answer.
    while (pg_result* const rest = PQgetResult(session_.raw())) const Answer ended{rest};
    if (PQexitPipelineMode(session_.raw()) != 1) return session_.error_of(nullptr);
    return {};
}

Status Applier::enter_pipeline() {
    if (PQenterPipelineMode(session_.raw()) != 1) return session_.error_of(nullptr);
    return {};
}

}  // namespace landfall::dbmove::postgres
