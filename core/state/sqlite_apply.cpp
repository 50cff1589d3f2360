#include "core/state/sqlite_apply.hpp"

#include <algorithm>
#include <limits>

#include "core/state/sqlite_rows.hpp"
#include "core/state/store.hpp"

namespace landfall::state {
namespace {

constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kDocMax = 16 << 20;

std::string told(const Key& key) {
    std::string text = key.kind + " " + key.id;
    if (!key.region.empty()) text += " in " + key.region;
    return text;
}

Error not_found(const Key& key) { return {Errc::not_found, told(key) + " does not exist"}; }

Error changed(const Key& key, Version expected, Version found) {
    return {Errc::precondition, told(key) + " has changed: version " + std::to_string(found.value) +
                                    ", not " + std::to_string(expected.value)};
}

Status check_key(const Key& key) {
    if (key.kind.empty() || key.id.empty()) return Error{Errc::invalid, "a key without kind or id"};
    if (key.kind.size() + key.account.size() + key.region.size() + key.id.size() > kTextMax) {
        return Error{Errc::invalid, "a key over " + std::to_string(kTextMax) + " bytes"};
    }
    return {};
}

Status check_resource(const Resource& r) {
    TRY(check_key(r.key));
    if (r.doc.size() > kDocMax) return Error{Errc::invalid, told(r.key) + ": its document is too big"};
    if (r.arn.size() + r.parent.size() + r.state.size() > kTextMax) {
        return Error{Errc::invalid, told(r.key) + ": ARN, parent and state are too long"};
    }
    return {};
}

/// Sorted by key; two of one key are a mistake of the caller.
Result<std::vector<Tag>> sorted(std::vector<Tag> tags) {
    std::sort(tags.begin(), tags.end());
    const auto same = [](const Tag& a, const Tag& b) { return a.key == b.key; };
    const auto twice = std::adjacent_find(tags.begin(), tags.end(), same);
    if (twice != tags.end()) return Error{Errc::invalid, "the tag " + twice->key + " is given twice"};
    return tags;
}

std::vector<IndexKey> sorted(std::vector<IndexKey> index) {
    std::sort(index.begin(), index.end());
    index.erase(std::unique(index.begin(), index.end()), index.end());
    return index;
}

std::optional<std::string_view> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

}  // namespace

bool is_refusal(Errc code) {
    return code == Errc::precondition || code == Errc::not_found || code == Errc::already_exists ||
           code == Errc::invalid;
}

Result<Committed> Applier::apply(const Tx& tx, Instant now) {
    cause_ = &tx.cause();
    now_ = now;
    before_ = last_;
    counters_.clear();
    if (tx.ops().size() > kTxOpsMax) {
        return Error{Errc::invalid, "a transaction of more than " + std::to_string(kTxOpsMax) + " changes"};
    }
    for (const Op& change : tx.ops()) {
        TRY(std::visit([this](const auto& one) { return apply_one(one); }, change));
    }
    return Committed{.last_event = last_, .at = now, .counters = std::move(counters_)};
}

void Applier::forget_since(std::size_t count) {
    last_.value -= events_.size() - count;
    events_.resize(count);
}

Result<std::optional<Applier::Row>> Applier::find(const Key& key) {
    Run run =
        TRY(db_.run("SELECT rid, version, retired, arn, state, tags, look_ups FROM resource "
                    "WHERE kind = ? AND id = ? AND account = ? AND region = ?",
                    key.kind, key.id, key.account, key.region));
    if (!TRY(run.step())) return std::optional<Row>{};
    return std::optional{Row{.rid = run.number(0),
                             .version = Version{run.count(1)},
                             .retired = !run.is_null(2),
                             .arn = run.text(3),
                             .state = run.text(4),
                             .tags = run.text(5),
                             .index = run.text(6)}};
}

Result<Applier::Row> Applier::live(const Key& key) {
    std::optional<Row> row = TRY(find(key));
    if (!row || row->retired) return not_found(key);
    return std::move(*row);
}

Status Applier::check_arn(const std::string& arn, std::int64_t own_rid) {
    if (arn.empty()) return {};
    Run run = TRY(db_.run("SELECT rid FROM resource WHERE arn = ? AND retired IS NULL", arn));
    if (TRY(run.step()) && run.number(0) != own_rid) {
        return Error{Errc::already_exists, "another resource has the ARN " + arn};
    }
    return {};
}

Status Applier::add_tags(std::int64_t rid, const std::vector<Tag>& tags) {
    for (const Tag& tag : tags) TRY(db_.change("INSERT INTO tag VALUES(?, ?, ?)", tag.key, tag.value, rid));
    return {};
}

Status Applier::remove_tags(const Row& row) {
    for (const Tag& tag : TRY(decode_tags(row.tags))) {
        TRY(db_.change("DELETE FROM tag WHERE key = ? AND value = ? AND rid = ?", tag.key, tag.value,
                       row.rid));
    }
    return {};
}

Status Applier::add_index(std::int64_t rid, const Key& key, const std::vector<IndexKey>& index) {
    for (const IndexKey& each : index) {
        TRY(db_.change("INSERT INTO look_up VALUES(?, ?, ?, ?)", key.kind, each.name, each.value, rid));
    }
    return {};
}

Status Applier::remove_index(const Row& row, const Key& key) {
    for (const IndexKey& each : TRY(decode_index(row.index))) {
        TRY(db_.change("DELETE FROM look_up WHERE kind = ? AND name = ? AND value = ? AND rid = ?", key.kind,
                       each.name, each.value, row.rid));
    }
    return {};
}

Status Applier::remove_row(const Row& row, const Key& key) {
    TRY(remove_tags(row));
    TRY(remove_index(row, key));
    TRY(db_.change("DELETE FROM claim WHERE rid = ?", row.rid));
    return db_.change("DELETE FROM resource WHERE rid = ?", row.rid);
}

Status Applier::apply_one(const op::Create& change) {
    const Resource& r = change.resource;
    TRY(check_resource(r));
    const std::optional<Row> old = TRY(find(r.key));
    if (old && !old->retired) return Error{Errc::already_exists, told(r.key) + " exists"};
    if (old) TRY(remove_row(*old, r.key));
    TRY(check_arn(r.arn, -1));
    const std::vector<Tag> tags = TRY(sorted(r.tags));
    const std::vector<IndexKey> index = sorted(r.index);
    TRY(
        db_.change("INSERT INTO resource(kind, account, region, id, arn, parent, state, version, created, "
                   "updated, tags, look_ups, doc) VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
                   r.key.kind, r.key.account, r.key.region, r.key.id, unless_empty(r.arn), r.parent, r.state,
                   now_.ns, now_.ns, encode_tags(tags), encode_index(index), r.doc));
    const std::int64_t rid = db_.last_rowid();
    TRY(add_tags(rid, tags));
    TRY(add_index(rid, r.key, index));
    return write_event(r.key, {.change = Change::created, .version = Version{1}, .to = r.state});
}

Status Applier::apply_one(const op::Update& change) {
    const Resource& r = change.resource;
    TRY(check_resource(r));
    const Row row = TRY(live(r.key));
    if (row.version != r.version) return changed(r.key, r.version, row.version);
    if (r.arn != row.arn) TRY(check_arn(r.arn, row.rid));
    const std::vector<Tag> tags = TRY(sorted(r.tags));
    const std::vector<IndexKey> index = sorted(r.index);
    const std::string tag_bytes = encode_tags(tags);
    const std::string index_bytes = encode_index(index);
    TRY(
        db_.change("UPDATE resource SET arn = ?, parent = ?, state = ?, version = ?, updated = ?, tags = ?, "
                   "look_ups = ?, doc = ? WHERE rid = ?",
                   unless_empty(r.arn), r.parent, r.state, row.version.value + 1, now_.ns, tag_bytes,
                   index_bytes, r.doc, row.rid));
    if (tag_bytes != row.tags) {
        TRY(remove_tags(row));
        TRY(add_tags(row.rid, tags));
    }
    if (index_bytes != row.index) {
        TRY(remove_index(row, r.key));
        TRY(add_index(row.rid, r.key, index));
    }
    return write_event(r.key, {.change = Change::updated,
                               .version = Version{row.version.value + 1},
                               .from = row.state,
                               .to = r.state});
}

Status Applier::apply_one(const op::SetTags& change) {
    const Row row = TRY(live(change.key));
    std::vector<Tag> tags = TRY(decode_tags(row.tags));
    const std::vector<Tag> set = TRY(sorted(change.set));
    std::erase_if(tags, [&](const Tag& tag) {
        const auto same = [&tag](const Tag& other) { return other.key == tag.key; };
        return std::find(change.remove.begin(), change.remove.end(), tag.key) != change.remove.end() ||
               std::find_if(set.begin(), set.end(), same) != set.end();
    });
    tags.insert(tags.end(), set.begin(), set.end());
    std::sort(tags.begin(), tags.end());
    const Version version{row.version.value + 1};
    TRY(remove_tags(row));
    TRY(add_tags(row.rid, tags));
    TRY(db_.change("UPDATE resource SET version = ?, updated = ?, tags = ? WHERE rid = ?", version.value,
                   now_.ns, encode_tags(tags), row.rid));
    return write_event(change.key,
                       {.change = Change::updated, .version = version, .from = row.state, .to = row.state});
}

Status Applier::apply_one(const op::Retire& change) {
    const Row row = TRY(live(change.key));
    if (change.expected != kAnyVersion && change.expected != row.version) {
        return changed(change.key, change.expected, row.version);
    }
    const Version version{row.version.value + 1};
    TRY(db_.change("DELETE FROM claim WHERE rid = ?", row.rid));
    TRY(db_.change("UPDATE resource SET state = ?, version = ?, updated = ?, retired = ? WHERE rid = ?",
                   change.state, version.value, now_.ns, now_.ns, row.rid));
    return write_event(
        change.key, {.change = Change::retired, .version = version, .from = row.state, .to = change.state});
}

Status Applier::apply_one(const op::Erase& change) {
    const std::optional<Row> row = TRY(find(change.key));
    if (!row) return not_found(change.key);
    if (change.expected != kAnyVersion && change.expected != row->version) {
        return changed(change.key, change.expected, row->version);
    }
    TRY(remove_row(*row, change.key));
    return write_event(
        change.key,
        {.change = Change::erased, .version = Version{row->version.value + 1}, .from = row->state});
}

Status Applier::apply_one(const op::Require& change) {
    const Row row = TRY(live(change.key));
    if (change.version && *change.version != row.version) {
        return changed(change.key, *change.version, row.version);
    }
    return {};
}

Status Applier::apply_one(const op::Claim& change) {
    const Row owner = TRY(live(change.owner));
    {
        Run run =
            TRY(db_.run("SELECT rid FROM claim WHERE space = ? AND name = ?", change.space, change.name));
        if (TRY(run.step())) {
            if (run.number(0) == owner.rid) return {};
            return Error{Errc::already_exists, change.space + " " + change.name + " is taken"};
        }
    }
    return db_.change("INSERT INTO claim VALUES(?, ?, ?)", change.space, change.name, owner.rid);
}

Status Applier::apply_one(const op::Remember& change) {
    const OnceKey& once = change.once;
    {
        Run run = TRY(db_.run("SELECT expires FROM once WHERE account = ? AND operation = ? AND token = ?",
                              once.account, once.operation, once.token));
        if (TRY(run.step()) && run.number(0) > now_.ns) {
            return Error{Errc::already_exists, "the client token of " + once.operation + " has been used"};
        }
    }
    return db_.change("INSERT OR REPLACE INTO once VALUES(?, ?, ?, ?, ?, ?)", once.account, once.operation,
                      once.token, once.params_hash, change.result, change.expires.ns);
}

Status Applier::apply_one(const op::Count& change) {
    Run run =
        TRY(db_.run("INSERT INTO counter VALUES(?, ?) "
                    "ON CONFLICT(name) DO UPDATE SET value = value + excluded.value RETURNING value",
                    change.counter, change.by));
    CHECK(TRY(run.step()));
    counters_.push_back(run.count(0));
    return run.finish();
}

Status Applier::apply_one(const op::SetSetting& change) {
    TRY(db_.change(change.existing == op::Existing::replace ? "INSERT OR REPLACE INTO setting VALUES(?, ?)"
                                                            : "INSERT INTO setting VALUES(?, ?)",
                   change.name, change.value));
    return write_event({.kind = "setting", .id = change.name}, {.change = Change::updated});
}

Status Applier::apply_one(const op::SetProgress& change) {
    return db_.change(
        "UPDATE resource SET progress = ? WHERE kind = ? AND id = ? AND account = ? AND region = ?",
        change.bytes, change.key.kind, change.key.id, change.key.account, change.key.region);
}

Status Applier::apply_one(const op::AppendLine& change) {
    return db_.change(
        "INSERT INTO line SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM line "
        "WHERE stream = ?1",
        change.stream, change.line.at.ns, change.line.level, change.line.text);
}

Status Applier::apply_one(const op::Post& change) {
    if (last_ == before_) return Error{Errc::invalid, "a post to " + change.stream + " without an event"};
    return db_.change("INSERT INTO line VALUES(?, ?, ?, '', ?)", change.stream, last_.value, now_.ns,
                      change.text);
}

Status Applier::apply_one(const op::EraseLines& change) {
    const auto up_to = std::min<std::uint64_t>(change.up_to, std::numeric_limits<std::int64_t>::max());
    return db_.change("DELETE FROM line WHERE stream = ? AND seq <= ?", change.stream, up_to);
}

Status Applier::apply_one(const op::Forget& change) {
    TRY(db_.change("DELETE FROM once WHERE expires <= ?", now_.ns));
    std::uint64_t removed = db_.changes();
    // By number, oldest first, so that what is left has no gaps even where the clock once went back.
    TRY(
        db_.change("DELETE FROM event WHERE seq < (SELECT max(seq) FROM event) AND seq < "
                   "(SELECT min(seq) FROM event) + ?2 AND seq < "
                   "coalesce((SELECT min(seq) FROM event WHERE at >= ?1), 9223372036854775807)",
                   change.before.ns, static_cast<std::uint64_t>(change.limit)));
    removed += db_.changes();
    counters_.push_back(removed);
    return {};
}

Status Applier::apply_one(const op::Note& change) {
    TRY(check_key(change.key));
    return write_event(change.key, {.change = Change::noted, .error = change.error});
}

Status Applier::write_event(const Key& key, const Written& written) {
    Event e{.seq = EventSeq{last_.value + 1},
            .at = now_,
            .change = written.change,
            .key = key,
            .version = written.version,
            .from_state = std::string{written.from},
            .to_state = std::string{written.to},
            .error = std::string{written.error},
            .cause = *cause_};
    TRY(db_.change("INSERT INTO event VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   e.seq.value, e.at.ns, name_of(e.change), key.kind, key.account, key.region, key.id,
                   e.version.value, e.from_state, e.to_state, e.error, e.cause.actor, e.cause.key_id,
                   e.cause.source_ip, e.cause.request_id, e.cause.service, e.cause.operation,
                   e.cause.params));
    last_ = e.seq;
    events_.push_back(std::move(e));
    return {};
}

}  // namespace landfall::state
