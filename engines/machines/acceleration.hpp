// Finds out what can run guests here, by running one: a boot sector that does what kernels' loaders do.
// /dev/kvm being there says little: under some nested hypervisors it opens, runs simple code, and stops at
// the first interrupt return in protected mode without paging, which every BIOS loader makes (measured;
// docs/decisions has the page).
#pragma once

#include <optional>
#include <string>

#include "base/disk.hpp"
#include "engines/machines/host.hpp"
#include "engines/machines/launch.hpp"

namespace landfall::machines {

/// Boots the boot sector under KVM with the same confinement as a machine, and gives it 5 s; it takes 0.2
/// s. `folder` is an empty directory (the confined root is mounted on it).
[[nodiscard]] MachineHost::Accelerated probe_kvm(const HostSettings& settings, const Confinement& confinement,
                                                 const std::string& folder);

/// What a probe or a machine found since this boot of the host, if anything; kept in `root`/acceleration.
[[nodiscard]] std::optional<MachineHost::Accelerated> remembered_acceleration(Disk& disk,
                                                                              const std::string& root);
[[nodiscard]] Status remember_acceleration(Disk& disk, const std::string& root,
                                           const MachineHost::Accelerated& found);

}  // namespace landfall::machines
