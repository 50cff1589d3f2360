// A message as a publisher gives it: attributes, subject, structure, size, batches.
//
// Invariants
//   1. A Draft that check() accepts is within every limit of the service: 262,144 bytes with its attributes,
//      names and types of attributes, the subject's characters, a "default" entry where the structure is
//      json.
//   2. encode_headers and decode_headers are inverse; the format is docs/formats/sns-message.md.
// Sources: "Publish" of the API reference; texts recorded from the service. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "services/sns/model_fault.hpp"

namespace landfall::sns {

inline constexpr Bytes kMessageBytesMax = 256_KiB;
inline constexpr std::size_t kBatchMax = 10;

struct MessageAttribute {
    std::string name;
    std::string type;   ///< "String", "String.Array", "Number", "Binary", each with an optional ".custom"
    std::string value;  ///< text, or the bytes of a Binary
    [[nodiscard]] bool binary() const { return type.starts_with("Binary"); }
    bool operator==(const MessageAttribute&) const = default;
};

struct AttributeDraft {
    std::string_view name;
    std::string_view type;
    std::optional<std::string_view> text;
    std::optional<std::string_view> binary;
};
/// Checks names, types and values; keeps the order given.
[[nodiscard]] Judged<std::vector<MessageAttribute>> check_attributes(
    const std::vector<AttributeDraft>& drafts);

enum class MessageStructure : std::uint8_t { plain, json };

/// What is published, checked.
struct Message {
    std::string text;
    std::optional<std::string> subject;
    MessageStructure structure = MessageStructure::plain;
    std::vector<MessageAttribute> attributes;
    std::string group;
    std::string dedup_id;

    /// Bytes that count against the limit.
    [[nodiscard]] Bytes size() const;
};

struct MessageDraft {
    std::string_view text;
    std::optional<std::string_view> subject;
    std::optional<std::string_view> structure;
    std::optional<std::string_view> group;
    std::optional<std::string_view> dedup_id;
    std::vector<AttributeDraft> attributes;
};
/// All but the size and what depends on the topic's kind.
[[nodiscard]] Judged<Message> check(const MessageDraft& draft);
[[nodiscard]] Verdict check_size(const Message& message);

/// The message's text for one protocol: of a json structure the entry of that name, else "default".
[[nodiscard]] std::string text_for(const Message& message, std::string_view protocol);

enum class TopicOrder : std::uint8_t { standard, fifo };
enum class ContentDedup : std::uint8_t { off, on };
/// Group and deduplication ids as the topic's kind wants them; fills in the content's digest.
[[nodiscard]] Verdict check_order(Message& message, TopicOrder order, ContentDedup content);

/// Ids of a batch: 1 to 10 entries, distinct, of the right characters. Faults: batch_….
[[nodiscard]] Verdict check_batch_ids(const std::vector<std::string_view>& ids);
[[nodiscard]] Verdict check_batch_size(Bytes total);

/// What stands beside a body in the log: everything about a published message that its targets share.
struct Headers {
    std::string topic_arn;
    std::string base_url;  ///< where clients reach this server: links and the certificate are below it
    Instant published;
    std::optional<std::string> subject;
    MessageStructure structure = MessageStructure::plain;
    std::vector<MessageAttribute> attributes;
    /// Base64, by the protocol whose text was signed; of a plain structure, one, under "". Empty: not signed.
    std::map<std::string, std::string> signatures;
    std::string signature_version = "1";
    std::string certificate_path;
    std::string sequence_number;  ///< fifo topics; 20 digits
    std::string group;
    std::string sender;  ///< who published: a user id
    bool operator==(const Headers&) const = default;
};
[[nodiscard]] std::string encode_headers(const Headers& headers);
/// corrupt: not what encode_headers writes.
[[nodiscard]] Result<Headers> decode_headers(std::string_view bytes);

}  // namespace landfall::sns
