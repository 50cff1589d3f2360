// Starts one program with as few rights as this process can give it, in two phases: the child waits,
// harmless, until its pid is on record; only then does it confine itself and become the program. If the
// parent dies in between, the child ends.
//
// Invariants
//   1. Between clone and exec the child makes system calls only: no allocation, no lock, no library state.
//   2. Of the parent's descriptors the child keeps the ones listed, as 3, 4, 5 …, and no other.
//   3. The child is in a session of its own: a signal to the server's terminal or process group does not
//      reach it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "engines/machines/host.hpp"
#include "engines/machines/unique_fd.hpp"

namespace landfall::machines {

struct LaunchPlan {
    std::vector<std::string> argv;
    std::vector<UniqueFd> fds;
    UniqueFd log;  ///< becomes standard output and error
    /// A directory on which the program's whole file system is built: /usr (read-only), a few devices, no
    /// more. Absent: the program sees this process's files.
    std::optional<std::string> root;
    std::optional<std::uint32_t> uid;  ///< and gid; absent: this process's own
    enum class Kvm : std::uint8_t { hidden, given };
    Kvm kvm = Kvm::hidden;
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
    /// Lets the child go on and waits until it has become the program. On an error ("binding /usr: …") the
    /// child has ended and was reaped.
    Result<UniqueFd> release() &&;

private:
    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd go_;
    UniqueFd verdict_;
};

/// Blocks for a few milliseconds. `plan` is used up.
Result<Launching> launch(LaunchPlan plan);

/// What a plan enforces, for the machine's view.
[[nodiscard]] std::vector<Isolation> isolation_of(const LaunchPlan& plan);

/// The strictest plan that works here: whether namespaces and another user can be had, with the reason if
/// not. Tries it on a child that ends at once.
struct Confinement {
    enum class Level : std::uint8_t { full, user, none };
    Level level = Level::none;
    std::string reason;
};
[[nodiscard]] Confinement strictest_confinement(const std::string& root, std::uint32_t uid);

}  // namespace landfall::machines
