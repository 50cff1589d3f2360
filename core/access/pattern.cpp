#include "core/access/pattern.hpp"

#include <algorithm>
#include <string>

namespace landfall::access {
namespace {

constexpr int kArnColons = 5;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool same(char pattern, char c, Letters letters) {
    if (pattern == c) return true;
    if (pattern == kLiteralStar) return c == '*';
    if (pattern == kLiteralMark) return c == '?';
    return letters == Letters::either_case && lower(pattern) == lower(c);
}

/// Where the next character begins: ? stands for a character, not for a byte of one.
std::size_t after_character(std::string_view text, std::size_t at) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    return at;
}

/// Up to the next colon, which goes too; the last part keeps its colons.
std::string_view take_part(std::string_view& rest, int part) {
    if (part == kArnColons) return rest;
    const std::string_view taken = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
}

}  // namespace

bool same_letters(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool matches(std::string_view pattern, std::string_view text, Letters letters) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;  // the last star, and what it has taken so far
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            ++p;
            t = after_character(text, t);
        } else if (p < pattern.size() && same(pattern[p], text[t], letters)) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool matches_resource(std::string_view pattern, std::string_view arn) {
    if (pattern == "*" || pattern == arn) return true;
    auto colons = std::count(pattern.begin(), pattern.end(), ':');
    if (colons >= kArnColons || !pattern.starts_with("arn")) return matches(pattern, arn);
    std::string completed{pattern};
    for (; colons < kArnColons; ++colons) completed.append(":*");
    return matches(completed, arn);
}

bool matches_arn(std::string_view pattern, std::string_view arn) {
    if (pattern == arn) return true;
    const auto last = std::min<std::ptrdiff_t>(std::count(pattern.begin(), pattern.end(), ':'), kArnColons);
    for (int part = 0; part <= last; ++part) {  // as with Resource: what is left out is any
        if (!matches(take_part(pattern, part), take_part(arn, part))) return false;
    }
    return true;
}

}  // namespace landfall::access
