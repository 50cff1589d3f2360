#include "services/sns/model_envelope.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "core/state/record.hpp"
#include "services/sns/model_json.hpp"

namespace landfall::sns {
namespace {

constexpr std::uint8_t kWrappingVersion = 1;
constexpr std::size_t kWrappingFixed = 22;

/// The document as the service writes it: one key a line, blanks around the colon.
class EnvelopeWriter {
public:
    void text(std::string_view key, std::string_view value) {
        name(key);
        append_json_string(out_, value);
    }
    void word(std::string_view key, std::string_view value) {
        name(key);
        out_ += value;
    }
    void attributes(const std::vector<MessageAttribute>& attributes) {
        if (attributes.empty()) return;
        name("MessageAttributes");
        out_ += "{";
        const char* before = "\n    ";
        for (const MessageAttribute& attribute : attributes) {
            out_ += before;
            before = ",\n    ";
            append_json_string(out_, attribute.name);
            out_ += " : {\"Type\":";
            append_json_string(out_, attribute.type);
            out_ += ",\"Value\":";
            append_json_string(
                out_, attribute.binary() ? base64_encode(bytes_of(attribute.value)) : attribute.value);
            out_ += "}";
        }
        out_ += "\n  }";
    }
    std::string finish() && { return std::move(out_) + "\n}"; }

private:
    void name(std::string_view key) {
        out_ += out_.size() > 1 ? ",\n  " : "\n  ";
        append_json_string(out_, key);
        out_ += " : ";
    }
    std::string out_ = "{";
};

std::string signature_for(const Headers& headers, Protocol protocol) {
    const auto by_protocol = headers.signatures.find(std::string{name_of(protocol)});
    if (by_protocol != headers.signatures.end()) return by_protocol->second;
    const auto common = headers.signatures.find("");
    return common != headers.signatures.end() ? common->second : std::string{};
}

/// AWS's validators take a certificate over https alone; the endpoint speaks both on its port.
std::string secure(std::string_view base_url) {
    if (base_url.starts_with("http://")) return "https://" + std::string{base_url.substr(7)};
    return std::string{base_url};
}

void add_signature(EnvelopeWriter& out, const Headers& headers, Protocol protocol) {
    const std::string signature = signature_for(headers, protocol);
    if (signature.empty()) return;
    out.text("SignatureVersion", headers.signature_version);
    out.text("Signature", signature);
    out.text("SigningCertURL", secure(headers.base_url) + headers.certificate_path);
}

std::string confirmation_of(const StoredMessage& message, const Wrapping& wrapping) {
    EnvelopeWriter out;
    out.text("Type", name_of(wrapping.type));
    out.text("MessageId", uuid_text(message.id));
    out.text("Token", wrapping.token);
    out.text("TopicArn", message.headers.topic_arn);
    out.text("Message", message.body);
    out.text("SubscribeURL",
             confirm_url(message.headers.base_url, message.headers.topic_arn, wrapping.token));
    out.text("Timestamp", iso8601(message.headers.published, Fraction::millis));
    add_signature(out, message.headers, wrapping.protocol);
    return std::move(out).finish();
}

void sign_line(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append("\n").append(value).append("\n");
}

}  // namespace

std::string uuid_text(const MessageId& id) {
    std::string hex = hex_encode(std::as_bytes(std::span{id}));
    for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
    return hex;
}

std::optional<MessageId> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string hex;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) return std::nullopt;
        if (!dash) hex.push_back(text[i]);
    }
    const auto bytes = hex_decode(hex);
    if (!bytes.ok()) return std::nullopt;
    MessageId id{};
    for (std::size_t i = 0; i < id.size(); ++i) id[i] = std::to_integer<std::uint8_t>((*bytes)[i]);
    return id;
}

std::string_view name_of(MessageType type) {
    switch (type) {
        case MessageType::notification: return "Notification";
        case MessageType::subscription_confirmation: return "SubscriptionConfirmation";
        case MessageType::unsubscribe_confirmation: return "UnsubscribeConfirmation";
    }
    return "Notification";
}

std::string encode_wrapping(const Wrapping& wrapping) {
    std::string out;
    out.push_back(static_cast<char>(kWrappingVersion));
    out.push_back(static_cast<char>(wrapping.type));
    out.push_back(static_cast<char>(wrapping.form));
    out.push_back(static_cast<char>(wrapping.protocol));
    out.push_back(static_cast<char>(wrapping.origin));
    out.push_back(wrapping.failure || !wrapping.token.empty() ? '\1' : '\0');
    out.append(reinterpret_cast<const char*>(wrapping.subscription.data()), wrapping.subscription.size());
    if (out[5] == '\0') return out;
    state::Record more;
    more.set("token", wrapping.token);
    if (wrapping.failure)
        more.set("code", wrapping.failure->code)
            .set("message", wrapping.failure->message)
            .set("request", wrapping.failure->request_id);
    return out + more.encode();
}

Result<Wrapping> decode_wrapping(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const bool sound = bytes.size() >= kWrappingFixed && at(0) == kWrappingVersion && at(1) <= 2 &&
                       at(2) <= 2 && at(3) <= 8 && at(4) <= 1 && at(5) <= 1 &&
                       (at(5) == 1 || bytes.size() == kWrappingFixed);
    if (!sound) return Error{Errc::corrupt, "a message's wrapping is not one of SNS"};
    Wrapping wrapping{.type = static_cast<MessageType>(at(1)),
                      .form = static_cast<Form>(at(2)),
                      .protocol = static_cast<Protocol>(at(3)),
                      .origin = static_cast<Wrapping::Origin>(at(4))};
    for (std::size_t i = 0; i < wrapping.subscription.size(); ++i) wrapping.subscription[i] = at(6 + i);
    if (at(5) == 0) return wrapping;
    const state::Record more = TRY(state::Record::decode(bytes.substr(kWrappingFixed)));
    wrapping.token = more.text("token");
    if (more.has("code")) wrapping.failure = {more.text("code"), more.text("message"), more.text("request")};
    return wrapping;
}

std::string text_of(const StoredMessage& message, Protocol protocol) {
    if (message.headers.structure == MessageStructure::plain) return std::string{message.body};
    const Message published{.text = std::string{message.body}, .structure = MessageStructure::json};
    return text_for(published, message.platform.empty() ? name_of(protocol) : message.platform);
}

std::string envelope_of(const StoredMessage& message, const Wrapping& wrapping) {
    if (wrapping.type != MessageType::notification) return confirmation_of(message, wrapping);
    const Headers& headers = message.headers;
    EnvelopeWriter out;
    out.text("Type", name_of(wrapping.type));
    out.text("MessageId", uuid_text(message.id));
    if (!headers.sequence_number.empty()) out.text("SequenceNumber", headers.sequence_number);
    out.text("TopicArn", headers.topic_arn);
    if (headers.subject) out.text("Subject", *headers.subject);
    out.text("Message", text_of(message, wrapping.protocol));
    out.text("Timestamp", iso8601(headers.published, Fraction::millis));
    add_signature(out, headers, wrapping.protocol);
    out.text("UnsubscribeURL",
             unsubscribe_url(headers.base_url, headers.topic_arn + ":" + uuid_text(wrapping.subscription)));
    if (wrapping.origin == Wrapping::Origin::replayed) out.word("Replayed", "true");
    out.attributes(headers.attributes);
    return std::move(out).finish();
}

std::string lambda_event_of(const StoredMessage& message, const Wrapping& wrapping,
                            std::string_view subscription_arn) {
    const Headers& headers = message.headers;
    EnvelopeWriter sns;
    sns.text("Type", name_of(wrapping.type));
    sns.text("MessageId", uuid_text(message.id));
    sns.text("TopicArn", headers.topic_arn);
    headers.subject ? sns.text("Subject", *headers.subject) : sns.word("Subject", "null");
    sns.text("Message", text_of(message, wrapping.protocol));
    sns.text("Timestamp", iso8601(headers.published, Fraction::millis));
    sns.text("SignatureVersion", headers.signature_version);
    sns.text("Signature", signature_for(headers, wrapping.protocol));
    sns.text("SigningCertUrl", secure(headers.base_url) + headers.certificate_path);
    sns.text("UnsubscribeUrl", unsubscribe_url(headers.base_url, subscription_arn));
    headers.attributes.empty() ? sns.word("MessageAttributes", "{}") : sns.attributes(headers.attributes);
    std::string out = R"({"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":)";
    append_json_string(out, subscription_arn);
    return out + ",\"Sns\":" + std::move(sns).finish() + "}]}";
}

std::string direct_document_of(const StoredMessage& message, const Wrapping& wrapping) {
    const Headers& headers = message.headers;
    EnvelopeWriter out;
    out.text("Type", name_of(wrapping.type));
    out.text("MessageId", uuid_text(message.id));
    if (headers.subject) out.text("Subject", *headers.subject);
    out.text("Message", text_of(message, wrapping.protocol));
    out.text("Timestamp", iso8601(headers.published, Fraction::millis));
    out.attributes(headers.attributes);
    return std::move(out).finish();
}

std::string body_of(const StoredMessage& message, const Wrapping& wrapping) {
    switch (wrapping.form) {
        case Form::plain: return std::string{message.body};
        case Form::envelope: return envelope_of(message, wrapping);
        case Form::raw: break;
    }
    if (wrapping.type != MessageType::notification) return envelope_of(message, wrapping);
    return text_of(message, wrapping.protocol);
}

std::vector<MessageAttribute> attributes_of(const StoredMessage& message, const Wrapping& wrapping) {
    std::vector<MessageAttribute> attributes;
    if (wrapping.form == Form::raw) attributes = message.headers.attributes;
    if (!wrapping.failure) return attributes;
    attributes.push_back({"ErrorCode", "String", wrapping.failure->code});
    attributes.push_back({"ErrorMessage", "String", wrapping.failure->message});
    attributes.push_back({"RequestID", "String", wrapping.failure->request_id});
    std::erase_if(attributes, [](const MessageAttribute& a) { return a.value.empty(); });
    return attributes;
}

std::string string_to_sign(const SignedParts& parts) {
    std::string out;
    sign_line(out, "Message", parts.text);
    sign_line(out, "MessageId", parts.message_id);
    if (parts.type == MessageType::notification) {
        if (parts.subject) sign_line(out, "Subject", *parts.subject);
    } else {
        sign_line(out, "SubscribeURL", parts.subscribe_url);
    }
    sign_line(out, "Timestamp", iso8601(parts.at, Fraction::millis));
    if (parts.type != MessageType::notification) sign_line(out, "Token", parts.token);
    sign_line(out, "TopicArn", parts.topic_arn);
    sign_line(out, "Type", name_of(parts.type));
    return out;
}

std::string confirm_url(std::string_view base_url, std::string_view topic_arn, std::string_view token) {
    return std::string{base_url} + "/?Action=ConfirmSubscription&TopicArn=" + std::string{topic_arn} +
           "&Token=" + std::string{token} + "&Version=2010-03-31";
}

std::string unsubscribe_url(std::string_view base_url, std::string_view subscription_arn) {
    return std::string{base_url} + "/?Action=Unsubscribe&SubscriptionArn=" + std::string{subscription_arn} +
           "&Version=2010-03-31";
}

std::string confirmation_text(MessageType type, std::string_view arn) {
    if (type == MessageType::unsubscribe_confirmation)
        return "You have chosen to deactivate subscription " + std::string{arn} +
               ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in "
               "this "
               "message.";
    return "You have chosen to subscribe to the topic " + std::string{arn} +
           ".\nTo confirm the subscription, visit the SubscribeURL included in this message.";
}

}  // namespace landfall::sns
