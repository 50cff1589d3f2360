// MailSender: hands mails to the one SMTP server of the settings, a few at a time on one thread.
//
// Invariants
//   1. `done` is called exactly once per send(), on the thread of run(); a session takes kMailTime at most.
//   2. At most kMailSessions sessions are open; what comes beyond waits in order.
//   3. The server's certificate is verified against the system's authorities, and by name. Credentials go out
//      over TLS alone, and stand in no outcome's text.
//   4. Nothing of a mail is ever a command: an address is is_mail_address, and a line of content that begins
//      with a dot gets another one.
// SMTP is libcurl's (docs/decisions/0034). Threads: send() any; run() one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "services/sns/delivery_settings.hpp"

namespace landfall::sns {

/// What became of a mail.
struct MailOutcome {
    enum class Kind : std::uint8_t {
        taken,    ///< the server is responsible for it now
        refused,  ///< for good: this recipient, or this mail
        failed,   ///< it may pass: no server, a busy one, wrong credentials
    };
    Kind kind = Kind::failed;
    std::string code;  ///< the server's, "550"; empty where it said nothing
    std::string text;
};

struct MailRequest {
    std::string to;
    std::string content;  ///< as mail_of makes it
};
using MailDone = UniqueFunction<void(MailOutcome)>;

inline constexpr Duration kMailTime = std::chrono::seconds{30};
inline constexpr std::size_t kMailSessions = 8;

class MailSender {
public:
    /// `settings` outlive it. unavailable: libcurl does not start.
    static Result<std::unique_ptr<MailSender>> open(const MailSettings& settings);
    virtual ~MailSender() = default;
    virtual void send(MailRequest request, MailDone done) = 0;
    /// Until stop(); then what is under way is given up, and nobody is told.
    virtual void run() = 0;
    virtual void stop() = 0;
};

}  // namespace landfall::sns
