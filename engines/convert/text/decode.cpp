#include <array>
#include <cstring>

#include "engines/convert/text/script.hpp"

namespace landfall::convert {
namespace {

constexpr int kEncoding = 9006;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
        out.push_back(static_cast<char>(0xC0 | point >> 6));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    } else if (point < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | point >> 12));
        out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | point >> 18));
        out.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    }
}

/// Length of the character at `at`; 0 where there is none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool second =
            tail(1) && (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) <= 0x9F);
        return second && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool second =
            tail(1) && (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) <= 0x8F);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// Where the ASCII that begins at `at` ends.
std::size_t ascii_end(std::string_view text, std::size_t at) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((eight & kHighBits) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = ascii_end(text, 0); at < text.size(); at = ascii_end(text, at)) {
        const std::size_t length = utf8_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

enum class Wide : std::uint8_t { no, little, big };

/// By its mark, or because nearly every second byte of the beginning is zero.
Wide wide_of(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xFE")) return Wide::little;
    if (bytes.starts_with("\xFE\xFF")) return Wide::big;
    constexpr std::size_t kLooked = 512;
    const std::string_view head = bytes.substr(0, std::min(kLooked, bytes.size() & ~std::size_t{1}));
    std::size_t even = 0, odd = 0;
    for (std::size_t i = 0; i < head.size(); ++i)
        if (head[i] == '\0') ++(i % 2 == 0 ? even : odd);
    if (head.size() < 8) return Wide::no;
    if (odd * 10 >= head.size() * 4 && even * 10 < head.size()) return Wide::little;
    if (even * 10 >= head.size() * 4 && odd * 10 < head.size()) return Wide::big;
    return Wide::no;
}

std::string from_utf16(std::string_view bytes, Wide order) {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
    const auto unit = [&](std::size_t i) {
        const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<std::uint32_t>(order == Wide::little ? a | b << 8 : a << 8 | b);
    };
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        std::uint32_t point = unit(i);
        if (point >= 0xD800 && point < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 &&
            unit(i + 2) < 0xE000) {
            point = 0x10000 + ((point - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
            i += 2;
        }
        append_utf8(out, point >= 0xD800 && point < 0xE000 ? 0xFFFD : point);
    }
    return out;
}

/// Windows-1252, whose 0x80 to 0x9F are not those of Latin-1; the five without a character are replaced.
std::string from_windows_1252(std::string_view bytes) {
    constexpr std::array<std::uint16_t, 32> kHigh = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = ascii_end(bytes, at);
        out.append(bytes, at, end - at);
        for (at = end; at < bytes.size() && static_cast<unsigned char>(bytes[at]) >= 0x80; ++at) {
            const auto byte = static_cast<unsigned char>(bytes[at]);
            append_utf8(out, byte < 0xA0 ? kHigh[byte - 0x80U] : byte);
        }
    }
    return out;
}

}  // namespace

std::string decode_text(std::string_view bytes, std::vector<Finding>& findings) {
    const auto tell = [&](std::string detail) {
        findings.push_back({.code = kEncoding, .complexity = Complexity::info, .detail = std::move(detail)});
    };
    std::string text;
    if (const Wide wide = wide_of(bytes); wide != Wide::no) {
        text = from_utf16(bytes, wide);
    } else if (bytes.starts_with("\xEF\xBB\xBF") && is_utf8(bytes)) {
        text = bytes.substr(3);
    } else if (is_utf8(bytes)) {
        text = bytes;
    } else {
        text = from_windows_1252(bytes);
        tell("the file is not UTF-8; it was read as Windows-1252");
    }
    if (text.find('\0') == std::string::npos) return text;
    tell("the file holds bytes of zero; they were replaced");
    std::string clean;
    for (const char c : text) c == '\0' ? clean.append(kReplacement) : clean.append(1, c);
    return clean;
}

}  // namespace landfall::convert
