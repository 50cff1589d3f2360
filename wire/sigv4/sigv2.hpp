// S3's old presigned URL: ?AWSAccessKeyId=…&Expires=…&Signature=…, HMAC-SHA-1 over a short text.
//
// It is here because clients make it without being asked: `aws s3 presign` and boto3's
// generate_presigned_url do, in us-east-1, with every version in use. Only the query form, only for s3; the
// "AWS KEY:SIGNATURE" header is refused.
//
// Invariants
//   1. Method, path, bucket, the parameters that choose an operation, Content-MD5, Content-Type, every
//      x-amz- header and the end of its life are under the signature. The parameters of lists (prefix …)
//      are not: that is the scheme's weakness. A parameter of neither kind is refused, so that no URL grows
//      another operation.
//   2. The bucket of a virtual host comes from Request::virtual_bucket alone, so that what is signed is
//      what will be served.
// Threads: any. Does not touch disk.
// Facts: S3 Developer Guide "Signing and authenticating REST requests (AWS signature version 2)".
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/secret.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4 {

/// `query` holds AWSAccessKeyId. Refusals: malformed_query, malformed_target.
[[nodiscard]] std::variant<Anonymous, Claims, Refusal> read_v2_query(std::string_view query);

/// nullopt: the signature is right.
[[nodiscard]] std::optional<Refusal> check_v2_signature(const Request& request, const Claims& claims,
                                                        const SecretString& secret);

[[nodiscard]] std::string v2_string_to_sign(const Request& request, const Claims& claims);

}  // namespace landfall::sigv4
