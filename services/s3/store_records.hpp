// Records: what S3 keeps in the state store about buckets, objects, uploads and parts, and their byte form.
//
// Invariants
//   1. decode(encode(r)) == r for every record; a decoder takes any bytes and answers a record or `corrupt`.
//   2. Fields that a newer version added are skipped by an older reader; absent fields read as their default.
//   3. Keys of the ordered table sort as the API lists: bucket by name; objects by bucket, then key bytes;
//      uploads by bucket, key, then time of initiation; parts by upload, then number.
// The byte form is documented in docs/formats/s3-records.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "services/s3/model_checksum.hpp"
#include "services/s3/model_metadata.hpp"
#include "services/s3/model_multipart.hpp"
#include "services/s3/model_notification.hpp"

namespace landfall::s3 {

/// The stored bytes of one object or part: the name of its ref in the block store. Given out once, never
/// again.
struct ContentId {
    std::uint64_t value = 0;  ///< 0: no bytes are stored, the content is empty
    auto operator<=>(const ContentId&) const = default;
    [[nodiscard]] bool empty() const { return value == 0; }
};

enum class Versioning : std::uint8_t { never = 0, suspended = 1 };
enum class Ownership : std::uint8_t {
    none = 0,  ///< the controls were deleted
    bucket_owner_enforced = 1,
    bucket_owner_preferred = 2,
    object_writer = 3,
};
struct PublicAccessBlock {
    bool block_acls = true;
    bool ignore_acls = true;
    bool block_policy = true;
    bool restrict_buckets = true;
    bool operator==(const PublicAccessBlock&) const = default;
};

struct BucketRecord {
    std::string account;
    std::string region;
    Instant created;
    Versioning versioning = Versioning::never;
    Ownership ownership = Ownership::bucket_owner_enforced;
    std::optional<PublicAccessBlock> public_access = PublicAccessBlock{};
    Tags tags;
    std::vector<NotificationRule> notifications;
    bool operator==(const BucketRecord&) const = default;
};

struct ObjectRecord {
    ContentId content;
    Bytes size;
    std::string etag;  ///< without quotes
    Instant modified;
    ObjectChecksum checksum;
    std::uint32_t parts = 0;  ///< 0: it was not a multipart upload
    std::string upload;       ///< the upload that made it, so that a repeated Complete finds its answer
    ObjectMetadata metadata;
    bool operator==(const ObjectRecord&) const = default;
};

struct UploadRecord {
    Instant initiated;
    UploadChecksum checksum;
    ObjectMetadata metadata;
    bool operator==(const UploadRecord&) const = default;
};

struct PartRecord {
    ContentId content;
    Instant modified;
    StoredPart part;
    bool operator==(const PartRecord&) const = default;
};

/// The parts that a multipart object was made of, for partNumber= and GetObjectAttributes.
struct PartsRecord {
    std::vector<std::uint32_t> numbers;
    std::vector<PartSum> sums;
};

[[nodiscard]] std::string encode(const BucketRecord& record);
[[nodiscard]] std::string encode(const ObjectRecord& record);
[[nodiscard]] std::string encode(const UploadRecord& record);
[[nodiscard]] std::string encode(const PartRecord& record);
[[nodiscard]] std::string encode(const PartsRecord& record);
[[nodiscard]] Result<BucketRecord> decode_bucket(ByteSpan bytes);
[[nodiscard]] Result<ObjectRecord> decode_object(ByteSpan bytes);
[[nodiscard]] Result<UploadRecord> decode_upload(ByteSpan bytes);
[[nodiscard]] Result<PartRecord> decode_part(ByteSpan bytes);
[[nodiscard]] Result<PartsRecord> decode_parts(ByteSpan bytes);

// Keys of the ordered table. A bucket name holds no NUL, so `bucket NUL` is a prefix of that bucket's keys
// alone.
[[nodiscard]] std::string object_row(std::string_view bucket, std::string_view key);
/// An upload id starts with its time of initiation in 16 hexadecimal digits.
[[nodiscard]] std::string upload_row(std::string_view bucket, std::string_view key, std::string_view upload);
[[nodiscard]] std::string part_row(std::string_view upload, std::uint32_t number);
[[nodiscard]] std::string content_row(ContentId content);
/// The key of an object's row, behind its bucket; the key and the upload id of an upload's row.
[[nodiscard]] std::string_view key_of_object_row(std::string_view row, std::string_view bucket);
struct UploadName {
    std::string_view key;
    std::string_view upload;
};
[[nodiscard]] UploadName name_of_upload_row(std::string_view row, std::string_view bucket);
[[nodiscard]] std::uint32_t number_of_part_row(std::string_view row);
[[nodiscard]] ContentId content_of_row(std::string_view row);

inline constexpr std::size_t kUploadIdLength = 48;

}  // namespace landfall::s3
