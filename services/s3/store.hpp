// Catalog: the records of buckets, objects, uploads and parts in the state store.
//
// Invariants
//   1. Every change is one transaction with its events; after a crash it is there whole or not at all.
//   2. A change names the versions that it was decided on. Whoever lost a race gets a conflict (is_conflict)
//      and decides again; nothing is overwritten unseen.
//   3. An object, an upload or a part is only ever added to a bucket or upload that exists, unchanged, at
//      that moment. A bucket that is closing takes nothing new.
//   4. Bucket names are unique over all accounts.
// Threads: any. Every call blocks on disk; changes wait for a commit (about one shared fsync).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/state/store.hpp"
#include "services/s3/model_listing.hpp"
#include "services/s3/store_records.hpp"

namespace landfall::s3 {

inline constexpr std::string_view kBucketKind = "s3.bucket";
inline constexpr std::string_view kObjectKind = "s3.object";
inline constexpr std::string_view kUploadKind = "s3.upload";
inline constexpr std::string_view kPartKind = "s3.part";

struct BucketRow {
    std::string name;
    BucketRecord record;
    state::Version version;
    /// A DeleteBucket is deciding whether it is empty.
    bool closing = false;
};

struct ObjectRow {
    std::string key;
    ObjectRecord record;
    state::Version version;  ///< 0: not stored yet
    [[nodiscard]] std::string_view listed_name() const { return key; }
};

struct UploadRow {
    /// Where it stands in the listing: object key, NUL, upload id.
    std::string key;
    UploadRecord record;
    state::Version version;
    [[nodiscard]] std::string_view listed_name() const {
        return std::string_view{key}.substr(0, key.size() - kUploadIdLength - 1);
    }
    [[nodiscard]] std::string_view upload() const {
        return std::string_view{key}.substr(key.size() - kUploadIdLength);
    }
};

struct PartRow {
    std::uint32_t number = 0;
    PartRecord record;
    state::Version version;
};

/// A notice as it waits; `number` grows with every change.
struct PostedNotice {
    std::uint64_t number = 0;
    Instant at;
    Notice notice;
};

/// True for the errors of a change that was decided on something that has changed meanwhile.
[[nodiscard]] bool is_conflict(const Error& error);

class Catalog {
public:
    /// `state` outlives the catalog.
    explicit Catalog(state::StateStore& state) : state_{state} {}

    [[nodiscard]] Result<std::optional<BucketRow>> find_bucket(std::string_view name) const;
    /// Buckets of an account by name, those that are closing too.
    [[nodiscard]] Result<ListPage<BucketRow>> list_buckets(std::string_view account, std::string_view prefix,
                                                           std::string_view after, std::uint32_t max) const;
    /// A page of everybody's buckets; `after` is the last page's `last`.
    [[nodiscard]] Result<ListPage<BucketRow>> all_buckets(std::string_view after) const;
    /// already_exists where anybody has a bucket of that name.
    [[nodiscard]] Status create_bucket(const state::Cause& cause, const BucketRow& bucket);
    /// Replaces the record and the closing mark of the bucket that was read at `bucket.version`.
    [[nodiscard]] Status update_bucket(const state::Cause& cause, const BucketRow& bucket);
    [[nodiscard]] Status erase_bucket(const state::Cause& cause, const BucketRow& bucket);

    [[nodiscard]] Result<std::optional<ObjectRow>> find_object(const BucketRow& bucket,
                                                               std::string_view key) const;
    /// What happens in one transaction with an object's change.
    struct Along {
        const UploadRow* finished = nullptr;  ///< the upload that it came from is erased
        const Notice* notice = nullptr;       ///< is posted
    };
    /// Creates (version 0) or replaces the object.
    [[nodiscard]] Status put_object(const state::Cause& cause, const BucketRow& bucket,
                                    const ObjectRow& object, const Along& along);
    struct Erasure {
        ObjectRow object;
        std::optional<Notice> notice;  ///< is posted with it
    };
    /// All of them or none; at most kErasedMax.
    [[nodiscard]] Status erase_objects(const state::Cause& cause, const BucketRow& bucket,
                                       std::span<const Erasure> objects);
    static constexpr std::size_t kErasedMax = state::kTxOpsMax / 2;

    [[nodiscard]] Result<std::optional<UploadRow>> find_upload(const BucketRow& bucket, std::string_view key,
                                                               std::string_view upload) const;
    [[nodiscard]] Status create_upload(const state::Cause& cause, const BucketRow& bucket,
                                       const UploadRow& upload);
    [[nodiscard]] Status erase_upload(const state::Cause& cause, const BucketRow& bucket,
                                      const UploadRow& upload);

    [[nodiscard]] Result<std::optional<PartRow>> find_part(const BucketRow& bucket, const UploadRow& upload,
                                                           std::uint32_t number) const;
    /// Parts with number > after, in order, at most `limit`.
    [[nodiscard]] Result<std::vector<PartRow>> list_parts(const BucketRow& bucket, const UploadRow& upload,
                                                          std::uint32_t after, std::size_t limit) const;
    [[nodiscard]] Status put_part(const state::Cause& cause, const BucketRow& bucket, const UploadRow& upload,
                                  const PartRow& part);

    /// The row names of parts from `from` on, whatever upload they belong to, at most `limit`.
    struct LooseRow {
        std::string row;
        ContentId content;
        state::Key key;
    };
    [[nodiscard]] Result<std::vector<LooseRow>> parts_from(std::string_view from, std::size_t limit) const;
    /// Erases rows that belong to nothing any more; those that are gone already count as erased.
    [[nodiscard]] Status erase_loose(std::span<const LooseRow> rows);
    [[nodiscard]] Result<bool> has_upload(std::string_view row) const;
    /// What content the record of that row names; nullopt when there is no such record.
    [[nodiscard]] Result<std::optional<ContentId>> content_of(std::string_view kind,
                                                              std::string_view row) const;

    /// The first that wait, in the order of their changes, at most `limit`. One that cannot be read has no
    /// target.
    [[nodiscard]] Result<std::vector<PostedNotice>> notices(std::size_t limit) const;
    struct DroppedNotice {
        Notice notice;
        std::string why;
    };
    /// Those up to `number` are delivered, or dropped: then an event of the bucket says why.
    [[nodiscard]] Status erase_notices(std::uint64_t number, std::span<const DroppedNotice> dropped);

    /// Sets `count` content ids aside; they are never given out again, also not after a crash.
    [[nodiscard]] Result<ContentId> reserve_contents(std::uint64_t count);
    /// The next reservation would begin behind this one: tells a clean stop from a crash.
    [[nodiscard]] Result<std::uint64_t> reserved() const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> clean_mark() const;
    [[nodiscard]] Status set_clean_mark(std::uint64_t reserved);

    [[nodiscard]] state::StateStore& state() const { return state_; }

private:
    [[nodiscard]] Status commit(state::Tx tx);
    state::StateStore& state_;
};

/// Rows of one kind whose id starts with `prefix`, in byte order of ids: read in batches that grow, so that a
/// seek that needs one row costs little and a walk over many costs few questions.
class RowScan {
public:
    RowScan(state::StateStore& state, std::string_view kind, std::string account, std::string prefix);
    /// The first row whose id behind the prefix is ≥ `from`; nullptr at the end. Valid until the next call.
    [[nodiscard]] Result<const state::Resource*> seek(std::string_view from);
    [[nodiscard]] Result<const state::Resource*> next();

private:
    [[nodiscard]] Result<const state::Resource*> fetch(std::string from);
    state::StateStore& state_;
    state::Query query_;
    std::string prefix_;
    state::Page page_;
    std::size_t at_ = 0;
};

/// Walks the objects of a bucket for list_page. One thread at a time.
class ObjectCursor final : public KeyCursor<ObjectRow> {
public:
    ObjectCursor(const Catalog& catalog, const BucketRow& bucket);
    Result<std::optional<ObjectRow>> seek(std::string_view from) override;
    Result<std::optional<ObjectRow>> next() override;

private:
    std::string bucket_;
    RowScan rows_;
};

/// Walks the uploads of a bucket for list_page. One thread at a time.
class UploadCursor final : public KeyCursor<UploadRow> {
public:
    UploadCursor(const Catalog& catalog, const BucketRow& bucket);
    Result<std::optional<UploadRow>> seek(std::string_view from) override;
    Result<std::optional<UploadRow>> next() override;

private:
    std::string bucket_;
    RowScan rows_;
};

}  // namespace landfall::s3
