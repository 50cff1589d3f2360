#include "services/s3/store_records.hpp"

#include <utility>

#include "services/s3/store_fields.hpp"

namespace landfall::s3 {
namespace {

std::string pair_text(std::string_view first, std::string_view second) {
    std::string out;
    FieldWriter::varint(out, first.size());
    out += first;
    out += second;
    return out;
}

Result<std::pair<std::string, std::string>> parse_pair(ByteSpan bytes) {
    const ByteSpan first = TRY(take_bytes(bytes));
    return std::pair{std::string{text_of(first)}, std::string{text_of(bytes)}};
}

std::string sum_text(const Checksum& sum) {
    return std::string(1, static_cast<char>(sum.algorithm())) + std::string{text_of(sum.bytes())};
}

Result<Checksum> parse_sum(ByteSpan bytes) {
    if (bytes.empty()) return corrupt_record("an empty checksum");
    const auto algorithm = static_cast<ChecksumAlgorithm>(bytes.front());
    if (algorithm > ChecksumAlgorithm::md5 || Checksum::size_of(algorithm) != bytes.size() - 1)
        return corrupt_record("a checksum of the wrong size");
    return Checksum{algorithm, bytes.subspan(1)};
}

Result<Md5> parse_md5(ByteSpan bytes) {
    Md5 md5;
    if (bytes.size() != Md5::kSize) return corrupt_record("an MD5 of the wrong size");
    std::copy(bytes.begin(), bytes.end(), md5.bytes.begin());
    return md5;
}

/// Tags of metadata fields are shared by objects and uploads.
enum MetadataTag : std::uint8_t {
    kContentType = 32,
    kCacheControl,
    kContentDisposition,
    kContentEncoding,
    kContentLanguage,
    kExpires,
    kWebsiteRedirect,
    kUserPair,
    kTagPair,
};

void write(FieldWriter& to, const ObjectMetadata& metadata) {
    to.text(kContentType, metadata.content.content_type);
    to.text(kCacheControl, metadata.content.cache_control);
    to.text(kContentDisposition, metadata.content.content_disposition);
    to.text(kContentEncoding, metadata.content.content_encoding);
    to.text(kContentLanguage, metadata.content.content_language);
    to.text(kExpires, metadata.content.expires);
    to.text(kWebsiteRedirect, metadata.content.website_redirect_location);
    for (const auto& [name, value] : metadata.user) to.text(kUserPair, pair_text(name, value));
    for (const auto& [key, value] : metadata.tags) to.text(kTagPair, pair_text(key, value));
}

Status read(const Field& field, ObjectMetadata& metadata) {
    switch (field.tag) {
        case kContentType: metadata.content.content_type = field.text(); break;
        case kCacheControl: metadata.content.cache_control = field.text(); break;
        case kContentDisposition: metadata.content.content_disposition = field.text(); break;
        case kContentEncoding: metadata.content.content_encoding = field.text(); break;
        case kContentLanguage: metadata.content.content_language = field.text(); break;
        case kExpires: metadata.content.expires = field.text(); break;
        case kWebsiteRedirect: metadata.content.website_redirect_location = field.text(); break;
        case kUserPair: metadata.user.insert(TRY(parse_pair(field.bytes))); break;
        case kTagPair: metadata.tags.push_back(TRY(parse_pair(field.bytes))); break;
        default: break;
    }
    return {};
}

Result<Instant> instant_of(const Field& field) {
    return Instant{static_cast<std::int64_t>(TRY(field.number()))};
}
std::uint64_t number_of(Instant at) { return static_cast<std::uint64_t>(at.ns); }

std::uint64_t bits_of(const PublicAccessBlock& block) {
    return 16U | (block.block_acls ? 1U : 0U) | (block.ignore_acls ? 2U : 0U) |
           (block.block_policy ? 4U : 0U) | (block.restrict_buckets ? 8U : 0U);
}
PublicAccessBlock access_of(std::uint64_t bits) {
    return {.block_acls = (bits & 1U) != 0,
            .ignore_acls = (bits & 2U) != 0,
            .block_policy = (bits & 4U) != 0,
            .restrict_buckets = (bits & 8U) != 0};
}

std::string rule_text(const NotificationRule& rule) {
    FieldWriter to;
    to.text(1, rule.id);
    to.number(2, static_cast<std::uint64_t>(rule.target.kind));
    to.text(3, rule.target.arn);
    for (const std::string& event : rule.events) to.text(4, event);
    if (rule.prefix) to.present(5, *rule.prefix);
    if (rule.suffix) to.present(6, *rule.suffix);
    return to.take();
}
Result<NotificationRule> parse_rule(ByteSpan bytes) {
    NotificationRule rule;
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        switch (field.tag) {
            case 1: rule.id = field.text(); break;
            case 2: rule.target.kind = TRY(field.one_of<TargetKind>(TargetKind::topic)); break;
            case 3: rule.target.arn = field.text(); break;
            case 4: rule.events.push_back(field.text()); break;
            case 5: rule.prefix = field.text(); break;
            case 6: rule.suffix = field.text(); break;
            default: break;
        }
        return {};
    }));
    return rule;
}

std::string big_endian(std::uint64_t value) {
    std::string out(8, '\0');
    store_be(std::as_writable_bytes(std::span{out}), 0, value);
    return out;
}

}  // namespace

std::string encode(const BucketRecord& record) {
    FieldWriter to;
    to.text(1, record.account);
    to.text(2, record.region);
    to.number(3, number_of(record.created));
    to.number(4, static_cast<std::uint64_t>(record.versioning));
    to.number(5, static_cast<std::uint64_t>(record.ownership));
    if (record.public_access) to.number(6, bits_of(*record.public_access));
    for (const auto& [key, value] : record.tags) to.text(kTagPair, pair_text(key, value));
    for (const NotificationRule& rule : record.notifications) to.text(7, rule_text(rule));
    return to.take();
}

Result<BucketRecord> decode_bucket(ByteSpan bytes) {
    BucketRecord record;
    record.ownership = Ownership::none;
    record.public_access.reset();
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        switch (field.tag) {
            case 1: record.account = field.text(); break;
            case 2: record.region = field.text(); break;
            case 3: record.created = TRY(instant_of(field)); break;
            case 4: record.versioning = static_cast<Versioning>(TRY(field.number())); break;
            case 5: record.ownership = static_cast<Ownership>(TRY(field.number())); break;
            case 6: record.public_access = access_of(TRY(field.number())); break;
            case 7: record.notifications.push_back(TRY(parse_rule(field.bytes))); break;
            case kTagPair: record.tags.push_back(TRY(parse_pair(field.bytes))); break;
            default: break;
        }
        return {};
    }));
    return record;
}

std::string encode(const ObjectRecord& record) {
    FieldWriter to;
    to.number(1, record.content.value);
    to.number(2, record.size.count);
    to.text(3, record.etag);
    to.number(4, number_of(record.modified));
    to.text(5, sum_text(record.checksum.sum));
    to.number(6, static_cast<std::uint64_t>(record.checksum.type));
    to.number(7, record.checksum.parts);
    to.number(8, record.parts);
    to.text(9, record.upload);
    write(to, record.metadata);
    return to.take();
}

Result<ObjectRecord> decode_object(ByteSpan bytes) {
    ObjectRecord record;
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        switch (field.tag) {
            case 1: record.content.value = TRY(field.number()); break;
            case 2: record.size.count = TRY(field.number()); break;
            case 3: record.etag = field.text(); break;
            case 4: record.modified = TRY(instant_of(field)); break;
            case 5: record.checksum.sum = TRY(parse_sum(field.bytes)); break;
            case 6: record.checksum.type = static_cast<ChecksumType>(TRY(field.number())); break;
            case 7: record.checksum.parts = static_cast<std::uint32_t>(TRY(field.number())); break;
            case 8: record.parts = static_cast<std::uint32_t>(TRY(field.number())); break;
            case 9: record.upload = field.text(); break;
            default: return read(field, record.metadata);
        }
        return {};
    }));
    return record;
}

std::string encode(const UploadRecord& record) {
    FieldWriter to;
    to.number(1, number_of(record.initiated));
    // One more than the algorithm's number, so that the first algorithm is no absent field.
    to.number(2, static_cast<std::uint64_t>(record.checksum.algorithm) + 1);
    to.number(3, static_cast<std::uint64_t>(record.checksum.type));
    to.number(4, record.checksum.declared ? 1 : 0);
    write(to, record.metadata);
    return to.take();
}

Result<UploadRecord> decode_upload(ByteSpan bytes) {
    UploadRecord record;
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        switch (field.tag) {
            case 1: record.initiated = TRY(instant_of(field)); break;
            case 2: {
                const std::uint64_t number = TRY(field.number());
                if (number == 0 || number > static_cast<std::uint64_t>(ChecksumAlgorithm::md5) + 1)
                    return corrupt_record("an unknown checksum algorithm");
                record.checksum.algorithm = static_cast<ChecksumAlgorithm>(number - 1);
                break;
            }
            case 3: record.checksum.type = static_cast<ChecksumType>(TRY(field.number())); break;
            case 4: record.checksum.declared = TRY(field.number()) != 0; break;
            default: return read(field, record.metadata);
        }
        return {};
    }));
    return record;
}

std::string encode(const PartRecord& record) {
    FieldWriter to;
    to.number(1, record.content.value);
    to.number(2, record.part.size.count);
    to.text(3, text_of(record.part.md5.span()));
    to.text(4, sum_text(record.part.sum));
    to.number(5, number_of(record.modified));
    return to.take();
}

Result<PartRecord> decode_part(ByteSpan bytes) {
    PartRecord record;
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        switch (field.tag) {
            case 1: record.content.value = TRY(field.number()); break;
            case 2: record.part.size.count = TRY(field.number()); break;
            case 3: record.part.md5 = TRY(parse_md5(field.bytes)); break;
            case 4: record.part.sum = TRY(parse_sum(field.bytes)); break;
            case 5: record.modified = TRY(instant_of(field)); break;
            default: break;
        }
        return {};
    }));
    return record;
}

std::string encode(const PartsRecord& record) {
    FieldWriter to;
    for (std::size_t i = 0; i < record.numbers.size(); ++i) {
        std::string part;
        FieldWriter::varint(part, record.numbers[i]);
        FieldWriter::varint(part, record.sums[i].size.count);
        to.text(1, part + sum_text(record.sums[i].sum));
    }
    return to.take();
}

Result<PartsRecord> decode_parts(ByteSpan bytes) {
    PartsRecord record;
    TRY(each_field(bytes, [&](const Field& field) -> Status {
        if (field.tag != 1) return {};
        ByteSpan rest = field.bytes;
        record.numbers.push_back(static_cast<std::uint32_t>(TRY(take_varint(rest))));
        const Bytes size{TRY(take_varint(rest))};
        auto sum = TRY(parse_sum(rest));
        record.sums.push_back(PartSum{.size = size, .sum = std::move(sum)});
        return {};
    }));
    return record;
}

std::string object_row(std::string_view bucket, std::string_view key) {
    return std::string{bucket} + '\0' + std::string{key};
}

std::string upload_row(std::string_view bucket, std::string_view key, std::string_view upload) {
    return object_row(bucket, key) + '\0' + std::string{upload};
}

std::string part_row(std::string_view upload, std::uint32_t number) {
    return std::string{upload} + big_endian(number).substr(4);
}

std::string content_row(ContentId content) { return big_endian(content.value); }

std::string_view key_of_object_row(std::string_view row, std::string_view bucket) {
    CHECK(row.size() > bucket.size());
    return row.substr(bucket.size() + 1);
}

UploadName name_of_upload_row(std::string_view row, std::string_view bucket) {
    CHECK(row.size() > bucket.size() + kUploadIdLength + 1);
    const std::size_t end = row.size() - kUploadIdLength;
    return {.key = row.substr(bucket.size() + 1, end - bucket.size() - 2), .upload = row.substr(end)};
}

std::uint32_t number_of_part_row(std::string_view row) {
    CHECK(row.size() >= 4);
    return load_be<std::uint32_t>(bytes_of(row), row.size() - 4);
}

ContentId content_of_row(std::string_view row) { return ContentId{load_be<std::uint64_t>(bytes_of(row))}; }

}  // namespace landfall::s3
