#include "engines/machines/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "engines/machines/unique_fd.hpp"

namespace landfall::machines {

namespace {

constexpr std::uint64_t kPeriod = 100'000;  // microseconds, the kernel's default

Status write_to(const std::string& path, const std::string& text) {
    const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return error_from_errno(errno, "writing " + path);
    return {};
}

bool has_controllers(const std::string& folder) {
    const UniqueFd fd{::open((folder + "/cgroup.controllers").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return false;
    std::array<char, 512> text{};
    const auto got = ::read(fd.get(), text.data(), text.size() - 2);
    if (got <= 0) return false;
    std::string words = " " + std::string{text.data(), static_cast<std::size_t>(got)};
    for (char& c : words) c = c == '\n' ? ' ' : c;
    return words.find(" memory ") != std::string::npos && words.find(" cpu ") != std::string::npos;
}

Status make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return error_from_errno(errno, "making " + path);
}

Status bound(const std::string& folder, const CgroupBounds& bounds, pid_t pid) {
    TRY(write_to(folder + "/memory.max", std::to_string(bounds.memory.count)));
    // Half a CPU more than the guest's, for QEMU's own threads.
    const std::uint64_t quota = bounds.vcpus * kPeriod + kPeriod / 2;
    TRY(write_to(folder + "/cpu.max", std::to_string(quota) + " " + std::to_string(kPeriod)));
    return write_to(folder + "/cgroup.procs", std::to_string(pid));
}

}  // namespace

Status enter_cgroup(const std::string& mount, const MachineId& id, const CgroupBounds& bounds, pid_t pid) {
    if (!has_controllers(mount))
        return Error{Errc::unavailable, "no cgroup v2 with the memory and cpu controllers at " + mount};
    const std::string parent = mount + "/landfall";
    TRY(write_to(mount + "/cgroup.subtree_control", "+memory +cpu"));
    TRY(make_folder(parent));
    TRY(write_to(parent + "/cgroup.subtree_control", "+memory +cpu"));
    const std::string folder = parent + "/" + id.text();
    TRY(make_folder(folder));
    const Status bounded = bound(folder, bounds, pid);
    if (!bounded.ok()) ::rmdir(folder.c_str());
    return bounded;
}

void leave_cgroup(const std::string& mount, const MachineId& id) {
    ::rmdir((mount + "/landfall/" + id.text()).c_str());
}

}  // namespace landfall::machines
