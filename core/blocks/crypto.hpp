// The cryptography of the store: keyed ids, AES-256-GCM, and the keys that come from a domain's key.
//
// Invariants
//   1. One (key, nonce) pair encrypts one plaintext: a pack's key is random and its nonces are frame numbers
//      that are given out once; a wrapping nonce is random and its key wraps few messages.
//   2. Nothing is given out of open() before its tag was checked.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash_pair.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

enum class BlockType : std::uint8_t { content = 1, node = 2 };

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kTagSize = 16;
inline constexpr std::size_t kNonceSize = 12;
using Nonce = std::array<std::byte, kNonceSize>;

[[nodiscard]] SecretBytes random_key(Random& random);
/// HKDF-SHA-256 without salt; `length` ≤ 8160.
[[nodiscard]] SecretBytes derive_key(const SecretBytes& from, std::string_view purpose, std::size_t length);

/// AES-256-GCM under one key. Any thread may call: each call takes a context of its own thread.
class Aead {
public:
    explicit Aead(SecretBytes key);
    /// `out` is plain.size() + kTagSize long and may not overlap `plain`.
    void seal(const Nonce& nonce, ByteSpan associated, ByteSpan plain, MutableByteSpan out) const;
    /// `sealed` ends in the tag; `out` is sealed.size() - kTagSize long. False: the tag does not match, `out`
    /// is wiped.
    [[nodiscard]] bool open(const Nonce& nonce, ByteSpan associated, ByteSpan sealed,
                            MutableByteSpan out) const;

private:
    SecretBytes key_;
};

/// Nonce ‖ ciphertext ‖ tag under a random nonce: how keys are wrapped.
[[nodiscard]] std::vector<std::byte> wrap_key(const Aead& aead, Random& random, const SecretBytes& key,
                                              ByteSpan context);
[[nodiscard]] Result<SecretBytes> unwrap_key(const Aead& aead, ByteSpan wrapped, ByteSpan context);
inline constexpr std::size_t kWrappedKeySize = kNonceSize + kKeySize + kTagSize;

/// Everything that comes from a domain's key.
struct DomainKeys {
    explicit DomainKeys(const SecretBytes& domain_key);

    [[nodiscard]] BlockId id_of(BlockType type, ByteSpan plain) const {
        return BlockId{(type == BlockType::content ? content_ids : node_ids).of(plain).bytes};
    }

    struct TwoIds {
        BlockId first;
        BlockId second;
    };
    /// In little more time than one takes where the processor has SHA instructions.
    [[nodiscard]] TwoIds ids_of(BlockType type, ByteSpan first, ByteSpan second) const {
        const auto macs = (type == BlockType::content ? content_ids : node_ids).of_two(first, second);
        return {BlockId{macs.first.bytes}, BlockId{macs.second.bytes}};
    }

    PairedHmacSha256 content_ids;
    PairedHmacSha256 node_ids;
    Aead pack_wrap;
    /// Chunk boundaries show lengths, and lengths fingerprint content: so each domain cuts by a table of its
    /// own.
    std::array<std::uint64_t, 256> gear{};
};

}  // namespace landfall::blocks
