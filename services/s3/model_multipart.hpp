// Multipart: the rules of an upload in parts, and the plan by which a list of parts becomes an object.
//
// Invariants
//   1. A plan names only stored parts whose entity tags (and checksums, where given) the client named itself,
//      in ascending order.
//   2. Every part but the last of a plan has 5 MiB or more.
// Pure functions; any thread; no disk.
// Sources: "Amazon S3 multipart upload limits"; CompleteMultipartUpload and UploadPart of the S3 API
// reference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "services/s3/model_checksum.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

inline constexpr std::uint32_t kPartNumberMax = 10'000;
inline constexpr Bytes kPartSizeMin = 5_MiB;
/// The most that one PUT or one part may carry.
inline constexpr Bytes kUploadSizeMax = 5_GiB;

/// The checksum that an upload keeps for each part and makes for the object.
struct UploadChecksum {
    Algorithm algorithm = kDefaultAlgorithm;
    ChecksumType type = ChecksumType::full_object;
    /// False: the client named no algorithm; Landfall keeps CRC64NVME for itself, as S3 does.
    bool declared = false;
    bool operator==(const UploadChecksum&) const = default;
};
/// From the words of CreateMultipartUpload, either of which may be empty.
Answer<UploadChecksum> upload_checksum(std::string_view algorithm, std::string_view type);

/// InvalidArgument outside 1 to 10,000.
Verdict check_part_number(std::int64_t number);
/// A claim in another algorithm than the upload's is InvalidRequest.
Verdict check_part_claim(const UploadChecksum& upload, const ClaimedChecksum& claim);

struct StoredPart {
    Bytes size;
    Md5 md5;
    Checksum sum;  ///< in the upload's algorithm
    bool operator==(const StoredPart&) const = default;
};

struct NamedPart {
    std::int64_t number = 0;
    std::string etag;  ///< with or without quotes
    std::optional<ClaimedChecksum> checksum;
};

struct Completion {
    std::vector<NamedPart> parts;
    std::optional<ClaimedChecksum> checksum;  ///< of the whole object
    std::optional<ChecksumType> type;
    std::optional<Bytes> size;  ///< x-amz-mp-object-size
};

struct CompletionPlan {
    std::vector<std::uint32_t> numbers;
    std::vector<PartSum> parts;  ///< size and checksum of each, in order
    Bytes size;
    std::string etag;
    ObjectChecksum checksum;
};

/// Part number → part, of those that are stored.
using StoredParts = std::map<std::uint32_t, StoredPart>;
/// MalformedXML (no part), InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest (sizes or checksum
/// types), BadDigest.
Answer<CompletionPlan> plan_completion(const UploadChecksum& upload, const StoredParts& stored,
                                       const Completion& completion);

}  // namespace landfall::s3
