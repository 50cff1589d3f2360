#include "services/sns/model_mail.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace landfall::sns {
namespace {

constexpr std::size_t kLineMax = 900;          ///< RFC 5322 allows 998
constexpr std::size_t kBase64Line = 57;        ///< bytes, which are 76 characters
constexpr std::size_t kEncodedWordBytes = 45;  ///< of 75 characters, the frame taken off
constexpr std::string_view kDefaultSubject = "AWS Notification Message";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string without_controls(std::string_view text) {
    std::string out{text};
    std::replace_if(out.begin(), out.end(), is_control, ' ');
    return out;
}

/// Where a piece of at most `most` bytes ends without cutting a character of UTF-8.
std::size_t piece_end(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text.size();
    std::size_t end = most;
    while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return end;
}

std::string encoded_words(std::string_view text) {
    const std::string clean = without_controls(text);
    std::string out;
    for (std::string_view rest = clean; !rest.empty();) {
        const std::size_t end = piece_end(rest, kEncodedWordBytes);
        if (!out.empty()) out += "\r\n ";
        out.append("=?UTF-8?B?").append(base64_encode(bytes_of(rest.substr(0, end)))).append("?=");
        rest.remove_prefix(end);
    }
    return out;
}

class MailWriter {
public:
    /// A field whose value is ours, or was checked to be a plain address or URL.
    void field(std::string_view name, std::string_view value) {
        const std::string clean = without_controls(value);
        if (name.size() + clean.size() > kLineMax) return;
        out_.append(name).append(": ").append(clean).append("\r\n");
    }
    /// `"Name" <address>`; a name that is not plain goes as encoded words, which need no quotes.
    void sender(std::string_view display_name, std::string_view address) {
        if (display_name.empty()) return field("From", address);
        const std::string name = header_text(display_name);
        const bool plain = name == display_name && name.find_first_of("\"\\") == std::string::npos;
        out_.append("From: ").append(plain ? "\"" + name + "\"" : encoded_words(display_name));
        out_.append(" <").append(address).append(">\r\n");
    }
    /// A field whose value may be any text; header_text wraps its lines itself.
    void text_field(std::string_view name, std::string_view value) {
        out_.append(name).append(": ").append(header_text(value)).append("\r\n");
    }
    std::string finish(std::string_view body) && {
        out_ += "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: ";
        out_ += goes_as_it_is(body) ? "7bit\r\n\r\n" + with_crlf(body) : "base64\r\n\r\n" + in_base64(body);
        return std::move(out_);
    }

private:
    static bool goes_as_it_is(std::string_view body) {
        std::size_t line = 0;
        for (const char c : body) {
            if (c == '\n') {
                line = 0;
                continue;
            }
            // A CR would have to be told apart from the line ends that mail adds.
            if (static_cast<unsigned char>(c) >= 0x80 || (is_control(c) && c != '\t')) return false;
            if (++line > kLineMax) return false;
        }
        return true;
    }
    static std::string with_crlf(std::string_view body) {
        std::string out;
        out.reserve(body.size() + body.size() / 32 + 2);
        for (const char c : body) {
            if (c == '\n') out.push_back('\r');
            out.push_back(c);
        }
        if (!out.ends_with('\n')) out += "\r\n";
        return out;
    }
    static std::string in_base64(std::string_view body) {
        std::string out;
        out.reserve(body.size() * 3 / 2 + 4);
        for (; !body.empty(); body.remove_prefix(std::min(body.size(), kBase64Line)))
            out.append(base64_encode(bytes_of(body.substr(0, kBase64Line)))).append("\r\n");
        return out;
    }

    std::string out_;
};

std::string_view subject_of(const MailFacts& facts) {
    switch (facts.wrapping.type) {
        case MessageType::subscription_confirmation: return "AWS Notification - Subscription Confirmation";
        case MessageType::unsubscribe_confirmation: return "AWS Notification - Unsubscribe Confirmation";
        case MessageType::notification: break;
    }
    const auto& subject = facts.message.headers.subject;
    return subject ? std::string_view{*subject} : kDefaultSubject;
}

std::string text_body(const MailFacts& facts) {
    const Headers& headers = facts.message.headers;
    const std::string link = confirm_url(headers.base_url, headers.topic_arn, facts.wrapping.token);
    switch (facts.wrapping.type) {
        case MessageType::subscription_confirmation:
            return "Somebody asked that this address gets what is published to the topic\n" +
                   headers.topic_arn + "\n\nTo confirm the subscription, visit\n" + link +
                   "\n\nIf that was a mistake, nothing needs to be done: without the visit nothing more is "
                   "sent.\n";
        case MessageType::unsubscribe_confirmation:
            return "The subscription\n" + std::string{facts.subscription_arn} +
                   "\nhas ended: this address gets nothing more from the topic.\n\nIf that was a mistake, "
                   "visit this link to restore it:\n" +
                   link + "\n";
        case MessageType::notification: break;
    }
    return text_of(facts.message, Protocol::email) + "\n\n--\nTo get no more from this topic, visit\n" +
           unsubscribe_url(headers.base_url, facts.subscription_arn) + "\n";
}

/// "Sun, 22 Nov 2026 15:42:07 +0000": HTTP's form names the zone in a way that mail calls obsolete.
std::string mail_date(Instant at) {
    std::string date = http_date(at);
    date.replace(date.size() - 3, 3, "+0000");
    return date;
}

}  // namespace

std::string header_text(std::string_view text) {
    const std::string clean = without_controls(text);
    const bool plain = is_ascii(clean) && clean.size() <= kLineMax && clean.find("=?") == std::string::npos;
    return plain ? clean : encoded_words(clean);
}

std::string mail_of(const MailFacts& facts) {
    const Headers& headers = facts.message.headers;
    const std::string_view domain = facts.from.substr(facts.from.find('@') + 1);
    MailWriter out;
    out.field("Date", mail_date(headers.published));
    out.sender(facts.display_name, facts.from);
    out.field("To", facts.to);
    out.text_field("Subject", subject_of(facts));
    out.field("Message-ID", "<" + uuid_text(facts.message.id) + "@" + std::string{domain} + ">");
    out.field("MIME-Version", "1.0");
    out.field("Auto-Submitted", "auto-generated");
    out.field("x-amz-sns-message-type", name_of(facts.wrapping.type));
    out.field("x-amz-sns-message-id", uuid_text(facts.message.id));
    out.field("x-amz-sns-topic-arn", headers.topic_arn);
    if (facts.wrapping.type == MessageType::notification) {
        out.field("x-amz-sns-subscription-arn", facts.subscription_arn);
        out.field("List-Unsubscribe", "<" + unsubscribe_url(headers.base_url, facts.subscription_arn) + ">");
    }
    if (facts.wrapping.protocol == Protocol::email_json)
        return std::move(out).finish(envelope_of(facts.message, facts.wrapping));
    return std::move(out).finish(text_body(facts));
}

}  // namespace landfall::sns
