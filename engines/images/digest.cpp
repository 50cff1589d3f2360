#include "engines/images/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "engines/images/byte_source.hpp"

namespace landfall::images {

std::string_view name_of(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1: return "SHA1";
        case DigestAlgorithm::sha256: return "SHA256";
        case DigestAlgorithm::sha512: return "SHA512";
    }
    return "";
}

struct Hasher::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

namespace {

const EVP_MD* method_of(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1: return EVP_sha1();
        case DigestAlgorithm::sha256: return EVP_sha256();
        case DigestAlgorithm::sha512: return EVP_sha512();
    }
    return nullptr;
}

}  // namespace

Hasher::Hasher(DigestAlgorithm algorithm) : state_{std::make_unique<State>()} {
    CHECK(state_->context != nullptr);
    CHECK(EVP_DigestInit_ex(state_->context, method_of(algorithm), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(ByteSpan bytes) {
    CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Hasher::finish_hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(state_->context, raw.data(), &size) == 1);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(size * 2);
    for (unsigned i = 0; i < size; ++i) {
        hex += kDigits[raw[i] >> 4];
        hex += kDigits[raw[i] & 15];
    }
    return hex;
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
    Hasher hasher{expected.algorithm};
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
