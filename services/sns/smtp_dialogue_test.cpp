#include "services/sns/smtp_dialogue.hpp"

#include <gtest/gtest.h>

namespace landfall::sns {
namespace {

using Next = SmtpDialogue::Next;
using Kind = MailOutcome::Kind;
using Security = MailSettings::Security;

SmtpDialogue::Facts facts(Security security = Security::plain, std::string_view user = {}) {
    return {.security = security,
            .user = user,
            .password = "secret",
            .from = "from@h",
            .to = "to@h",
            .hello = "[127.0.0.1]"};
}

SmtpReply reply(std::string_view text) {
    SmtpReplies replies;
    replies.add(text);
    auto read = replies.next();
    EXPECT_TRUE(read.ok() && read->has_value()) << text;
    return **read;
}

/// What the client says to each of the server's answers; ends with "!" and the outcome's code.
std::vector<std::string> dialogue(const SmtpDialogue::Facts& with, std::vector<std::string> answers) {
    SmtpDialogue dialogue{with};
    std::vector<std::string> said;
    Next next = dialogue.connected();
    for (auto at = answers.begin();;) {
        switch (next.act) {
            case Next::Act::end:
                said.push_back("!" + next.outcome.code + " " + next.outcome.text);
                return said;
            case Next::Act::begin_tls:
                said.emplace_back("(tls)");
                next = dialogue.encrypted();
                continue;
            case Next::Act::say: said.push_back(next.words.substr(0, next.words.size() - 2)); break;
            case Next::Act::say_content: said.emplace_back("(content)"); break;
            case Next::Act::read: break;
        }
        if (at == answers.end()) return said;
        next = dialogue.heard(reply(*at++));
    }
}

using Words = std::vector<std::string>;

TEST(SmtpDialogue, hands_over_one_mail) {
    EXPECT_EQ(dialogue(facts(), {"220 h ESMTP\r\n", "250-h\r\n250 SIZE 1000\r\n", "250 ok\r\n", "250 ok\r\n",
                                 "354 go on\r\n", "250 taken\r\n"}),
              (Words{"EHLO [127.0.0.1]", "MAIL FROM:<from@h>", "RCPT TO:<to@h>", "DATA", "(content)",
                     "!250 the mail server answered 250 taken to the mail"}));
}

TEST(SmtpDialogue, encrypts_before_it_says_anything_of_substance) {
    EXPECT_EQ(dialogue(facts(Security::starttls, "me"),
                       {"220 h\r\n", "250-h\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", "220 go\r\n",
                        "250-h\r\n250 AUTH LOGIN PLAIN\r\n", "235 fine\r\n"}),
              (Words{"EHLO [127.0.0.1]", "STARTTLS", "(tls)", "EHLO [127.0.0.1]",
                     "AUTH PLAIN AG1lAHNlY3JldA==", "MAIL FROM:<from@h>"}));
    EXPECT_EQ(dialogue(facts(Security::tls), {"220 h\r\n", "250 h\r\n"}),
              (Words{"(tls)", "EHLO [127.0.0.1]", "MAIL FROM:<from@h>"}));
}

TEST(SmtpDialogue, says_nothing_to_a_server_that_does_not_encrypt) {
    EXPECT_EQ(dialogue(facts(Security::starttls), {"220 h\r\n", "250 h\r\n"}).back(),
              "! the mail server does not offer STARTTLS");
    EXPECT_EQ(
        dialogue(facts(Security::starttls), {"220 h\r\n", "250-h\r\n250 STARTTLS\r\n", "454 no\r\n"}).back(),
        "!454 the mail server answered 454 no to STARTTLS");
    EXPECT_EQ(dialogue(facts(Security::plain, "me"), {"220 h\r\n", "250-h\r\n250 AUTH PLAIN\r\n"}).back(),
              "! credentials go to a mail server over TLS only");
}

TEST(SmtpDialogue, what_was_offered_before_tls_counts_for_nothing) {
    EXPECT_EQ(
        dialogue(facts(Security::starttls, "me"),
                 {"220 h\r\n", "250-h\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go\r\n", "250 h\r\n"})
            .back(),
        "! the mail server offers neither AUTH PLAIN nor AUTH LOGIN");
}

TEST(SmtpDialogue, login_is_taken_where_plain_is_not_offered) {
    EXPECT_EQ(
        dialogue(facts(Security::tls, "me"), {"220 h\r\n", "250-h\r\n250 AUTH LOGIN\r\n",
                                              "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"}),
        (Words{"(tls)", "EHLO [127.0.0.1]", "AUTH LOGIN", "bWU=", "c2VjcmV0", "MAIL FROM:<from@h>"}));
}

TEST(SmtpDialogue, an_outcome_about_credentials_repeats_nothing_of_the_server) {
    const auto said = dialogue(facts(Security::tls, "me"),
                               {"220 h\r\n", "250-h\r\n250 AUTH PLAIN\r\n", "535 no: AG1lAHNlY3JldA==\r\n"});
    EXPECT_EQ(said.back(), "!535 the mail server answered 535 to the user name and password");
}

Kind kind_after(std::vector<std::string> answers) {
    SmtpDialogue dialogue{facts()};
    Next next = dialogue.connected();
    for (const std::string& answer : answers) next = dialogue.heard(reply(answer));
    EXPECT_EQ(next.act, Next::Act::end);
    return next.outcome.kind;
}

TEST(SmtpDialogue, a_refused_recipient_or_mail_is_final_and_the_rest_may_pass) {
    EXPECT_EQ(kind_after({"554 no\r\n"}), Kind::failed);
    EXPECT_EQ(kind_after({"220 h\r\n", "250 h\r\n", "550 not from you\r\n"}), Kind::failed);
    EXPECT_EQ(kind_after({"220 h\r\n", "250 h\r\n", "250 ok\r\n", "450 later\r\n"}), Kind::failed);
    EXPECT_EQ(kind_after({"220 h\r\n", "250 h\r\n", "250 ok\r\n", "550 nobody\r\n"}), Kind::refused);
    EXPECT_EQ(
        kind_after({"220 h\r\n", "250 h\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "451 later\r\n"}),
        Kind::failed);
    EXPECT_EQ(
        kind_after({"220 h\r\n", "250 h\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "552 too big\r\n"}),
        Kind::refused);
    EXPECT_EQ(kind_after({"220 h\r\n", "250 h\r\n", "250 ok\r\n", "250 ok\r\n", "250 odd\r\n"}),
              Kind::failed);
}

TEST(SmtpReplies, are_read_as_they_arrive_and_nothing_else_is) {
    SmtpReplies replies;
    for (const char c : std::string_view{"250-one\r\n250 two\r\n2"}) replies.add({&c, 1});
    const auto first = replies.next();
    ASSERT_TRUE(first.ok() && first->has_value());
    EXPECT_EQ((*first)->lines, (Words{"one", "two"}));
    const auto second = replies.next();
    EXPECT_TRUE(second.ok() && !second->has_value());
    EXPECT_FALSE(replies.empty());
    for (const std::string& bad :
         {std::string{"HTTP/1.1 400\r\n"}, std::string{"25\r\n"}, std::string{"250+x\r\n"},
          std::string{"250-a\r\n251 b\r\n"}, std::string(20'000, '2')}) {
        SmtpReplies other;
        other.add(bad);
        EXPECT_TRUE(other.next().is(Errc::invalid)) << bad.substr(0, 20);
    }
}

TEST(DotStuffing, no_line_of_a_mail_ends_it) {
    EXPECT_EQ(dot_stuffed("a\r\n.\r\nb"), "a\r\n..\r\nb\r\n.\r\n");
    EXPECT_EQ(dot_stuffed(".x\r\n"), "..x\r\n.\r\n");
    EXPECT_EQ(dot_stuffed(""), "\r\n.\r\n");
}

}  // namespace
}  // namespace landfall::sns
