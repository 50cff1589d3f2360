// What `landfall convert` writes: a folder of files that is its own.
//
// Invariants
//   1. A file that an earlier run did not write is never changed or removed: its name in the way is an error.
//   2. A file of an earlier run that somebody edited since is renamed to NAME.edited before anything takes
//      its place.
//   3. After a successful call the folder holds exactly the files of this call, beside what is not ours; a
//      file whose content did not change is not touched.
//   4. A call that fails or dies half way leaves a folder that the next call can put right.
// The list of what was written is docs/formats/convert-list.md. Threads: one; a lock keeps other runs out.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::app {

struct OutputFile {
    std::string name;  ///< within the folder
    std::string content;
};

/// One name an object, NNNN_kind_schema.name.sql, in the order of loading; letters that file systems or
/// shells do not like are replaced.
[[nodiscard]] std::vector<std::string> object_file_names(const convert::Conversion& conversion);

enum class OutputLayout { objects, single, both };  ///< a file an object, all.sql, or both

/// The runtime pack comes first, as 0000_runtime_pack.sql, where the objects need it.
[[nodiscard]] std::vector<OutputFile> output_files(const convert::Conversion& conversion,
                                                   OutputLayout layout);

struct Written {
    std::size_t written = 0;
    std::size_t unchanged = 0;
    std::size_t removed = 0;
    std::vector<std::string> edited;  ///< the names under which edited files were kept
};

/// Makes the folder where it is missing. Errors: already_exists (invariant 1), unavailable (another run works
/// there), corrupt (the list), denied, exhausted, io.
[[nodiscard]] Result<Written> write_outputs(const std::string& folder, const std::vector<OutputFile>& files);

}  // namespace landfall::app
