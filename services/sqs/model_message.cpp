#include "services/sqs/model_message.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/plain_text.hpp"
#include "services/sqs/model_attributes.hpp"

namespace landfall::sqs {
namespace {

constexpr std::size_t kAttributeNameMax = 256;
constexpr std::size_t kAttributeTypeMax = 256;
constexpr std::size_t kTokenMax = 128;
constexpr std::string_view kTrace = "AWSTraceHeader";

Fault invalid(std::string text) { return {Code::invalid_parameter_value, std::move(text)}; }

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
    });
}

Verdict check_attribute_name(std::string_view name) {
    if (name.empty() || name.size() > kAttributeNameMax)
        return invalid("Message (user) attribute names must be shorter than 256 Bytes");
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
    });
    if (!clean)
        return invalid(
            "Message (user) attributes name can only contain upper and lower score characters, digits, "
            "periods, hyphens and underscores. ");
    const bool reserved =
        starts_with_ignoring_case(name, "aws.") || starts_with_ignoring_case(name, "amazon.");
    if (reserved || name.front() == '.' || name.back() == '.')
        return invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are "
            "reserved for internal use. Additionally, they cannot start or end with '.'.");
    if (name.find("..") != std::string_view::npos)
        return invalid("Message (user) attribute name '" + std::string{name} +
                       "' must not contain successive periods.");
    return {};
}

/// Digits with at most one point, a sign and an exponent.
bool is_number(std::string_view text) {
    std::size_t at = 0, digits = 0;
    const auto take_sign = [&] { at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0; };
    const auto take_digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - from;
    };
    take_sign();
    digits = take_digits();
    if (at < text.size() && text[at] == '.') ++at, digits += take_digits();
    if (digits == 0) return false;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        take_sign();
        if (take_digits() == 0) return false;
    }
    return at == text.size();
}

/// The length of the valid UTF-8 sequence at `at` whose character XML 1.0 allows; 0: none.
std::size_t allowed_character(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) return first >= 0x20 || first == 0x9 || first == 0xA || first == 0xD ? 1 : 0;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return 0;
    std::uint32_t code = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return 0;
        code = code << 6 | (byte(at + i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < kLeast[length] || surrogate || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF) return 0;
    return length;
}

bool has_only_allowed_characters(std::string_view text) {
    for (std::size_t at = plain_length(text); at < text.size();) {
        const std::size_t length = allowed_character(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

constexpr std::string_view kCharacters =
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
    "#xFFFD | "
    "#x10000 to #x10FFFF";

Judged<MessageAttribute> check_attribute(const AttributeDraft& draft) {
    TRY(check_attribute_name(draft.name));
    const std::string name{draft.name};
    const std::string_view base = draft.type.substr(0, draft.type.find('.'));
    if (draft.type.empty())
        return invalid("The message attribute '" + name + "' must contain non-empty message attribute type.");
    if (base != "String" && base != "Number" && base != "Binary")
        return invalid(
            "The type of message (user) attribute '" + name +
            "' is invalid. You must use only the following supported type prefixes: Binary, Number, String.");
    if (draft.type.size() > kAttributeTypeMax)
        return invalid("Message (user) attribute types must be shorter than 256 Bytes");
    const bool binary = base == "Binary";
    const auto& value = binary ? draft.binary : draft.text;
    if (!value || value->empty())
        return invalid("Message (user) attribute '" + name + "' must contain a non-empty value of type '" +
                       std::string{base} + "'.");
    if (!binary && !has_only_allowed_characters(*value)) return invalid(std::string{kCharacters});
    if (base == "Number" && !is_number(*value))
        return invalid("Can't cast the value of message (user) attribute '" + name + "' to a number.");
    return MessageAttribute{.name = name,
                            .type = std::string{draft.type},
                            .kind = binary ? ValueKind::binary : ValueKind::text,
                            .value = std::string{*value}};
}

void absorb(Md5Hasher& hasher, std::string_view text) {
    std::array<std::byte, 4> length{};
    store_be(length, 0, static_cast<std::uint32_t>(text.size()));
    hasher.update(ByteSpan{length});
    hasher.update(text);
}

void absorb(Md5Hasher& hasher, std::string_view name, std::string_view type, ValueKind kind,
            std::string_view value) {
    absorb(hasher, name);
    absorb(hasher, type);
    const auto mark = static_cast<std::byte>(kind);
    hasher.update(ByteSpan{&mark, 1});
    absorb(hasher, value);
}

// --- The format of headers: docs/formats/sqs.md ---

constexpr std::uint8_t kHeadersVersion = 1;
constexpr std::uint8_t kHasTrace = 1, kHasAttributes = 2;

template <class T>
void put(std::string& out, T value) {
    std::array<std::byte, sizeof(T)> bytes{};
    store_le(bytes, 0, value);
    out.append(text_of(bytes));
}

template <class Length>
void put_text(std::string& out, std::string_view text) {
    CHECK(text.size() <= std::numeric_limits<Length>::max());
    put(out, static_cast<Length>(text.size()));
    out.append(text);
}

class HeaderReader {
public:
    explicit HeaderReader(std::string_view bytes) : rest_{bytes} {}
    template <class T>
    T number() {
        if (rest_.size() < sizeof(T)) return fail(), T{0};
        const T value = load_le<T>(bytes_of(rest_));
        rest_.remove_prefix(sizeof(T));
        return value;
    }
    std::string_view bytes(std::size_t size) {
        if (rest_.size() < size) return fail(), std::string_view{};
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    template <class Length>
    std::string text() {
        return std::string{bytes(number<Length>())};
    }
    Md5 digest() {
        Md5 digest;
        const std::string_view taken = bytes(Md5::kSize);
        if (taken.size() == Md5::kSize) std::memcpy(digest.bytes.data(), taken.data(), Md5::kSize);
        return digest;
    }
    [[nodiscard]] bool ended_well() const { return !failed_ && rest_.empty(); }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    void fail() {
        failed_ = true;
        rest_ = {};
    }
    std::string_view rest_;
    bool failed_ = false;
};

constexpr std::array<std::string_view, kSystemAttributes> kSystemNames{"SenderId",
                                                                       "SentTimestamp",
                                                                       "ApproximateReceiveCount",
                                                                       "ApproximateFirstReceiveTimestamp",
                                                                       "SequenceNumber",
                                                                       "MessageDeduplicationId",
                                                                       "MessageGroupId",
                                                                       "AWSTraceHeader",
                                                                       "DeadLetterQueueSourceArn"};

}  // namespace

Judged<std::vector<MessageAttribute>> check_attributes(const std::vector<AttributeDraft>& drafts) {
    if (drafts.size() > kAttributesMax)
        return invalid("Number of message attributes [" + std::to_string(drafts.size()) +
                       "] exceeds the allowed maximum [10].");
    std::vector<MessageAttribute> attributes;
    attributes.reserve(drafts.size());
    for (const AttributeDraft& draft : drafts) attributes.push_back(TRY(check_attribute(draft)));
    std::sort(attributes.begin(), attributes.end(),
              [](const MessageAttribute& a, const MessageAttribute& b) { return a.name < b.name; });
    const auto twin = std::adjacent_find(
        attributes.begin(), attributes.end(),
        [](const MessageAttribute& a, const MessageAttribute& b) { return a.name == b.name; });
    if (twin != attributes.end())
        return invalid("Message (user) attribute name '" + twin->name + "' already exists.");
    return attributes;
}

Judged<std::string> check_system_attributes(const std::vector<AttributeDraft>& drafts) {
    std::string trace;
    for (const AttributeDraft& draft : drafts) {
        if (draft.name != kTrace)
            return invalid("Message system attribute name '" + std::string{draft.name} +
                           "' is invalid. The only supported message system attribute is AWSTraceHeader.");
        if (draft.type != "String")
            return invalid(
                "The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the "
                "following supported type prefixes: String.");
        if (!draft.text || draft.text->empty())
            return invalid(
                "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type "
                "'String'.");
        if (!has_only_allowed_characters(*draft.text)) return invalid(std::string{kCharacters});
        trace = *draft.text;
    }
    return trace;
}

Verdict check_body(std::string_view body) {
    if (body.empty()) return missing("MessageBody");
    if (!has_only_allowed_characters(body))
        return Fault{Code::invalid_message_contents, std::string{kCharacters}};
    return {};
}

Bytes size_of(std::string_view body, const std::vector<MessageAttribute>& attributes) {
    std::size_t size = body.size();
    for (const MessageAttribute& a : attributes) size += a.name.size() + a.type.size() + a.value.size();
    return Bytes{size};
}

Verdict check_token(std::string_view value, std::string_view parameter) {
    const bool clean = std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!value.empty() && value.size() <= kTokenMax && clean) return {};
    return bad_value(value, parameter,
                     std::string{parameter} +
                         " can only include alphanumeric and punctuation characters. 1 to 128 in length.");
}

Md5 digest_of(const std::vector<MessageAttribute>& attributes) {
    Md5Hasher hasher;
    for (const MessageAttribute& a : attributes) absorb(hasher, a.name, a.type, a.kind, a.value);
    return hasher.finish();
}

Md5 digest_of_trace(std::string_view trace_header) {
    Md5Hasher hasher;
    absorb(hasher, kTrace, "String", ValueKind::text, trace_header);
    return hasher.finish();
}

std::string encode_headers(const Headers& headers) {
    std::string out;
    put(out, kHeadersVersion);
    put(out, static_cast<std::uint8_t>((headers.trace_header.empty() ? 0 : kHasTrace) |
                                       (headers.attributes.empty() ? 0 : kHasAttributes)));
    put_text<std::uint8_t>(out, std::string_view{headers.sender_id}.substr(0, 255));
    out.append(text_of(headers.body_digest.span()));
    if (!headers.trace_header.empty()) put_text<std::uint32_t>(out, headers.trace_header);
    if (headers.attributes.empty()) return out;
    CHECK(headers.attribute_digest.has_value());
    out.append(text_of(headers.attribute_digest->span()));
    put(out, static_cast<std::uint8_t>(headers.attributes.size()));
    for (const MessageAttribute& a : headers.attributes) {
        put(out, static_cast<std::uint8_t>(a.kind));
        put_text<std::uint16_t>(out, a.name);
        put_text<std::uint16_t>(out, a.type);
        put_text<std::uint32_t>(out, a.value);
    }
    return out;
}

Result<Headers> decode_headers(std::string_view bytes) {
    const Error corrupt{Errc::corrupt, "a stored message has headers of an unknown form"};
    HeaderReader in{bytes};
    if (in.number<std::uint8_t>() != kHeadersVersion) return corrupt;
    const auto flags = in.number<std::uint8_t>();
    Headers headers;
    headers.sender_id = in.text<std::uint8_t>();
    headers.body_digest = in.digest();
    if ((flags & kHasTrace) != 0) headers.trace_header = in.text<std::uint32_t>();
    if ((flags & kHasAttributes) != 0) {
        headers.attribute_digest = in.digest();
        const auto count = in.number<std::uint8_t>();
        for (unsigned i = 0; i < count && !in.failed(); ++i) {
            MessageAttribute a;
            const auto kind = in.number<std::uint8_t>();
            if (kind != 1 && kind != 2) return corrupt;
            a.kind = static_cast<ValueKind>(kind);
            a.name = in.text<std::uint16_t>();
            a.type = in.text<std::uint16_t>();
            a.value = in.text<std::uint32_t>();
            headers.attributes.push_back(std::move(a));
        }
    }
    if (!in.ended_well()) return corrupt;
    return headers;
}

void AttributeFilter::add(std::string_view pattern) {
    if (pattern == "All" || pattern == ".*" || pattern == "*") {
        all_ = true;
    } else if (pattern.ends_with('*')) {
        pattern.remove_suffix(1);
        prefixes_.emplace_back(pattern);
    } else if (!pattern.empty()) {
        names_.emplace_back(pattern);
    }
}

bool AttributeFilter::takes(std::string_view name) const {
    if (all_) return true;
    const auto starts = [&](const std::string& prefix) { return name.starts_with(prefix); };
    return std::find(names_.begin(), names_.end(), name) != names_.end() ||
           std::any_of(prefixes_.begin(), prefixes_.end(), starts);
}

std::string_view name_of(SystemAttribute attribute) {
    return kSystemNames[static_cast<std::size_t>(attribute)];
}

Verdict SystemAttributes::add(std::string_view name) {
    if (name == "All") {
        bits_ = (1U << kSystemAttributes) - 1;
        return {};
    }
    const auto at = std::find(kSystemNames.begin(), kSystemNames.end(), name);
    if (at != kSystemNames.end()) {
        bits_ |= 1U << static_cast<unsigned>(at - kSystemNames.begin());
        return {};
    }
    if (is_attribute_name(name)) return {};
    return Fault{Code::invalid_attribute_name, "Unknown Attribute " + std::string{name} + "."};
}

std::string sequence_text(std::uint64_t sequence) {
    std::string digits = std::to_string(sequence);
    return std::string(20 - std::min<std::size_t>(digits.size(), 20), '0').append(digits);
}

std::string uuid_text(const std::array<std::uint8_t, 16>& id) {
    std::array<char, 32> hex;
    hex_encode_into(std::as_bytes(std::span{id}), hex);
    std::string text;
    text.reserve(hex.size() + 4);
    for (std::size_t at = 0; at < hex.size(); ++at) {
        if (at == 8 || at == 12 || at == 16 || at == 20) text += '-';
        text += hex[at];
    }
    return text;
}

}  // namespace landfall::sqs
