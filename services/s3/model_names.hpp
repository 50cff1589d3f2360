// Names: what may be called a bucket or a key, and how a copy names its source.
//
// Pure functions; any thread; no disk.
// Sources: "Bucket naming rules" and "Naming Amazon S3 objects" of the S3 user guide; x-amz-copy-source of
// CopyObject.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

inline constexpr std::size_t kKeyBytesMax = 1024;
/// The version id of an object in a bucket that never had versioning switched on.
inline constexpr std::string_view kNullVersion = "null";

/// InvalidBucketName (with the <BucketName> member) for anything that the rules of general purpose buckets
/// refuse.
Verdict check_bucket_name(std::string_view name);
/// KeyTooLongError (with <Size> and <MaxSizeAllowed>) or InvalidArgument for bytes that are not UTF-8. A key
/// of dots and slashes (`..`, `a//b`, a trailing '/') is a name like any other: nothing here is a path.
Verdict check_key(std::string_view key);
/// The id given in versionId=: absent (empty) or "null" names the only version there is; InvalidArgument
/// otherwise.
Verdict check_version_id(std::string_view id);

struct CopySource {
    std::string bucket;
    std::string key;
    std::string version_id;  ///< empty when the header named none
    bool operator==(const CopySource&) const = default;
};
/// `/bucket/key` or `bucket/key`, percent-encoded, with an optional `?versionId=`. InvalidArgument for
/// anything else; NotImplemented for the ARN of an access point.
Answer<CopySource> parse_copy_source(std::string_view header);

}  // namespace landfall::s3
