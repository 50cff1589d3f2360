// Key pairs: made, read from what a user uploads, and fingerprinted as EC2 does it. Pure but for randomness.
//
// Invariants
//   1. A private key exists in memory alone, as a Secret, for as long as it takes to answer with it.
//   2. Public keys are kept in OpenSSH's one-line form without a comment: "ssh-ed25519 AAAA…".
//   3. Fingerprints: RSA made here: SHA-1 of the private key's PKCS #8 DER; RSA imported: MD5 of the public
//      key's DER, both as pairs of digits joined by colons; ed25519: SHA-256 of the SSH blob in base64 with
//      its padding (EC2 User Guide, "Verify the fingerprint of your key pair").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::ec2 {

enum class KeyType : std::uint8_t { rsa, ed25519 };
[[nodiscard]] std::string_view name_of(KeyType type);
[[nodiscard]] std::optional<KeyType> key_type_named(std::string_view name);

struct PublicKey {
    KeyType type = KeyType::rsa;
    std::string text;  ///< invariant 2
    std::string fingerprint;
};

struct NewKeyPair {
    PublicKey key;
    SecretString material;  ///< RSA: PKCS #1 in PEM; ed25519: OpenSSH's own format
};

/// RSA has 2048 bits and comes from OpenSSL's generator (about 0.1 s); ed25519 from `random`.
/// Errors: io where OpenSSL cannot. Any thread; no disk.
[[nodiscard]] Result<NewKeyPair> make_key_pair(KeyType type, Random& random);

/// OpenSSH's line, RFC 4716's block, and SubjectPublicKeyInfo as PEM or as the base64 of its DER. RSA of
/// 1024, 2048 and 4096 bits and ed25519, as EC2 takes. Errors: invalid, with what is wrong. Bounded by the
/// text.
[[nodiscard]] Result<PublicKey> read_public_key(std::string_view material);

/// 1 to 255 printable ASCII characters, no space at either end.
[[nodiscard]] bool key_name_is_valid(std::string_view name);

}  // namespace landfall::ec2
