// Which process is meant: a pid alone is reused, a pid with its start time and the machine's boot is not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "engines/machines/unique_fd.hpp"

namespace landfall::machines {

struct ProcessName {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< field 22 of /proc/PID/stat, clock ticks since boot
    std::string boot;               ///< /proc/sys/kernel/random/boot_id
    bool operator==(const ProcessName&) const = default;
};

[[nodiscard]] std::string boot_id();
/// not_found when there is no such process, or only its exit status is left.
[[nodiscard]] Result<ProcessName> name_of_process(pid_t pid);
/// Field 22 of a line as /proc/PID/stat has it; the command's name may hold spaces and parentheses.
[[nodiscard]] std::optional<std::uint64_t> start_ticks_of(std::string_view stat_line);

/// A pidfd of exactly that process; not_found when it is gone. From here on, a signal cannot hit another
/// one.
[[nodiscard]] Result<UniqueFd> open_process(const ProcessName& name);
/// SIGKILL; a process that has ended already is fine.
[[nodiscard]] Status kill_process(const UniqueFd& pidfd);
/// Takes the exit status if the process is our child; nothing otherwise. Call when the pidfd is readable.
void reap_process(const UniqueFd& pidfd);

}  // namespace landfall::machines
