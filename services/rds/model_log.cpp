#include "services/rds/model_log.hpp"

#include <algorithm>

namespace landfall::rds {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the character at the front; 0: no UTF-8, or one that XML has not.
std::size_t character_at(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
    if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size), continues)) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool outside = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
    const bool no_character = first == 0xEF && second == 0xBF && static_cast<unsigned char>(text[2]) >= 0xBE;
    return overlong || outside || no_character ? 0 : size;
}

}  // namespace

std::string_view portion_of(std::string_view text, std::size_t lines, Following following) {
    std::size_t end = 0;
    for (std::size_t line = 0; line < lines && end < text.size(); ++line) {
        const std::size_t next = text.find('\n', end);
        if (next == std::string_view::npos) {
            const bool whole = following == Following::nothing || end == 0;
            return whole ? text : text.substr(0, end);
        }
        end = next + 1;
    }
    return text.substr(0, end);
}

std::size_t begin_of_last(std::string_view text, std::size_t lines) {
    std::size_t begin = text.size();
    if (begin > 0 && text[begin - 1] == '\n') --begin;
    for (std::size_t line = 0; line < lines; ++line) {
        const std::size_t before = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
        if (before == std::string_view::npos) return 0;
        begin = before;
    }
    return begin + 1;
}

std::string clean_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character_at(text);
        if (size == 0)
            out += '?';
        else
            out += text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace landfall::rds
