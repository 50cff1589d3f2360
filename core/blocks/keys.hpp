// KeySource: where the keys of domains come from. The store keeps only wrapped keys.
//
// Invariants
//   1. A domain's key exists in clear only in memory, inside Secret.
//   2. wrap() binds the context: a wrapped key moved to another domain does not unwrap.
//   3. An unwrap that fails says so with the source's own error (key disabled, deleted, wrong): denied or
//      corrupt, never a wrong key.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::blocks {

/// Any thread may call.
class KeySource {
public:
    virtual ~KeySource() = default;
    [[nodiscard]] virtual Result<std::vector<std::byte>> wrap(const SecretBytes& key, ByteSpan context) = 0;
    [[nodiscard]] virtual Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan context) = 0;
};

/// A 32-byte master key in a file of mode 0600, made at first use; AES-256-GCM. The embedded default.
class MasterKeyFile final : public KeySource {
public:
    MasterKeyFile(SecretBytes key, Random& random) : key_{std::move(key)}, random_{random} {}
    /// Reads the file, or makes it when it is missing. corrupt when it is not a key file.
    [[nodiscard]] static Result<std::unique_ptr<MasterKeyFile>> open(Disk& disk, const std::string& path,
                                                                     Random& random);
    [[nodiscard]] Result<std::vector<std::byte>> wrap(const SecretBytes& key, ByteSpan context) override;
    [[nodiscard]] Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan context) override;

private:
    SecretBytes key_;
    Random& random_;
};

}  // namespace landfall::blocks
