// Why a request's signature was refused, and how each protocol says so.
//
// Invariants
//   1. A Refusal never holds a secret, a signing key or the signature that would have been right.
//   2. Every reason has one row for every family: code, HTTP status, message (see refusal.cpp, the only
//      table).
// Facts: S3 API reference "Error responses"; Query API "Common errors" of STS, SQS and EC2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace landfall::sigv4 {

enum class Reason : std::uint8_t {
    no_credentials,         ///< unsigned, where the operation needs a caller
    two_mechanisms,         ///< an Authorization header and X-Amz-… query parameters
    unsupported_algorithm,  ///< SigV4A, SigV2 or another scheme
    malformed_header,       ///< the Authorization header does not parse
    malformed_query,        ///< the X-Amz-… query parameters are incomplete or do not parse
    malformed_target,       ///< '%' without two digits in path or query
    bad_expires,            ///< X-Amz-Expires not in 1..604800
    no_date,                ///< neither X-Amz-Date nor Date, or not a date
    scope_date_mismatch,    ///< the scope's day is not the request's day
    wrong_region,           ///< the scope's region is none of this server's
    headers_not_signed,     ///< Host, or an x-amz- header, outside SignedHeaders
    no_content_sha256,      ///< s3 without x-amz-content-sha256
    bad_content_sha256,  ///< x-amz-content-sha256 of no known form, or a form that the service does not take
    unknown_key,
    inactive_key,
    bad_token,  ///< a session token that this server did not give, or for another key
    expired_token,
    skewed,         ///< more than 15 minutes off
    expired,        ///< a presigned request after its time
    not_yet_valid,  ///< a presigned request from the future
    signature_mismatch,
    payload_mismatch,  ///< the body's SHA-256 is not the one signed
    malformed_chunk,   ///< aws-chunked framing
    chunk_signature_mismatch,
    malformed_trailer,
    trailer_signature_mismatch,
    incomplete_body,  ///< fewer or more decoded bytes than x-amz-decoded-content-length
};
inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::incomplete_body) + 1;

struct Refusal {
    Reason reason = Reason::signature_mismatch;
    std::string detail;             ///< what exactly, for malformed_…, headers_not_signed, bad_…
    std::string region;             ///< wrong_region: one that would be right; `detail` is the claimed one
    std::string key_id;             ///< as claimed; empty when not known
    std::string signature;          ///< as claimed; signature_mismatch only
    std::string string_to_sign;     ///< signature_mismatch only
    std::string canonical_request;  ///< signature_mismatch only
    Instant request_time;           ///< skewed, expired, not_yet_valid
    Instant server_time;            ///< the same
    std::int64_t expires_s = 0;     ///< expired: X-Amz-Expires
};

/// The families of error codes. rest-json and json share theirs; sqs in its json face too.
enum class Family : std::uint8_t { s3, json, query, ec2 };
inline constexpr std::size_t kFamilies = 4;

struct ErrorText {
    int status = 0;
    std::string_view code;  ///< static storage
    std::string message;
    /// Members beside Code and Message, s3 only: RequestTime, ServerTime, StringToSign …
    std::vector<std::pair<std::string_view, std::string>> members;
};
[[nodiscard]] ErrorText error_text(const Refusal& refusal, Family family);

}  // namespace landfall::sigv4
