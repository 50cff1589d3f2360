// Lexer: tokens and comments of text that grows line by line.
//
// Invariants
//   1. Strings, quoted words and comments may run over many lines: what is open stays open until more text
//      comes.
//   2. Every byte that is neither blank nor comment is in exactly one token; what cannot be one is `broken`.
// Sources: Oracle SQL Language Reference (Literals, Lexical Conventions), PL/SQL Language Reference (Lexical
// Units). Threads: one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/convert/text/token.hpp"

namespace landfall::convert {

class Lexer {
public:
    /// `text` may grow and move between calls of next(); `comments` gets those that are passed.
    Lexer(const std::string& text, std::vector<Comment>& comments) : text_{text}, comments_{comments} {}

    /// The next token that is whole; nothing where the text so far holds none.
    std::optional<Token> next();
    /// At the end of everything: what is still open, as one broken token. Nothing where all is closed.
    std::optional<Token> finish();
    /// Is a string, a quoted word or a comment open at the end of the text?
    [[nodiscard]] bool inside() const { return open_ != Open::nothing; }
    /// Passes over text that is none of SQL: it is neither token nor comment.
    void skip_to(std::size_t offset);

private:
    enum class Open : std::uint8_t { nothing, comment, quoted };

    [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
    void skip_blanks();
    bool pass_comment();
    bool close_comment();
    std::optional<Token> token();
    std::optional<Token> open_quoted(std::size_t prefix, TokenKind kind, std::string closer);
    std::optional<Token> close_quoted();
    std::optional<Token> alternative_quote(std::size_t prefix);
    Token word();
    Token number();
    Token symbol();
    Token made(TokenKind kind, std::size_t end);

    const std::string& text_;
    std::vector<Comment>& comments_;
    std::size_t at_ = 0;
    bool line_has_token_ = false;
    Open open_ = Open::nothing;
    std::size_t begun_ = 0;   ///< where the open thing begins
    std::size_t search_ = 0;  ///< where its end is looked for
    bool begun_line_ = false;
    TokenKind kind_ = TokenKind::string;
    std::string closer_;  ///< of what is quoted; doubled it stands for itself, except in q'…'
    bool doubling_ = true;
};

}  // namespace landfall::convert
