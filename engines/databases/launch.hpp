// Starts one program of a database server with as few rights as this process can give it, in two phases: the
// child waits, harmless, until its pid is on record; only then does it confine itself and become the program.
// If the parent dies in between, the child ends.
//
// Invariants
//   1. Between clone and exec the child makes system calls only: no allocation, no lock, no library state.
//   2. Of the parent's descriptors the child keeps its log (as standard output and error), and no other.
//   3. The child is in a session of its own: a signal to the server's terminal or process group does not
//      reach it.
// Threads: any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engines/databases/unique_fd.hpp"

namespace landfall::databases {

/// Where a database's folder stands for a program that sees nothing else of the server's files.
inline constexpr std::string_view kSeenFolder = "/mnt";

struct Program {
    std::vector<std::string> argv;
    std::string folder;  ///< the working directory
    /// own: `folder` is at kSeenFolder, its file `passwd` stands for /etc/passwd, processes are its own.
    enum class Sight : std::uint8_t { whole, own } sight = Sight::whole;
    std::optional<std::uint32_t> uid;  ///< and gid; absent: this process's own
    UniqueFd log;                      ///< becomes standard output and error
};

/// A child that waits. Destroying it without release() ends the child.
class Launching {
public:
    Launching(pid_t pid, UniqueFd pidfd, UniqueFd go, UniqueFd verdict)
        : pid_{pid}, pidfd_{std::move(pidfd)}, go_{std::move(go)}, verdict_{std::move(verdict)} {}
    Launching(Launching&& other) noexcept
        : pid_{std::exchange(other.pid_, 0)},
          pidfd_{std::move(other.pidfd_)},
          go_{std::move(other.go_)},
          verdict_{std::move(other.verdict_)} {}
    Launching& operator=(Launching&&) = delete;
    ~Launching();
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Lets the child go on and waits until it has become the program. On an error ("mounting …") the child
    /// has ended and was reaped.
    Result<UniqueFd> release() &&;

private:
    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd go_;
    UniqueFd verdict_;
};

/// Blocks for a few milliseconds. `program` is used up.
Result<Launching> launch(Program program);
/// Runs it to its end and answers its exit status (128 + signal). Killed, with timeout, after `limit`.
Result<int> run_program(Program program, Duration limit);

/// Whether namespaces can be had, with the reason if not. Tries it on a child that ends at once; `folder`
/// exists and has a file passwd.
[[nodiscard]] Status try_own_sight(const std::string& folder, std::uint32_t uid);

}  // namespace landfall::databases
