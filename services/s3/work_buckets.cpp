#include "services/s3/work_buckets.hpp"

namespace landfall::s3 {
namespace {

constexpr int kRoundsMax = 100;
constexpr std::string_view kFirstRegion = "us-east-1";

Fault illegal_location(std::string_view location) {
    return Fault{
        Code::illegal_location_constraint,
        "The " + std::string{location} +
            " location constraint is incompatible for the region specific endpoint this request was sent "
            "to."};
}

}  // namespace

Status Buckets::settle() {
    std::string after;
    do {
        const auto page = TRY(ground_.catalog.all_buckets(after));
        for (const BucketRow& bucket : page.entries) {
            if (!bucket.closing) continue;
            const Verdict finished =
                finish({.actor = "landfall", .service = "s3", .operation = "settle"}, bucket);
            if (!finished.ok() && finished.error().cause()) return *finished.error().cause();
        }
        after = page.last;
    } while (!after.empty());
    return {};
}

Answer<BucketRow> Buckets::create(const Asker& asker, const Create& request) {
    TRY(check_bucket_name(request.name));
    // "EU" is the name that eu-west-1 had first.
    const std::string location = request.location == "EU" ? "eu-west-1" : request.location;
    if (!location.empty() && asker.region != kFirstRegion && location != asker.region)
        return illegal_location(location);
    BucketRow bucket{.name = request.name};
    bucket.record.account = asker.account;
    bucket.record.region = location.empty() ? asker.region : location;
    bucket.record.created = ground_.clock.now();
    bucket.record.ownership = request.ownership;
    bucket.record.tags = request.tags;
    const Status created = ground_.catalog.create_bucket(asker.cause, bucket);
    if (created.ok()) {
        bucket.version = state::Version{1};
        return bucket;
    }
    if (!is_conflict(created.error())) return created.error();
    const auto holder = TRY(ground_.catalog.find_bucket(request.name));
    const bool own = holder && holder->record.account == asker.account;
    // In the first region S3 answers a repeated create of one's own bucket with success, and changes nothing.
    if (own && !holder->closing && asker.region == kFirstRegion && holder->record.region == kFirstRegion)
        return *holder;
    return Fault{own ? Code::bucket_already_owned_by_you : Code::bucket_already_exists}.with("BucketName",
                                                                                             request.name);
}

Answer<ListPage<BucketRow>> Buckets::list(const Asker& asker, std::string_view prefix, std::string_view after,
                                          std::uint32_t max) {
    return TRY(ground_.catalog.list_buckets(asker.account, prefix, after, max));
}

Verdict Buckets::update(const Asker& asker, std::string_view name,
                        const std::function<Verdict(BucketRecord&)>& change) {
    for (int round = 0; round < kRoundsMax; ++round) {
        BucketRow bucket = TRY(find(asker, name));
        TRY(change(bucket.record));
        const Status updated = ground_.catalog.update_bucket(asker.cause, bucket);
        if (!updated.ok() && is_conflict(updated.error())) continue;
        TRY(updated);
        return {};
    }
    return Fault{Code::conditional_request_conflict};
}

Result<bool> Buckets::holds_objects(const BucketRow& bucket) {
    ObjectCursor cursor{ground_.catalog, bucket};
    return TRY(cursor.seek({})).has_value();
}

Verdict Buckets::close(const Asker& asker, std::string_view name) {
    for (int round = 0; round < kRoundsMax; ++round) {
        BucketRow bucket = TRY(find(asker, name));
        if (TRY(holds_objects(bucket))) return Fault{Code::bucket_not_empty}.with("BucketName", bucket.name);
        bucket.closing = true;
        const Status updated = ground_.catalog.update_bucket(asker.cause, bucket);
        if (!updated.ok() && is_conflict(updated.error())) continue;
        TRY(updated);
        return {};
    }
    return Fault{Code::conditional_request_conflict};
}

Verdict Buckets::remove(const Asker& asker, std::string_view name) {
    TRY(close(asker, name));
    const auto bucket = TRY(ground_.catalog.find_bucket(name));
    if (!bucket || !bucket->closing) return Fault{Code::no_such_bucket}.with("BucketName", std::string{name});
    return finish(asker.cause, *bucket);
}

Verdict Buckets::finish(const state::Cause& cause, const BucketRow& bucket) {
    if (TRY(holds_objects(bucket))) {
        BucketRow open = bucket;
        open.closing = false;
        TRY(ground_.catalog.update_bucket(cause, open));
        return Fault{Code::bucket_not_empty}.with("BucketName", bucket.name);
    }
    TRY(abort_uploads(cause, bucket));
    TRY(ground_.catalog.erase_bucket(cause, bucket));
    return {};
}

Status Buckets::abort_uploads(const state::Cause& cause, const BucketRow& bucket) {
    UploadCursor cursor{ground_.catalog, bucket};
    auto upload = TRY(cursor.seek({}));
    while (upload) {
        const Status erased = ground_.catalog.erase_upload(cause, bucket, *upload);
        if (!erased.ok() && !is_conflict(erased.error())) return erased;
        ground_.reclaimer.release_parts(object_row(bucket.name, upload->key));
        upload = TRY(cursor.seek(upload->key + '\0'));
    }
    return {};
}

}  // namespace landfall::s3
