// Does each statement that makes code bring the code? libpg_query compiles the code of CREATE FUNCTION,
// CREATE PROCEDURE and DO, and ends the process where one of them has none, though its grammar lets that
// pass.
//
// Threads: any.
#pragma once

#include <string>

namespace landfall::convert {

/// True when every such statement of `sql` holds its code as a string, or when `sql` cannot be read. Code
/// that is no string (RETURN of an expression, BEGIN ATOMIC) counts as none.
[[nodiscard]] bool brings_code(const std::string& sql);

}  // namespace landfall::convert
