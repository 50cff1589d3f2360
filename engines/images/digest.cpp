#include "engines/images/digest.hpp"

#include <vector>

namespace landfall::images {

std::string_view name_of(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1: return "SHA1";
        case DigestAlgorithm::sha256: return "SHA256";
        case DigestAlgorithm::sha512: return "SHA512";
    }
    return "";
}

namespace {

std::variant<Sha1Hasher, Sha256Hasher, Sha512Hasher> hasher_of(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1: return Sha1Hasher{};
        case DigestAlgorithm::sha256: return Sha256Hasher{};
        case DigestAlgorithm::sha512: return Sha512Hasher{};
    }
    return Sha256Hasher{};
}

}  // namespace

ManifestHasher::ManifestHasher(DigestAlgorithm algorithm) : hasher_{hasher_of(algorithm)} {}

void ManifestHasher::add(ByteSpan bytes) {
    std::visit([&](auto& hasher) { hasher.update(bytes); }, hasher_);
}

std::string ManifestHasher::finish_hex() {
    return std::visit([](auto& hasher) { return hasher.finish().hex(); }, hasher_);
}

Status compare_digest(const ExpectedDigest& expected, std::string_view found) {
    if (found == expected.hex) return {};
    std::string text{expected.source->name()};
    text += ": its ";
    text += name_of(expected.algorithm);
    text += " is ";
    text += found;
    text += ", the manifest says ";
    text += expected.hex;
    return Error{Errc::invalid, std::move(text)};
}

Status verify_digest(const ExpectedDigest& expected) {
    ManifestHasher hasher{expected.algorithm};
    std::vector<std::byte> buffer(1 << 20);
    for (ByteOffset at;;) {
        const std::size_t n = TRY(expected.source->read_at(at, buffer));
        if (n == 0) break;
        hasher.add(ByteSpan{buffer}.first(n));
        at += Bytes{n};
    }
    return compare_digest(expected, hasher.finish_hex());
}

}  // namespace landfall::images
