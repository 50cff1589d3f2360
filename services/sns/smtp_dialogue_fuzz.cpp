// Any bytes as a mail server's side of a dialogue: it ends, and nothing of substance is said before TLS where
// TLS is asked for.
#include <cstdint>

#include "base/result.hpp"
#include "services/sns/smtp_dialogue.hpp"

namespace {

using namespace landfall::sns;
using Act = SmtpDialogue::Next::Act;

void talk(MailSettings::Security security, std::string_view heard) {
    SmtpReplies replies;
    replies.add(heard);
    SmtpDialogue dialogue{{.security = security,
                           .user = security == MailSettings::Security::plain ? "" : "me",
                           .password = "secret",
                           .from = "from@h",
                           .to = "to@h",
                           .hello = "[127.0.0.1]"}};
    bool encrypted = false;
    auto next = dialogue.connected();
    while (next.act != Act::end) {
        if (next.act == Act::begin_tls) {
            CHECK(!encrypted);
            encrypted = true;
            next = dialogue.encrypted();
            continue;
        }
        const bool secret = next.words.starts_with("AUTH") || next.words.starts_with("MAIL");
        CHECK(!secret || encrypted || security == MailSettings::Security::plain);
        CHECK(next.words.empty() || next.words.find('\n') == next.words.size() - 1);
        auto reply = replies.next();
        if (!reply.ok() || !reply->has_value()) return;
        next = dialogue.heard(**reply);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view heard{reinterpret_cast<const char*>(bytes), size};
    for (const auto security :
         {MailSettings::Security::plain, MailSettings::Security::starttls, MailSettings::Security::tls})
        talk(security, heard);
    const std::string sent = dot_stuffed(heard);
    CHECK(sent.find("\r\n.\r\n") == sent.size() - 5);
    return 0;
}
