// Does PostgreSQL's own parser accept a statement? Asked of libpg_query (the parser of PostgreSQL 15 as a
// library): syntax only, no catalog.
//
// Threads: any; libpg_query keeps its state per thread. No disk, no network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engines/convert/postgres/printer.hpp"

namespace landfall::convert {

/// What PostgreSQL refuses, in its words.
struct Refusal {
    std::string message;
    std::uint32_t offset = 0;  ///< of the place in the text that was checked
    std::uint32_t line = 1;    ///< of that place, from 1
};

/// `sql`: statements with their semicolons and comments. Bodies of CREATE FUNCTION, CREATE PROCEDURE and DO
/// in PL/pgSQL are compiled, too. Nothing: all of it is accepted. Text that holds a NUL byte is refused, and
/// what nests deeper than the parser's stack allows.
[[nodiscard]] std::optional<Refusal> check_sql(std::string_view sql);

/// Prints, and checks what was printed. A statement of code, a declaration or a column that is refused
/// becomes a comment with finding 9002, and the rest is printed again; where that does not help the whole
/// statement becomes one. So nothing comes out as code that check_sql refuses.
[[nodiscard]] Printed print_checked(const PrintRequest& request);

}  // namespace landfall::convert
