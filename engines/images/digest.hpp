// Digests that manifests carry, computed in order over a source. Identities of stored blocks are core/blocks'
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

enum class DigestAlgorithm : std::uint8_t { sha1, sha256, sha512 };
[[nodiscard]] std::string_view name_of(DigestAlgorithm algorithm);

/// What a manifest says about one file.
struct ExpectedDigest {
    const ByteSource* source = nullptr;  ///< borrowed
    DigestAlgorithm algorithm = DigestAlgorithm::sha256;
    std::string hex;  ///< lower case
};

/// A hasher of an algorithm known at run time. One thread at a time.
class ManifestHasher {
public:
    explicit ManifestHasher(DigestAlgorithm algorithm);
    void add(ByteSpan bytes);
    /// Lower-case hexadecimal. Ends the computation.
    [[nodiscard]] std::string finish_hex();

private:
    std::variant<Sha1Hasher, Sha256Hasher, Sha512Hasher> hasher_;
};

/// Errc::invalid "NAME: its SHA256 is …, the manifest says …" where `found` (lower-case hexadecimal) differs.
Status compare_digest(const ExpectedDigest& expected, std::string_view found);
/// The same, of the whole source, read for the purpose.
Status verify_digest(const ExpectedDigest& expected);

}  // namespace landfall::images
