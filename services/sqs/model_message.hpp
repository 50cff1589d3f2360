// A message as SQS judges, digests, stores and shows it.
//
// Invariants
//   1. A Draft that check() accepts is within every limit of the queue: characters, attributes, size.
//   2. encode_headers and decode_headers are inverse; the format is docs/formats/sqs.md.
//   3. Sizes count body, attribute names, types and values; not system attributes.
// Sources: "Amazon SQS message metadata" and "Message quotas" of the developer guide; texts recorded from the
// service. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "services/sqs/model_fault.hpp"

namespace landfall::sqs {

inline constexpr Bytes kMessageBytesMax{1'048'576};
inline constexpr Bytes kBatchBytesMax{1'048'576};
inline constexpr std::size_t kAttributesMax = 10;

/// How an attribute's value is written on the wire and counted in digests.
enum class ValueKind : std::uint8_t { text = 1, binary = 2 };

struct MessageAttribute {
    std::string name;
    std::string type;  ///< "String", "Number.float", "Binary.png"
    ValueKind kind = ValueKind::text;
    std::string value;
    bool operator==(const MessageAttribute&) const = default;
};

/// An attribute as a request gave it; views of the request.
struct AttributeDraft {
    std::string_view name;
    std::string_view type;
    std::optional<std::string_view> text;
    std::optional<std::string_view> binary;
};

/// Checks names, types and values, sorts by name. Fault: invalid_parameter_value.
[[nodiscard]] Judged<std::vector<MessageAttribute>> check_attributes(
    const std::vector<AttributeDraft>& drafts);
/// Only AWSTraceHeader, a String. The header's text, empty where there is none.
[[nodiscard]] Judged<std::string> check_system_attributes(const std::vector<AttributeDraft>& drafts);
/// Not empty, and only of the characters that XML 1.0 can carry. Faults: missing_parameter,
/// invalid_message_contents.
[[nodiscard]] Verdict check_body(std::string_view body);
[[nodiscard]] Bytes size_of(std::string_view body, const std::vector<MessageAttribute>& attributes);

/// 1 to 128 alphanumeric or punctuation characters: message group and deduplication ids, receive attempt ids.
[[nodiscard]] Verdict check_token(std::string_view value, std::string_view parameter);

/// MD5OfMessageAttributes; attributes sorted by name, at least one.
[[nodiscard]] Md5 digest_of(const std::vector<MessageAttribute>& attributes);
/// MD5OfMessageSystemAttributes of AWSTraceHeader.
[[nodiscard]] Md5 digest_of_trace(std::string_view trace_header);

/// What stands beside a body in the log.
struct Headers {
    std::string sender_id;
    Md5 body_digest;
    std::string trace_header;
    std::optional<Md5> attribute_digest;       ///< where there are attributes
    std::vector<MessageAttribute> attributes;  ///< sorted by name
    bool operator==(const Headers&) const = default;
};
[[nodiscard]] std::string encode_headers(const Headers& headers);
/// corrupt: not what encode_headers writes.
[[nodiscard]] Result<Headers> decode_headers(std::string_view bytes);

/// Which user attributes a receive returns: "All", ".*", a name, or a prefix "foo.*".
class AttributeFilter {
public:
    void add(std::string_view pattern);
    [[nodiscard]] bool takes_all() const { return all_; }
    [[nodiscard]] bool takes_none() const { return !all_ && names_.empty() && prefixes_.empty(); }
    [[nodiscard]] bool takes(std::string_view name) const;

private:
    bool all_ = false;
    std::vector<std::string> names_;
    std::vector<std::string> prefixes_;
};

/// Which system attributes a receive returns.
enum class SystemAttribute : std::uint8_t {
    sender_id,
    sent_timestamp,
    receive_count,
    first_receive,
    sequence_number,
    deduplication_id,
    group_id,
    trace_header,
    dead_letter_source,
};
inline constexpr std::size_t kSystemAttributes = 9;
[[nodiscard]] std::string_view name_of(SystemAttribute attribute);

class SystemAttributes {
public:
    /// A system attribute's name or "All". Fault: invalid_attribute_name. Names of queue attributes are
    /// taken, and match nothing, as the service does.
    [[nodiscard]] Verdict add(std::string_view name);
    [[nodiscard]] bool has(SystemAttribute attribute) const {
        return (bits_ >> static_cast<unsigned>(attribute)) & 1U;
    }

private:
    std::uint32_t bits_ = 0;
};

/// A sequence number as clients see it: 20 digits, so that it sorts as text.
[[nodiscard]] std::string sequence_text(std::uint64_t sequence);
/// 8-4-4-4-12 lower-case hexadecimal digits.
[[nodiscard]] std::string uuid_text(const std::array<std::uint8_t, 16>& id);

}  // namespace landfall::sqs
