#include "services/s3/model_arrival.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace landfall::s3 {
namespace {

constexpr std::array kAlgorithms{Algorithm::crc32,  Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1,
                                 Algorithm::sha256, Algorithm::sha512, Algorithm::md5};
constexpr std::array<std::string_view, 3> kXxhash{"x-amz-checksum-xxhash64", "x-amz-checksum-xxhash3",
                                                  "x-amz-checksum-xxhash128"};

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool is_write(std::string_view method) { return method != "GET" && method != "HEAD"; }

/// Of presigned URLs of version 2; the rest of a signature begins with "X-Amz-".
bool is_signature(std::string_view key) {
    return key == "AWSAccessKeyId" || key == "Signature" || key == "Expires";
}

Fault no_xxhash(std::string_view header) {
    return Fault{Code::not_implemented, "Checksums of the XXHASH family are not supported."}.with(
        "Header", std::string{header});
}

Answer<std::optional<ClaimedChecksum>> claim_of(const HeaderOf& header) {
    for (const std::string_view name : kXxhash)
        if (header(name)) return no_xxhash(name);
    std::optional<ClaimedChecksum> claim;
    for (const Algorithm algorithm : kAlgorithms) {
        const auto text = header(header_of(algorithm));
        if (!text) continue;
        if (claim) {
            return Fault{
                Code::invalid_request,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."};
        }
        claim = ClaimedChecksum{.algorithm = algorithm, .text = std::string{*text}};
    }
    return claim;
}

}  // namespace

Verdict check_strays(std::string_view method, std::span<const Stray> strays) {
    for (const Stray& stray : strays) {
        if (lowered(stray.key.substr(0, 2)) == "x-" || is_signature(stray.key)) continue;
        if (!stray.names_another && !is_write(method) && !stray.value.empty()) continue;
        return Fault{Code::not_implemented,
                     "A parameter you provided implies functionality that is not implemented."}
            .with("ParameterName", std::string{stray.key});
    }
    return {};
}

Verdict check_payload_declared(const HeaderOf& header) {
    if (!header("authorization").value_or("").starts_with("AWS4-") || header("x-amz-content-sha256"))
        return {};
    return Fault{Code::invalid_request, "Missing required header for this request: x-amz-content-sha256"};
}

Verdict check_body_md5(const HeaderOf& header, std::string_view body) {
    const auto md5 = header("content-md5");
    if (!md5) return {};
    Md5Hasher hasher;
    hasher.update(bytes_of(body));
    return check_content_md5(TRY(parse_content_md5(*md5)), hasher.finish());
}

Verdict check_body_sum(const HeaderOf& header, std::string_view body) {
    const auto claim = TRY(claim_of(header));
    if (const auto named = header("x-amz-sdk-checksum-algorithm")) {
        const Algorithm algorithm = TRY(parse_algorithm(*named));
        if (!claim) {
            return Fault{Code::invalid_request,
                         "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                         "x-amz-trailer headers were found."};
        }
        if (claim->algorithm != algorithm)
            return Fault{Code::invalid_request, "Value for x-amz-sdk-checksum-algorithm header is invalid."};
    }
    if (!claim) return {};
    Checksummer sum{claim->algorithm};
    sum.update(bytes_of(body));
    return check_claim(*claim, sum.finish());
}

Verdict check_trailer(const HeaderOf& header, Body body) {
    const auto announced = header("x-amz-trailer");
    if (!announced) return {};
    const std::string name = lowered(*announced);
    if (std::ranges::find(kXxhash, name) != kXxhash.end()) return no_xxhash("x-amz-trailer");
    const bool known = std::ranges::any_of(kAlgorithms, [&](Algorithm a) { return name == header_of(a); });
    if (known && body == Body::streamed) return {};
    return Fault{Code::invalid_request, "The value specified in the x-amz-trailer header is not supported"};
}

}  // namespace landfall::s3
