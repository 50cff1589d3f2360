// The scripts that `landfall convert` reads: files and folders, and what they include.
//
// Invariants
//   1. A file is read once: what another script of the same call includes stands there, not on its own.
//   2. The order is that of the command line, within a folder that of the names.
// Threads: one. Disk: reads whole files.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::app {

struct ConvertSources {
    std::vector<convert::Input> inputs;
    std::size_t skipped = 0;   ///< files of folders whose names are not those of scripts
    std::size_t included = 0;  ///< files of folders that others include
};

/// `paths` are files, read whatever their names are, and folders, searched through but for `output`, which a
/// run before this one may have written, and for what is hidden. Errors: not_found, denied, io; invalid where
/// nothing is left to read, a file is larger than 1 GiB, or `output` is one of the folders itself.
[[nodiscard]] Result<ConvertSources> read_sources(const std::vector<std::string>& paths,
                                                  const std::string& output);

/// Looks beside the file that includes, then in the working directory. Names are paths.
[[nodiscard]] convert::IncludeLoader include_loader();

}  // namespace landfall::app
