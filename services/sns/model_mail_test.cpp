#include "services/sns/model_mail.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace landfall::sns {
namespace {

constexpr std::string_view kTopic = "arn:aws:sns:us-east-1:000000000000:t";
constexpr std::string_view kSubscription =
    "arn:aws:sns:us-east-1:000000000000:t:00000000-0000-0000-0000-000000000001";

struct Draft {
    Headers headers{.topic_arn = std::string{kTopic},
                    .base_url = "http://h:1",
                    .published = Instant::from_seconds(1'700'000'000)};
    Wrapping wrapping{.protocol = Protocol::email};
    std::string body = "the text";
    std::string display_name;

    [[nodiscard]] std::string mail() const {
        const StoredMessage message{headers, body, {}};
        return mail_of({.message = message,
                        .wrapping = wrapping,
                        .display_name = display_name,
                        .from = "no-reply@sns.test",
                        .to = "me@example.org",
                        .subscription_arn = kSubscription});
    }
};

std::vector<std::string> head_of(const std::string& mail) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < mail.size();) {
        const std::size_t end = mail.find("\r\n", begin);
        if (end == begin || end == std::string::npos) break;
        lines.push_back(mail.substr(begin, end - begin));
        begin = end + 2;
    }
    return lines;
}
std::string body_in(const std::string& mail) { return mail.substr(mail.find("\r\n\r\n") + 4); }
bool has(const std::vector<std::string>& lines, std::string_view line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(Mail, a_notification_has_its_text_and_a_link_to_unsubscribe) {
    Draft draft;
    draft.headers.subject = "the subject";
    const std::string mail = draft.mail();
    const auto head = head_of(mail);
    EXPECT_TRUE(has(head, "Date: Tue, 14 Nov 2023 22:13:20 +0000"));
    EXPECT_TRUE(has(head, "From: no-reply@sns.test"));
    EXPECT_TRUE(has(head, "To: me@example.org"));
    EXPECT_TRUE(has(head, "Subject: the subject"));
    EXPECT_TRUE(has(head, "Message-ID: <00000000-0000-0000-0000-000000000000@sns.test>"));
    EXPECT_EQ(body_in(mail),
              "the text\r\n\r\n--\r\nTo get no more from this topic, visit\r\n"
              "http://h:1/?Action=Unsubscribe&SubscriptionArn=" +
                  std::string{kSubscription} + "&Version=2010-03-31\r\n");
    draft.headers.subject.reset();
    EXPECT_TRUE(has(head_of(draft.mail()), "Subject: AWS Notification Message"));
}

TEST(Mail, a_confirmation_has_the_link_with_the_token) {
    Draft draft;
    draft.wrapping.type = MessageType::subscription_confirmation;
    draft.wrapping.token = "0a";
    EXPECT_TRUE(has(head_of(draft.mail()), "Subject: AWS Notification - Subscription Confirmation"));
    EXPECT_NE(draft.mail().find(confirm_url("http://h:1", kTopic, "0a")), std::string::npos);
    EXPECT_EQ(draft.mail().find("Unsubscribe"), std::string::npos);
}

TEST(Mail, email_json_is_the_document) {
    Draft draft;
    draft.wrapping.protocol = Protocol::email_json;
    std::string body = body_in(draft.mail());
    std::erase(body, '\r');
    const StoredMessage message{draft.headers, draft.body, {}};
    EXPECT_EQ(body, envelope_of(message, draft.wrapping) + "\n");
}

TEST(Mail, a_json_structure_has_a_text_of_its_own) {
    Draft draft;
    draft.headers.structure = MessageStructure::json;
    draft.body = R"({"default": "d", "email": "for readers", "email-json": "for programs"})";
    EXPECT_TRUE(body_in(draft.mail()).starts_with("for readers\r\n"));
    draft.wrapping.protocol = Protocol::email_json;
    EXPECT_NE(body_in(draft.mail()).find("\"for programs\""), std::string::npos);
}

TEST(Mail, no_value_adds_a_header_field) {
    Draft draft;
    const std::size_t fields = head_of(draft.mail()).size();
    draft.headers.subject = "a\r\nBcc: x@y";
    draft.headers.topic_arn += "\r\nBcc: x@y\r\n\r\nbody";
    draft.display_name = "n\r\nBcc: x@y";
    draft.headers.base_url = "http://h\r\nBcc: x@y";
    const auto head = head_of(draft.mail());
    EXPECT_EQ(head.size(), fields);
    for (const std::string& line : head) EXPECT_FALSE(line.starts_with("Bcc")) << line;
    EXPECT_TRUE(has(head, "Subject: a  Bcc: x@y"));
}

TEST(Mail, names_that_are_not_plain_are_encoded_words) {
    Draft draft;
    draft.display_name = "Bills";
    EXPECT_TRUE(has(head_of(draft.mail()), "From: \"Bills\" <no-reply@sns.test>"));
    for (const char* name : {"Grüße", "a\" <x@y>", "=?UTF-8?B?eA==?="}) {
        draft.display_name = name;
        const std::string encoded = base64_encode(bytes_of(std::string_view{name}));
        EXPECT_TRUE(has(head_of(draft.mail()), "From: =?UTF-8?B?" + encoded + "?= <no-reply@sns.test>"))
            << name;
    }
}

TEST(Mail, encoded_words_are_short_and_cut_no_character) {
    std::string subject;
    for (int i = 0; i < 40; ++i) subject += "€";
    const std::string text = header_text(subject);
    std::string decoded;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find("\r\n ", at), text.size());
        const std::string word = text.substr(at, end - at);
        EXPECT_LE(word.size(), 75U);
        const auto bytes = base64_decode(word.substr(10, word.size() - 12));
        ASSERT_TRUE(bytes.ok());
        EXPECT_EQ(bytes->size() % 3, 0U);
        decoded += landfall::text_of(*bytes);
        at = end + 3;
    }
    EXPECT_EQ(decoded, subject);
}

TEST(Mail, bodies_that_mail_would_change_go_as_base64) {
    Draft draft;
    for (const std::string& body :
         {std::string{"héllo"}, std::string{"a\rb"}, std::string(1200, 'x'), std::string{"nul\0!", 5}}) {
        draft.body = body;
        const std::string mail = draft.mail();
        EXPECT_TRUE(has(head_of(mail), "Content-Transfer-Encoding: base64"));
        std::string packed = body_in(mail);
        for (std::size_t at = 0; at < packed.size(); at = packed.find("\r\n", at) + 2)
            EXPECT_LE(packed.find("\r\n", at) - at, 76U);
        std::erase_if(packed, [](char c) { return c == '\r' || c == '\n'; });
        const auto bytes = base64_decode(packed);
        ASSERT_TRUE(bytes.ok());
        EXPECT_TRUE(landfall::text_of(*bytes).starts_with(body));
    }
}

TEST(MailAddress, is_what_may_stand_in_an_smtp_command) {
    for (const char* good : {"a@b", "first.last+tag@mail.example.org", "o'neil@x-y.z"})
        EXPECT_TRUE(is_mail_address(good)) << good;
    for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a@b>\r\nDATA", "a\n@b", "<a@b>",
                            "\"a\"@b", "a@[1.2.3.4]", "é@b", "a@é", "a@.b", "a@-b", "a,b@c", "a@b,c@d"})
        EXPECT_FALSE(is_mail_address(bad)) << bad;
    EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
    EXPECT_FALSE(is_mail_address("a@" + std::string(260, 'b')));
}

}  // namespace
}  // namespace landfall::sns
