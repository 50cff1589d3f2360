// SigV4 verification: pure, no sockets, no clock of its own.
//
// In two steps, because the head of a request is there long before its body:
//   read_claims(request) -> who it claims to be, for which service and region (routing needs that), and the
//                           form of its body;
//   verify(request, claims, …) -> Verified or Refusal.
//
// Invariants
//   1. verify never answers Verified unless the signature, recomputed from the request as it was sent under
//      the secret that KeyLookup gave, equals the claimed one; the comparison takes constant time.
//   2. `host` and every x-amz- header that is present must be signed.
//   3. The instant of the request lies within kSkew of `now`, or a presigned request's life holds `now`.
//   4. Nothing is allocated in proportion to more than the request's head.
// Threads: any; SigningKeys locks inside. Does not touch disk. Errors: Refusal, see refusal.hpp.
// Facts: AWS General Reference "Signature Version 4"; S3 API Reference "Authenticating requests";
// canonicalisation as botocore 1.43's auth.py does it, by vectors that it made (wire/sigv4/vectors).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/secret.hpp"
#include "wire/sigv4/refusal.hpp"
#include "wire/sigv4/request.hpp"

namespace landfall::sigv4 {

inline constexpr Duration kSkew = std::chrono::minutes{15};
inline constexpr std::int64_t kExpiresMaxS = 604'800;

/// The forms of a body.
enum class Payload : std::uint8_t {
    whole,                    ///< no x-amz-content-sha256: SHA-256 of the body is signed, so verify needs it
    digest,                   ///< x-amz-content-sha256 tells it: verify before the body, check the body after
    unsigned_body,            ///< UNSIGNED-PAYLOAD
    chunks_signed,            ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    chunks_signed_trailer,    ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    chunks_unsigned_trailer,  ///< STREAMING-UNSIGNED-PAYLOAD-TRAILER
};
[[nodiscard]] constexpr bool is_aws_chunked(Payload payload) { return payload >= Payload::chunks_signed; }

/// v2_query is S3's old presigned URL, which boto3 and the aws CLI still make by default in us-east-1.
enum class Scheme : std::uint8_t { v4, v2_query };

/// What a request says of itself; nothing here is verified yet.
struct Claims {
    Scheme scheme = Scheme::v4;
    std::string key_id;
    std::string day;  ///< "20261122"
    std::string region;
    std::string service;         ///< the signing name: "s3", "sqs", "elasticfilesystem"
    std::string token;           ///< the session token, or empty
    std::string signed_headers;  ///< "host;x-amz-date"
    std::string signature;
    std::string timestamp;  ///< "20261122T154207Z"
    Instant at;
    std::optional<std::int64_t> expires_s;  ///< set: presigned
    Payload payload = Payload::whole;
    std::string payload_hash;  ///< the canonical request's last line; empty for Payload::whole
    // A v2_query has an end instead of a day and a life, no scope (region "us-east-1" and service "s3" stand
    // for it), and base64 in `signature`.
    Instant expires_at;

    /// "20261122/us-east-1/s3/aws4_request"
    [[nodiscard]] std::string scope() const;
};

/// Neither an Authorization header nor X-Amz-… parameters: the caller is nobody.
struct Anonymous {};

[[nodiscard]] std::variant<Anonymous, Claims, Refusal> read_claims(const Request& request);

/// What the table of keys knows of a key id.
struct KeyAnswer {
    enum class State : std::uint8_t { active, inactive, unknown, bad_token, expired_token };
    State state = State::unknown;
    SecretString secret;  ///< when active
};

/// The seam to core/access. Any thread may call; must not block on disk.
class KeyLookup {
public:
    virtual ~KeyLookup() = default;
    /// `token` is empty for a long-lived key.
    [[nodiscard]] virtual KeyAnswer find(std::string_view key_id, std::string_view token) const = 0;
};

class SigningKeys;

/// What signs the chunks of an aws-chunked body.
struct ChunkSeed {
    HmacSha256 key;
    std::string timestamp;
    std::string scope;
    std::string signature;  ///< of the head; each chunk's replaces it
};

struct Verified {
    /// Payload::whole and digest: what the body's SHA-256 is. For digest the body itself is yet to be checked
    /// unless verify was given it; what does not match is Reason::payload_mismatch.
    std::optional<Sha256> body;
    std::optional<ChunkSeed> chunks;  ///< the two signed chunk forms
};

/// `body` is the SHA-256 of the whole body: required for Payload::whole (a bug otherwise), and for
/// Payload::digest checked at once when given.
[[nodiscard]] std::variant<Verified, Refusal> verify(const Request& request, const Claims& claims,
                                                     const Sha256* body, const KeyLookup& lookup,
                                                     SigningKeys& keys, Instant now);

}  // namespace landfall::sigv4
