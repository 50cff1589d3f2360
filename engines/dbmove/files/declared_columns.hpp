// The columns that a CREATE TABLE of ours declares, as a PostgreSQL that ran it would describe them: a
// source that is no PostgreSQL (Source::adopt) asks for them, and a target of files has no server to tell.
#pragma once

#include "engines/dbmove/postgres/catalog.hpp"

namespace landfall::dbmove::files {

/// Of a statement of engines/convert: a column a line. Errors: corrupt.
[[nodiscard]] Result<std::vector<postgres::Column>> declared_columns(std::string_view statement);
/// The columns of the primary key that a statement of engines/convert adds; empty: it adds none.
[[nodiscard]] std::vector<std::string> declared_key(std::string_view statement);

}  // namespace landfall::dbmove::files
