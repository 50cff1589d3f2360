// Checksums against accidents: CRC-32, CRC-32C, CRC-64/NVME; and any checksum of an object by its algorithm.
//
// Invariants
//   1. The value of a CRC is the finished one, as zlib's crc32(): 0 for no bytes. A computation goes on from
//   it:
//      crc.update(a), crc.update(b) = crc of a||b.
//   2. combine(crc of A, crc of B, length of B) = crc of A||B, without the bytes (full-object checksums of
//      multipart uploads).
//   3. A Checksum's bytes are big-endian, which is what goes into base64 on the wire.
// Speed: carry-less multiplication where the processor has it, tables of 8 × 256 entries elsewhere.
// Threads: one at a time per object. Does not touch disk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/units.hpp"

namespace landfall {

/// Reflected CRC: register width and polynomial (bit-reversed), all ones before and after.
struct Crc32Shape {
    using Word = std::uint32_t;
    static constexpr Word kPolynomial = 0xedb88320;  ///< ISO-HDLC: zip, Ethernet
};
struct Crc32cShape {
    using Word = std::uint32_t;
    static constexpr Word kPolynomial = 0x82f63b78;  ///< Castagnoli: iSCSI (RFC 3720)
};
struct Crc64NvmeShape {
    using Word = std::uint64_t;
    static constexpr Word kPolynomial =
        0x9a6c9329ac4bc9b5;  ///< 0xad93d23594c93659 bit-reversed: NVMe base spec
};

template <class Shape>
class Crc {
public:
    using Word = typename Shape::Word;

    Crc() = default;
    /// Goes on from a finished value.
    explicit Crc(Word value) : value_{value} {}

    void update(ByteSpan bytes);
    void update(std::string_view text) { update(bytes_of(text)); }
    [[nodiscard]] Word value() const { return value_; }

    [[nodiscard]] static Word of(ByteSpan bytes);
    [[nodiscard]] static Word of(std::string_view text) { return of(bytes_of(text)); }
    /// O(log length).
    [[nodiscard]] static Word combine(Word first, Word second, Bytes length_of_second);

private:
    Word value_ = 0;
};

using Crc32 = Crc<Crc32Shape>;
using Crc32c = Crc<Crc32cShape>;
using Crc64Nvme = Crc<Crc64NvmeShape>;

extern template class Crc<Crc32Shape>;
extern template class Crc<Crc32cShape>;
extern template class Crc<Crc64NvmeShape>;

enum class ChecksumAlgorithm : std::uint8_t { crc32, crc32c, crc64nvme, sha1, sha256, sha512, md5 };
/// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5".
[[nodiscard]] std::string_view name_of(ChecksumAlgorithm algorithm);
/// Either case.
[[nodiscard]] std::optional<ChecksumAlgorithm> checksum_algorithm_named(std::string_view name);
/// Whether parts' checksums combine to the whole's.
[[nodiscard]] bool is_crc(ChecksumAlgorithm algorithm);

/// A finished checksum of any algorithm, at most 64 bytes, no allocation.
class Checksum {
public:
    Checksum() = default;
    /// `bytes` must have the algorithm's size: that is a bug otherwise.
    Checksum(ChecksumAlgorithm algorithm, ByteSpan bytes);
    /// nullopt where the text is not base64 of the algorithm's size.
    [[nodiscard]] static std::optional<Checksum> from_base64(ChecksumAlgorithm algorithm,
                                                             std::string_view text);

    [[nodiscard]] ChecksumAlgorithm algorithm() const { return algorithm_; }
    [[nodiscard]] ByteSpan bytes() const { return ByteSpan{bytes_}.first(size_of(algorithm_)); }
    [[nodiscard]] std::string base64() const;
    friend bool operator==(const Checksum&, const Checksum&) = default;

    [[nodiscard]] static std::size_t size_of(ChecksumAlgorithm algorithm);

private:
    ChecksumAlgorithm algorithm_ = ChecksumAlgorithm::crc32;
    std::array<std::byte, 64> bytes_{};
};

/// The checksum of first||second. Both must be of one CRC algorithm: a bug otherwise.
[[nodiscard]] Checksum combine(const Checksum& first, const Checksum& second, Bytes length_of_second);

/// Computes one checksum of an algorithm known at run time.
class Checksummer {
public:
    explicit Checksummer(ChecksumAlgorithm algorithm);
    void update(ByteSpan bytes);
    /// The checksum of all bytes since the start or the last finish().
    [[nodiscard]] Checksum finish();
    [[nodiscard]] ChecksumAlgorithm algorithm() const { return algorithm_; }

private:
    using State = std::variant<Crc32, Crc32c, Crc64Nvme, Sha1Hasher, Sha256Hasher, Sha512Hasher, Md5Hasher>;
    ChecksumAlgorithm algorithm_;
    State state_;
};

}  // namespace landfall
