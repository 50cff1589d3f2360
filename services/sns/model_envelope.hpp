// How a stored message is seen: by a queue's consumer, an HTTP endpoint, a mail reader.
//
// Invariants
//   1. A message is stored once (Headers and body); each target has a Wrapping, which says how it sees it.
//   2. Keys of an envelope stand in the service's order; the string to sign is built from the same values.
//   3. encode_wrapping and decode_wrapping are inverse; the format is docs/formats/sns-message.md.
// Sources: "Parsing message formats" and "Verifying the signatures" of the developer guide. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "services/sns/model_message.hpp"
#include "services/sns/model_names.hpp"

namespace landfall::sns {

using MessageId = std::array<std::uint8_t, 16>;
/// 8-4-4-4-12 lower-case hexadecimal digits.
[[nodiscard]] std::string uuid_text(const MessageId& id);
[[nodiscard]] std::optional<MessageId> parse_uuid(std::string_view text);

enum class MessageType : std::uint8_t { notification, subscription_confirmation, unsubscribe_confirmation };
[[nodiscard]] std::string_view name_of(MessageType type);

enum class Form : std::uint8_t {
    envelope,  ///< the JSON document of SNS
    raw,       ///< the message's text; its attributes as the target's own
    plain,     ///< the body as it is, without attributes: what other parts of this server put into a queue
};

/// Why a message is in a dead-letter queue.
struct DeliveryFailure {
    std::string code;
    std::string message;
    std::string request_id;
    bool operator==(const DeliveryFailure&) const = default;
};

struct Wrapping {
    MessageType type = MessageType::notification;
    Form form = Form::envelope;
    Protocol protocol = Protocol::sqs;
    enum class Origin : std::uint8_t { published, replayed } origin = Origin::published;
    MessageId subscription{};  ///< the last part of its ARN
    std::string token;         ///< of confirmations
    std::optional<DeliveryFailure> failure;
    bool operator==(const Wrapping&) const = default;
};
[[nodiscard]] std::string encode_wrapping(const Wrapping& wrapping);
[[nodiscard]] Result<Wrapping> decode_wrapping(std::string_view bytes);

/// A stored message with what one target needs, borrowed for the call.
struct StoredMessage {
    const Headers& headers;
    std::string_view body;
    MessageId id{};
    std::string_view platform{};  ///< of a mobile endpoint: whose entry of a json structure it sees
};

/// The text that this target sees in the message: by protocol, where the structure is json.
[[nodiscard]] std::string text_of(const StoredMessage& message, Protocol protocol);
/// The JSON document.
[[nodiscard]] std::string envelope_of(const StoredMessage& message, const Wrapping& wrapping);
/// What a function is called with: {"Records": [{"EventSource": "aws:sns", "Sns": …}]}
[[nodiscard]] std::string lambda_event_of(const StoredMessage& message, const Wrapping& wrapping,
                                          std::string_view subscription_arn);
/// Of what was published to a mobile endpoint or a phone number: no topic, no signature, no links.
[[nodiscard]] std::string direct_document_of(const StoredMessage& message, const Wrapping& wrapping);
/// What a queue's consumer gets, and what is POSTed.
[[nodiscard]] std::string body_of(const StoredMessage& message, const Wrapping& wrapping);
/// The message attributes that a queue's consumer gets.
[[nodiscard]] std::vector<MessageAttribute> attributes_of(const StoredMessage& message,
                                                          const Wrapping& wrapping);

/// "Name\nvalue\n" for each signed key, in their order.
struct SignedParts {
    MessageType type = MessageType::notification;
    std::string_view message_id;
    std::string_view topic_arn;
    std::string_view text;
    std::optional<std::string_view> subject;
    Instant at;
    std::string_view token;          ///< of confirmations
    std::string_view subscribe_url;  ///< of confirmations
};
[[nodiscard]] std::string string_to_sign(const SignedParts& parts);

[[nodiscard]] std::string confirm_url(std::string_view base_url, std::string_view topic_arn,
                                      std::string_view token);
[[nodiscard]] std::string unsubscribe_url(std::string_view base_url, std::string_view subscription_arn);
/// "You have chosen to subscribe to the topic …": the text of a confirmation.
[[nodiscard]] std::string confirmation_text(MessageType type, std::string_view arn);

}  // namespace landfall::sns
