#include "engines/convert/text/lexer.hpp"

#include <algorithm>
#include <array>

namespace landfall::convert {
namespace {

constexpr std::array<bool, 256> word_table(bool first) {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        const bool more = (c >= '0' && c <= '9') || c == '$' || c == '#';
        table[c] = letter || (first ? c == '&' : more);
    }
    return table;
}
// A variable of SQL*Plus that has no value stays in the text as &name: a word.
constexpr auto kBeginsWord = word_table(true);
constexpr auto kInWord = word_table(false);

bool begins_word(char c) { return kBeginsWord[static_cast<unsigned char>(c)]; }
bool in_word(char c) { return kInWord[static_cast<unsigned char>(c)]; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

constexpr std::string_view kPairs[] = {
    ":=", "=>", "..", "**", "||", "<>", "!=", "^=", "~=", "<=", ">=", "<<", ">>"};
constexpr std::string_view kSingles = "+-*/=<>()[]{},;.@%^~!|?:";

/// Bytes of the character that begins with c, of valid UTF-8.
std::size_t width_of(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

void Lexer::skip_to(std::size_t offset) {
    at_ = std::max(at_, offset);
    line_has_token_ = false;
}

Token Lexer::made(TokenKind kind, std::size_t end) {
    Token token{.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)}, .kind = kind};
    if (kind == TokenKind::word || kind == TokenKind::symbol) token.hash = hash_of_word(token.span.of(text_));
    token.starts_line = !line_has_token_;
    line_has_token_ = true;
    at_ = end;
    return token;
}

void Lexer::skip_blanks() {
    for (; at_ < text_.size() && blank(text_[at_]); ++at_)
        if (text_[at_] == '\n') line_has_token_ = false;
}

bool Lexer::close_comment() {
    const std::size_t end = text_.find("*/", search_);
    if (end == std::string::npos) {
        // The star may come with the next text.
        search_ = std::max(search_, text_.size() > 0 ? text_.size() - 1 : 0);
        return false;
    }
    comments_.push_back({.span = {static_cast<std::uint32_t>(begun_), static_cast<std::uint32_t>(end + 2)},
                         .owns_line = begun_line_});
    at_ = end + 2;
    open_ = Open::nothing;
    return true;
}

bool Lexer::pass_comment() {
    if (at(at_) == '-' && at(at_ + 1) == '-') {
        std::size_t end = std::min(text_.find('\n', at_), text_.size());
        const std::size_t next = end;
        while (end > at_ && text_[end - 1] == '\r') --end;
        comments_.push_back({.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)},
                             .owns_line = !line_has_token_});
        at_ = next;
        return true;
    }
    if (at(at_) != '/' || at(at_ + 1) != '*') return false;
    open_ = Open::comment;
    begun_ = at_;
    begun_line_ = !line_has_token_;
    search_ = at_ + 2;
    return close_comment();
}

std::optional<Token> Lexer::close_quoted() {
    for (std::size_t end = text_.find(closer_, search_);; end = text_.find(closer_, search_)) {
        if (end == std::string::npos) {
            search_ = std::max(search_, text_.size() - std::min(text_.size(), closer_.size() - 1));
            return std::nullopt;
        }
        if (!doubling_ || at(end + 1) != closer_[0]) {
            open_ = Open::nothing;
            return made(kind_, end + closer_.size());
        }
        search_ = end + 2;
    }
}

std::optional<Token> Lexer::open_quoted(std::size_t prefix, TokenKind kind, std::string closer) {
    open_ = Open::quoted;
    begun_ = at_;
    kind_ = kind;
    doubling_ = closer.size() == 1;
    closer_ = std::move(closer);
    search_ = at_ + prefix;
    return close_quoted();
}

/// q'[…]', with the mark and the quote at `prefix`.
std::optional<Token> Lexer::alternative_quote(std::size_t prefix) {
    const std::size_t mark = at_ + prefix;
    if (mark >= text_.size() || blank(text_[mark])) return made(TokenKind::broken, mark);
    const std::size_t width = std::min(width_of(text_[mark]), text_.size() - mark);
    std::string closer = text_.substr(mark, width);
    constexpr std::string_view kOpening = "[{(<", kClosing = "]})>";
    if (const std::size_t pair = kOpening.find(closer[0]); width == 1 && pair != std::string_view::npos)
        closer[0] = kClosing[pair];
    return open_quoted(prefix + width, TokenKind::string, closer + "'");
}

Token Lexer::word() {
    std::size_t end = at_ + 1;
    // && of SQL*Plus, too.
    while (end < text_.size() && (in_word(text_[end]) || (text_[end] == '&' && text_[end - 1] == '&'))) ++end;
    return made(TokenKind::word, end);
}

Token Lexer::number() {
    std::size_t end = at_;
    while (digit(at(end))) ++end;
    // 1..10 is a range.
    if (at(end) == '.' && at(end + 1) != '.') {
        ++end;
        while (digit(at(end))) ++end;
    }
    if (at(end) == 'e' || at(end) == 'E') {
        const std::size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
        if (digit(at(end + 1 + sign)))
            for (end += 1 + sign; digit(at(end));) ++end;
    }
    constexpr std::string_view kSuffixes = "fFdD";
    if (at(end) != '\0' && kSuffixes.find(at(end)) != std::string_view::npos && !in_word(at(end + 1))) ++end;
    return made(TokenKind::number, end);
}

Token Lexer::symbol() {
    const char c = text_[at_], second = at(at_ + 1);
    if (c == '(') return made(TokenKind::symbol, at_ + (second == '+' && at(at_ + 2) == ')' ? 3 : 1));
    if (c == ')' || c == ',' || c == ';') return made(TokenKind::symbol, at_ + 1);
    for (const std::string_view pair : kPairs)
        if (pair[0] == c && pair[1] == second) return made(TokenKind::symbol, at_ + 2);
    if (kSingles.find(c) != std::string_view::npos) return made(TokenKind::symbol, at_ + 1);
    return made(TokenKind::broken, at_ + std::min(width_of(c), text_.size() - at_));
}

std::optional<Token> Lexer::token() {
    const char c = text_[at_], second = at(at_ + 1), third = at(at_ + 2);
    if (begins_word(c) && second != '\'' && third != '\'') return word();
    const bool national = c == 'n' || c == 'N';
    const auto is_q = [](char letter) { return letter == 'q' || letter == 'Q'; };
    if (c == '\'') return open_quoted(1, TokenKind::string, "'");
    if (c == '"') return open_quoted(1, TokenKind::quoted_word, "\"");
    if (c == '`') return open_quoted(1, TokenKind::quoted_word, "`");
    if (national && second == '\'') return open_quoted(2, TokenKind::string, "'");
    if (is_q(c) && second == '\'') return alternative_quote(2);
    if (national && is_q(second) && third == '\'') return alternative_quote(3);
    if (begins_word(c)) return word();
    if (digit(c) || (c == '.' && digit(second))) return number();
    if (c == ':' && second == '"') return open_quoted(2, TokenKind::bind, "\"");
    if (c == ':' && in_word(second)) {
        std::size_t end = at_ + 1;
        while (in_word(at(end))) ++end;
        return made(TokenKind::bind, end);
    }
    if (c == '$' && (second == '$' || in_word(second))) {
        std::size_t end = at_ + 1;
        while (in_word(at(end))) ++end;
        return made(TokenKind::directive, end);
    }
    return symbol();
}

std::optional<Token> Lexer::next() {
    if (open_ == Open::comment && !close_comment()) return std::nullopt;
    if (open_ == Open::quoted) return close_quoted();
    for (;;) {
        skip_blanks();
        if (at_ >= text_.size()) return std::nullopt;
        if (pass_comment()) continue;
        if (open_ == Open::comment) return std::nullopt;
        return token();
    }
}

std::optional<Token> Lexer::finish() {
    if (open_ == Open::nothing) return std::nullopt;
    open_ = Open::nothing;
    at_ = begun_;
    return made(TokenKind::broken, text_.size());
}

}  // namespace landfall::convert
