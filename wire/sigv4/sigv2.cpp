#include "wire/sigv4/sigv2.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "base/encoding.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {
namespace {

/// Signed where they appear: what chooses the meaning of a request, as clients of this scheme know it.
constexpr std::string_view kSigned[] = {"accelerate",
                                        "acl",
                                        "analytics",
                                        "cors",
                                        "defaultObjectAcl",
                                        "delete",
                                        "inventory",
                                        "lifecycle",
                                        "location",
                                        "logging",
                                        "metrics",
                                        "notification",
                                        "object-lock",
                                        "partNumber",
                                        "policy",
                                        "replication",
                                        "requestPayment",
                                        "response-cache-control",
                                        "response-content-disposition",
                                        "response-content-encoding",
                                        "response-content-language",
                                        "response-content-type",
                                        "response-expires",
                                        "restore",
                                        "select",
                                        "select-type",
                                        "storageClass",
                                        "tagging",
                                        "torrent",
                                        "uploadId",
                                        "uploads",
                                        "versionId",
                                        "versioning",
                                        "versions",
                                        "website"};
/// Not signed, and only a choice among what the signed resource lists. Any other parameter is refused: it
/// could turn a URL for one operation into one for another (retention, legal-hold, publicAccessBlock …).
constexpr std::string_view kUnsigned[] = {"AWSAccessKeyId", "Signature",         "Expires",
                                          "content-md5",    "content-type",      "x-id",
                                          "prefix",         "delimiter",         "marker",
                                          "max-keys",       "list-type",         "continuation-token",
                                          "start-after",    "encoding-type",     "fetch-owner",
                                          "key-marker",     "version-id-marker", "upload-id-marker",
                                          "max-uploads",    "max-parts",         "part-number-marker"};
/// The year 9999 in seconds would overflow an Instant.
constexpr std::uint64_t kExpiresMax = 9'000'000'000;

Refusal refused(Reason reason, std::string detail) {
    return Refusal{.reason = reason, .detail = std::move(detail)};
}

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct Parameter {
    std::string_view name;
    std::optional<std::string> value;  ///< decoded; nullopt without '='
};

/// Parameters whose value does not decode are left as they are: they cannot match what was signed.
std::vector<Parameter> parameters_of(std::string_view query) {
    std::vector<Parameter> out;
    for_each_piece(query, '&', [&out](std::string_view piece) {
        if (piece.empty()) return;
        const std::size_t equals = piece.find('=');
        Parameter one{.name = piece.substr(0, equals), .value = std::nullopt};
        if (equals != std::string_view::npos) {
            auto value = uri_decode(piece.substr(equals + 1));
            one.value = value.ok() ? *std::move(value) : std::string{piece.substr(equals + 1)};
        }
        out.push_back(std::move(one));
    });
    return out;
}

std::string lowered(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

constexpr std::string_view kAmz = "x-amz-";
constexpr std::string_view kToken = "x-amz-security-token";

/// The session token comes in the query. No other parameter stands in for a header: the operation would not
/// see what was signed.
std::map<std::string, std::string> amz_headers(const Request& request) {
    std::map<std::string, std::string> out;
    for (const Header& header : request.headers) {
        if (!equal_but_for_case(header.name.substr(0, kAmz.size()), kAmz)) continue;
        auto [at, fresh] = out.try_emplace(lowered(header.name), trimmed(header.value));
        if (!fresh) at->second.append(1, ',').append(trimmed(header.value));
    }
    for (Parameter& parameter : parameters_of(request.query))
        if (parameter.name == kToken) out.try_emplace(std::string{kToken}, parameter.value.value_or(""));
    return out;
}

std::string subresources(std::string_view query) {
    auto all = parameters_of(query);
    std::erase_if(all, [](const Parameter& one) { return !is_one_of(kSigned, one.name); });
    std::stable_sort(all.begin(), all.end(),
                     [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
    std::string out;
    for (const Parameter& one : all) {
        out.append(1, out.empty() ? '?' : '&').append(one.name);
        if (one.value) out.append(1, '=').append(*one.value);
    }
    return out;
}

}  // namespace

std::variant<Anonymous, Claims, Refusal> read_v2_query(std::string_view query) {
    std::optional<std::string> key_id;
    std::optional<std::string> signature;
    std::optional<std::string> expires;
    Claims claims{.scheme = Scheme::v2_query, .region = "us-east-1", .service = "s3"};
    for (Parameter& parameter : parameters_of(query)) {
        std::optional<std::string>* field = parameter.name == "AWSAccessKeyId" ? &key_id
                                            : parameter.name == "Signature"    ? &signature
                                            : parameter.name == "Expires"      ? &expires
                                                                               : nullptr;
        if (parameter.name == kToken) claims.token = parameter.value.value_or("");
        if (!is_one_of(kSigned, parameter.name) && !is_one_of(kUnsigned, parameter.name) &&
            !parameter.name.starts_with(kAmz))
            return refused(Reason::malformed_query, "The parameter " +
                                                        std::string{parameter.name.substr(0, 64)} +
                                                        " needs a signature of version 4");
        if (field == nullptr) continue;
        if (field->has_value())
            return refused(Reason::malformed_query, std::string{parameter.name} + " appears more than once");
        *field = parameter.value.value_or("");
    }
    if (!key_id || !signature || !expires || key_id->empty() || signature->empty())
        return refused(
            Reason::malformed_query,
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
    const auto end = parse_number(*expires, 10);
    if (!end || *end > kExpiresMax)
        return refused(Reason::malformed_query, "Invalid Expires: it must be seconds since 1970");
    claims.key_id = *std::move(key_id);
    claims.signature = *std::move(signature);
    claims.timestamp = *std::move(expires);
    claims.expires_at = Instant::from_seconds(static_cast<std::int64_t>(*end));
    claims.at = claims.expires_at;
    claims.payload = Payload::unsigned_body;
    return claims;
}

std::string v2_string_to_sign(const Request& request, const Claims& claims) {
    std::string out{request.method};
    out.append(1, '\n').append(find_header(request.headers, "content-md5").value);
    out.append(1, '\n').append(find_header(request.headers, "content-type").value);
    out.append(1, '\n').append(claims.timestamp).append(1, '\n');
    for (const auto& [name, value] : amz_headers(request))
        out.append(name).append(1, ':').append(value).append(1, '\n');
    if (!request.virtual_bucket.empty()) out.append(1, '/').append(request.virtual_bucket);
    return out.append(request.path).append(subresources(request.query));
}

std::optional<Refusal> check_v2_signature(const Request& request, const Claims& claims,
                                          const SecretString& secret) {
    std::string text = v2_string_to_sign(request, claims);
    const std::string right = base64_encode(HmacSha1{bytes_of(secret.reveal())}.of(text).span());
    if (equal_in_constant_time(bytes_of(right), bytes_of(claims.signature))) return std::nullopt;
    Refusal refusal{.reason = Reason::signature_mismatch, .key_id = claims.key_id};
    refusal.signature = claims.signature.substr(0, 128);
    refusal.string_to_sign = std::move(text);
    return refusal;
}

}  // namespace landfall::sigv4
