#include "wire/protocols/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace landfall::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values() {
    std::array<std::int8_t, 256> values{};
    for (auto& v : values) v = -1;
    for (std::size_t i = 0; i < kBase64.size(); ++i)
        values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto kBase64Values = base64_values();

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::string_view> percent_decoded(std::string_view text, Plus plus, Arena& arena) {
    const std::string_view special = plus == Plus::space ? "%+" : "%";
    if (text.find_first_of(special) == std::string_view::npos) return text;
    char* out = arena.array<char>(text.size());
    std::size_t n = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus == Plus::space) c = ' ';
        if (c == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        out[n++] = c;
    }
    return std::string_view{out, n};
}

void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
}

std::optional<std::string_view> base64_decoded(std::string_view text, Arena& arena) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    char* out = arena.array<char>(text.size() / 4 * 3 + 3);
    std::size_t n = 0;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;  // RFC 2045 line ends, as some old clients send them
        const int value = kBase64Values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out[n++] = static_cast<char>(bits >> held & 0xff);
    }
    if (held == 6) return std::nullopt;
    return std::string_view{out, n};
}

void append_base64(std::string& out, std::string_view bytes) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
    };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t v = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (const int shift : {18, 12, 6, 0}) out += kBase64[v >> shift & 63];
    }
    if (bytes.size() - i == 1) {
        const std::uint32_t v = byte(i) << 16;
        out += kBase64[v >> 18 & 63], out += kBase64[v >> 12 & 63], out += "==";
    } else if (bytes.size() - i == 2) {
        const std::uint32_t v = byte(i) << 16 | byte(i + 1) << 8;
        out += kBase64[v >> 18 & 63], out += kBase64[v >> 12 & 63], out += kBase64[v >> 6 & 63], out += '=';
    }
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_number(std::string_view text) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos)
        return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void append_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), end);
}

void append_number(std::string& out, double value) {
    if (std::isnan(value)) return void(out += "NaN");
    if (std::isinf(value)) return void(out += value < 0 ? "-Infinity" : "Infinity");
    std::array<char, 40> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), end);
}

std::optional<Instant> parse_instant(std::string_view text) {
    text = trimmed(text);
    if (const auto iso = parse_iso8601(text)) return iso;
    if (const auto http = parse_http_date(text)) return http;
    // Epoch seconds, exact to the nanosecond: a double would lose the fraction's last digits.
    const std::size_t dot = text.find('.');
    constexpr std::int64_t kSecondsMax = 9'000'000'000;
    const auto seconds = parse_integer(text.substr(0, dot));
    if (!seconds || text.find_first_of("eE") != std::string_view::npos) {
        const auto number = parse_number(text);
        if (!number || !(std::abs(*number) < static_cast<double>(kSecondsMax))) return std::nullopt;
        return Instant{static_cast<std::int64_t>(*number * 1e9)};
    }
    if (*seconds > kSecondsMax || *seconds < -kSecondsMax) return std::nullopt;
    std::int64_t nanos = 0;
    if (dot != std::string_view::npos) {
        std::int64_t scale = 100'000'000;
        for (const char c : text.substr(dot + 1)) {
            if (c < '0' || c > '9') return std::nullopt;
            nanos += (c - '0') * scale;
            scale /= 10;
        }
    }
    return Instant{*seconds * 1'000'000'000 + (text.starts_with('-') ? -nanos : nanos)};
}

void append_instant(std::string& out, Instant value, TimeFormat format) {
    const std::int64_t millis = (value.ns % 1'000'000'000 + 1'000'000'000) % 1'000'000'000 / 1'000'000;
    if (format == TimeFormat::rfc822) return void(out += http_date(value));
    const bool plain = millis == 0 && format != TimeFormat::iso8601_millis;
    if (format != TimeFormat::epoch)
        return void(out += iso8601(value, plain ? Fraction::none : Fraction::millis));
    std::int64_t seconds = value.ns / 1'000'000'000;
    if (value.ns % 1'000'000'000 < 0) --seconds;
    if (seconds < 0 && millis != 0)
        return append_number(out, static_cast<double>(value.ns / 1'000'000) / 1000.0);
    append_integer(out, seconds);
    if (millis == 0) return;
    out += '.';
    out += static_cast<char>('0' + millis / 100);
    out += static_cast<char>('0' + millis / 10 % 10);
    out += static_cast<char>('0' + millis % 10);
}

bool is_utf8(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto first = static_cast<unsigned char>(text[i++]);
        if (first < 0x80) continue;
        const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc2 || first > 0xf4 || text.size() - i < more) return false;
        std::uint32_t point = first & (0x3fU >> more);
        for (std::size_t k = 0; k < more; ++k) {
            const auto next = static_cast<unsigned char>(text[i++]);
            if ((next & 0xc0) != 0x80) return false;
            point = point << 6 | (next & 0x3fU);
        }
        const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
        if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    }
    return true;
}

std::optional<Slot> scalar_of(std::string_view text, const Shape& shape, Arena& arena) {
    switch (shape.kind) {
        case Kind::text: return Slot::of_text(text);
        case Kind::boolean: {
            const std::string_view word = trimmed(text);
            if (same_name(word, "true")) return Slot::of_bool(true);
            if (same_name(word, "false")) return Slot::of_bool(false);
            return std::nullopt;
        }
        case Kind::integer: {
            const auto value = parse_integer(trimmed(text));
            if (!value || *value > INT32_MAX || *value < INT32_MIN) return std::nullopt;
            return Slot::of_integer(*value);
        }
        case Kind::long_integer: {
            const auto value = parse_integer(trimmed(text));
            return value ? std::optional{Slot::of_integer(*value)} : std::nullopt;
        }
        case Kind::number: {
            const auto value = parse_number(trimmed(text));
            return value ? std::optional{Slot::of_number(*value)} : std::nullopt;
        }
        case Kind::blob: {
            const auto value = base64_decoded(trimmed(text), arena);
            return value ? std::optional{Slot::of_text(*value)} : std::nullopt;
        }
        case Kind::timestamp: {
            const auto value = parse_instant(text);
            return value ? std::optional{Slot::of_instant(*value)} : std::nullopt;
        }
        default: return std::nullopt;
    }
}

void append_scalar(std::string& out, const Slot& slot, const Shape& shape, TimeFormat time) {
    switch (slot.kind) {
        case SlotKind::boolean: out += slot.boolean ? "true" : "false"; break;
        case SlotKind::integer: append_integer(out, slot.integer); break;
        case SlotKind::number: append_number(out, slot.number); break;
        case SlotKind::instant: append_instant(out, slot.instant(), time); break;
        case SlotKind::text:
            if (shape.kind == Kind::blob)
                append_base64(out, slot.text());
            else
                out += slot.text();
            break;
        default: break;
    }
}

}  // namespace landfall::wire
