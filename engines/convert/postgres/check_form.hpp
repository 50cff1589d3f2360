// Brings a routine into the form that libpg_query can compile: it has no catalog, and so it knows neither
// what a cursor is nor the fields of a row.
#pragma once

#include <string>
#include <string_view>

namespace landfall::convert {

/// Where the body of the only routine of `sql` begins: behind its first $tag$; its end where there is none.
[[nodiscard]] std::size_t body_of(std::string_view sql);

/// The same statements, line by line, with cursors taken out: OPEN c FOR query reads query, FETCH c INTO a
/// reads SELECT 1 INTO a, FOR r IN c LOOP reads FOR r IN 1..1 LOOP.
[[nodiscard]] std::string without_cursors(std::string_view sql, std::size_t body);

/// Each `base.field` of the body becomes `found`, which every body has. False: there was none.
bool hide_fields(std::string& sql, std::string_view base, std::size_t body);

/// Where `word` stands as a word of its own, from `from` on; npos: nowhere.
[[nodiscard]] std::size_t find_word(std::string_view text, std::string_view word, std::size_t from);

}  // namespace landfall::convert
