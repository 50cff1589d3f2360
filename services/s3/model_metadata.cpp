#include "services/s3/model_metadata.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace landfall::s3 {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

std::string utf8_of_latin1(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        if (value < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0U | (value >> 6U));
            out += static_cast<char>(0x80U | (value & 0x3FU));
        }
    }
    return out;
}

/// The Q encoding of RFC 2047 §4.2.
std::optional<std::string> decode_q(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i] == '_' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// One encoded word without its "=?" and "?=": charset?encoding?text.
std::optional<std::string> decode_word(std::string_view word) {
    const std::size_t first = word.find('?');
    if (first == std::string_view::npos || first + 2 >= word.size() || word[first + 2] != '?')
        return std::nullopt;
    const std::string charset = lowered(word.substr(0, std::min(first, word.find('*'))));
    const char encoding = lower(word[first + 1]);
    const std::string_view text = word.substr(first + 3);
    std::optional<std::string> raw;
    if (encoding == 'q') raw = decode_q(text);
    if (encoding == 'b') {
        if (const auto bytes = base64_decode(text); bytes.ok()) raw = std::string{text_of(*bytes)};
    }
    if (!raw) return std::nullopt;
    if (charset == "iso-8859-1") return utf8_of_latin1(*raw);
    if (charset != "utf-8" && charset != "us-ascii") return std::nullopt;
    return is_utf8(*raw) ? raw : std::nullopt;
}

/// The length of an encoded word that starts at the front of `text`, or 0.
std::size_t word_length(std::string_view text) {
    if (!text.starts_with("=?")) return 0;
    const std::size_t charset = text.find('?', 2);
    if (charset == std::string_view::npos) return 0;
    const std::size_t encoding = text.find('?', charset + 1);
    if (encoding == std::string_view::npos) return 0;
    const std::size_t end = text.find("?=", encoding + 1);
    return end == std::string_view::npos ? 0 : end + 2;
}

/// The bytes of the UTF-8 sequence that starts with this byte; the text is valid.
std::size_t sequence_length(char first) {
    const auto value = static_cast<unsigned char>(first);
    if (value < 0x80) return 1;
    if (value < 0xE0) return 2;
    return value < 0xF0 ? 3 : 4;
}

bool needs_words(std::string_view value) {
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
    // A value that looks like an encoded word must be encoded itself, or a reader would decode it.
    return !std::ranges::all_of(value, plain) || value.find("=?") != std::string_view::npos;
}

Fault invalid_tag(std::string message, std::string_view key) {
    return Fault{Code::invalid_tag, std::move(message)}.with("TagKey", std::string{key});
}

/// Letters, digits, blanks and `+ - = . _ : / @`; everything outside ASCII counts as a letter.
bool is_tag_text(std::string_view text) {
    constexpr std::string_view kMarks = "+-=._:/@ ";
    return is_utf8(text) && std::ranges::all_of(text, [&](char c) {
               const auto value = static_cast<unsigned char>(c);
               return value >= 0x80 || std::isalnum(value) != 0 || kMarks.find(c) != std::string_view::npos;
           });
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        if (first < 0x80) {
            ++i;
            continue;
        }
        if (first < 0xC2 || first > 0xF4) return false;
        const std::size_t length = sequence_length(bytes[i]);
        if (i + length > bytes.size()) return false;
        std::uint32_t point = first & (0x7FU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(bytes[i + k]);
            if ((next & 0xC0U) != 0x80U) return false;
            point = point << 6U | (next & 0x3FU);
        }
        if (length == 3 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) return false;
        if (length == 4 && (point < 0x10000 || point > 0x10FFFF)) return false;
        i += length;
    }
    return true;
}

std::string decoded_words(std::string_view header) {
    std::string out;
    std::string blanks;  // seen since the last encoded word: they count only if something else follows
    bool after_word = false;
    while (!header.empty()) {
        const std::size_t length = word_length(header);
        const auto word = length == 0 ? std::nullopt : decode_word(header.substr(2, length - 4));
        if (word) {
            out += *word;
            blanks.clear();
            header.remove_prefix(length);
            after_word = true;
            continue;
        }
        const char c = header.front();
        header.remove_prefix(1);
        if (after_word && (c == ' ' || c == '\t')) {
            blanks += c;
            continue;
        }
        out += blanks + c;
        blanks.clear();
        after_word = false;
    }
    return out + blanks;
}

std::string encoded_words(std::string_view value) {
    if (!needs_words(value)) return std::string{value};
    constexpr std::size_t kWordBytes = 45;  // 60 characters of base64 and 12 of framing: within RFC 2047's 75
    std::string out;
    std::string word;
    const auto flush = [&] {
        if (!out.empty()) out += ' ';
        out += "=?UTF-8?B?" + base64_encode(bytes_of(word)) + "?=";
        word.clear();
    };
    for (std::size_t i = 0; i < value.size();) {
        const std::size_t length = std::min(sequence_length(value[i]), value.size() - i);
        if (word.size() + length > kWordBytes) flush();
        word += value.substr(i, length);
        i += length;
    }
    flush();
    return out;
}

Answer<UserMetadata> user_metadata_of(const std::vector<std::pair<std::string, std::string>>& headers) {
    UserMetadata metadata;
    std::size_t size = 0;
    for (const auto& [name, raw] : headers) {
        std::string value = decoded_words(raw);
        if (!is_utf8(value)) value = utf8_of_latin1(value);
        size += name.size() + value.size();
        auto [at, fresh] = metadata.emplace(lowered(name), value);
        // A header given twice is one header with both values (RFC 9110 §5.3).
        if (!fresh) at->second += "," + value;
    }
    if (size <= kUserMetadataBytesMax) return metadata;
    return Fault{Code::metadata_too_large}
        .with("Size", std::to_string(size))
        .with("MaxSizeAllowed", std::to_string(kUserMetadataBytesMax));
}

std::string without_aws_chunked(std::string_view content_encoding) {
    std::string out;
    while (!content_encoding.empty()) {
        const std::size_t comma = std::min(content_encoding.find(','), content_encoding.size());
        std::string_view coding = content_encoding.substr(0, comma);
        content_encoding.remove_prefix(std::min(comma + 1, content_encoding.size()));
        while (coding.starts_with(' ')) coding.remove_prefix(1);
        while (coding.ends_with(' ')) coding.remove_suffix(1);
        if (coding.empty() || lowered(coding) == "aws-chunked") continue;
        if (!out.empty()) out += ',';
        out += coding;
    }
    return out;
}

Answer<Tags> checked_tags(Tags tags, TagOwner owner) {
    if (owner == TagOwner::object && tags.size() > kObjectTagsMax)
        return Fault{Code::bad_request, "Object tags cannot be greater than 10"};
    if (owner == TagOwner::bucket && tags.size() > kBucketTagsMax)
        return Fault{Code::bad_request, "Bucket tag count cannot be greater than 50"};
    std::set<std::string_view> seen;
    for (const auto& [key, value] : tags) {
        if (key.empty() || characters(key) > 128 || !is_tag_text(key))
            return invalid_tag("The TagKey you have provided is invalid", key);
        if (characters(value) > 256 || !is_tag_text(value))
            return invalid_tag("The TagValue you have provided is invalid", key);
        if (lowered(key).starts_with("aws:"))
            return invalid_tag("System tags cannot be added/updated by requester", key);
        if (!seen.insert(key).second)
            return invalid_tag("Cannot provide multiple Tags with the same key", key);
    }
    return tags;
}

Answer<Tags> tags_of_document(std::string_view xml) {
    pugi::xml_document document;
    if (!is_utf8(xml) ||
        !document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8))
        return Fault{Code::malformed_xml};
    const pugi::xml_node set = document.child("Tagging").child("TagSet");
    if (!set) return Fault{Code::malformed_xml};
    Tags tags;
    for (const pugi::xml_node tag : set.children()) {
        if (std::string_view{tag.name()} != "Tag" || !tag.child("Key") || !tag.child("Value"))
            return Fault{Code::malformed_xml};
        tags.emplace_back(tag.child_value("Key"), tag.child_value("Value"));
    }
    return checked_tags(std::move(tags), TagOwner::object);
}

Answer<Tags> tags_of_header(std::string_view header) {
    Tags tags;
    const auto wrong = [&] {
        return Fault{
            Code::invalid_argument,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
            "without tag name duplicates."}
            .with("ArgumentName", "x-amz-tagging")
            .with("ArgumentValue", std::string{header});
    };
    std::string_view rest = header;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        const bool has_value = equals != std::string_view::npos;
        const auto key = uri_decode(pair.substr(0, equals), Plus::space);
        const auto value = uri_decode(has_value ? pair.substr(equals + 1) : std::string_view{}, Plus::space);
        if (!key.ok() || !value.ok()) return wrong();
        for (const auto& tag : tags)
            if (tag.first == *key) return wrong();
        tags.emplace_back(*key, *value);
    }
    return checked_tags(std::move(tags), TagOwner::object);
}

}  // namespace landfall::s3
