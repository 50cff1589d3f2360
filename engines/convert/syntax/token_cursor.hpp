// The parsers' view of a statement's tokens: look, accept, expect, and one failure at most.
//
// Invariants
//   1. After fail() the cursor stands at the end for every look, so that loops of the grammar come to their
//      end by themselves; the first failure is the one that is told.
//   2. A cursor never moves over the end of its statement.
// Threads: one.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "engines/convert/syntax/tree.hpp"
#include "engines/convert/syntax/walk.hpp"
#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

class TokenCursor {
public:
    TokenCursor(const Script& script, const StatementText& statement)
        : text_{script.text},
          first_{script.tokens.data() + statement.first},
          at_{first_},
          end_{first_ + statement.count},
          stop_{.span = {statement.span.end, statement.span.end}} {}

    [[nodiscard]] const Token& look(std::size_t ahead = 0) const {
        return failed_ || ahead >= static_cast<std::size_t>(end_ - at_) ? stop_ : at_[ahead];
    }
    [[nodiscard]] std::string_view text(const Token& token) const { return token.span.of(text_); }
    [[nodiscard]] std::string_view text(Span span) const { return span.of(text_); }
    [[nodiscard]] bool done() const { return look().kind == TokenKind::end; }

    /// Is the token spelled as this word? Says nothing about its kind.
    [[nodiscard]] bool spells(const Token& token, const Word& word) const {
        return convert::spells(text(token), word.text);
    }
    /// Is the next token this keyword or symbol?
    [[nodiscard]] bool at(Word word, std::size_t ahead = 0) const { return is(look(ahead), word); }
    /// … the words one after the other?
    [[nodiscard]] bool at_all(std::initializer_list<Word> words) const {
        std::size_t ahead = 0;
        return std::all_of(words.begin(), words.end(), [&](const Word& word) { return at(word, ahead++); });
    }
    /// … one of these?
    [[nodiscard]] bool at_any(std::initializer_list<Word> words) const {
        return std::any_of(words.begin(), words.end(), [this](const Word& word) { return at(word); });
    }
    bool accept(Word word) {
        if (!at(word)) return false;
        ++at_;
        return true;
    }
    void expect(Word word) {
        if (!accept(word)) fail(word.text);
    }
    /// The next token, which is left behind. At the end: the end.
    const Token& take() {
        const Token& token = look();
        if (token.kind != TokenKind::end) ++at_;
        return token;
    }
    void fail(std::string_view expected) {
        if (failed_) return;
        failed_at_ = look().span;
        expected_ = expected;
        failed_ = true;
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] Span failed_at() const { return failed_at_; }
    [[nodiscard]] std::string_view expected() const { return expected_; }

    /// For attempts and for recovery: a place to come back to. Coming back forgets a failure.
    [[nodiscard]] const Token* place() const { return at_; }
    void back_to(const Token* place) {
        at_ = place;
        failed_ = false;
    }
    /// The end of the token before the next one.
    [[nodiscard]] std::uint32_t last_end() const {
        return at_ == first_ ? look().span.begin : at_[-1].span.end;
    }
    /// From the token at `begin` to the last one taken.
    [[nodiscard]] Span since(std::uint32_t begin) const { return {begin, std::max(begin, last_end())}; }

private:
    [[nodiscard]] bool is(const Token& token, const Word& word) const {
        return token.hash == word.hash &&
               (token.kind == TokenKind::word || token.kind == TokenKind::symbol) &&
               convert::spells(text(token), word.text);
    }

    std::string_view text_;
    const Token* first_;
    const Token* at_;
    const Token* end_;
    Token stop_;
    bool failed_ = false;
    Span failed_at_;
    std::string_view expected_;
};

}  // namespace landfall::convert
