#include "engines/convert/text/mysql_lexer.hpp"

#include <algorithm>
#include <array>

namespace landfall::convert {
namespace {

// Versions of MySQL and of MariaDB that there are; a comment of a later one is for nobody (the first line of
// a dump of MariaDB has one).
constexpr unsigned kMysqlMax = 99'999, kMariaMax = 989'999;
// MariaDB leaves alone what is for MySQL 5.7 and later.
constexpr unsigned kMysqlOnlyFirst = 50'700, kMysqlOnlyLast = 99'999;

constexpr std::array<bool, 256> word_table() {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c)
        table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80 ||
                   (c >= '0' && c <= '9') || c == '$';
    return table;
}
constexpr auto kInWord = word_table();

bool in_word(char c) { return kInWord[static_cast<unsigned char>(c)]; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

constexpr std::string_view kSymbols[] = {"<=>", "->>", "->", ":=", "||", "&&",
                                         "<<",  ">>",  "<>", "!=", "<=", ">="};
constexpr std::string_view kSingles = "+-*/=<>()[]{},;.@%^~!|&?:";

}  // namespace

Token MysqlLexer::made(TokenKind kind, std::size_t end) {
    Token token{.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)}, .kind = kind};
    if (kind == TokenKind::word || kind == TokenKind::symbol) token.hash = hash_of_word(token.span.of(text_));
    token.starts_line = !line_has_token_;
    line_has_token_ = true;
    at_ = end;
    return token;
}

bool MysqlLexer::at_delimiter() const {
    return at_ < text_.size() && text_.compare(at_, delimiter_.size(), delimiter_) == 0;
}

/// "--" is a comment only before a blank: a--1 subtracts a negative number.
bool MysqlLexer::begins_line_comment() const {
    if (at(at_) == '#') return true;
    if (at(at_) != '-' || at(at_ + 1) != '-') return false;
    return at_ + 2 >= text_.size() || static_cast<unsigned char>(text_[at_ + 2]) <= ' ';
}

void MysqlLexer::pass_line_comment() {
    std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::size_t next = end;
    while (end > at_ && text_[end - 1] == '\r') --end;
    comments_.push_back({.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)},
                         .owns_line = !line_has_token_});
    at_ = next;
}

/// The place of the next */; npos: there is none.
std::size_t MysqlLexer::comment_end(std::size_t from) {
    const bool known = comment_from_ <= from && from <= comment_end_;
    if (!known) {
        comment_end_ = text_.find("*/", from);
        comment_from_ = from;
    }
    return comment_end_;
}

bool MysqlLexer::runs_version(unsigned version, bool maria) const {
    if (server_ == MysqlSettings::Server::mysql) return !maria && version <= kMysqlMax;
    if (version > kMariaMax) return false;
    return maria || version < kMysqlOnlyFirst || version > kMysqlOnlyLast;
}

/// /*!40101 code */: true where its content is code, which begins at at_ then.
bool MysqlLexer::enter_versioned_comment() {
    const bool maria = at(at_ + 2) == 'M' && at(at_ + 3) == '!';
    if (at(at_ + 2) != '!' && !maria) return false;
    std::size_t end = at_ + (maria ? 4 : 3);
    unsigned version = 0;
    constexpr std::size_t kDigitsMax = 6;
    for (std::size_t digits = 0; digits < kDigitsMax && digit(at(end)); ++digits, ++end)
        version = version * 10 + static_cast<unsigned>(text_[end] - '0');
    if (!runs_version(version, maria)) return false;
    if (comment_end(end) == std::string::npos) return false;
    ++versioned_;
    at_ = end;
    return true;
}

/// False where none stands here.
bool MysqlLexer::pass_comment() {
    if (begins_line_comment()) {
        pass_line_comment();
        return true;
    }
    if (versioned_ > 0 && at(at_) == '*' && at(at_ + 1) == '/') {
        --versioned_;
        at_ += 2;
        return true;
    }
    if (at(at_) != '/' || at(at_ + 1) != '*') return false;
    if (enter_versioned_comment()) return true;
    const std::size_t end = comment_end(at_ + 2);
    if (end == std::string::npos) return false;
    comments_.push_back({.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end + 2)},
                         .owns_line = !line_has_token_});
    at_ = end + 2;
    return true;
}

std::size_t MysqlLexer::skip_to_token() {
    for (;;) {
        for (; at_ < text_.size() && blank(text_[at_]); ++at_)
            if (text_[at_] == '\n') line_has_token_ = false;
        if (at_ >= text_.size() || at_delimiter() || !pass_comment()) return at_;
    }
}

/// '…', "…" or `…` with the quote behind a prefix: doubled it stands for itself; in strings behind \, too.
Token MysqlLexer::quoted(std::size_t prefix, TokenKind kind) {
    const char quote = text_[at_ + prefix];
    const bool escapes = kind == TokenKind::string && !mode_.no_backslash_escapes;
    for (std::size_t end = at_ + prefix + 1; end < text_.size(); ++end) {
        if (escapes && text_[end] == '\\') {
            ++end;
        } else if (text_[end] == quote) {
            if (at(end + 1) != quote) return made(kind, end + 1);
            ++end;
        }
    }
    unended_ = true;
    return made(TokenKind::broken, text_.size());
}

Token MysqlLexer::word() {
    std::size_t end = at_ + 1;
    const bool plain = delimiter_ == ";";
    while (end < text_.size() && in_word(text_[end]) &&
           (plain || text_.compare(end, delimiter_.size(), delimiter_) != 0))
        ++end;
    return made(TokenKind::word, end);
}

/// 1, 1.5, .5, 1e3, 0x1F, 0b11; a name may begin with digits, too: 2nd_name
Token MysqlLexer::number() {
    std::size_t end = at_;
    const bool radix = at(end) == '0' && (at(end + 1) == 'x' || at(end + 1) == 'b');
    if (radix) {
        const bool hex = at(end + 1) == 'x';
        end += 2;
        while (hex ? hex_digit(at(end)) : (at(end) == '0' || at(end) == '1')) ++end;
        if (end > at_ + 2 && !in_word(at(end))) return made(TokenKind::number, end);
        end = at_;
    }
    while (digit(at(end))) ++end;
    const auto exponent = [&](std::size_t from) {
        if (at(from) != 'e' && at(from) != 'E') return from;
        std::size_t digits = from + 1;
        if (at(digits) == '+' || at(digits) == '-') ++digits;
        if (!digit(at(digits))) return from;
        while (digit(at(digits))) ++digits;
        return digits;
    };
    if (at(end) == '.') {
        ++end;
        while (digit(at(end))) ++end;
        return made(TokenKind::number, exponent(end));
    }
    const std::size_t behind = exponent(end);
    if (in_word(at(behind))) return word();
    return made(TokenKind::number, behind);
}

/// @name, @@global.name, @'host', @`host`
Token MysqlLexer::variable() {
    std::size_t end = at_ + 1;
    if (at(end) == '@') ++end;
    if (const char quote = at(end); quote == '\'' || quote == '"' || quote == '`') {
        const std::size_t close = text_.find(quote, end + 1);
        if (close != std::string::npos) return made(TokenKind::bind, close + 1);
        unended_ = true;
        return made(TokenKind::broken, text_.size());
    }
    while (in_word(at(end)) || at(end) == '.') ++end;
    if (end == at_ + 1 && at(end) == '%') ++end;  // user@%
    return made(end > at_ + 1 ? TokenKind::bind : TokenKind::symbol, end);
}

Token MysqlLexer::symbol() {
    for (const std::string_view each : kSymbols)
        if (text_.compare(at_, each.size(), each) == 0) return made(TokenKind::symbol, at_ + each.size());
    const bool known = kSingles.find(text_[at_]) != std::string_view::npos;
    return made(known ? TokenKind::symbol : TokenKind::broken, at_ + 1);
}

Token MysqlLexer::next() {
    skip_to_token();
    if (at_ >= text_.size() || at_delimiter()) {
        const auto end = static_cast<std::uint32_t>(std::min(at_, text_.size()));
        return {.span = {end, end}};
    }
    const char c = text_[at_];
    if (c == '/' && at(at_ + 1) == '*') {
        unended_ = true;
        return made(TokenKind::broken, text_.size());
    }
    if (c == '`') return quoted(0, TokenKind::quoted_word);
    if (c == '\'') return quoted(0, TokenKind::string);
    if (c == '"') return quoted(0, mode_.ansi_quotes ? TokenKind::quoted_word : TokenKind::string);
    constexpr std::string_view kPrefixes = "xXbBnN";
    if (at(at_ + 1) == '\'' && kPrefixes.find(c) != std::string_view::npos)
        return quoted(1, TokenKind::string);
    if (digit(c) || (c == '.' && digit(at(at_ + 1)))) return number();
    if (in_word(c)) return word();
    if (c == '@') return variable();
    return symbol();
}

}  // namespace landfall::convert
