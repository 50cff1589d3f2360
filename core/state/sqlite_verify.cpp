#include "core/state/sqlite_rows.hpp"
#include "core/state/sqlite_store.hpp"

namespace landfall::state {
namespace {

Status none_of(Connection& db, std::string_view sql, std::string_view finding) {
    Run run = TRY(db.run(sql));
    if (!TRY(run.step())) return {};
    return Error{Errc::corrupt, run.text(0)}.in(finding);
}

Result<std::int64_t> number(Connection& db, std::string_view sql) {
    Run run = TRY(db.run(sql));
    CHECK(TRY(run.step()));
    return run.number(0);
}

Error lost(const Key& key, std::string_view by) {
    std::string text = key.id;
    text.append(" cannot be found by ").append(by);
    return {Errc::corrupt, std::move(text)};
}

/// Every tag and look-up of a row is in its table; the sums tell that the tables hold nothing more.
Status verify_pairs(Connection& db) {
    std::int64_t tags = 0;
    std::int64_t look_ups = 0;
    std::string all{"SELECT "};
    all.append(kResourceColumns).append(" FROM resource r");
    Run rows = TRY(db.run(all));
    while (TRY(rows.step())) {
        const Resource r = TRY(resource_of(rows));
        const std::int64_t rid = rows.number(0);
        for (const Tag& tag : r.tags) {
            Run run = TRY(
                db.run("SELECT 1 FROM tag WHERE key = ? AND value = ? AND rid = ?", tag.key, tag.value, rid));
            if (!TRY(run.step())) return lost(r.key, "tag " + tag.key);
        }
        for (const IndexKey& each : r.index) {
            Run run =
                TRY(db.run("SELECT 1 FROM look_up WHERE kind = ? AND name = ? AND value = ? AND rid = ?",
                           r.key.kind, each.name, each.value, rid));
            if (!TRY(run.step())) return lost(r.key, each.name);
        }
        tags += static_cast<std::int64_t>(r.tags.size());
        look_ups += static_cast<std::int64_t>(r.index.size());
    }
    if (tags != TRY(number(db, "SELECT count(*) FROM tag"))) {
        return Error{Errc::corrupt, "there are tags of no resource"};
    }
    if (look_ups != TRY(number(db, "SELECT count(*) FROM look_up"))) {
        return Error{Errc::corrupt, "there are look-ups of no resource"};
    }
    return {};
}

}  // namespace

Status verify_rows(Connection& db) {
    {
        Run run = TRY(db.run("PRAGMA integrity_check(1)"));
        if (TRY(run.step()) && run.text(0) != "ok") return Error{Errc::corrupt, run.text(0)};
    }
    const auto gaps = TRY(number(db, "SELECT coalesce(max(seq) - min(seq) + 1 - count(*), 0) FROM event"));
    if (gaps != 0) return Error{Errc::corrupt, "events are missing: " + std::to_string(gaps)};
    TRY(none_of(db, "SELECT name FROM claim WHERE rid NOT IN (SELECT rid FROM resource)",
                "a claim of no resource"));
    return verify_pairs(db);
}

}  // namespace landfall::state
