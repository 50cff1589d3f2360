#include "services/s3/work_uploads.hpp"

#include <algorithm>
#include <cstdio>

namespace landfall::s3 {
namespace {

constexpr int kRoundsMax = 100;

Fault no_such_upload(std::string_view upload) {
    return Fault{Code::no_such_upload}.with("UploadId", std::string{upload});
}

/// 16 digits of the time of initiation, so that uploads of a key list in that order, and 32 that nobody
/// guesses.
std::string upload_id(Instant initiated, Random& random) {
    char time[17];
    std::snprintf(time, sizeof time, "%016llx", static_cast<unsigned long long>(initiated.ns));
    return std::string{time} + random.hex(kUploadIdLength - 16);
}

std::string row_of(std::string_view bucket, const UploadRow& upload) {
    return object_row(bucket, upload.key);
}

blocks::RefKey part_ref(std::string_view bucket, const UploadRow& upload, std::uint32_t number,
                        ContentId content) {
    return ref_of(kPartRefs, part_row(row_of(bucket, upload), number), content);
}

using PartRows = std::map<std::uint32_t, PartRow>;

Answer<PartRows> all_parts(const Ground& ground, const BucketRow& bucket, const UploadRow& upload) {
    PartRows parts;
    for (PartRow& part : TRY(ground.catalog.list_parts(bucket, upload, 0, kPartNumberMax)))
        parts.emplace(part.number, std::move(part));
    return parts;
}

StoredParts stored_parts(const PartRows& rows) {
    StoredParts parts;
    for (const auto& [number, row] : rows) parts.emplace(number, row.record.part);
    return parts;
}

/// The parts of a plan, one behind the other, as one content under the lease; nullopt when they hold no
/// bytes. A part that was replaced since it was listed is `not_found`.
Result<std::optional<blocks::TreeRoot>> compose(const Ground& ground, const blocks::Lease& lease,
                                                const BucketRow& bucket, const UploadRow& upload,
                                                const std::vector<PartRow>& parts) {
    std::vector<blocks::TreeRoot> roots;
    for (const PartRow& part : parts) {
        if (part.record.content.empty()) continue;
        const auto ref = part_ref(bucket.name, upload, part.number, part.record.content);
        roots.push_back(TRY(ground.contents.blocks().pin(lease, ref)).root);
    }
    if (roots.empty()) return std::optional<blocks::TreeRoot>{};
    if (roots.size() == 1) return std::optional{roots.front()};
    const blocks::DomainNumber domain = TRY(ground.contents.domain_of(bucket.record));
    return std::optional{TRY(ground.contents.blocks().compose(lease, domain, roots))};
}

/// The object that a Complete of this upload made, if it is still what the key holds.
Answer<ObjectRow> completed_before(Objects& objects, const Asker& asker, const Uploads::Name& name) {
    auto object = objects.find(asker, name.bucket, name.key);
    if (object.ok() && !name.upload.empty() && object->record.upload == name.upload) return object;
    if (!object.ok() && !object.is(Code::no_such_key)) return object;
    return no_such_upload(name.upload);
}

}  // namespace

std::string Uploads::position(std::string_view key, std::string_view upload) {
    return object_row(key, upload.empty() ? "\xff" : upload);
}

Answer<UploadRow> Uploads::create(const Asker& asker, const Create& request) {
    TRY(check_key(request.key));
    UploadRow upload;
    upload.record = {
        .initiated = ground_.clock.now(), .checksum = request.checksum, .metadata = request.metadata};
    upload.key = position(request.key, upload_id(upload.record.initiated, ground_.random));
    for (int round = 0; round < kRoundsMax; ++round) {
        const BucketRow bucket = TRY(bucket_for(ground_, asker, request.bucket));
        const Status created = ground_.catalog.create_upload(asker.cause, bucket, upload);
        if (!created.ok() && is_conflict(created.error())) continue;
        TRY(created);
        return upload;
    }
    return Fault{Code::conditional_request_conflict};
}

Answer<UploadRow> Uploads::find(const Asker& asker, const Name& name) {
    const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
    auto upload = TRY(ground_.catalog.find_upload(bucket, name.key, name.upload));
    if (!upload) return no_such_upload(name.upload);
    return *std::move(upload);
}

Answer<PartRow> Uploads::put_part(const Asker& asker, const Name& name, std::int64_t number,
                                  Expected expected, ByteStream& payload) {
    TRY(check_part_number(number));
    const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
    const UploadRow upload = TRY(find(asker, name));
    const UploadChecksum& checksum = upload.record.checksum;
    // A claim in the header is judged now; one that comes behind the payload must be of the announced
    // algorithm.
    if (expected.claim) TRY(check_part_claim(checksum, *expected.claim));
    if (!expected.claim && checksum.declared) expected.algorithm = checksum.algorithm;
    const blocks::DomainNumber domain = TRY(ground_.contents.domain_of(bucket.record));
    Received received = TRY(receive(ground_.contents, domain, payload, expected));
    if (received.sum.algorithm() != checksum.algorithm) {
        // The claim was of another algorithm than the one that the upload keeps: read once more for that.
        Checksummer sum{checksum.algorithm};
        if (received.root) {
            auto reader = TRY(ground_.contents.blocks().open(received.lease, *received.root));
            received.sum = TRY(digest(*reader, ByteOffset{0}, received.size, checksum.algorithm)).sum;
        } else {
            received.sum = sum.finish();
        }
    }
    return store_part(asker, name, static_cast<std::uint32_t>(number), std::move(received));
}

Answer<PartRow> Uploads::copy_part(const Asker& asker, const Name& name, std::int64_t number,
                                   const CopyPart& request) {
    TRY(check_part_number(number));
    const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
    const UploadRow upload = TRY(find(asker, name));
    const OpenObject source = TRY(objects_.open(asker, request.source.bucket, request.source.key));
    const ObjectRecord& record = source.object.record;
    TRY(judge_copy_source(request.source_conditions, {.etag = record.etag, .modified = record.modified}));
    Extent extent{.from = ByteOffset{0}, .length = record.size};
    if (!request.range.empty()) extent = TRY(resolve_copy_range(request.range, record.size));
    if (extent.length > kUploadSizeMax) {
        return Fault{
            Code::invalid_request,
            "The specified copy source is larger than the maximum allowable size for a copy source: " +
                std::to_string(kUploadSizeMax.count)};
    }
    const Algorithm algorithm = upload.record.checksum.algorithm;
    if (!source.reader) {
        const auto sums = Digests{algorithm}.finish();
        Received nothing{.lease = ground_.contents.blocks().lease(), .md5 = sums.md5, .sum = sums.sum};
        return store_part(asker, name, static_cast<std::uint32_t>(number), std::move(nothing));
    }
    const blocks::DomainNumber domain = TRY(ground_.contents.domain_of(bucket.record));
    Received received =
        TRY(copied(ground_.contents, domain, *source.reader, extent.from, extent.length, algorithm));
    return store_part(asker, name, static_cast<std::uint32_t>(number), std::move(received));
}

Answer<PartRow> Uploads::store_part(const Asker& asker, const Name& name, std::uint32_t number,
                                    Received received) {
    Reclaimer::Undecided undecided{ground_.reclaimer};
    PartRow part{.number = number};
    part.record.part = {.size = received.size, .md5 = received.md5, .sum = received.sum};
    std::vector<blocks::RefKey> refs;
    if (received.root) {
        const UploadRow upload = TRY(find(asker, name));
        part.record.content = ground_.contents.next_id();
        refs = {part_ref(name.bucket, upload, number, part.record.content)};
        const Contents::Named named{.ref = refs.front(), .root = *received.root};
        TRY(ground_.contents.keep(received.lease, std::span{&named, 1}));
    }
    part.record.modified = ground_.clock.now();
    for (int round = 0; round < kRoundsMax; ++round) {
        const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
        const auto upload = TRY(ground_.catalog.find_upload(bucket, name.key, name.upload));
        if (!upload) {
            ground_.reclaimer.release(std::move(refs));
            undecided.settled();
            return no_such_upload(name.upload);
        }
        const auto current = TRY(ground_.catalog.find_part(bucket, *upload, number));
        part.version = current ? current->version : state::Version{};
        const Status put = ground_.catalog.put_part(asker.cause, bucket, *upload, part);
        if (!put.ok() && is_conflict(put.error())) continue;
        TRY(put);
        undecided.settled();
        if (current && !current->record.content.empty())
            ground_.reclaimer.release({part_ref(name.bucket, *upload, number, current->record.content)});
        return part;
    }
    ground_.reclaimer.release(std::move(refs));
    undecided.settled();
    return Fault{Code::conditional_request_conflict};
}

Answer<ObjectRow> Uploads::complete(const Asker& asker, const Name& name, const Completion& completion,
                                    const WriteConditions& conditions) {
    TRY(check_write(conditions));
    const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
    const auto upload = TRY(ground_.catalog.find_upload(bucket, name.key, name.upload));
    if (!upload) return completed_before(objects_, asker, name);
    PartRows rows = TRY(all_parts(ground_, bucket, *upload));
    const CompletionPlan plan = TRY(plan_completion(upload->record.checksum, stored_parts(rows), completion));
    std::vector<PartRow> chosen;
    for (const std::uint32_t number : plan.numbers) chosen.push_back(rows.at(number));

    const blocks::Lease lease = ground_.contents.blocks().lease();
    const auto composed = compose(ground_, lease, bucket, *upload, chosen);
    // A part was replaced while we looked: what the client named is no more.
    if (composed.is(Errc::not_found)) return Fault{Code::invalid_part};
    const auto root = TRY(composed);

    Installation installation;
    installation.bucket = name.bucket;
    installation.conditions = conditions;
    installation.finished = *upload;
    installation.happening = Happening::created_by_upload;
    installation.object.key = name.key;
    ObjectRecord& record = installation.object.record;
    record.size = plan.size;
    record.etag = plan.etag;
    record.checksum = plan.checksum;
    record.parts = static_cast<std::uint32_t>(plan.numbers.size());
    record.upload = name.upload;
    record.metadata = upload->record.metadata;
    record.content = ground_.contents.next_id();
    installation.refs = refs_of(name.bucket, installation.object);

    Reclaimer::Undecided undecided{ground_.reclaimer};
    const blocks::DomainNumber domain = TRY(ground_.contents.domain_of(bucket.record));
    const std::string layout = encode(PartsRecord{.numbers = plan.numbers, .sums = plan.parts});
    std::vector<Contents::Named> named;
    if (root) named.push_back({.ref = installation.refs.front(), .root = *root});
    const auto stored = TRY(ground_.contents.stored(lease, domain, bytes_of(layout)));
    named.push_back({.ref = installation.refs.back(), .root = stored});
    TRY(ground_.contents.keep(lease, named));
    record.modified = ground_.clock.now();
    auto installed = install(ground_, asker, std::move(installation));
    if (!outcome_unknown(installed)) undecided.settled();
    auto object = TRY(std::move(installed));
    ground_.reclaimer.release_parts(row_of(name.bucket, *upload));
    return object;
}

Verdict Uploads::abort(const Asker& asker, const Name& name) {
    for (int round = 0; round < kRoundsMax; ++round) {
        const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
        const auto upload = TRY(ground_.catalog.find_upload(bucket, name.key, name.upload));
        if (!upload) return no_such_upload(name.upload);
        const Status erased = ground_.catalog.erase_upload(asker.cause, bucket, *upload);
        if (!erased.ok() && is_conflict(erased.error())) continue;
        TRY(erased);
        ground_.reclaimer.release_parts(row_of(name.bucket, *upload));
        return {};
    }
    return Fault{Code::conditional_request_conflict};
}

Answer<Uploads::Parts> Uploads::list_parts(const Asker& asker, const Name& name, std::uint32_t after,
                                           std::uint32_t max) {
    const BucketRow bucket = TRY(bucket_for(ground_, asker, name.bucket));
    Parts listed{.upload = TRY(find(asker, name))};
    listed.parts = TRY(ground_.catalog.list_parts(bucket, listed.upload, after, std::size_t{max} + 1));
    listed.truncated = listed.parts.size() > max;
    if (listed.truncated) listed.parts.resize(max);
    return listed;
}

Answer<ListPage<UploadRow>> Uploads::list(const Asker& asker, std::string_view bucket,
                                          const ListQuery& query) {
    const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
    UploadCursor cursor{ground_.catalog, row};
    return TRY(list_page(cursor, query));
}

}  // namespace landfall::s3
