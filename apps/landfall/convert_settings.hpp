// Settings of a conversion as a TOML file writes them: docs/convert/settings.md lists the keys.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::app {

/// An empty path gives the defaults. Errors: not_found, denied, io; invalid, with the line of the key that is
/// unknown or whose value is none of its values.
[[nodiscard]] Result<convert::Settings> read_convert_settings(const std::string& path);

/// NAME=VALUE of the command line, which win over the file's.
[[nodiscard]] Status add_defines(const std::vector<std::string>& assignments, convert::Settings& settings);

}  // namespace landfall::app
