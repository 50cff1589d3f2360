// Names and texts as SQL of PostgreSQL takes them, whatever they hold.
#pragma once

#include <string>
#include <string_view>

#include "engines/dbmove/table.hpp"

namespace landfall::dbmove::postgres {

/// Always in quotes: no list of reserved words to be wrong about.
[[nodiscard]] std::string quoted(std::string_view name);
[[nodiscard]] std::string quoted(const TableName& table);
/// 'it''s'; a backslash is one, since standard_conforming_strings is on in every session of ours.
[[nodiscard]] std::string literal(std::string_view text);

}  // namespace landfall::dbmove::postgres
