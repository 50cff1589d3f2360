// SmtpDialogue: what a client says to an SMTP server to hand over one mail, as pure steps.
//
// Invariants
//   1. One mail, one sender, one recipient; nothing of the mail's content is ever a command: both addresses
//      are is_mail_address, and a content line that starts with a dot gets another one.
//   2. Where security is asked for, nothing but EHLO and STARTTLS is said before the connection is encrypted,
//      and what was heard before it counts for nothing afterwards. Credentials are said only when encrypted.
//   3. An outcome's text holds no credential.
// Sources: RFC 5321 (§3.1 to 3.3, 4.1.1, 4.2, 4.5.2), 3207, 4954. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
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

struct SmtpReply {
    int code = 0;
    std::vector<std::string> lines;  ///< without code and line end
};

/// Replies out of bytes as they arrive.
class SmtpReplies {
public:
    void add(std::string_view bytes) { buffer_.append(bytes); }
    /// nullopt: it has not arrived whole. invalid: no SMTP, or longer than any reply is.
    Result<std::optional<SmtpReply>> next();
    /// True while nothing waits to be read. What stands there when TLS begins was not said by the server's
    /// side of it.
    [[nodiscard]] bool empty() const { return buffer_.empty(); }

private:
    std::string buffer_;
};

class SmtpDialogue {
public:
    struct Facts {
        MailSettings::Security security = MailSettings::Security::plain;
        std::string_view user;  ///< empty: no AUTH
        std::string_view password;
        std::string_view from;
        std::string_view to;
        std::string_view hello;  ///< how the client names itself
    };
    /// What is to be done now.
    struct Next {
        enum class Act : std::uint8_t { read, say, say_content, begin_tls, end } act = Act::read;
        std::string words;    ///< of say; a read follows
        MailOutcome outcome;  ///< of end
    };

    explicit SmtpDialogue(const Facts& facts) : facts_{facts} {}
    /// The connection is there.
    Next connected();
    /// The TLS handshake succeeded.
    Next encrypted();
    Next heard(const SmtpReply& reply);

private:
    enum class Stage : std::uint8_t {
        greeting,
        hello,
        starttls,
        auth,
        login_user,
        login_password,
        sender,
        recipient,
        begin_content,
        content
    };
    Next say(Stage then, std::string words);
    Next hello() { return say(Stage::hello, "EHLO " + std::string{facts_.hello}); }
    Next heard_hello(const SmtpReply& reply);
    Next heard_login(const SmtpReply& reply);
    Next authenticate();
    Next begin_mail();
    [[nodiscard]] Next end(MailOutcome::Kind kind, const SmtpReply& reply, std::string_view doing) const;
    [[nodiscard]] static Next failed(std::string text);

    Facts facts_;
    Stage stage_ = Stage::greeting;
    enum class Channel : std::uint8_t { plain, encrypted } channel_ = Channel::plain;
    std::set<std::string> extensions_;  ///< in capitals; of AUTH, "AUTH PLAIN" and so on
};

/// The content as DATA wants it: dots doubled, ended by the lone dot.
[[nodiscard]] std::string dot_stuffed(std::string_view content);

}  // namespace landfall::sns
