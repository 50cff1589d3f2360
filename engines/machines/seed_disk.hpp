// A NoCloud seed: a FAT12 file system, label CIDATA, that holds the files of a SeedSpec. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "engines/machines/spec.hpp"

namespace landfall::machines {

/// 4 MiB, most of it zero. `seed` is valid (each file at most 256 KiB). The layout is Microsoft's FAT
/// specification (fatgen103): one reserved sector, two FATs, a root directory of 64 entries, clusters of 2
/// KiB.
[[nodiscard]] std::vector<std::byte> seed_disk(const SeedSpec& seed);

}  // namespace landfall::machines
