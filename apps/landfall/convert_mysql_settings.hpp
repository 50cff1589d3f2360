// The table [mysql] of the settings of a conversion: docs/convert/mysql.md lists its keys.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "engines/convert/mysql_settings.hpp"

namespace landfall::app {

/// Errors: invalid: a key that is unknown, or whose value is none of its values.
[[nodiscard]] Status set_mysql(std::string_view key, std::string_view value,
                               convert::MysqlSettings& settings);

}  // namespace landfall::app
