// MailSender: hands mails to the one SMTP server of the settings, a few at a time on one thread.
//
// Invariants
//   1. `done` is called exactly once per send(), on the thread of run(); a session takes kMailTime at most.
//   2. At most kMailSessions sessions are open; what comes beyond waits in order.
//   3. The server's certificate is verified against the system's authorities, and by name. Credentials go out
//      over TLS alone, and stand in no outcome's text (smtp_dialogue.hpp).
// Threads: send() any; run() one.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "services/sns/smtp_dialogue.hpp"

namespace landfall::sns {

struct MailRequest {
    std::string to;
    std::string content;  ///< as mail_of makes it
};
using MailDone = UniqueFunction<void(MailOutcome)>;

inline constexpr Duration kMailTime = std::chrono::seconds{30};
inline constexpr std::size_t kMailSessions = 8;

class MailSender {
public:
    /// `settings` outlive it. unavailable: no resolver.
    static Result<std::unique_ptr<MailSender>> open(const MailSettings& settings);
    virtual ~MailSender() = default;
    virtual void send(MailRequest request, MailDone done) = 0;
    /// Until stop(); then what is under way is given up, and nobody is told.
    virtual void run() = 0;
    virtual void stop() = 0;
};

}  // namespace landfall::sns
