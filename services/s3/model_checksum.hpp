// Checksums of objects: what a client claims, what was computed, and how parts make a whole.
//
// Invariants
//   1. A stored checksum was computed here from the bytes that were stored; what a client claims is only
//      compared.
//   2. FULL_OBJECT of a multipart upload equals the checksum of the joined bytes (CRCs combine by their
//      lengths); COMPOSITE is the checksum of the parts' raw checksums, written with "-parts".
// Pure; one thread at a time per Digests; no disk.
// Sources: "Checking object integrity in Amazon S3" of the S3 user guide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/checksum.hpp"
#include "base/hash.hpp"
#include "base/units.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

using Algorithm = ChecksumAlgorithm;
/// What Landfall, like S3, keeps for an object whose client named no algorithm.
inline constexpr Algorithm kDefaultAlgorithm = Algorithm::crc64nvme;

/// "x-amz-checksum-crc32c"
[[nodiscard]] std::string header_of(Algorithm algorithm);
/// Any case. InvalidRequest for a word that is none; NotImplemented for one that S3 knows and Landfall does
/// not.
Answer<Algorithm> parse_algorithm(std::string_view name);

enum class ChecksumType : std::uint8_t { full_object = 1, composite = 2 };
[[nodiscard]] std::string_view name_of(ChecksumType type);
/// InvalidRequest when it is neither.
Answer<ChecksumType> parse_checksum_type(std::string_view name);

struct ObjectChecksum {
    Checksum sum;
    ChecksumType type = ChecksumType::full_object;
    std::uint32_t parts = 0;  ///< composite only

    /// base64, with "-parts" behind a composite one.
    [[nodiscard]] std::string text() const;
    bool operator==(const ObjectChecksum&) const = default;
};

/// What the client says its bytes sum to: the value of x-amz-checksum-<algorithm>.
struct ClaimedChecksum {
    Algorithm algorithm = kDefaultAlgorithm;
    std::string text;
};
/// InvalidRequest when the text is not base64 of the algorithm's size.
Answer<Checksum> sum_of(const ClaimedChecksum& claim);
/// BadDigest when the claim is not what was computed.
Verdict check_claim(const ClaimedChecksum& claim, const Checksum& computed);

/// A Content-MD5 header. InvalidDigest when it is not base64 of 16 bytes.
Answer<Md5> parse_content_md5(std::string_view header);
/// BadDigest, with what was expected and what was computed.
Verdict check_content_md5(const Md5& expected, const Md5& computed);

/// The digests of a stream: always MD5 (the entity tag), and one checksum.
class Digests {
public:
    explicit Digests(Algorithm algorithm) : sum_{algorithm} {}
    void update(ByteSpan bytes);
    struct Sums {
        Md5 md5;
        Checksum sum;
    };
    /// No other call may follow.
    [[nodiscard]] Sums finish();

private:
    Md5Hasher md5_;
    Checksummer sum_;
};

struct PartSum {
    Bytes size;
    Checksum sum;
    bool operator==(const PartSum&) const = default;
};
/// The checksum of the parts joined, in order. `parts` is not empty, of one algorithm, and for a full-object
/// checksum that is a CRC: a bug otherwise.
[[nodiscard]] ObjectChecksum joined(ChecksumType type, const std::vector<PartSum>& parts);

/// What an upload may ask for: InvalidRequest for FULL_OBJECT of anything but a CRC, and COMPOSITE of
/// CRC64NVME.
Verdict check_combination(Algorithm algorithm, ChecksumType type);
[[nodiscard]] ChecksumType default_type(Algorithm algorithm);

/// The MD5 in hexadecimal; of a multipart object "MD5 of the parts' MD5s-N".
[[nodiscard]] std::string etag_of(const Md5& md5);
[[nodiscard]] std::string multipart_etag(const std::vector<Md5>& md5s);

}  // namespace landfall::s3
