// Which process is meant: a pid alone is reused; a pid with its start time and the machine's boot is not.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engines/databases/unique_fd.hpp"

namespace landfall::databases {

struct ProcessName {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< field 22 of /proc/PID/stat, clock ticks since boot
    std::string boot;               ///< /proc/sys/kernel/random/boot_id
    bool operator==(const ProcessName&) const = default;
};

/// Field 22 of a line as /proc/PID/stat has it; the command's name may hold spaces and parentheses.
[[nodiscard]] std::optional<std::uint64_t> start_ticks_of(std::string_view stat_line);
/// not_found when there is no such process, or only its exit status is left.
[[nodiscard]] Result<ProcessName> name_of_process(pid_t pid);
/// A pidfd of exactly that process; not_found when it is gone. From here on a signal hits no other one.
[[nodiscard]] Result<UniqueFd> open_process(const ProcessName& name);

/// A process that has ended already is fine.
[[nodiscard]] Status signal_process(const UniqueFd& pidfd, int signal);
/// False when `limit` passed first. Blocks.
[[nodiscard]] bool await_end(const UniqueFd& pidfd, Duration limit);
/// Takes the exit status if the process is our child: 0, the exit code, or 128 + the signal; nullopt where
/// it is not ours to take. Call when it has ended.
std::optional<int> reap(const UniqueFd& pidfd);

}  // namespace landfall::databases
