// Partition tables: MBR with its chain of logical partitions, and GPT with its copy. Reads a bounded number
// of sectors.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/inspect.hpp"

namespace landfall::images {

inline constexpr std::string_view kGptEsp = "c12a7328-f81f-11d2-ba4b-00c04fc93ec9";
inline constexpr std::string_view kGptBiosBoot = "21686148-6449-6e6f-744e-656564454649";

struct Partitions {
    PartitionTable table = PartitionTable::none;
    std::vector<Volume> volumes;  ///< number, place, type, esp and active are set
    bool boot_code = false;       ///< the first sector holds a program
};

/// Entries that lie beyond the disk, or that nonsense stands in, are left out. Fails only where the source
/// fails.
Result<Partitions> read_partitions(const ByteSource& disk);

}  // namespace landfall::images
