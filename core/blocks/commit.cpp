#include "core/blocks/commit.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

constexpr std::string_view kVersion = "roots_version";
constexpr std::size_t kGroupMax = 512;
/// Refs that a checkpoint writes at a time.
constexpr std::size_t kPiece = 4096;
constexpr std::uint64_t kPatienceMax = 1024;

Status check_key(const RefKey& key) {
    const bool kind_fits =
        !key.kind.empty() && key.kind.size() <= 32 &&
        key.kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
    if (!kind_fits) return Error{Errc::invalid, "a ref's kind is 1 to 32 of [a-z0-9._-]"};
    if (key.name.empty() || key.name.size() > 2048)
        return Error{Errc::invalid, "a ref's name is 1 to 2048 bytes"};
    return {};
}

std::string version_text(std::uint64_t version) {
    std::string out(8, '\0');
    store_le<std::uint64_t>(std::as_writable_bytes(std::span{out}), 0, version);
    return out;
}

Result<std::uint64_t> applied_version(Index& index) {
    const auto text = TRY(index.get(Family::meta, kVersion));
    if (!text) return std::uint64_t{0};
    if (text->size() != 8) return Error{Errc::corrupt, "the index holds no version of its refs"};
    return load_le<std::uint64_t>(bytes_of(*text));
}

Status expected(const RefChange& change, const std::optional<RefRecord>& now) {
    const Error differs{Errc::precondition,
                        "ref " + change.key.kind + " " + change.key.name + " is not in the expected state"};
    if (std::holds_alternative<Absent>(change.expect) && now) return differs;
    if (const auto* at = std::get_if<AtVersion>(&change.expect))
        if (!now || now->version != at->version) return differs;
    return {};
}

}  // namespace

Result<std::optional<RefRecord>> Commits::find(const RefKey& key) {
    TRY(check_key(key));
    return current(ref_key(key));
}

Result<std::optional<RefRecord>> Commits::current(const std::string& key) {
    const auto text = TRY(parts_.blocks.index().get(Family::ref, key));
    if (!text) return std::optional<RefRecord>{};
    const auto record = decode_ref_record(*text);
    if (!record) return Error{Errc::corrupt, "the index holds no root for ref " + key};
    return record;
}

Status Commits::clear_refs() {
    IndexBatch batch;
    for (auto at = parts_.blocks.index().scan(Family::ref, ""); at->valid(); at->next())
        batch.push_back({Family::ref, std::string{at->key()}, std::nullopt});
    return parts_.blocks.index().write(batch, Durability::lazy);
}

Status Commits::replay() {
    const std::uint64_t applied = TRY(applied_version(parts_.blocks.index()));
    bool in_checkpoint = true;
    bool cleared = false;
    TRY(parts_.log.open([&](const RootRecord& record) -> Status {
        version_ = std::max(version_, record.version);
        const bool of_checkpoint = in_checkpoint;
        if (record.checkpoint_end) in_checkpoint = false;
        if (record.version <= applied) return {};
        // Refs deleted before the checkpoint are in no record: an index older than it starts anew.
        if (of_checkpoint && !cleared) TRY(clear_refs());
        cleared = cleared || of_checkpoint;
        return write_index(record);
    }));
    if (applied > version_)
        return Error{Errc::corrupt,
                     "the root log ends before the index does: it lost records; rebuild the index"};
    return {};
}

Result<std::uint64_t> Commits::commit(std::uint64_t lease, std::span<const RefChange> changes) {
    for (const RefChange& change : changes) TRY(check_key(change.key));
    Request request{.lease = lease, .changes = changes, .answer = {}};
    std::unique_lock lock{mutex_};
    queue_.push_back(&request);
    changed_.notify_all();
    while (!request.answer) {
        if (leading_) {
            changed_.wait(lock, [&] { return request.answer || !leading_; });
        } else {
            lead(lock);
        }
    }
    return std::move(*request.answer);
}

Status Commits::certain() {
    const std::lock_guard lock{mutex_};
    if (!in_doubt_) return {};
    return Error{Errc::io, "a commit is in doubt until the root log is begun anew: " + in_doubt_->message()};
}

void Commits::lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    // Where the last group was large, the next one is likely to be: its members are just now being answered.
    if (last_group_ > 1)
        changed_.wait_for(lock, parts_.wait_max, [&] { return queue_.size() >= last_group_; });
    std::deque<Request*> group;
    while (!queue_.empty() && group.size() < kGroupMax) {
        group.push_back(queue_.front());
        queue_.pop_front();
    }
    last_group_ = group.size();
    lock.unlock();
    apply_group(group);
    lock.lock();
    leading_ = false;
    changed_.notify_all();
}

Status Commits::admit(const Request& request, Overlay& seen, RootRecord& record) {
    TRY(parts_.leases.renew(request.lease));
    Overlay mine;
    std::vector<RootChange> changes;
    const std::uint64_t version = record.version + 1;
    for (const RefChange& change : request.changes) {
        const std::string key = ref_key(change.key);
        const auto own = mine.find(key);
        const auto others = seen.find(key);
        const auto now = own != mine.end()      ? own->second
                         : others != seen.end() ? others->second
                                                : TRY(current(key));
        TRY(expected(change, now));
        if (change.to && !parts_.leases.holds(request.lease, *change.to))
            return Error{Errc::precondition, "the lease does not hold the root of ref " + change.key.kind +
                                                 " " + change.key.name};
        std::optional<RefRecord> next;
        if (change.to) next = RefRecord{version, *change.to};
        changes.push_back({key, next});
        mine[key] = next;
    }
    for (auto& [key, next] : mine) seen[key] = next;
    record.version = version;
    record.changes.insert(record.changes.end(), changes.begin(), changes.end());
    return {};
}

void Commits::apply_group(const std::deque<Request*>& group) {
    const bool adds = std::any_of(group.begin(), group.end(), [](const Request* r) {
        return std::any_of(r->changes.begin(), r->changes.end(),
                           [](const RefChange& c) { return c.to.has_value(); });
    });
    const Status ready = failed_ ? recover() : Status{};
    const Status settled = ready.ok() && adds ? parts_.blocks.settle() : ready;
    RootRecord record{.version = version_, .durable_below = 0, .checkpoint_end = false, .changes = {}};
    std::vector<std::pair<Request*, Result<std::uint64_t>>> answers;
    Overlay seen;
    for (Request* request : group) {
        const Status admitted = settled.ok() ? admit(*request, seen, record) : settled;
        if (admitted.ok())
            answers.emplace_back(request, record.version);
        else
            answers.emplace_back(request, admitted.error());
    }
    const Status durable = record.changes.empty() ? Status{} : make_durable(record);
    if (durable.ok()) version_ = record.version;
    if (!failed_) failed_ = parts_.log.failed();
    const std::lock_guard lock{mutex_};
    in_doubt_ = failed_;
    for (auto& [request, answer] : answers)
        request->answer =
            answer.ok() && !durable.ok() ? Result<std::uint64_t>{durable.error()} : std::move(answer);
}

Status Commits::make_durable(const RootRecord& record) {
    Status status = parts_.log.append(record);
    if (status.is(Errc::exhausted) && parts_.free_reserve()) status = parts_.log.append(record);
    if (!status.ok()) return status;
    Status indexed = write_index(record);
    if (indexed.is(Errc::exhausted) && parts_.free_reserve()) indexed = write_index(record);
    if (indexed.ok()) {
        checkpoint_if_due(record);
        return indexed;
    }
    // The change is durable and will be there; here and now the index does not show it.
    unapplied_ = record;
    failed_ = Error{Errc::io, "the index refused a durable commit: " + indexed.error().message()};
    return *failed_;
}

Status Commits::write_index(const RootRecord& record) {
    IndexBatch batch;
    batch.reserve(record.changes.size() + 1);
    for (const RootChange& change : record.changes) {
        std::optional<std::string> value;
        if (change.record) value = encode(*change.record);
        batch.push_back({Family::ref, change.key, std::move(value)});
    }
    batch.push_back({Family::meta, std::string{kVersion}, version_text(record.version)});
    return parts_.blocks.index().write(batch, Durability::lazy);
}

RootLog::Next Commits::live_refs() {
    // Shared with nobody: a UniqueFunction owns the cursor.
    return [at = parts_.blocks.index().scan(Family::ref, "")]() -> Result<std::vector<RootChange>> {
        std::vector<RootChange> piece;
        for (; at->valid() && piece.size() < kPiece; at->next()) {
            const auto ref = decode_ref_record(at->value());
            if (!ref) return Error{Errc::corrupt, "the index holds a ref without its root"};
            piece.push_back({std::string{at->key()}, ref});
        }
        TRY(at->status());
        return piece;
    };
}

// A failed checkpoint leaves the log as it was, only longer than wished; or it failed the log, which append()
// tells.
void Commits::checkpoint_if_due(const RootRecord& newest) {
    if (!parts_.log.checkpointing()) {
        if (!parts_.log.wants_checkpoint()) return;
        if (!parts_.log.begin_checkpoint(newest.version, live_refs()).ok()) return;
    }
    // What is appended meanwhile is kept in memory: at most a 64th of the refs there are.
    const std::size_t pieces = 1 + newest.changes.size() * 64 / kPiece;
    static_cast<void>(parts_.log.advance_checkpoint(pieces));
}

Status Commits::recover() {
    if (refused_++ < patience_) return *failed_;
    refused_ = 0;
    const Status again = begin_anew();
    if (!again.ok()) {
        patience_ = std::min<std::uint64_t>(2 * patience_ + 1, kPatienceMax);
        return *failed_;
    }
    patience_ = 0;
    failed_.reset();
    return {};
}

Status Commits::begin_anew() {
    if (unapplied_) {
        TRY(write_index(*unapplied_));
        version_ = std::max(version_, unapplied_->version);
        unapplied_.reset();
    }
    if (!parts_.log.failed()) return {};
    return parts_.log.restart(version_, live_refs());
}

}  // namespace landfall::blocks
