#include "base/encoding.hpp"

#include <array>

namespace landfall {
namespace {

constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> kHexValues = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 16; ++i) {
        table[static_cast<unsigned char>(kLowerHex[i])] = static_cast<std::int8_t>(i);
        table[static_cast<unsigned char>(kUpperHex[i])] = static_cast<std::int8_t>(i);
    }
    return table;
}();

constexpr std::array<std::int8_t, 256> kBase64Values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < 64; ++i)
        table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
    return table;
}();

constexpr std::array<bool, 256> kUnreserved = [] {
    std::array<bool, 256> table{};
    for (const char c : kBase64.substr(0, 62)) table[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view{"-_.~"}) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

Error invalid_at(std::string_view what, std::size_t at) {
    return Error{Errc::invalid, std::string{what} + " at position " + std::to_string(at)};
}

}  // namespace

int hex_digit(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

std::string hex_encode(ByteSpan bytes) {
    std::string out(bytes.size() * 2, '\0');
    hex_encode_into(bytes, out);
    return out;
}

void hex_encode_into(ByteSpan bytes, std::span<char> out) {
    CHECK(out.size() == bytes.size() * 2);
    char* to = out.data();
    for (const std::byte b : bytes) {
        *to++ = kLowerHex[std::to_integer<unsigned>(b) >> 4];
        *to++ = kLowerHex[std::to_integer<unsigned>(b) & 15];
    }
}

Result<std::vector<std::byte>> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return Error{Errc::invalid, "an odd number of hexadecimal digits"};
    std::vector<std::byte> out(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return invalid_at("not a hexadecimal digit", high < 0 ? i : i + 1);
        out[i / 2] = static_cast<std::byte>(high << 4 | low);
    }
    return out;
}

std::string base64_encode(ByteSpan bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        std::uint32_t group = std::to_integer<std::uint32_t>(bytes[i]) << 16;
        if (left > 1) group |= std::to_integer<std::uint32_t>(bytes[i + 1]) << 8;
        if (left > 2) group |= std::to_integer<std::uint32_t>(bytes[i + 2]);
        out += kBase64[group >> 18 & 63];
        out += kBase64[group >> 12 & 63];
        out += left > 1 ? kBase64[group >> 6 & 63] : '=';
        out += left > 2 ? kBase64[group & 63] : '=';
    }
    return out;
}

Result<std::vector<std::byte>> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return Error{Errc::invalid, "base64 whose length is no multiple of four"};
    std::size_t padding = 0;
    while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
    std::vector<std::byte> out(text.size() / 4 * 3 - padding);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool pad = i >= text.size() - padding;
        const int value = pad ? 0 : kBase64Values[static_cast<unsigned char>(text[i])];
        if (value < 0) return invalid_at("not a base64 character", i);
        group = group << 6 | static_cast<std::uint32_t>(value);
        if (i % 4 != 3) continue;
        const std::size_t to = i / 4 * 3;
        for (std::size_t k = 0; k < 3; ++k) {
            const auto byte = static_cast<std::byte>(group >> (16 - 8 * k) & 255);
            if (to + k < out.size())
                out[to + k] = byte;
            else if (byte != std::byte{0})
                return invalid_at("base64 with bits left over", i);
        }
        group = 0;
    }
    return out;
}

void uri_encode_to(std::string& out, std::string_view text, Slash slash) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (kUnreserved[byte] || (c == '/' && slash == Slash::kept)) {
            out += c;
            continue;
        }
        out += '%';
        out += kUpperHex[byte >> 4];
        out += kUpperHex[byte & 15];
    }
}

std::string uri_encode(std::string_view text, Slash slash) {
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    uri_encode_to(out, text, slash);
    return out;
}

Result<std::string> uri_decode(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::space) {
            out += ' ';
            continue;
        }
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) return invalid_at("'%' without two hexadecimal digits", i);
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

}  // namespace landfall
