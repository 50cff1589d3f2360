// Lexer of MySQL's and MariaDB's SQL: tokens and comments of a text that is there as a whole.
//
// Invariants
//   1. Every byte that is neither blank nor comment is in exactly one token; what cannot be one is `broken`.
//   2. What a server runs of a versioned comment (/*!40101 … */, /*M! … */) is code: only its marks are
//      blank.
//   3. A delimiter is seen wherever it stands between tokens, and within words, as the client sees it.
// Sources: MySQL Reference Manual (Language Structure; Comments), MariaDB Knowledge Base (Comment Syntax).
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "engines/convert/mysql_settings.hpp"
#include "engines/convert/text/token.hpp"

namespace landfall::convert {

class MysqlLexer {
public:
    /// `text` may change behind place() between calls of next(), and go_to() follows; `comments` gets those
    /// that are passed.
    MysqlLexer(const std::string& text, std::vector<Comment>& comments, MysqlSettings::Server server)
        : text_{text}, comments_{comments}, server_{server} {}

    /// The next token; of kind `end` at the end of the text, and where the delimiter stands (at_delimiter()).
    Token next();
    /// Passes blanks and comments: where the next token begins.
    std::size_t skip_to_token();
    [[nodiscard]] bool at_delimiter() const;
    void skip_delimiter() { at_ += delimiter_.size(); }

    [[nodiscard]] std::size_t place() const { return at_; }
    void go_to(std::size_t offset) {
        at_ = offset;
        line_has_token_ = false;
        comment_from_ = comment_end_ + 1;  // the text may be another
    }
    [[nodiscard]] const std::string& delimiter() const { return delimiter_; }
    void set_delimiter(std::string delimiter) { delimiter_ = std::move(delimiter); }
    void set_mode(SqlMode mode) { mode_ = mode; }
    /// Did an unended string or comment reach the end of the text?
    [[nodiscard]] bool unended() const { return unended_; }

private:
    [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
    [[nodiscard]] bool begins_line_comment() const;
    bool pass_comment();
    void pass_line_comment();
    bool enter_versioned_comment();
    [[nodiscard]] bool runs_version(unsigned version, bool maria) const;
    Token quoted(std::size_t prefix, TokenKind kind);
    Token word();
    Token number();
    Token variable();
    Token symbol();
    Token made(TokenKind kind, std::size_t end);
    [[nodiscard]] std::size_t comment_end(std::size_t from);

    const std::string& text_;
    std::vector<Comment>& comments_;
    const MysqlSettings::Server server_;
    SqlMode mode_;
    std::string delimiter_ = ";";
    std::size_t at_ = 0;
    unsigned versioned_ = 0;        ///< comments of a version that are open
    std::size_t comment_end_ = 0;   ///< the place of a */, looked for once for all that stand before it
    std::size_t comment_from_ = 1;  ///< from where on it is the first
    bool line_has_token_ = false;
    bool unended_ = false;
};

}  // namespace landfall::convert
