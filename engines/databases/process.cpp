#include "engines/databases/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>

namespace landfall::databases {
namespace {

std::string line_of(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    return line;
}

/// The fields behind the command's name, of which the state (field 3) is the first.
std::string_view behind_name(std::string_view line) {
    const auto close = line.rfind(')');
    return close == std::string_view::npos || close + 2 > line.size() ? std::string_view{}
                                                                      : line.substr(close + 2);
}

}  // namespace

std::optional<std::uint64_t> start_ticks_of(std::string_view stat_line) {
    std::string_view rest = behind_name(stat_line);
    for (int field = 3; field < 22; ++field) {
        const auto space = rest.find(' ');
        if (space == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(space + 1);
    }
    std::uint64_t ticks = 0;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    if (code != std::errc{}) return std::nullopt;
    return ticks;
}

Result<ProcessName> name_of_process(pid_t pid) {
    const std::string line = line_of("/proc/" + std::to_string(pid) + "/stat");
    const auto ticks = start_ticks_of(line);
    const std::string_view rest = behind_name(line);
    if (!ticks || rest.starts_with('Z') || rest.starts_with('X'))
        return Error{Errc::not_found, "no process " + std::to_string(pid)};
    return ProcessName{pid, *ticks, line_of("/proc/sys/kernel/random/boot_id")};
}

Result<UniqueFd> open_process(const ProcessName& name) {
    UniqueFd fd{static_cast<int>(::syscall(SYS_pidfd_open, name.pid, 0U))};
    if (!fd) {
        if (errno == ESRCH) return Error{Errc::not_found, "no process " + std::to_string(name.pid)};
        return error_from_errno(errno, "opening a process");
    }
    // Compared after opening: the descriptor keeps meaning this process even if its pid is reused now.
    const ProcessName found = TRY(name_of_process(name.pid));
    if (found != name)
        return Error{Errc::not_found, "process " + std::to_string(name.pid) + " is another one now"};
    return fd;
}

Status signal_process(const UniqueFd& pidfd, int signal) {
    if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0U) == 0 || errno == ESRCH) return {};
    return error_from_errno(errno, "signalling a process");
}

bool await_end(const UniqueFd& pidfd, Duration limit) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    pollfd waited{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    int ready = 0;
    do ready = ::poll(&waited, 1, static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1'000'000'000)));
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

std::optional<int> reap(const UniqueFd& pidfd) {
    siginfo_t status{};
    if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &status, WEXITED | WNOHANG) != 0)
        return std::nullopt;
    if (status.si_pid == 0) return std::nullopt;
    return status.si_code == CLD_EXITED ? status.si_status : 128 + status.si_status;
}

}  // namespace landfall::databases
