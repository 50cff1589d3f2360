#include "services/sns/smtp_dialogue.hpp"

#include <algorithm>
#include <cctype>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace landfall::sns {
namespace {

using Kind = MailOutcome::Kind;
constexpr std::size_t kReplyMax = 16 * 1024;
constexpr std::size_t kShownMax = 200;  ///< of what a server says, in an event

std::string capitals(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

std::string shown(const SmtpReply& reply) {
    std::string out;
    for (const std::string& line : reply.lines) out += (out.empty() ? "" : " ") + line;
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, ' ');
    out.resize(std::min(out.size(), kShownMax));
    return out;
}

std::string packed(std::string_view text) { return base64_encode(bytes_of(text)); }

}  // namespace

Result<std::optional<SmtpReply>> SmtpReplies::next() {
    const Error bad{Errc::invalid, "the mail server does not speak SMTP"};
    SmtpReply reply;
    for (std::size_t begin = 0;;) {
        const std::size_t end = buffer_.find('\n', begin);
        if (end == std::string::npos) {
            if (buffer_.size() > kReplyMax) return bad;
            return std::optional<SmtpReply>{};
        }
        std::string_view line{buffer_.data() + begin, end - begin};
        if (line.ends_with('\r')) line.remove_suffix(1);
        begin = end + 1;
        const auto digit = [&](std::size_t i) { return line.size() > i && line[i] >= '0' && line[i] <= '9'; };
        if (!digit(0) || !digit(1) || !digit(2) || begin > kReplyMax) return bad;
        const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        const bool more = line.size() > 3 && line[3] == '-';
        if ((line.size() > 3 && line[3] != ' ' && !more) || (!reply.lines.empty() && code != reply.code))
            return bad;
        reply.code = code;
        reply.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
        if (more) continue;
        buffer_.erase(0, begin);
        return std::optional<SmtpReply>{std::move(reply)};
    }
}

SmtpDialogue::Next SmtpDialogue::say(Stage then, std::string words) {
    stage_ = then;
    return {.act = Next::Act::say, .words = std::move(words) + "\r\n", .outcome = {}};
}

SmtpDialogue::Next SmtpDialogue::failed(std::string text) {
    return {.act = Next::Act::end, .words = {}, .outcome = {Kind::failed, {}, std::move(text)}};
}

SmtpDialogue::Next SmtpDialogue::end(Kind kind, const SmtpReply& reply, std::string_view doing) const {
    const std::string code = std::to_string(reply.code);
    // What a server says about credentials might repeat them.
    const bool quiet =
        stage_ == Stage::auth || stage_ == Stage::login_user || stage_ == Stage::login_password;
    const std::string said = quiet ? "" : " " + shown(reply);
    return {.act = Next::Act::end,
            .words = {},
            .outcome = {kind, code, "the mail server answered " + code + said + " to " + std::string{doing}}};
}

SmtpDialogue::Next SmtpDialogue::connected() {
    if (facts_.security == MailSettings::Security::tls)
        return {.act = Next::Act::begin_tls, .words = {}, .outcome = {}};
    return {};
}

SmtpDialogue::Next SmtpDialogue::encrypted() {
    channel_ = Channel::encrypted;
    extensions_.clear();
    if (facts_.security == MailSettings::Security::tls) return {};
    return hello();
}

SmtpDialogue::Next SmtpDialogue::heard(const SmtpReply& reply) {
    const bool fine = reply.code / 100 == 2;
    const Kind refusal = reply.code / 100 == 5 ? Kind::refused : Kind::failed;
    switch (stage_) {
        case Stage::greeting: return fine ? hello() : end(Kind::failed, reply, "the connection");
        case Stage::hello: return fine ? heard_hello(reply) : end(Kind::failed, reply, "EHLO");
        case Stage::starttls:
            if (!fine) return end(Kind::failed, reply, "STARTTLS");
            return {.act = Next::Act::begin_tls, .words = {}, .outcome = {}};
        case Stage::auth: return fine ? begin_mail() : end(Kind::failed, reply, "the user name and password");
        case Stage::login_user:
        case Stage::login_password: return heard_login(reply);
        case Stage::sender:
            // A refusal of our own address is a setting to mend, not the fault of this mail.
            if (!fine) return end(Kind::failed, reply, "MAIL FROM");
            return say(Stage::recipient, "RCPT TO:<" + std::string{facts_.to} + ">");
        case Stage::recipient:
            return fine ? say(Stage::begin_content, "DATA") : end(refusal, reply, "RCPT TO");
        case Stage::begin_content:
            if (reply.code != 354) return end(refusal, reply, "DATA");
            stage_ = Stage::content;
            return {.act = Next::Act::say_content, .words = {}, .outcome = {}};
        case Stage::content: return end(fine ? Kind::taken : refusal, reply, "the mail");
    }
    return failed("the mail server's answer was not expected");
}

SmtpDialogue::Next SmtpDialogue::heard_hello(const SmtpReply& reply) {
    extensions_.clear();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) {
        const std::string line = capitals(reply.lines[i]);
        const std::size_t blank = line.find_first_of(" =");
        const std::string name = line.substr(0, blank);
        extensions_.insert(name);
        for (std::size_t at = blank; name == "AUTH" && at < line.size();) {
            const std::size_t end = std::min(line.find(' ', at + 1), line.size());
            extensions_.insert("AUTH " + line.substr(at + 1, end - at - 1));
            at = end;
        }
    }
    const bool encrypted = channel_ == Channel::encrypted;
    if (facts_.security != MailSettings::Security::plain && !encrypted) {
        if (extensions_.contains("STARTTLS")) return say(Stage::starttls, "STARTTLS");
        return failed("the mail server does not offer STARTTLS");
    }
    return authenticate();
}

SmtpDialogue::Next SmtpDialogue::authenticate() {
    if (facts_.user.empty()) return begin_mail();
    if (channel_ == Channel::plain) return failed("credentials go to a mail server over TLS only");
    if (extensions_.contains("AUTH PLAIN")) {
        std::string secret;
        secret.append(1, '\0').append(facts_.user).append(1, '\0').append(facts_.password);
        return say(Stage::auth, "AUTH PLAIN " + packed(secret));
    }
    if (extensions_.contains("AUTH LOGIN")) return say(Stage::login_user, "AUTH LOGIN");
    return failed("the mail server offers neither AUTH PLAIN nor AUTH LOGIN");
}

SmtpDialogue::Next SmtpDialogue::heard_login(const SmtpReply& reply) {
    if (reply.code != 334) return end(Kind::failed, reply, "the user name and password");
    if (stage_ == Stage::login_user) return say(Stage::login_password, packed(facts_.user));
    return say(Stage::auth, packed(facts_.password));
}

SmtpDialogue::Next SmtpDialogue::begin_mail() {
    return say(Stage::sender, "MAIL FROM:<" + std::string{facts_.from} + ">");
}

std::string dot_stuffed(std::string_view content) {
    std::string out;
    out.reserve(content.size() + content.size() / 64 + 8);
    char before = '\n';
    for (const char c : content) {
        if (c == '.' && before == '\n') out.push_back('.');
        out.push_back(c);
        before = c;
    }
    if (!out.ends_with("\r\n")) out += "\r\n";
    return out + ".\r\n";
}

}  // namespace landfall::sns
