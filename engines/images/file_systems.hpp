// File systems by their signatures, and one file out of a clean ext2/3/4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

struct FileSystem {
    std::string type;  ///< "" where nothing is known
    std::string label;
    std::string uuid;
};

/// Reads the first 66 KiB of `volume`. Fails only where the source fails.
Result<FileSystem> probe_file_system(const ByteSource& volume);

/// The file at an absolute path, at most 64 KiB of it; nullopt where there is none, where the volume is not
/// ext2/3/4, where it was not closed well, or where anything on the way is not as expected. Follows four
/// symbolic links; reads at most 4 MiB.
Result<std::optional<std::string>> read_ext_file(const ByteSource& volume, std::string_view path);

}  // namespace landfall::images
