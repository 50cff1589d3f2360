// MessageSigner: the key that notifications are signed with, and the certificate that clients check them by.
//
// Invariants
//   1. One RSA key of 2048 bits per server, made at first start; stored it is sealed as access keys are.
//   2. The certificate is self-signed and public; its path has its fingerprint, so that a new key has a new
//      path and clients may keep what they fetched.
// Threads: any. open() reads and may write the state; the rest touches no disk. A signature costs about 0.7
// ms.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "core/state/store.hpp"

namespace landfall::blocks {
class KeySource;
}

namespace landfall::sns {

enum class SignatureVersion : std::uint8_t { sha1, sha256 };  ///< "1" and "2"

class MessageSigner {
public:
    /// corrupt: the stored key does not open under this master key.
    static Result<std::unique_ptr<MessageSigner>> open(state::StateStore& store, blocks::KeySource& sealing,
                                                       Random& random, Instant now);
    virtual ~MessageSigner() = default;

    /// PKCS #1 v1.5, base64.
    [[nodiscard]] virtual std::string sign(std::string_view text, SignatureVersion version) const = 0;
    [[nodiscard]] virtual const std::string& certificate_pem() const = 0;
    /// "/SimpleNotificationService-<32 hexadecimal digits>.pem"
    [[nodiscard]] virtual const std::string& certificate_path() const = 0;
};

}  // namespace landfall::sns
