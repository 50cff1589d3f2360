#include "base/json_text.hpp"

#include "base/plain_text.hpp"

namespace landfall {

void append_json_text(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    for (const char c : text.substr(plain)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace landfall
