// The policy and the signature of an upload by an HTML form: whether what the form says is what its signer
// allowed.
//
// Invariants
//   1. Every field but file, policy, the signature's own and x-ignore-* is covered by a condition of the
//      policy, and every condition holds: what the signer did not think of is refused.
//   2. A signature is compared in constant time; no fault holds the one that would have been right.
// Pure functions; any thread; no disk.
// Sources: "Browser-based uploads using POST", "POST policy" and "Calculating a signature" of the S3 API
// reference; the texts of faults are S3's own where they are known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "base/units.hpp"
#include "services/s3/model_form.hpp"

namespace landfall::s3 {

struct PostCondition {
    enum class Kind : std::uint8_t { equal, starts_with, length };
    Kind kind = Kind::equal;
    std::string field;  ///< lower case, without its '$'
    std::string value;
    Bytes least;
    Bytes most;
};
struct PostPolicy {
    Instant expires;
    std::vector<PostCondition> conditions;
};
/// The JSON of a policy. InvalidPolicyDocument.
Answer<PostPolicy> parse_post_policy(std::string_view json);

/// `fields` with ${filename} replaced already, as S3 judges them.
struct PostScene {
    const FormFields& fields;
    std::string_view bucket;
    Instant now;
};
/// AccessDenied, naming the field or the condition.
Verdict check_post_policy(const PostPolicy& policy, const PostScene& scene);

/// What content-length-range allows; several are met all.
struct LengthRange {
    Bytes least;
    std::optional<Bytes> most;
};
[[nodiscard]] LengthRange length_range(const PostPolicy& policy);

/// The fields that sign a form, and what they sign.
struct PostSignature {
    /// v2 is what boto3 makes by default in us-east-1, as of presigned URLs.
    enum class Scheme : std::uint8_t { v2, v4 };
    Scheme scheme = Scheme::v4;
    std::string key_id;
    std::string day;
    std::string region;
    std::string token;
    std::string signature;
    std::string policy;  ///< base64, as sent
};
/// AccessDenied for a form that nobody signed; InvalidArgument for what is missing, or is no scope of S3.
Answer<PostSignature> post_signature(const FormFields& fields);
/// SignatureDoesNotMatch.
Verdict check_post_signature(const PostSignature& signature, const SecretString& secret);

/// The key that the form asks for, ${filename} replaced. InvalidArgument where it asks for none,
/// KeyTooLongError.
Answer<std::string> post_key(const FormFields& fields, std::string_view file_name);

}  // namespace landfall::s3
