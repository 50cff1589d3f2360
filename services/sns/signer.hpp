// MessageSigner: the key that notifications are signed with, and the certificate that clients check them by.
//
// Invariants
//   1. One RSA key of 2048 bits per server; stored it is sealed as access keys are. Nothing is signed with a
//      key that is not stored.
//   2. The certificate is self-signed and public; its path has its fingerprint, so that a new key has a new
//      path and clients may keep what they fetched.
// Threads: any. ready() blocks while the key is made (0.2 s, and a commit of the state), which is once in a
// server's life; a crash before that leaves nothing. The rest touches no disk. A signature costs about 0.7
// ms.
#pragma once

#include <memory>
#include <optional>
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
    /// Reads the key, and makes none: that takes too long for a start. corrupt: the stored key does not open
    /// under this master key.
    static Result<std::unique_ptr<MessageSigner>> open(state::StateStore& store, blocks::KeySource& sealing,
                                                       Random& random, Clock& clock);
    virtual ~MessageSigner() = default;

    /// There is a key from here on: made now, if need be, by one thread while others wait for it. Errors are
    /// the state's; the next call tries again.
    [[nodiscard]] virtual Status ready() = 0;

    /// PKCS #1 v1.5, base64. After ready().
    [[nodiscard]] virtual std::string sign(std::string_view text, SignatureVersion version) const = 0;
    /// kCertificatePrefix and 32 hexadecimal digits and ".pem". After ready().
    [[nodiscard]] virtual const std::string& certificate_path() const = 0;
    /// The PEM text of the certificate at that path; nullopt when there is none (yet). Never blocks.
    [[nodiscard]] virtual std::optional<std::string> certificate_at(std::string_view path) const = 0;
};

inline constexpr std::string_view kCertificatePrefix = "/SimpleNotificationService-";

}  // namespace landfall::sns
