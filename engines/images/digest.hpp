// Digests that manifests carry, computed in order over a source. Not for identities of stored blocks
// (core/blocks).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::images {

enum class DigestAlgorithm : std::uint8_t { sha1, sha256, sha512 };
[[nodiscard]] std::string_view name_of(DigestAlgorithm algorithm);

class ByteSource;

/// What a manifest says about one file.
struct ExpectedDigest {
    const ByteSource* source = nullptr;  ///< borrowed
    DigestAlgorithm algorithm = DigestAlgorithm::sha256;
    std::string hex;  ///< lower case
};

/// One thread at a time.
class Hasher {
public:
    explicit Hasher(DigestAlgorithm algorithm);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    void add(ByteSpan bytes);
    /// Lower-case hexadecimal. Ends the computation.
    [[nodiscard]] std::string finish_hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Errc::invalid "NAME: its SHA256 is …, the manifest says …" where `found` (lower-case hexadecimal) differs.
Status compare_digest(const ExpectedDigest& expected, std::string_view found);
/// The same, of the whole source, read for the purpose.
Status verify_digest(const ExpectedDigest& expected);

}  // namespace landfall::images
