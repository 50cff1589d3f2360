#include "services/s3/model_checksum.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace landfall::s3 {
namespace {

std::string uppered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return out;
}

}  // namespace

std::string header_of(Algorithm algorithm) {
    std::string name = "x-amz-checksum-";
    for (const char c : landfall::name_of(algorithm))
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
}

Answer<Algorithm> parse_algorithm(std::string_view name) {
    if (const auto algorithm = checksum_algorithm_named(name)) return *algorithm;
    if (uppered(name).starts_with("XXHASH")) {
        return Fault{Code::not_implemented, "Checksums of the XXHASH family are not supported."}.with(
            "Header", "x-amz-checksum-algorithm");
    }
    return Fault{
        Code::invalid_request,
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
        "CRC32C, CRC64NVME, SHA1, SHA256]"};
}

std::string_view name_of(ChecksumType type) {
    return type == ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT";
}

Answer<ChecksumType> parse_checksum_type(std::string_view name) {
    const std::string upper = uppered(name);
    if (upper == "COMPOSITE") return ChecksumType::composite;
    if (upper == "FULL_OBJECT") return ChecksumType::full_object;
    return Fault{Code::invalid_request, "Value for x-amz-checksum-type header is invalid."};
}

std::string ObjectChecksum::text() const {
    std::string out = sum.base64();
    if (type == ChecksumType::composite) out += "-" + std::to_string(parts);
    return out;
}

Answer<Checksum> sum_of(const ClaimedChecksum& claim) {
    if (const auto sum = Checksum::from_base64(claim.algorithm, claim.text)) return *sum;
    return Fault{Code::invalid_request, "Value for " + header_of(claim.algorithm) + " header is invalid."};
}

Verdict check_claim(const ClaimedChecksum& claim, const Checksum& computed) {
    if (TRY(sum_of(claim)) == computed) return {};
    return Fault{Code::bad_digest, "The " + std::string{landfall::name_of(claim.algorithm)} +
                                       " you specified did not match the calculated checksum."};
}

Answer<Md5> parse_content_md5(std::string_view header) {
    const auto raw = base64_decode(header);
    if (!raw.ok() || raw->size() != Md5::kSize)
        return Fault{Code::invalid_digest}.with("Content-MD5", std::string{header});
    Md5 md5;
    std::ranges::copy(*raw, md5.bytes.begin());
    return md5;
}

Verdict check_content_md5(const Md5& expected, const Md5& computed) {
    if (expected == computed) return {};
    return Fault{Code::bad_digest}
        .with("ExpectedDigest", expected.hex())
        .with("CalculatedDigest", base64_encode(computed.span()));
}

void Digests::update(ByteSpan bytes) {
    md5_.update(bytes);
    sum_.update(bytes);
}

Digests::Sums Digests::finish() { return Sums{.md5 = md5_.finish(), .sum = sum_.finish()}; }

ObjectChecksum joined(ChecksumType type, const std::vector<PartSum>& parts) {
    CHECK(!parts.empty());
    if (type == ChecksumType::full_object) {
        Checksum whole = parts.front().sum;
        for (std::size_t i = 1; i < parts.size(); ++i) whole = combine(whole, parts[i].sum, parts[i].size);
        return ObjectChecksum{.sum = whole, .type = type};
    }
    Checksummer sum{parts.front().sum.algorithm()};
    for (const PartSum& part : parts) sum.update(part.sum.bytes());
    return ObjectChecksum{
        .sum = sum.finish(), .type = type, .parts = static_cast<std::uint32_t>(parts.size())};
}

Verdict check_combination(Algorithm algorithm, ChecksumType type) {
    const bool wrong =
        type == ChecksumType::full_object ? !is_crc(algorithm) : algorithm == Algorithm::crc64nvme;
    if (!wrong) return {};
    return Fault{Code::invalid_request,
                 "The " + std::string{name_of(type)} + " checksum type cannot be used with the " +
                     std::string{landfall::name_of(algorithm)} + " checksum algorithm."};
}

ChecksumType default_type(Algorithm algorithm) {
    return algorithm == Algorithm::crc64nvme ? ChecksumType::full_object : ChecksumType::composite;
}

std::string etag_of(const Md5& md5) { return md5.hex(); }

std::string multipart_etag(const std::vector<Md5>& md5s) {
    Md5Hasher whole;
    for (const Md5& md5 : md5s) whole.update(md5.span());
    return whole.finish().hex() + "-" + std::to_string(md5s.size());
}

}  // namespace landfall::s3
