// How names and strings are spelled in PostgreSQL 15.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace landfall::convert {

/// PostgreSQL's categories of keywords (its documentation, appendix C); none: of no
/// category, or unreserved.
enum class KeywordClass : std::uint8_t { none, column_name, type_or_function, reserved };

/// Of a word in lower case; a word that PL/pgSQL reserves is `reserved`.
[[nodiscard]] KeywordClass keyword_class(std::string_view word);

/// Quoted where it is not lower-case letters, digits, _ and $, or is a keyword that is not unreserved: right
/// wherever a name may stand. An empty name is spelled "".
void append_identifier(std::string& to, std::string_view name);
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// 'it''s': right under standard_conforming_strings. A NUL byte, which PostgreSQL cannot hold, becomes
/// U+FFFD.
void append_string(std::string& to, std::string_view text);
[[nodiscard]] std::string quote_string(std::string_view text);

/// A quote for `body`: $body$, or $body1$ … where it holds that; with a tag, since tools read a bare $$ in
/// too many ways. The body must not end in $.
[[nodiscard]] std::string dollar_tag(std::string_view body);

}  // namespace landfall::convert
