// Sets of scripts: which files are scripts, what they include, and which of them a conversion begins with.
//
// Invariants
//   1. A script that another one includes is no beginning: it is read where it is included.
//   2. Each script is reached from a beginning.
// Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace landfall::convert {

/// By the suffix: what people call the files of a database's scripts.
[[nodiscard]] bool is_script_name(std::string_view name);

/// The names that follow @, @@ and START, as far as the lines say them plainly: names made of variables are
/// found only when the script is read.
[[nodiscard]] std::vector<std::string> included_names(std::string_view script);

/// A script and the scripts that it includes, each by the name that is its own.
using ScriptIncludes = std::pair<std::string, std::vector<std::string>>;

/// What a conversion begins with. Of scripts that include each other in a circle it is the first.
[[nodiscard]] std::set<std::string, std::less<>> outermost_scripts(
    const std::vector<ScriptIncludes>& scripts);

}  // namespace landfall::convert
