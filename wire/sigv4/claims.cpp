// read_claims: the Authorization header or the X-Amz- query parameters, taken apart and checked for form.
#include <array>
#include <vector>

#include "base/encoding.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/sigv2.hpp"
#include "wire/sigv4/text.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";

Refusal refused(Reason reason, std::string detail = {}) {
    return Refusal{.reason = reason, .detail = std::move(detail)};
}

/// nullopt: parsed into `claims`.
using Verdict = std::optional<Refusal>;

/// KEY/20261122/us-east-1/s3/aws4_request, from the right: only the key id may hold a '/'.
Verdict take_credential(std::string_view credential, Reason malformed, Claims& claims) {
    std::array<std::string_view, 4> parts;  // terminator, service, region, day
    for (std::string_view& part : parts) {
        const std::size_t slash = credential.rfind('/');
        if (slash == std::string_view::npos)
            return refused(malformed,
                           "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/"
                           "SERVICE/aws4_request\".");
        part = credential.substr(slash + 1);
        credential = credential.substr(0, slash);
    }
    if (parts[0] != kTerminator)
        return refused(malformed, "incorrect terminal \"" + std::string{parts[0].substr(0, 64)} +
                                      "\". This endpoint belongs to \"aws4_request\".");
    if (parts[3].size() != 8 || !parse_number(parts[3], 10))
        return refused(malformed, "incorrect date format \"" + std::string{parts[3].substr(0, 64)} +
                                      "\". This date in the credential must be in the format \"yyyyMMdd\".");
    if (credential.empty() || parts[1].empty() || parts[2].empty())
        return refused(malformed, "the Credential has an empty part.");
    claims.key_id = credential;
    claims.day = parts[3];
    claims.region = parts[2];
    claims.service = parts[1];
    return std::nullopt;
}

Verdict take_timestamp(std::string_view text, Reason wrong, Claims& claims) {
    auto at = parse_basic_iso8601(text);
    if (!at && wrong == Reason::no_date) at = parse_http_date(text);  // a Date header
    // Before 1970 lies no request, and far from it no difference of instants overflows.
    if (!at || at->ns < 0)
        return refused(wrong, "Invalid date: it must be in the ISO8601 long format \"yyyyMMdd'T'HHmmss'Z'\"");
    claims.at = *at;
    claims.timestamp = basic_iso8601(*at);
    return std::nullopt;
}

Verdict take_payload_word(std::string_view word, Claims& claims) {
    constexpr std::array<std::pair<std::string_view, Payload>, 4> kWords{{
        {kUnsigned, Payload::unsigned_body},
        {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Payload::chunks_signed},
        {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Payload::chunks_signed_trailer},
        {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload::chunks_unsigned_trailer},
    }};
    claims.payload_hash = word;
    if (word.size() == 64 && is_lower_hex(word)) {
        claims.payload = Payload::digest;
        return std::nullopt;
    }
    for (const auto& [name, payload] : kWords) {
        if (word != name) continue;
        claims.payload = payload;
        // What a service does not take is refused here: otherwise a body would go unchecked where AWS checks
        // it.
        const bool taken = path_rule_of(claims.service) == PathRule::s3 ||
                           (claims.service == "ebs" && payload == Payload::unsigned_body);
        if (taken) return std::nullopt;
        return refused(Reason::bad_content_sha256,
                       "The service " + claims.service + " takes no " + std::string{word});
    }
    if (word.find("ECDSA") != std::string_view::npos)
        return refused(Reason::unsupported_algorithm, "AWS4-ECDSA-P256-SHA256 (SigV4A)");
    return refused(Reason::bad_content_sha256, std::string{word.substr(0, 64)});
}

Verdict take_payload(const Request& request, std::string_view in_query, Claims& claims) {
    const Found header = find_header(request.headers, "x-amz-content-sha256");
    if (header.repeated)
        return refused(Reason::bad_content_sha256, "x-amz-content-sha256 appears more than once");
    if (header.present) return take_payload_word(header.value, claims);
    if (!in_query.empty()) return take_payload_word(in_query, claims);
    if (path_rule_of(claims.service) != PathRule::s3) return std::nullopt;
    if (!claims.expires_s) return refused(Reason::no_content_sha256);
    return take_payload_word(kUnsigned, claims);
}

/// Invariant 2: what decides the meaning of a request must be under its signature.
Verdict check_signed_headers(const Request& request, const Claims& claims) {
    const auto is_signed = [&claims](std::string_view name) {
        bool found = false;
        for_each_piece(claims.signed_headers, ';',
                       [&](std::string_view one) { found = found || equal_but_for_case(name, one); });
        return found;
    };
    std::string missing;
    if (!is_signed("host")) missing = "host";
    for (const Header& header : request.headers) {
        if (header.name.size() < 6 || !equal_but_for_case(header.name.substr(0, 6), "x-amz-")) continue;
        if (is_signed(header.name)) continue;
        if (!missing.empty()) missing += ", ";
        for (const char c : header.name) missing += lower(c);
    }
    if (missing.empty()) return std::nullopt;
    Refusal refusal = refused(Reason::headers_not_signed, std::move(missing));
    refusal.key_id = claims.key_id;
    return refusal;
}

Verdict check_rest(const Request& request, std::string_view payload_in_query, Claims& claims) {
    if (std::string_view{claims.timestamp}.substr(0, 8) != claims.day) {
        Refusal refusal = refused(Reason::scope_date_mismatch, claims.day);
        refusal.key_id = claims.key_id;
        return refusal;
    }
    if (auto wrong = check_signed_headers(request, claims)) return wrong;
    return take_payload(request, payload_in_query, claims);
}

Verdict take_header_date(const Request& request, Claims& claims) {
    Found date = find_header(request.headers, "x-amz-date");
    if (!date.present) date = find_header(request.headers, "date");
    if (!date.present || date.repeated)
        return refused(Reason::no_date, "AWS authentication requires a valid Date or x-amz-date header");
    return take_timestamp(date.value, Reason::no_date, claims);
}

struct HeaderFields {
    std::string_view credential;
    std::string_view signed_headers;
    std::string_view signature;
};

Verdict split_header(std::string_view text, HeaderFields& fields) {
    Verdict wrong;
    for_each_piece(text, ',', [&](std::string_view piece) {
        piece = trimmed(piece);
        const std::size_t equals = piece.find('=');
        const std::string_view name = piece.substr(0, equals);
        std::string_view* field = name == "Credential"      ? &fields.credential
                                  : name == "SignedHeaders" ? &fields.signed_headers
                                  : name == "Signature"     ? &fields.signature
                                                            : nullptr;
        if (wrong.has_value()) return;
        if (equals == std::string_view::npos || field == nullptr)
            wrong = refused(Reason::malformed_header,
                            "unexpected part \"" + std::string{piece.substr(0, 32)} + "\".");
        else if (!field->empty())
            wrong = refused(Reason::malformed_header, std::string{name} + " appears more than once.");
        else
            *field = piece.substr(equals + 1);
    });
    if (wrong.has_value()) return wrong;
    if (fields.credential.empty()) return refused(Reason::malformed_header, "missing Credential.");
    if (fields.signed_headers.empty()) return refused(Reason::malformed_header, "missing SignedHeaders.");
    if (fields.signature.empty()) return refused(Reason::malformed_header, "missing Signature.");
    return std::nullopt;
}

Verdict read_header(const Request& request, std::string_view text, Claims& claims) {
    const std::size_t blank = std::min(text.find_first_of(" \t"), text.size());
    if (text.substr(0, blank) != kAlgorithm)
        return refused(Reason::unsupported_algorithm,
                       std::string{text.substr(0, std::min<std::size_t>(blank, 32))});
    HeaderFields fields;
    if (auto wrong = split_header(text.substr(blank), fields)) return wrong;
    if (auto wrong = take_credential(fields.credential, Reason::malformed_header, claims)) return wrong;
    claims.signed_headers = fields.signed_headers;
    claims.signature = fields.signature;
    if (auto wrong = take_header_date(request, claims)) return wrong;
    const Found token = find_header(request.headers, "x-amz-security-token");
    if (token.repeated) return refused(Reason::bad_token, "x-amz-security-token appears more than once");
    claims.token = token.value;
    return check_rest(request, {}, claims);
}

/// The X-Amz- parameters of a presigned request; names are case-sensitive.
struct QueryFields {
    enum Which : std::size_t {
        algorithm,
        credential,
        date,
        expires,
        headers,
        signature,
        token,
        sha256,
        kCount
    };
    static constexpr std::array<std::string_view, kCount> kNames{
        "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",           "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Security-Token", "X-Amz-Content-Sha256"};
    std::array<std::optional<std::string>, kCount> values;
    bool presigned = false;  ///< one of the parameters that only signing gives
    bool sigv2 = false;      ///< AWSAccessKeyId=…&Signature=…
};

Verdict read_query_fields(std::string_view query, QueryFields& fields) {
    Verdict wrong;
    for_each_piece(query, '&', [&](std::string_view piece) {
        const std::size_t equals = std::min(piece.find('='), piece.size());
        const std::string_view name = piece.substr(0, equals);
        if (name == "AWSAccessKeyId") fields.sigv2 = true;
        for (std::size_t i = 0; i < QueryFields::kCount; ++i) {
            if (name != QueryFields::kNames[i] || wrong.has_value()) continue;
            auto value = uri_decode(piece.substr(std::min(equals + 1, piece.size())));
            if (!value.ok())
                wrong = refused(Reason::malformed_target, value.error().message());
            else if (fields.values[i])
                wrong = refused(Reason::malformed_query, std::string{name} + " appears more than once");
            else
                fields.values[i] = std::move(*value);
            fields.presigned = fields.presigned || i == QueryFields::algorithm ||
                               i == QueryFields::credential || i == QueryFields::signature;
        }
    });
    return wrong;
}

Verdict read_query(const Request& request, QueryFields& fields, Claims& claims) {
    if (!fields.values[QueryFields::algorithm] || *fields.values[QueryFields::algorithm] != kAlgorithm)
        return refused(
            fields.values[QueryFields::algorithm] ? Reason::unsupported_algorithm : Reason::malformed_query,
            fields.values[QueryFields::algorithm].value_or("X-Amz-Algorithm is missing").substr(0, 64));
    for (std::size_t i = 0; i <= QueryFields::signature; ++i)
        if (!fields.values[i] || fields.values[i]->empty())
            return refused(Reason::malformed_query,
                           "Query-string authentication version 4 requires the "
                           "X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, "
                           "X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    if (auto wrong =
            take_credential(*fields.values[QueryFields::credential], Reason::malformed_query, claims))
        return wrong;
    claims.signed_headers = std::move(*fields.values[QueryFields::headers]);
    claims.signature = std::move(*fields.values[QueryFields::signature]);
    if (auto wrong = take_timestamp(*fields.values[QueryFields::date], Reason::malformed_query, claims))
        return wrong;
    const auto expires = parse_number(*fields.values[QueryFields::expires], 10);
    if (!expires) return refused(Reason::bad_expires, "X-Amz-Expires should be a number");
    if (*expires == 0) return refused(Reason::bad_expires, "X-Amz-Expires must be greater than 0");
    if (*expires > static_cast<std::uint64_t>(kExpiresMaxS))
        return refused(Reason::bad_expires,
                       "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                       "X-Amz-Expires must be less than 604800 seconds");
    claims.expires_s = static_cast<std::int64_t>(*expires);
    claims.token = fields.values[QueryFields::token].value_or("");
    return check_rest(request, fields.values[QueryFields::sha256].value_or(""), claims);
}

}  // namespace

std::string Claims::scope() const {
    std::string out;
    out.reserve(day.size() + region.size() + service.size() + 16);
    out.append(day).append(1, '/').append(region).append(1, '/').append(service).append("/aws4_request");
    return out;
}

std::variant<Anonymous, Claims, Refusal> read_claims(const Request& request) {
    QueryFields fields;
    if (auto wrong = read_query_fields(request.query, fields)) return *std::move(wrong);
    const Found header = find_header(request.headers, "authorization");
    if (header.present && (fields.presigned || fields.sigv2)) return refused(Reason::two_mechanisms);
    if (fields.sigv2 && fields.presigned) return refused(Reason::two_mechanisms);
    if (fields.sigv2) return read_v2_query(request.query);
    if (header.repeated) return refused(Reason::malformed_header, "Authorization appears more than once.");
    if (!header.present && !fields.presigned) return Anonymous{};
    Claims claims;
    auto wrong =
        header.present ? read_header(request, header.value, claims) : read_query(request, fields, claims);
    if (wrong.has_value()) return *std::move(wrong);
    return claims;
}

}  // namespace landfall::sigv4
