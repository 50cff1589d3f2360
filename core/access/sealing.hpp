// How a Secret of any length is stored: under a random key of its own, which the master key wraps.
//
// Invariants
//   1. The random key seals one plaintext, so its nonce is constant; both layers are bound to `context`.
//   2. Bytes that were changed, moved to another context or wrapped by another master key are corrupt.
// Format: docs/formats/access.md. Threads: any. Errors: those of the KeySource; corrupt.
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::blocks {
class KeySource;
}

namespace landfall::access {

[[nodiscard]] Result<std::string> seal_secret(blocks::KeySource& source, Random& random,
                                              const SecretString& secret, std::string_view context);
[[nodiscard]] Result<SecretString> open_secret(blocks::KeySource& source, std::string_view sealed,
                                               std::string_view context);

}  // namespace landfall::access
