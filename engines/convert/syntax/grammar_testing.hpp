// For tests of the grammar: a text cut into tokens, one statement of it parsed by one method, and the tree
// told as an outline: (add a (multiply b c)).
#pragma once

#include <cctype>
#include <string>

#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert::testing {

class Lexer {
public:
    explicit Lexer(Script& script) : script_{script}, text_{script.text} {}

    void run() {
        while (at_ < text_.size()) one();
        script_.statements.push_back({.span = {0, static_cast<std::uint32_t>(text_.size())},
                                      .first = 0,
                                      .count = static_cast<std::uint32_t>(script_.tokens.size())});
    }

private:
    [[nodiscard]] bool starts(std::string_view with) const {
        return std::string_view{text_}.substr(at_).starts_with(with);
    }
    static bool in_word(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '#' ||
               (static_cast<unsigned char>(c) & 0x80U) != 0;
    }
    void add(TokenKind kind, std::size_t end) {
        const std::string_view text = std::string_view{text_}.substr(at_, end - at_);
        Token token{.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)}, .kind = kind};
        if (kind == TokenKind::word || kind == TokenKind::symbol) token.hash = hash_of_word(text);
        script_.tokens.push_back(token);
        at_ = end;
    }
    void comment(std::string_view ender, std::size_t more) {
        const std::size_t found = text_.find(ender, at_);
        const std::size_t end = found == std::string::npos ? text_.size() : found + more;
        script_.comments.push_back(
            {.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end)}});
        at_ = end;
    }
    void string(std::size_t quote) {
        std::size_t end = quote + 1;
        while (end < text_.size() && (text_[end] != '\'' || text_[end + 1] == '\'')) {
            end += text_[end] == '\'' ? 2 : 1;
        }
        add(TokenKind::string, std::min(end + 1, text_.size()));
    }
    void q_string(std::size_t quote) {
        const std::string_view open = "[{(<", close = "]})>";
        char ender = text_[quote + 1];
        if (const auto found = open.find(ender); found != std::string_view::npos) ender = close[found];
        add(TokenKind::string, text_.find(std::string{ender} + "'", quote + 2) + 2);
    }
    void number() {
        std::size_t end = at_;
        while (end < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[end])) != 0 ||
                                      (text_[end] == '.' && text_[end + 1] != '.'))) {
            ++end;
        }
        if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E') &&
            (std::isdigit(static_cast<unsigned char>(text_[end + 1])) != 0 || text_[end + 1] == '-')) {
            end += 2;
            while (std::isdigit(static_cast<unsigned char>(text_[end])) != 0) ++end;
        }
        add(TokenKind::number, end);
    }
    void word() {
        if (starts("q'") || starts("Q'")) return q_string(at_ + 1);
        if (starts("nq'") || starts("Nq'") || starts("NQ'")) return q_string(at_ + 2);
        if (starts("n'") || starts("N'")) return string(at_ + 1);
        std::size_t end = at_;
        while (end < text_.size() && in_word(text_[end])) ++end;
        add(TokenKind::word, end);
    }
    void one() {
        const char c = text_[at_];
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            ++at_;
        } else if (starts("--")) {
            comment("\n", 0);
        } else if (starts("/*")) {
            comment("*/", 2);
        } else if (c == '\'') {
            string(at_);
        } else if (c == '"') {
            const std::size_t end = text_.find('"', at_ + 1);
            add(TokenKind::quoted_word, end == std::string::npos ? text_.size() : end + 1);
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
                   (c == '.' && at_ + 1 < text_.size() &&
                    std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0)) {
            number();
        } else if (c == ':' && at_ + 1 < text_.size() && in_word(text_[at_ + 1])) {
            std::size_t end = at_ + 1;
            while (end < text_.size() && in_word(text_[end])) ++end;
            add(TokenKind::bind, end);
        } else if (in_word(c)) {
            word();
        } else {
            symbol();
        }
    }
    void symbol() {
        for (const std::string_view symbol :
             {"(+)", ":=", "=>", "..", "**", "||", "<>", "!=", "^=", "~=", "<=", ">=", "<<", ">>"}) {
            if (starts(symbol)) return add(TokenKind::symbol, at_ + symbol.size());
        }
        add(TokenKind::symbol, at_ + 1);
    }

    Script& script_;
    std::string& text_;
    std::size_t at_ = 0;
};

inline Script script_of(std::string text) {
    Script script;
    script.text = std::move(text);
    Lexer{script}.run();
    return script;
}

}  // namespace landfall::convert::testing
