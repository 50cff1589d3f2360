// The serial console's file: QEMU appends to it, whoever asks reads its end, the host bounds the disk that
// it uses.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::machines {

/// What a caller may ever see of it.
inline constexpr Bytes kConsoleKept = 64_KiB;

/// The last `limit` bytes, at most kConsoleKept; empty when there is no file.
[[nodiscard]] Result<std::string> read_console(const std::string& path, Bytes limit);

/// Gives the blocks in front of the last 64 KiB back to the file system once they exceed 1 MiB, while QEMU
/// goes on appending: the file keeps its length and QEMU its place. A file system that cannot punch holes
/// keeps all of it.
[[nodiscard]] Status trim_console(const std::string& path);

}  // namespace landfall::machines
