// Definitions of a MariaDB through the schema conversion, as a migration takes them.
#pragma once

#include "engines/dbmove/mariadb/definitions.hpp"

namespace landfall::app {

/// Names are kept, JSON stays the text that it is, keys come behind the rows. What the conversion could only
/// make in part is a note.
[[nodiscard]] dbmove::mariadb::Convert mariadb_conversion();

}  // namespace landfall::app
