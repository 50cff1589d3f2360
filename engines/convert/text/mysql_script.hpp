// Scripts of MySQL and MariaDB as the client reads them: DELIMITER, USE, SOURCE; dumps, too.
//
// What the client or a session alone understands is no statement: DELIMITER, USE (its database goes to
// Script::current_schemas), SOURCE (an include), SET of a session's variables (sql_mode is followed:
// Script::modes), LOCK and UNLOCK TABLES, ALTER TABLE … DISABLE KEYS, the begin of a transaction. Where the
// settings drop rows, the INSERT statements of one table become one statement of its first words, with a
// finding that says how many rows there were. Errors and bounds as of read_script (script.hpp). Threads:
// pure.
#pragma once

#include <string>
#include <string_view>

#include "engines/convert/mysql_settings.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

[[nodiscard]] Script read_mysql_script(std::string_view bytes, const std::string& file,
                                       const ScriptSettings& settings, const MysqlSettings& mysql,
                                       const IncludeLoader& load);

}  // namespace landfall::convert
