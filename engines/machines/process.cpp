#include "engines/machines/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace landfall::machines {

namespace {

std::string read_small(const std::string& path) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return {};
    std::array<char, 4096> buffer{};
    const auto got = ::read(fd.get(), buffer.data(), buffer.size());
    return got > 0 ? std::string{buffer.data(), static_cast<std::size_t>(got)} : std::string{};
}

/// The fields behind the command's name, of which the state (field 3) is the first.
std::string_view behind_name(std::string_view stat_line) {
    const auto close = stat_line.rfind(')');
    if (close == std::string_view::npos || close + 2 > stat_line.size()) return {};
    return stat_line.substr(close + 2);
}

}  // namespace

std::string boot_id() {
    std::string text = read_small("/proc/sys/kernel/random/boot_id");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::optional<std::uint64_t> start_ticks_of(std::string_view stat_line) {
    std::string_view rest = behind_name(stat_line);
    for (int field = 3; field < 22; ++field) {
        const auto space = rest.find(' ');
        if (space == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(space + 1);
    }
    std::uint64_t ticks = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    if (parsed.ec != std::errc{}) return std::nullopt;
    return ticks;
}

Result<ProcessName> name_of_process(pid_t pid) {
    const std::string line = read_small("/proc/" + std::to_string(pid) + "/stat");
    const std::string_view rest = behind_name(line);
    const auto ticks = start_ticks_of(line);
    if (!ticks || rest.starts_with('Z') || rest.starts_with('X'))
        return Error{Errc::not_found, "no process " + std::to_string(pid)};
    return ProcessName{pid, *ticks, boot_id()};
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

Status kill_process(const UniqueFd& pidfd) {
    if (::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0U) == 0 || errno == ESRCH) return {};
    return error_from_errno(errno, "killing a process");
}

void reap_process(const UniqueFd& pidfd) {
    siginfo_t status{};
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &status, WEXITED | WNOHANG);
}

}  // namespace landfall::machines
