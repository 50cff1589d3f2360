// QEMU's command line for a spec: pure. Everything that QEMU may open arrives as a numbered descriptor, so
// the line names no path of the host and holds nothing secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engines/machines/host.hpp"
#include "engines/machines/spec.hpp"

namespace landfall::machines {

/// The descriptors that QEMU inherits, by number.
struct Inherited {
    std::vector<int> disks;        ///< one for each of spec.disks
    std::optional<int> seed;       ///< read-only
    std::optional<int> code;       ///< UEFI code, read-only
    std::optional<int> variables;  ///< UEFI variables
    int console_log = -1;          ///< opened for appending
    int serial = -1;               ///< listening sockets
    int qmp = -1;
};

struct Launch {
    std::string qemu;
    std::string uuid;
    Acceleration by = Acceleration::tcg;  ///< kvm or tcg
    Bytes translation_cache;
    std::uint16_t ssh_port = 0;  ///< 0: none
    Inherited fds;
};

/// argv, the program first. `spec` is valid.
[[nodiscard]] std::vector<std::string> command_line(const MachineSpec& spec, const Launch& launch);

}  // namespace landfall::machines
