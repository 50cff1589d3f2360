// The order of an import: which ranges of the sources are read, and which units become decodable with each.
// Pure.
//
// Invariants
//   1. Windows ascend by (source, index); each is read once a plan.
//   2. Units ascend by the first byte they need; a unit belongs to the window that holds this byte, and may
//      use the window after it. What lies elsewhere is read singly by the worker.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

/// One decoding step: a whole unit of the guest.
struct Unit {
    std::uint64_t at = 0;      ///< the first byte needed, in its source
    std::uint32_t number = 0;  ///< of the unit, counted from the part's begin
    std::uint32_t first_extent = 0;
    std::uint16_t source = 0;
    bool uses_next = false;  ///< something of it lies in the next window
};

struct Window {
    std::uint64_t index = 0;  ///< covers [index × window size, …) of its source
    std::uint16_t source = 0;
    std::uint32_t units_begin = 0;  ///< indexes into Plan::units
    std::uint32_t units_end = 0;
};

struct Plan {
    std::vector<Extent> extents;
    std::vector<Unit> units;
    std::vector<Window> windows;
};

/// For each source: its size, and up to which byte it has been hashed (equal to the size where there is
/// nothing to hash).
struct SourceState {
    Bytes size;
    Bytes hashed;
};

struct PlanShape {
    Bytes window;
    Bytes unit;
};

/// `extents` are a part's map. Windows between what is hashed and the last one needed are included, so that
/// hashing goes on in order.
[[nodiscard]] Plan plan_part(DiskPart part, std::vector<Extent> extents,
                             const std::vector<SourceState>& sources, PlanShape shape);
/// The windows that no unit needed, for what is still to be hashed.
[[nodiscard]] Plan plan_rest(const std::vector<SourceState>& sources, PlanShape shape);

}  // namespace landfall::images
