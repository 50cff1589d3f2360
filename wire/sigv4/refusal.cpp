#include "wire/sigv4/refusal.hpp"

#include <array>

#include "base/encoding.hpp"

namespace landfall::sigv4 {
namespace {

struct Code {
    int status;
    std::string_view name;
};
struct Row {
    Reason reason;
    std::array<Code, kFamilies> codes;  // s3, json, query, ec2
    std::string_view message;           // for s3, and for the others where they have no words of their own
    std::string_view elsewhere = {};    // for json, query and ec2
};

constexpr std::string_view kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your key and "
    "signing "
    "method.";
constexpr std::string_view kMismatchElsewhere =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access "
    "Key and signing method. Consult the service documentation for details.";

// Only s3 takes aws-chunked bodies, so the last rows differ in nothing but s3's own codes.
constexpr std::array<Row, kReasons> kRows{{
    {Reason::no_credentials,
     {{{403, "AccessDenied"},
       {403, "MissingAuthenticationTokenException"},
       {403, "MissingAuthenticationToken"},
       {401, "AuthFailure"}}},
     "Access Denied",
     "Request is missing Authentication Token"},
    {Reason::two_mechanisms,
     {{{400, "InvalidArgument"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
     "parameter or "
     "the Authorization header should be specified"},
    {Reason::unsupported_algorithm,
     {{{400, "InvalidRequest"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."},
    {Reason::malformed_header,
     {{{400, "AuthorizationHeaderMalformed"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "The authorization header is malformed"},
    {Reason::malformed_query,
     {{{400, "AuthorizationQueryParametersError"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "Error parsing the query-string authentication parameters"},
    {Reason::malformed_target,
     {{{400, "InvalidURI"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "Couldn't parse the specified URI."},
    {Reason::bad_expires,
     {{{400, "AuthorizationQueryParametersError"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "X-Amz-Expires must be in 1..604800"},
    {Reason::no_date,
     {{{403, "AccessDenied"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "AWS authentication requires a valid Date or x-amz-date header"},
    {Reason::scope_date_mismatch,
     {{{400, "AuthorizationHeaderMalformed"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     "The authorization header is malformed; the day in the Credential is not the day of the request",
     "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"},
    {Reason::wrong_region,
     {{{400, "AuthorizationHeaderMalformed"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     "The authorization header is malformed; the region",
     "Credential should be scoped to a valid region, not"},
    {Reason::headers_not_signed,
     {{{403, "AccessDenied"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     "There were headers present in the request which were not signed"},
    {Reason::no_content_sha256,
     {{{400, "InvalidRequest"},
       {400, "IncompleteSignatureException"},
       {400, "IncompleteSignature"},
       {401, "AuthFailure"}}},
     "Missing required header for this request: x-amz-content-sha256"},
    {Reason::bad_content_sha256,
     {{{400, "InvalidArgument"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 "
     "value."},
    {Reason::unknown_key,
     {{{403, "InvalidAccessKeyId"},
       {400, "UnrecognizedClientException"},
       {403, "InvalidClientTokenId"},
       {401, "AuthFailure"}}},
     "The AWS Access Key Id you provided does not exist in our records.",
     "The security token included in the request is invalid."},
    {Reason::inactive_key,
     {{{403, "InvalidAccessKeyId"},
       {400, "UnrecognizedClientException"},
       {403, "InvalidClientTokenId"},
       {401, "AuthFailure"}}},
     "The AWS Access Key Id you provided does not exist in our records.",
     "The security token included in the request is invalid."},
    {Reason::bad_token,
     {{{400, "InvalidToken"},
       {400, "UnrecognizedClientException"},
       {403, "InvalidClientTokenId"},
       {401, "AuthFailure"}}},
     "The provided token is malformed or otherwise invalid.",
     "The security token included in the request is invalid."},
    {Reason::expired_token,
     {{{400, "ExpiredToken"},
       {400, "ExpiredTokenException"},
       {403, "ExpiredToken"},
       {400, "RequestExpired"}}},
     "The provided token has expired.",
     "The security token included in the request is expired"},
    {Reason::skewed,
     {{{403, "RequestTimeTooSkewed"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {400, "RequestExpired"}}},
     "The difference between the request time and the current time is too large."},
    {Reason::expired,
     {{{403, "AccessDenied"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {400, "RequestExpired"}}},
     "Request has expired"},
    {Reason::not_yet_valid,
     {{{403, "AccessDenied"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {400, "RequestExpired"}}},
     "Request is not yet valid"},
    {Reason::signature_mismatch,
     {{{403, "SignatureDoesNotMatch"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     kMismatch,
     kMismatchElsewhere},
    {Reason::payload_mismatch,
     {{{400, "XAmzContentSHA256Mismatch"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     "The provided 'x-amz-content-sha256' header does not match what was computed.",
     kMismatchElsewhere},
    {Reason::malformed_chunk,
     {{{400, "InvalidRequest"},
       {400, "SerializationException"},
       {400, "MalformedInput"},
       {400, "InvalidRequest"}}},
     "The aws-chunked body is malformed"},
    {Reason::chunk_signature_mismatch,
     {{{403, "SignatureDoesNotMatch"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     kMismatch,
     kMismatchElsewhere},
    {Reason::malformed_trailer,
     {{{400, "MalformedTrailerError"},
       {400, "SerializationException"},
       {400, "MalformedInput"},
       {400, "InvalidRequest"}}},
     "The request contained trailing data that was not well-formed or did not conform to our published "
     "schema."},
    {Reason::trailer_signature_mismatch,
     {{{403, "SignatureDoesNotMatch"},
       {403, "InvalidSignatureException"},
       {403, "SignatureDoesNotMatch"},
       {401, "AuthFailure"}}},
     kMismatch,
     kMismatchElsewhere},
    {Reason::incomplete_body,
     {{{400, "IncompleteBody"},
       {400, "SerializationException"},
       {400, "MalformedInput"},
       {400, "InvalidRequest"}}},
     "The request body terminated unexpectedly"},
}};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
    return true;
}
static_assert(rows_are_in_order());

/// botocore and the SDKs of Java and Go correct their clock by the words "Signature expired" and "not yet
/// current".
std::string time_message(const Refusal& refusal, Family family, std::string_view plain) {
    if (family == Family::ec2) return "Request has expired.";
    if (family == Family::s3 || refusal.reason == Reason::not_yet_valid) return std::string{plain};
    const std::string request = basic_iso8601(refusal.request_time);
    const std::string server = basic_iso8601(refusal.server_time);
    if (refusal.request_time > refusal.server_time) {
        const std::string latest = basic_iso8601(refusal.server_time + std::chrono::minutes{15});
        return "Signature not yet current: " + request + " is still later than " + latest + " (" + server +
               " + 15 min.)";
    }
    const std::string earliest = basic_iso8601(refusal.server_time - std::chrono::minutes{15});
    return "Signature expired: " + request + " is now earlier than " + earliest + " (" + server +
           " - 15 min.)";
}

std::string message_of(const Refusal& refusal, Family family, const Row& row) {
    const bool elsewhere = family != Family::s3 && !row.elsewhere.empty();
    std::string plain{elsewhere ? row.elsewhere : row.message};
    switch (refusal.reason) {
        case Reason::skewed:
        case Reason::expired:
        case Reason::not_yet_valid: return time_message(refusal, family, plain);
        case Reason::malformed_header:
        case Reason::headers_not_signed:
        case Reason::malformed_chunk: return refusal.detail.empty() ? plain : plain + "; " + refusal.detail;
        case Reason::wrong_region:
            plain += " '" + refusal.detail + "'";
            if (family == Family::s3) return plain + " is wrong; expecting '" + refusal.region + "'";
            return plain + ".";
        case Reason::malformed_query:
        case Reason::bad_expires: return refusal.detail.empty() ? plain : refusal.detail;
        default: return plain;
    }
}

std::string hex_of(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i != 0) out += ' ';
        out += hex_encode(bytes_of(text.substr(i, 1)));
    }
    return out;
}

void add_s3_members(const Refusal& refusal, ErrorText& text) {
    const auto add = [&text](std::string_view name, std::string value) {
        if (!value.empty()) text.members.emplace_back(name, std::move(value));
    };
    switch (refusal.reason) {
        case Reason::wrong_region: add("Region", refusal.region); break;
        case Reason::skewed:
            add("RequestTime", basic_iso8601(refusal.request_time));
            add("ServerTime", iso8601(refusal.server_time));
            add("MaxAllowedSkewMilliseconds", "900000");
            break;
        case Reason::expired:
            if (refusal.expires_s != 0) add("X-Amz-Expires", std::to_string(refusal.expires_s));
            add("Expires", iso8601(refusal.request_time + std::chrono::seconds{refusal.expires_s}));
            add("ServerTime", iso8601(refusal.server_time));
            break;
        case Reason::unknown_key:
        case Reason::inactive_key: add("AWSAccessKeyId", refusal.key_id); break;
        case Reason::headers_not_signed: add("HeadersNotSigned", refusal.detail); break;
        case Reason::bad_content_sha256: add("ArgumentName", "x-amz-content-sha256"); break;
        case Reason::signature_mismatch:
            add("AWSAccessKeyId", refusal.key_id);
            add("StringToSign", refusal.string_to_sign);
            add("SignatureProvided", refusal.signature);
            add("StringToSignBytes", hex_of(refusal.string_to_sign));
            add("CanonicalRequest", refusal.canonical_request);
            break;
        default: break;
    }
}

}  // namespace

ErrorText error_text(const Refusal& refusal, Family family) {
    const Row& row = kRows[static_cast<std::size_t>(refusal.reason)];
    const Code& code = row.codes[static_cast<std::size_t>(family)];
    ErrorText text{
        .status = code.status, .code = code.name, .message = message_of(refusal, family, row), .members = {}};
    if (family == Family::s3) add_s3_members(refusal, text);
    return text;
}

}  // namespace landfall::sigv4
