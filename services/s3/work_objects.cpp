#include "services/s3/work_objects.hpp"

#include <algorithm>

namespace landfall::s3 {
namespace {

/// Each round that is lost was won by another writer of the same key; a hundred of them in a row is a storm.
constexpr int kRoundsMax = 100;

Fault no_such_key(std::string_view key) { return Fault{Code::no_such_key}.with("Key", std::string{key}); }

std::optional<Validators> validators_of(const std::optional<ObjectRow>& object) {
    if (!object) return std::nullopt;
    return Validators{.etag = object->record.etag, .modified = object->record.modified};
}

blocks::RefKey content_ref(std::string_view bucket, const ObjectRow& object) {
    return ref_of(kObjectRefs, object_row(bucket, object.key), object.record.content);
}

/// What is told of the change, if a rule of the bucket covers it.
std::optional<Notice> notice_of(const Asker& asker, const BucketRow& bucket, const ObjectRow& object,
                                Happening happening) {
    const NotificationRule* rule = rule_for(bucket.record.notifications, happening, object.key);
    if (rule == nullptr) return std::nullopt;
    Notice notice{.target = rule->target,
                  .rule = rule->id,
                  .happening = happening,
                  .bucket = bucket.name,
                  .key = object.key,
                  .account = bucket.record.account,
                  .region = bucket.record.region,
                  .principal = asker.principal,
                  .source_ip = asker.cause.source_ip,
                  .request_id = asker.cause.request_id};
    if (happening != Happening::removed) {
        notice.size = object.record.size;
        notice.etag = object.record.etag;
    }
    return notice;
}

/// Content that is surely not needed: the object did not come to be.
void give_up(const Ground& ground, Installation& installation) {
    ground.reclaimer.release(std::move(installation.refs));
}

/// One round: judges and commits. nullopt: somebody else was faster.
Answer<std::optional<ObjectRow>> try_install(const Ground& ground, const Asker& asker,
                                             const Installation& installation) {
    const BucketRow bucket = TRY(bucket_for(ground, asker, installation.bucket));
    const auto current = TRY(ground.catalog.find_object(bucket, installation.object.key));
    TRY(judge_write(installation.conditions, validators_of(current)));
    if (installation.finished) {
        const auto& upload = *installation.finished;
        if (!TRY(ground.catalog.find_upload(bucket, upload.listed_name(), upload.upload())))
            return Fault{Code::no_such_upload}.with("UploadId", std::string{upload.upload()});
    }
    ObjectRow object = installation.object;
    object.version = current ? current->version : state::Version{};
    const auto notice = notice_of(asker, bucket, object, installation.happening);
    const Status put =
        ground.catalog.put_object(asker.cause, bucket, object,
                                  {.finished = installation.finished ? &*installation.finished : nullptr,
                                   .notice = notice ? &*notice : nullptr});
    if (!put.ok() && is_conflict(put.error())) return std::optional<ObjectRow>{};
    TRY(put);
    if (notice) ground.notifier.wake();
    if (current) ground.reclaimer.release(refs_of(bucket.name, *current));
    ++object.version.value;
    return std::optional{std::move(object)};
}

}  // namespace

Answer<BucketRow> bucket_for(const Ground& ground, const Asker& asker, std::string_view name) {
    auto bucket = TRY(ground.catalog.find_bucket(name));
    if (!bucket || bucket->closing) return Fault{Code::no_such_bucket}.with("BucketName", std::string{name});
    if (bucket->record.account != asker.account) return Fault{Code::access_denied};
    return *std::move(bucket);
}

bool outcome_unknown(const Answer<ObjectRow>& answer) {
    return !answer.ok() && answer.error().cause() && answer.error().cause()->code() == Errc::io;
}

std::vector<blocks::RefKey> refs_of(std::string_view bucket, const ObjectRow& object) {
    std::vector<blocks::RefKey> refs;
    if (object.record.size.count > 0) refs.push_back(content_ref(bucket, object));
    if (object.record.parts > 0)
        refs.push_back(ref_of(kLayoutRefs, object_row(bucket, object.key), object.record.content));
    return refs;
}

Answer<ObjectRow> install(const Ground& ground, const Asker& asker, Installation installation) {
    for (int round = 0; round < kRoundsMax; ++round) {
        auto installed = try_install(ground, asker, installation);
        if (!installed.ok()) {
            Answer<ObjectRow> refused{std::move(installed).error()};
            if (!outcome_unknown(refused)) give_up(ground, installation);
            return refused;
        }
        if (*installed) return **std::move(installed);
    }
    give_up(ground, installation);
    return Fault{Code::conditional_request_conflict};
}

Answer<ObjectRow> Objects::put(const Asker& asker, const Put& request, ByteStream& payload) {
    TRY(check_key(request.key));
    TRY(check_write(request.conditions));
    const BucketRow bucket = TRY(bucket_for(ground_, asker, request.bucket));
    if (!request.conditions.empty()) {
        // Before gigabytes are read for nothing; judged again when it counts.
        const auto current = TRY(ground_.catalog.find_object(bucket, request.key));
        TRY(judge_write(request.conditions, validators_of(current)));
    }
    const blocks::DomainNumber domain = TRY(ground_.contents.domain_of(bucket.record));
    const Received received = TRY(receive(ground_.contents, domain, payload, request.expected));

    Reclaimer::Undecided undecided{ground_.reclaimer};
    Installation installation;
    installation.bucket = request.bucket;
    installation.conditions = request.conditions;
    installation.happening = request.happening;
    installation.object.key = request.key;
    ObjectRecord& record = installation.object.record;
    record.size = received.size;
    record.etag = etag_of(received.md5);
    record.checksum = {.sum = received.sum};
    record.metadata = request.metadata;
    if (received.root) {
        record.content = ground_.contents.next_id();
        const blocks::RefKey ref = content_ref(request.bucket, installation.object);
        const Contents::Named named{.ref = ref, .root = *received.root};
        TRY(ground_.contents.keep(received.lease, std::span{&named, 1}));
        installation.refs = {ref};
    }
    record.modified = ground_.clock.now();
    auto installed = install(ground_, asker, std::move(installation));
    if (!outcome_unknown(installed)) undecided.settled();
    return installed;
}

Answer<ObjectRow> Objects::find(const Asker& asker, std::string_view bucket, std::string_view key) {
    const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
    auto object = TRY(ground_.catalog.find_object(row, key));
    if (!object) return no_such_key(key);
    return *std::move(object);
}

Answer<OpenObject> Objects::open(const Asker& asker, std::string_view bucket, std::string_view key) {
    ContentId missing;
    for (int round = 0; round < kRoundsMax; ++round) {
        OpenObject open{.object = TRY(find(asker, bucket, key))};
        if (open.object.record.size.count == 0) return open;
        auto reader = ground_.contents.blocks().open(content_ref(bucket, open.object));
        if (reader.ok()) {
            open.reader = std::move(reader).value();
            return open;
        }
        // Replaced between the two looks: the record has moved on, unless the content is really lost.
        if (!reader.is(Errc::not_found)) return std::move(reader).error();
        if (missing == open.object.record.content) break;
        missing = open.object.record.content;
    }
    return Error{Errc::corrupt, "the content of an object is missing"};
}

Answer<ListPage<ObjectRow>> Objects::list(const Asker& asker, std::string_view bucket,
                                          const ListQuery& query) {
    const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
    ObjectCursor cursor{ground_.catalog, row};
    return TRY(list_page(cursor, query));
}

Answer<PartsRecord> Objects::parts(std::string_view bucket, const ObjectRow& object) {
    if (object.record.parts == 0) return PartsRecord{};
    const auto ref = ref_of(kLayoutRefs, object_row(bucket, object.key), object.record.content);
    const std::string bytes = TRY(ground_.contents.load(ref, 4_MiB));
    return TRY(decode_parts(bytes_of(bytes)));
}

namespace {

/// Where a copy's bytes come from: the source as it was, held until the copy is named.
struct CopiedContent {
    blocks::Lease lease;
    ObjectRow source;
    std::optional<blocks::TreeRoot> root;
    std::string etag;
    ObjectChecksum checksum;
};

/// The source's record and its root, under one lease.
Answer<CopiedContent> hold_source(const Ground& ground, Objects& objects, const Asker& asker,
                                  const Objects::Copy& request) {
    ContentId missing;
    for (int round = 0; round < kRoundsMax; ++round) {
        CopiedContent held{.lease = ground.contents.blocks().lease()};
        held.source = TRY(objects.find(asker, request.source.bucket, request.source.key));
        const ObjectRecord& record = held.source.record;
        TRY(judge_copy_source(request.source_conditions, {.etag = record.etag, .modified = record.modified}));
        if (record.size.count == 0) return held;
        auto pinned =
            ground.contents.blocks().pin(held.lease, content_ref(request.source.bucket, held.source));
        if (pinned.ok()) {
            held.root = pinned->root;
            return held;
        }
        if (!pinned.is(Errc::not_found)) return std::move(pinned).error();
        if (missing == record.content) break;
        missing = record.content;
    }
    return Error{Errc::corrupt, "the content of an object is missing"};
}

/// Gives the copy its entity tag and checksum, and moves its bytes where the destination's domain is another.
Verdict make_content(const Ground& ground, blocks::DomainNumber domain, Algorithm algorithm,
                     CopiedContent& content) {
    const ObjectRecord& source = content.source.record;
    const bool same_sums = source.parts == 0 && source.checksum.sum.algorithm() == algorithm &&
                           source.checksum.type == ChecksumType::full_object;
    if (same_sums && (!content.root || content.root->domain == domain)) {
        content.etag = source.etag;
        content.checksum = source.checksum;
        return {};
    }
    if (!content.root) {
        const auto sums = Digests{algorithm}.finish();
        content.etag = etag_of(sums.md5);
        content.checksum = {.sum = sums.sum};
        return {};
    }
    auto reader = TRY(ground.contents.blocks().open(content.lease, *content.root));
    if (content.root->domain == domain) {
        const auto sums = TRY(digest(*reader, ByteOffset{0}, source.size, algorithm));
        content.etag = etag_of(sums.md5);
        content.checksum = {.sum = sums.sum};
        return {};
    }
    Received received = TRY(copied(ground.contents, domain, *reader, ByteOffset{0}, source.size, algorithm));
    content.lease = std::move(received.lease);
    content.root = received.root;
    content.etag = etag_of(received.md5);
    content.checksum = {.sum = received.sum};
    return {};
}

}  // namespace

Answer<ObjectRow> Objects::copy(const Asker& asker, const Copy& request) {
    TRY(check_key(request.key));
    TRY(check_write(request.conditions));
    const BucketRow bucket = TRY(bucket_for(ground_, asker, request.bucket));
    CopiedContent content = TRY(hold_source(ground_, *this, asker, request));
    const ObjectRecord& source = content.source.record;
    if (source.size > kUploadSizeMax) {
        return Fault{
            Code::invalid_request,
            "The specified copy source is larger than the maximum allowable size for a copy source: " +
                std::to_string(kUploadSizeMax.count)};
    }
    const Algorithm algorithm = request.algorithm.value_or(source.checksum.sum.algorithm());
    const blocks::DomainNumber domain = TRY(ground_.contents.domain_of(bucket.record));
    TRY(make_content(ground_, domain, algorithm, content));

    Reclaimer::Undecided undecided{ground_.reclaimer};
    Installation installation;
    installation.bucket = request.bucket;
    installation.conditions = request.conditions;
    installation.object.key = request.key;
    ObjectRecord& record = installation.object.record;
    record.size = source.size;
    record.etag = content.etag;
    record.checksum = content.checksum;
    record.metadata = request.metadata.value_or(source.metadata);
    record.metadata.tags = request.tags.value_or(source.metadata.tags);
    record.metadata.content.website_redirect_location = request.website_redirect_location;
    installation.happening = Happening::created_by_copy;
    if (content.root) {
        record.content = ground_.contents.next_id();
        const blocks::RefKey ref = content_ref(request.bucket, installation.object);
        const Contents::Named named{.ref = ref, .root = *content.root};
        TRY(ground_.contents.keep(content.lease, std::span{&named, 1}));
        installation.refs = {ref};
    }
    record.modified = ground_.clock.now();
    auto installed = install(ground_, asker, std::move(installation));
    if (!outcome_unknown(installed)) undecided.settled();
    return installed;
}

Verdict Objects::remove(const Asker& asker, std::string_view bucket, std::string_view key,
                        const WriteConditions& conditions) {
    for (int round = 0; round < kRoundsMax; ++round) {
        const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
        const auto current = TRY(ground_.catalog.find_object(row, key));
        TRY(judge_write(conditions, validators_of(current)));
        if (!current) return {};
        const Catalog::Erasure erasure{*current, notice_of(asker, row, *current, Happening::removed)};
        const Status erased = ground_.catalog.erase_objects(asker.cause, row, std::span{&erasure, 1});
        if (!erased.ok() && is_conflict(erased.error())) continue;
        TRY(erased);
        if (erasure.notice) ground_.notifier.wake();
        ground_.reclaimer.release(refs_of(bucket, *current));
        return {};
    }
    return Fault{Code::conditional_request_conflict};
}

Verdict Objects::remove_all(const Asker& asker, std::string_view bucket,
                            const std::vector<std::string>& keys) {
    const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
    for (std::size_t at = 0; at < keys.size(); at += Catalog::kErasedMax) {
        const auto batch = std::span{keys}.subspan(at, std::min(Catalog::kErasedMax, keys.size() - at));
        std::vector<Catalog::Erasure> objects;
        for (const std::string& key : batch) {
            auto object = TRY(ground_.catalog.find_object(row, key));
            const auto same = [&](const Catalog::Erasure& other) { return other.object.key == key; };
            if (!object || std::ranges::any_of(objects, same)) continue;
            auto notice = notice_of(asker, row, *object, Happening::removed);
            objects.push_back({*std::move(object), std::move(notice)});
        }
        if (objects.empty()) continue;
        const Status erased = ground_.catalog.erase_objects(asker.cause, row, objects);
        if (!erased.ok() && is_conflict(erased.error())) {
            // One of them changed meanwhile: they go one by one.
            for (const Catalog::Erasure& one : objects) TRY(remove(asker, bucket, one.object.key, {}));
            continue;
        }
        TRY(erased);
        for (const Catalog::Erasure& one : objects) ground_.reclaimer.release(refs_of(bucket, one.object));
        if (!row.record.notifications.empty()) ground_.notifier.wake();
    }
    return {};
}

Verdict Objects::set_tags(const Asker& asker, std::string_view bucket, std::string_view key, const Tags& tags,
                          Happening happening) {
    for (int round = 0; round < kRoundsMax; ++round) {
        const BucketRow row = TRY(bucket_for(ground_, asker, bucket));
        auto object = TRY(ground_.catalog.find_object(row, key));
        if (!object) return no_such_key(key);
        object->record.metadata.tags = tags;
        const auto notice = notice_of(asker, row, *object, happening);
        const Status put =
            ground_.catalog.put_object(asker.cause, row, *object, {.notice = notice ? &*notice : nullptr});
        if (!put.ok() && is_conflict(put.error())) continue;
        TRY(put);
        if (notice) ground_.notifier.wake();
        return {};
    }
    return Fault{Code::conditional_request_conflict};
}

}  // namespace landfall::s3
