// Case of ASCII letters, which is all that keywords and unquoted names have: what lies beyond is left as it
// is.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace landfall::convert {

constexpr char upper_letter(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

[[nodiscard]] inline std::string in_upper_case(std::string_view text) {
    std::string made{text};
    std::transform(made.begin(), made.end(), made.begin(), upper_letter);
    return made;
}
[[nodiscard]] inline std::string in_lower_case(std::string_view text) {
    std::string made{text};
    std::transform(made.begin(), made.end(), made.begin(), lower_letter);
    return made;
}

/// Is the text that word, which is given in upper case?
[[nodiscard]] inline bool spells(std::string_view text, std::string_view upper) {
    return std::equal(text.begin(), text.end(), upper.begin(), upper.end(),
                      [](char a, char b) { return upper_letter(a) == b; });
}

}  // namespace landfall::convert
