#include "core/blocks/root_log.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/checksum.hpp"

namespace landfall::blocks {
namespace {

constexpr std::uint32_t kMagic = 0x544f4f52;  // "ROOT"
constexpr std::size_t kHead = 36;
constexpr std::string_view kSuffix = ".log";
constexpr std::uint64_t kSyncEvery = 8U << 20U;
constexpr Bytes kLogMax = 64_GiB;
constexpr std::size_t kKeyMax = 4096;

void append_change(std::vector<std::byte>& out, const RootChange& change) {
    std::array<std::byte, 4> head{};
    store_le<std::uint16_t>(head, 0, static_cast<std::uint16_t>(change.key.size()));
    head[2] = change.record ? std::byte{1} : std::byte{0};
    out.insert(out.end(), head.begin(), head.end());
    const ByteSpan key = bytes_of(change.key);
    out.insert(out.end(), key.begin(), key.end());
    if (!change.record) return;
    const std::string record = encode(*change.record);
    const ByteSpan value = bytes_of(record);
    out.insert(out.end(), value.begin(), value.end());
}

Result<RootChange> take_change(ByteSpan& rest) {
    constexpr std::size_t kRecord = 56;
    const Error damaged{Errc::corrupt, "a root record with a change that does not parse"};
    if (rest.size() < 4) return damaged;
    const std::size_t key_size = load_le<std::uint16_t>(rest);
    const bool sets = rest[2] == std::byte{1};
    const std::size_t size = 4 + key_size + (sets ? kRecord : 0);
    const bool known = rest[3] == std::byte{0} && (sets || rest[2] == std::byte{0});
    if (rest.size() < size || key_size > kKeyMax || !known) return damaged;
    RootChange change{.key = std::string{text_of(rest.subspan(4, key_size))}, .record = {}};
    if (sets) {
        change.record = decode_ref_record(text_of(rest.subspan(4 + key_size, kRecord)));
        if (!change.record) return damaged;
    }
    rest = rest.subspan(size);
    return change;
}

std::optional<std::uint64_t> sequence_of(std::string_view name) {
    if (!name.ends_with(kSuffix)) return std::nullopt;
    name.remove_suffix(kSuffix.size());
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return value;
}

/// A record behind `from` that was written when the log was durable beyond `from` proves that `from` is
/// damage.
bool durable_beyond(ByteSpan log, std::size_t from) {
    for (std::size_t at = from + 1; at + kHead <= log.size(); ++at) {
        if (load_le<std::uint32_t>(log, at) != kMagic) continue;
        const auto decoded = decode_root_record(log.subspan(at));
        if (decoded.ok() && decoded->record.durable_below > from) return true;
    }
    return false;
}

}  // namespace

std::vector<std::byte> encode(const RootRecord& record) {
    std::vector<std::byte> out(kHead);
    for (const RootChange& change : record.changes) append_change(out, change);
    store_le<std::uint32_t>(out, 0, kMagic);
    store_le<std::uint32_t>(out, 4, static_cast<std::uint32_t>(out.size()));
    store_le<std::uint64_t>(out, 8, record.version);
    store_le<std::uint64_t>(out, 16, record.durable_below);
    store_le<std::uint32_t>(out, 24, static_cast<std::uint32_t>(record.changes.size()));
    store_le<std::uint32_t>(out, 28, record.checkpoint_end ? 1 : 0);
    Crc32c crc;
    crc.update(ByteSpan{out}.first(32));
    crc.update(ByteSpan{out}.subspan(kHead));
    store_le<std::uint32_t>(out, 32, crc.value());
    return out;
}

Result<DecodedRootRecord> decode_root_record(ByteSpan bytes) {
    if (bytes.size() < kHead || load_le<std::uint32_t>(bytes, 0) != kMagic)
        return Error{Errc::corrupt, "not a root record"};
    const std::size_t length = load_le<std::uint32_t>(bytes, 4);
    if (length < kHead || length > bytes.size()) return Error{Errc::corrupt, "a root record that is cut off"};
    Crc32c crc;
    crc.update(bytes.first(32));
    crc.update(bytes.subspan(kHead, length - kHead));
    if (crc.value() != load_le<std::uint32_t>(bytes, 32))
        return Error{Errc::corrupt, "a root record with a wrong checksum"};
    if (load_le<std::uint32_t>(bytes, 28) > 1) return Error{Errc::corrupt, "a root record of no known kind"};
    DecodedRootRecord decoded{.record = {.version = load_le<std::uint64_t>(bytes, 8),
                                         .durable_below = load_le<std::uint64_t>(bytes, 16),
                                         .checkpoint_end = load_le<std::uint32_t>(bytes, 28) == 1,
                                         .changes = {}},
                              .length = length};
    ByteSpan rest = bytes.subspan(kHead, length - kHead);
    for (std::uint32_t i = load_le<std::uint32_t>(bytes, 24); i > 0; --i)
        decoded.record.changes.push_back(TRY(take_change(rest)));
    if (!rest.empty()) return Error{Errc::corrupt, "a root record with bytes behind its changes"};
    return decoded;
}

std::string RootLog::path_of(std::uint64_t sequence) const {
    return directory_ + "/" + std::to_string(sequence) + std::string{kSuffix};
}

Status RootLog::open(Visit visit) {
    std::vector<std::uint64_t> sequences;
    for (const std::string& name : TRY(disk_.list(directory_)))
        if (const auto sequence = sequence_of(name)) sequences.push_back(*sequence);
    if (sequences.empty()) return checkpoint(0, [] { return Result<std::vector<RootChange>>{{}}; });
    sequence_ = sequence_max_ = *std::max_element(sequences.begin(), sequences.end());
    TRY(replay(visit));
    for (const std::uint64_t sequence : sequences)
        if (sequence != sequence_) TRY(disk_.unlink(path_of(sequence)));
    return {};
}

Status RootLog::replay(Visit& visit) {
    const std::string path = path_of(sequence_);
    const std::vector<std::byte> log = TRY(disk_.read_all(path, kLogMax));
    bool complete = false;
    while (end_ < log.size()) {
        auto decoded = decode_root_record(ByteSpan{log}.subspan(end_));
        if (!decoded.ok()) {
            if (!complete || durable_beyond(log, end_))
                return std::move(decoded).error().in(path + " at offset " + std::to_string(end_));
            break;
        }
        TRY(visit(decoded->record));
        end_ += decoded->length;
        if (decoded->record.checkpoint_end) complete = true, checkpoint_size_ = end_;
    }
    if (!complete) return Error{Errc::corrupt, path + " ends inside its checkpoint"};
    file_ = TRY(disk_.open(path, OpenMode::read_write));
    if (end_ == log.size()) return {};
    TRY(file_->truncate(Bytes{end_}));
    return file_->sync();
}

Status RootLog::append(RootRecord record) {
    if (failed_) return *failed_;
    record.durable_below = end_;
    const std::vector<std::byte> bytes = encode(record);
    Status status = file_->write_at(ByteOffset{end_}, bytes);
    const bool written = status.ok();
    if (written) status = file_->sync();
    if (status.ok()) {
        end_ += bytes.size();
        if (!draft_) return {};
        // Offsets of this file mean nothing in the next one.
        record.durable_below = 0;
        const std::vector<std::byte> again = encode(record);
        draft_->tail.insert(draft_->tail.end(), again.begin(), again.end());
        return {};
    }
    draft_.reset();
    // A write that found no space left nothing that counts once it is cut off: the log can go on.
    if (!written && status.is(Errc::exhausted) && file_->truncate(Bytes{end_}).ok() && file_->sync().ok())
        return status;
    failed_ = Error{Errc::io, "the root log failed before: " + status.error().message()};
    return status;
}

bool RootLog::wants_checkpoint() const { return end_ > checkpoint_min_ && end_ > 2 * checkpoint_size_; }

/// False: that was the last one.
Result<bool> RootLog::write_piece(Draft& draft) {
    auto changes = TRY(draft.next());
    RootRecord record{.version = draft.version,
                      .durable_below = 0,
                      .checkpoint_end = changes.empty(),
                      .changes = std::move(changes)};
    const std::vector<std::byte> bytes = encode(record);
    TRY(draft.file->write_at(ByteOffset{draft.end}, bytes));
    draft.end += bytes.size();
    if (draft.end - draft.synced >= kSyncEvery) {
        TRY(draft.file->sync());
        draft.synced = draft.end;
    }
    return !record.checkpoint_end;
}

Status RootLog::begin_checkpoint(std::uint64_t version, Next next) {
    draft_.reset();
    auto draft = std::make_unique<Draft>();
    draft->version = version;
    draft->next = std::move(next);
    draft->file = TRY(disk_.open(draft_path(), OpenMode::create));
    TRY(draft->file->truncate(0_B));
    draft_ = std::move(draft);
    return {};
}

Status RootLog::advance_checkpoint(std::size_t pieces) {
    CHECK(draft_ != nullptr);
    for (std::size_t i = 0; i < pieces; ++i) {
        const auto more = write_piece(*draft_);
        if (more.ok() && *more) continue;
        const std::unique_ptr<Draft> draft = std::move(draft_);
        return more.ok() ? finish(*draft) : Status{more.error()};
    }
    return {};
}

// From the rename on a start may find the new log: the old one takes nothing more, whatever comes of it.
Status RootLog::finish(Draft& draft) {
    const std::uint64_t checkpoint_size = draft.end;
    if (!draft.tail.empty()) TRY(draft.file->write_at(ByteOffset{draft.end}, draft.tail));
    TRY(draft.file->sync());
    const std::uint64_t sequence = ++sequence_max_;
    Status renamed = disk_.rename(draft_path(), path_of(sequence));
    if (renamed.ok()) renamed = disk_.sync_directory(directory_);
    if (!renamed.ok()) {
        failed_ = Error{Errc::io, "the root log failed before: " + renamed.error().message()};
        return renamed;
    }
    const std::uint64_t old = std::exchange(sequence_, sequence);
    file_ = std::move(draft.file);
    end_ = draft.end + draft.tail.size();
    checkpoint_size_ = checkpoint_size;
    if (old == 0) return {};
    // The old log only costs space from here on: the next start removes it if this does not.
    static_cast<void>(disk_.unlink(path_of(old)));
    return {};
}

Status RootLog::checkpoint(std::uint64_t version, Next next) {
    TRY(begin_checkpoint(version, std::move(next)));
    while (checkpointing()) TRY(advance_checkpoint(1));
    return {};
}

Status RootLog::restart(std::uint64_t version, Next next) {
    CHECK(failed_.has_value());
    TRY(checkpoint(version, std::move(next)));
    failed_.reset();
    return {};
}

}  // namespace landfall::blocks
