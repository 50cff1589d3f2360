// Tokens of Oracle's SQL and PL/SQL, and of MySQL's: what the lexer makes and the parsers read.
//
// Invariants
//   1. A token is a span of the script's text (see script.hpp) and never holds text of its own.
//   2. Comments and blanks are no tokens: comments stand in Script::comments, in order of their offsets.
//   3. Words compare without regard to case, quoted words exactly; what a quoted word spells is never a
//      keyword.
#pragma once

#include <cstdint>
#include <string_view>

#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {

/// Offsets count bytes of the script's expanded text; end is one behind the last byte.
struct Span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    [[nodiscard]] std::uint32_t size() const { return end - begin; }
    [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, size()); }
    friend bool operator==(const Span&, const Span&) = default;
};

enum class TokenKind : std::uint8_t {
    end,          ///< behind the last token of a statement; the cursor answers it for ever
    word,         ///< identifier or keyword: letters, digits, _ $ #
    quoted_word,  ///< "Name", or `name` of MySQL; the span holds the quotes
    number,       ///< 1, .5, 1e-3, 2f, 3d (a sign is an operator)
    string,       ///< 'text', N'text', q'[text]', nq'…': the span holds prefix and quotes
    bind,         ///< :name, :1, :"Name"; also :new and :old of triggers
    symbol,     ///< operators and punctuation, the longest first: := => .. ** || <> != ^= ~= <= >= << >> (+)
    directive,  ///< $$NAME (an inquiry that was not replaced); $IF and its kin never reach the parser
    broken      ///< an unended string, a stray byte: has its finding already
};

constexpr std::uint32_t hash_of_word(std::string_view word) {
    std::uint32_t hash = 2166136261U;
    for (const char c : word) {
        hash = (hash ^ static_cast<unsigned char>(upper_letter(c))) * 16777619U;
    }
    return hash;
}

struct Token {
    Span span;
    std::uint32_t hash = 0;  ///< hash_of_word of a word or a symbol; 0 for the others
    TokenKind kind = TokenKind::end;
    bool starts_line = false;  ///< nothing but blanks and comments stand before it in its line
};

/// A keyword or a symbol as the parsers name it: hashed when compiled. Written in upper case.
struct Word {
    std::string_view text;
    std::uint32_t hash;

    // NOLINTNEXTLINE(google-explicit-constructor): parsers read better as at("SELECT")
    consteval Word(const char* literal) : text{literal}, hash{hash_of_word(text)} {}
};

struct Comment {
    Span span;                  ///< with its marks, without the line end of a -- comment
    bool owns_line = false;     ///< nothing but blanks stand before it in its line
    bool switched_off = false;  ///< code of a $IF branch that was not taken
};

}  // namespace landfall::convert
