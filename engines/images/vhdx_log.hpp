// The log of a VHDX: what was promised to the file and not yet written into it. Source: Microsoft, [MS-VHDX]
// 2.3.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/patch_map.hpp"

namespace landfall::images {

using Guid = std::array<std::byte, 16>;

struct VhdxLogPlace {
    ByteOffset at;
    Bytes size;
    Guid guid{};
};

/// Replays the active sequence into `patches`, and returns the least size that the file then has.
/// Errc::invalid where no sequence is whole, or the file is shorter than the log knows it to be. Memory:
/// twice the log, which may have 8 MiB.
Result<Bytes> replay_vhdx_log(const ByteSource& source, const VhdxLogPlace& place, PatchMap& patches);

}  // namespace landfall::images
