// Scripts: which objects of a bucket are scripts, and which of them others include.
//
// Invariants
//   1. A script is read once: what another includes stands there, not on its own.
//   2. The order is that of the names.
// Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engines/convert/converter.hpp"

namespace landfall::dms {

/// Contents by name, which is the key behind the path that was asked for.
using ScriptFiles = std::map<std::string, std::string, std::less<>>;

/// What the converter begins with: the scripts that no other includes. Of scripts that include each other in
/// a circle the first stays.
[[nodiscard]] std::vector<convert::Input> roots_of(const ScriptFiles& files);

/// Finds what a script includes beside it, or from the top. Borrows the files.
[[nodiscard]] convert::IncludeLoader loader_of(const ScriptFiles& files);

/// Lines `first` to `first` + `count` - 1 of a script; empty where there is no such script.
[[nodiscard]] std::string lines_of(const ScriptFiles& files, std::string_view name, std::size_t first,
                                   std::size_t count);

}  // namespace landfall::dms
