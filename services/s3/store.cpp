#include "services/s3/store.hpp"

#include <algorithm>
#include <utility>

namespace landfall::s3 {
namespace {

using state::Key;
using state::Resource;
using state::Tx;

constexpr std::string_view kNameSpace = "s3.bucket-name";
constexpr std::string_view kContentCounter = "s3.content";
constexpr std::string_view kCleanSetting = "s3.clean-at";
constexpr std::string_view kLive = "available";
constexpr std::string_view kClosing = "deleting";
constexpr std::string_view kStored = "stored";
constexpr std::string_view kOpen = "in-progress";
constexpr std::string_view kNotices = "s3.notices";

/// The resource's region stays empty: a name is unique over all regions, and lists sort by name alone.
Key key_of(std::string_view kind, std::string_view account, std::string id) {
    return Key{.kind = std::string{kind}, .account = std::string{account}, .region = {}, .id = std::move(id)};
}
Key bucket_key(const BucketRow& bucket) { return key_of(kBucketKind, bucket.record.account, bucket.name); }
Key object_key(const BucketRow& bucket, std::string_view key) {
    return key_of(kObjectKind, bucket.record.account, object_row(bucket.name, key));
}
/// `position` is the object key, NUL, upload id.
Key upload_key(const BucketRow& bucket, std::string_view position) {
    return key_of(kUploadKind, bucket.record.account, object_row(bucket.name, position));
}
Key part_key(const BucketRow& bucket, const UploadRow& upload, std::uint32_t number) {
    return key_of(kPartKind, bucket.record.account, part_row(object_row(bucket.name, upload.key), number));
}

std::vector<state::Tag> resource_tags(const Tags& tags) {
    std::vector<state::Tag> out;
    for (const auto& [key, value] : tags) out.push_back({.key = key, .value = value});
    return out;
}
Tags model_tags(const Resource& resource) {
    Tags tags;
    for (const auto& tag : resource.tags) tags.emplace_back(tag.key, tag.value);
    return tags;
}

/// Tags of buckets and objects are the resource's own, so that everything that asks for tags finds them.
Resource resource_of(const BucketRow& bucket) {
    BucketRecord record = bucket.record;
    const Tags tags = std::exchange(record.tags, {});
    Resource resource{.key = bucket_key(bucket), .arn = "arn:aws:s3:::" + bucket.name};
    resource.state = bucket.closing ? kClosing : kLive;
    resource.doc = encode(record);
    resource.tags = resource_tags(tags);
    resource.version = bucket.version;
    return resource;
}
Resource resource_of(const BucketRow& bucket, const ObjectRow& object) {
    ObjectRecord record = object.record;
    const Tags tags = std::exchange(record.metadata.tags, {});
    Resource resource{.key = object_key(bucket, object.key)};
    resource.state = kStored;
    resource.doc = encode(record);
    resource.tags = resource_tags(tags);
    resource.version = object.version;
    return resource;
}

Result<BucketRow> bucket_of(const Resource& resource) {
    auto record = TRY(decode_bucket(bytes_of(resource.doc)));
    BucketRow bucket{.name = resource.key.id, .record = std::move(record)};
    bucket.record.tags = model_tags(resource);
    bucket.version = resource.version;
    bucket.closing = resource.state == kClosing;
    return bucket;
}
Result<ObjectRow> object_of(const Resource& resource, std::string_view bucket) {
    auto record = TRY(decode_object(bytes_of(resource.doc)));
    ObjectRow object{.key = std::string{key_of_object_row(resource.key.id, bucket)},
                     .record = std::move(record),
                     .version = resource.version};
    object.record.metadata.tags = model_tags(resource);
    return object;
}
Result<UploadRow> upload_of(const Resource& resource, std::string_view bucket) {
    auto record = TRY(decode_upload(bytes_of(resource.doc)));
    return UploadRow{.key = std::string{key_of_object_row(resource.key.id, bucket)},
                     .record = std::move(record),
                     .version = resource.version};
}
Result<PartRow> part_of(const Resource& resource) {
    auto record = TRY(decode_part(bytes_of(resource.doc)));
    return PartRow{.number = number_of_part_row(resource.key.id),
                   .record = std::move(record),
                   .version = resource.version};
}

Result<std::optional<Resource>> find(state::StateStore& state, const Key& key) {
    auto found = state.get(key);
    if (found.is(Errc::not_found)) return std::optional<Resource>{};
    if (!found.ok()) return std::move(found).error();
    if (found->retired) return std::optional<Resource>{};
    return std::optional{std::move(found).value()};
}

}  // namespace

bool is_conflict(const Error& error) {
    return error.code() == Errc::precondition || error.code() == Errc::already_exists ||
           error.code() == Errc::not_found;
}

Status Catalog::commit(Tx tx) {
    TRY(state_.commit(std::move(tx)));
    return {};
}

Result<std::optional<BucketRow>> Catalog::find_bucket(std::string_view name) const {
    const auto found = TRY(state_.find_by_id(kBucketKind, name));
    if (!found) return std::optional<BucketRow>{};
    return std::optional{TRY(bucket_of(*found))};
}

Result<ListPage<BucketRow>> Catalog::list_buckets(std::string_view account, std::string_view prefix,
                                                  std::string_view after, std::uint32_t max) const {
    ListPage<BucketRow> listed;
    RowScan rows{state_, kBucketKind, std::string{account}, std::string{prefix}};
    const std::string from = after.starts_with(prefix) ? std::string{after.substr(prefix.size())} + '\0' : "";
    const Resource* row = TRY(rows.seek(from));
    for (; row != nullptr && listed.entries.size() < max; row = TRY(rows.next()))
        listed.entries.push_back(TRY(bucket_of(*row)));
    listed.truncated = row != nullptr;
    if (listed.truncated && !listed.entries.empty()) listed.last = listed.entries.back().name;
    return listed;
}

Result<ListPage<BucketRow>> Catalog::all_buckets(std::string_view after) const {
    ListPage<BucketRow> listed;
    state::Page page = TRY(state_.list({.kind = std::string{kBucketKind}, .after = std::string{after}}));
    for (const Resource& resource : page.items) listed.entries.push_back(TRY(bucket_of(resource)));
    listed.last = std::move(page.next);
    listed.truncated = !listed.last.empty();
    return listed;
}

Status Catalog::create_bucket(const state::Cause& cause, const BucketRow& bucket) {
    Tx tx{cause};
    tx.create(resource_of(bucket)).claim(std::string{kNameSpace}, bucket.name, bucket_key(bucket));
    return commit(std::move(tx));
}

Status Catalog::update_bucket(const state::Cause& cause, const BucketRow& bucket) {
    Tx tx{cause};
    tx.update(resource_of(bucket));
    return commit(std::move(tx));
}

Status Catalog::erase_bucket(const state::Cause& cause, const BucketRow& bucket) {
    Tx tx{cause};
    tx.erase(bucket_key(bucket), bucket.version);
    return commit(std::move(tx));
}

Result<std::optional<ObjectRow>> Catalog::find_object(const BucketRow& bucket, std::string_view key) const {
    const auto found = TRY(find(state_, object_key(bucket, key)));
    if (!found) return std::optional<ObjectRow>{};
    return std::optional{TRY(object_of(*found, bucket.name))};
}

Status Catalog::put_object(const state::Cause& cause, const BucketRow& bucket, const ObjectRow& object,
                           const Along& along) {
    Tx tx{cause};
    tx.require(bucket_key(bucket), bucket.version);
    if (object.version.value == 0) {
        tx.create(resource_of(bucket, object));
    } else {
        tx.update(resource_of(bucket, object));
    }
    if (along.notice != nullptr) tx.post(std::string{kNotices}, encode(*along.notice));
    if (along.finished != nullptr) tx.erase(upload_key(bucket, along.finished->key), along.finished->version);
    return commit(std::move(tx));
}

Status Catalog::erase_objects(const state::Cause& cause, const BucketRow& bucket,
                              std::span<const Erasure> objects) {
    CHECK(objects.size() <= kErasedMax);
    Tx tx{cause};
    for (const Erasure& one : objects) {
        tx.erase(object_key(bucket, one.object.key), one.object.version);
        if (one.notice) tx.post(std::string{kNotices}, encode(*one.notice));
    }
    return commit(std::move(tx));
}

Result<std::optional<UploadRow>> Catalog::find_upload(const BucketRow& bucket, std::string_view key,
                                                      std::string_view upload) const {
    if (upload.size() != kUploadIdLength) return std::optional<UploadRow>{};
    const auto found = TRY(find(state_, upload_key(bucket, object_row(key, upload))));
    if (!found) return std::optional<UploadRow>{};
    return std::optional{TRY(upload_of(*found, bucket.name))};
}

Status Catalog::create_upload(const state::Cause& cause, const BucketRow& bucket, const UploadRow& upload) {
    Resource resource{.key = upload_key(bucket, upload.key)};
    resource.state = kOpen;
    resource.doc = encode(upload.record);
    Tx tx{cause};
    tx.require(bucket_key(bucket), bucket.version).create(std::move(resource));
    return commit(std::move(tx));
}

Status Catalog::erase_upload(const state::Cause& cause, const BucketRow& bucket, const UploadRow& upload) {
    Tx tx{cause};
    tx.erase(upload_key(bucket, upload.key), upload.version);
    return commit(std::move(tx));
}

Result<std::optional<PartRow>> Catalog::find_part(const BucketRow& bucket, const UploadRow& upload,
                                                  std::uint32_t number) const {
    const auto found = TRY(find(state_, part_key(bucket, upload, number)));
    if (!found) return std::optional<PartRow>{};
    return std::optional{TRY(part_of(*found))};
}

Result<std::vector<PartRow>> Catalog::list_parts(const BucketRow& bucket, const UploadRow& upload,
                                                 std::uint32_t after, std::size_t limit) const {
    std::vector<PartRow> parts;
    RowScan rows{state_, kPartKind, bucket.record.account, object_row(bucket.name, upload.key)};
    const Resource* row = TRY(rows.seek(part_row({}, after + 1)));
    for (; row != nullptr && parts.size() < limit; row = TRY(rows.next()))
        parts.push_back(TRY(part_of(*row)));
    return parts;
}

Status Catalog::put_part(const state::Cause& cause, const BucketRow& bucket, const UploadRow& upload,
                         const PartRow& part) {
    Resource resource{.key = part_key(bucket, upload, part.number)};
    resource.state = kStored;
    resource.doc = encode(part.record);
    resource.version = part.version;
    Tx tx{cause};
    tx.require(upload_key(bucket, upload.key), upload.version);
    if (part.version.value == 0) {
        tx.create(std::move(resource));
    } else {
        tx.update(std::move(resource));
    }
    return commit(std::move(tx));
}

Result<std::vector<Catalog::LooseRow>> Catalog::parts_from(std::string_view from, std::size_t limit) const {
    const state::Page page = TRY(state_.list({.kind = std::string{kPartKind},
                                              .by = state::ById{.prefix = {}, .from = std::string{from}},
                                              .limit = limit}));
    std::vector<LooseRow> rows;
    for (const Resource& resource : page.items) {
        const PartRow part = TRY(part_of(resource));
        rows.push_back({.row = resource.key.id, .content = part.record.content, .key = resource.key});
    }
    return rows;
}

Status Catalog::erase_loose(std::span<const LooseRow> rows) {
    CHECK(rows.size() <= kErasedMax);
    Tx tx{{.actor = "landfall", .service = "s3", .operation = "reclaim"}};
    for (const LooseRow& row : rows) tx.erase(row.key, state::kAnyVersion);
    const Status erased = commit(std::move(tx));
    if (!erased.is(Errc::not_found) || rows.size() == 1)
        return erased.is(Errc::not_found) ? Status{} : erased;
    // Somebody else erased one of them: the rest goes one by one.
    for (const LooseRow& row : rows) TRY(erase_loose(std::span{&row, 1}));
    return {};
}

Result<bool> Catalog::has_upload(std::string_view row) const {
    return TRY(state_.find_by_id(kUploadKind, row)).has_value();
}

Result<std::optional<ContentId>> Catalog::content_of(std::string_view kind, std::string_view row) const {
    const auto found = TRY(state_.find_by_id(kind, row));
    if (!found) return std::optional<ContentId>{};
    if (kind == kPartKind) return std::optional{TRY(decode_part(bytes_of(found->doc))).content};
    return std::optional{TRY(decode_object(bytes_of(found->doc))).content};
}

Result<std::vector<PostedNotice>> Catalog::notices(std::size_t limit) const {
    std::vector<PostedNotice> posted;
    for (const state::LogLine& line : TRY(state_.lines(kNotices, 0, limit))) {
        auto notice = decode_notice(line.text);
        // One that cannot be read holds back no other: it has no target, and so is dropped with an event.
        if (!notice.ok()) notice = Notice{.rule = "unreadable", .bucket = "unreadable"};
        posted.push_back({.number = line.seq, .at = line.at, .notice = std::move(notice).value()});
    }
    return posted;
}

Status Catalog::erase_notices(std::uint64_t number, std::span<const DroppedNotice> dropped) {
    Tx tx{{.actor = "landfall", .service = "s3", .operation = "Notify"}};
    tx.erase_lines(std::string{kNotices}, number);
    for (const DroppedNotice& one : dropped)
        tx.note(key_of(kBucketKind, one.notice.account, one.notice.bucket), one.why);
    return commit(std::move(tx));
}

Result<ContentId> Catalog::reserve_contents(std::uint64_t count) {
    Tx tx{{.actor = "landfall", .service = "s3", .operation = "open"}};
    tx.count(std::string{kContentCounter}, count);
    const auto committed = TRY(state_.commit(std::move(tx)));
    CHECK(committed.counters.size() == 1);
    return ContentId{committed.counters.front() - count + 1};
}

Result<std::uint64_t> Catalog::reserved() const { return state_.counter(kContentCounter); }

Result<std::optional<std::uint64_t>> Catalog::clean_mark() const {
    const auto text = TRY(state_.setting(kCleanSetting));
    if (!text || text->size() != 8) return std::optional<std::uint64_t>{};
    return std::optional{content_of_row(*text).value};
}

Status Catalog::set_clean_mark(std::uint64_t reserved) {
    Tx tx{{.actor = "landfall", .service = "s3", .operation = "stop"}};
    tx.set_setting(std::string{kCleanSetting}, content_row(ContentId{reserved}));
    return commit(std::move(tx));
}

RowScan::RowScan(state::StateStore& state, std::string_view kind, std::string account, std::string prefix)
    : state_{state}, prefix_{std::move(prefix)} {
    query_.kind = kind;
    query_.account = std::move(account);
    query_.region = "";
    query_.limit = 4;
}

Result<const Resource*> RowScan::fetch(std::string from) {
    query_.by = state::ById{.prefix = prefix_, .from = std::move(from)};
    page_ = TRY(state_.list(query_));
    at_ = 0;
    // A page that was walked to its end is followed by a larger one.
    query_.limit = std::min<std::size_t>(query_.limit * 4, kPageMax + 1);
    return page_.items.empty() ? nullptr : &page_.items.front();
}

Result<const Resource*> RowScan::seek(std::string_view from) {
    std::string row = prefix_ + std::string{from};
    // Skips that stay on the page at hand cost nothing; a listing with delimiter is full of them.
    while (at_ < page_.items.size() && page_.items[at_].key.id < row) ++at_;
    if (at_ < page_.items.size() && at_ > 0 && page_.items[at_ - 1].key.id < row) return &page_.items[at_];
    query_.limit = std::min<std::size_t>(query_.limit, 64);
    return fetch(std::move(row));
}

Result<const Resource*> RowScan::next() {
    if (at_ < page_.items.size()) ++at_;
    if (at_ < page_.items.size()) return &page_.items[at_];
    if (page_.items.empty() || page_.next.empty()) return nullptr;
    return fetch(page_.items.back().key.id + '\0');
}

ObjectCursor::ObjectCursor(const Catalog& catalog, const BucketRow& bucket)
    : bucket_{bucket.name},
      rows_{catalog.state(), kObjectKind, bucket.record.account, object_row(bucket.name, {})} {}

Result<std::optional<ObjectRow>> ObjectCursor::seek(std::string_view from) {
    const Resource* row = TRY(rows_.seek(from));
    if (row == nullptr) return std::optional<ObjectRow>{};
    return std::optional{TRY(object_of(*row, bucket_))};
}

Result<std::optional<ObjectRow>> ObjectCursor::next() {
    const Resource* row = TRY(rows_.next());
    if (row == nullptr) return std::optional<ObjectRow>{};
    return std::optional{TRY(object_of(*row, bucket_))};
}

UploadCursor::UploadCursor(const Catalog& catalog, const BucketRow& bucket)
    : bucket_{bucket.name},
      rows_{catalog.state(), kUploadKind, bucket.record.account, object_row(bucket.name, {})} {}

Result<std::optional<UploadRow>> UploadCursor::seek(std::string_view from) {
    const Resource* row = TRY(rows_.seek(from));
    if (row == nullptr) return std::optional<UploadRow>{};
    return std::optional{TRY(upload_of(*row, bucket_))};
}

Result<std::optional<UploadRow>> UploadCursor::next() {
    const Resource* row = TRY(rows_.next());
    if (row == nullptr) return std::optional<UploadRow>{};
    return std::optional{TRY(upload_of(*row, bucket_))};
}

}  // namespace landfall::s3
