// Bounds on what one QEMU process may use, where this system has cgroup v2 with the memory and cpu
// controllers and lets us write there.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/machines/spec.hpp"

namespace landfall::machines {

struct CgroupBounds {
    Bytes memory;
    std::uint32_t vcpus = 1;
};

/// Puts the process into `mount`/landfall/ID with memory.max and cpu.max set. unavailable, with the reason,
/// where that cannot be done; nothing is left behind then.
[[nodiscard]] Status enter_cgroup(const std::string& mount, const MachineId& id, const CgroupBounds& bounds,
                                  pid_t pid);
/// Once the process is gone. Not being there is fine.
void leave_cgroup(const std::string& mount, const MachineId& id);

inline constexpr const char* kCgroupMount = "/sys/fs/cgroup";

}  // namespace landfall::machines
