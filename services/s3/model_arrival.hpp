// What S3 asks of a request beside its model: no parameter that would be left out of account, and a body that
// is what its digests say. Pure. Sources: "Common request headers" and "Checking object integrity" of the S3
// user guide.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "services/s3/model_checksum.hpp"

namespace landfall::s3 {

/// A query parameter that the operation does not take.
struct Stray {
    std::string_view key;
    std::string_view value;
    bool names_another = false;  ///< a sub-resource that S3 has: "acl", "torrent" …
};
/// NotImplemented, naming the parameter: for a sub-resource (of another operation, or one without a value
/// that nobody knows), and for whatever else a request that changes something carries. Parameters that begin
/// with "x-" are for the user's own logs, as in S3; so are those with a value in a GET or HEAD ("?v=3"
/// against caches).
Verdict check_strays(std::string_view method, std::span<const Stray> strays);

using HeaderOf = std::function<std::optional<std::string_view>(std::string_view name)>;

/// S3 wants to hear what was signed of the body, where other services take its SHA-256: InvalidRequest for a
/// signature in the Authorization header without x-amz-content-sha256.
Verdict check_payload_declared(const HeaderOf& header);

/// A body that was read whole: InvalidDigest, BadDigest.
Verdict check_body_md5(const HeaderOf& header, std::string_view body);
/// Its x-amz-checksum-* and x-amz-sdk-checksum-algorithm: InvalidRequest, NotImplemented, BadDigest.
Verdict check_body_sum(const HeaderOf& header, std::string_view body);
/// What x-amz-trailer announces is a checksum that is known here: InvalidRequest, NotImplemented. Of a body
/// that is read whole none is: its digests come in the head.
enum class Body : std::uint8_t { streamed, whole };
Verdict check_trailer(const HeaderOf& header, Body body);

}  // namespace landfall::s3
