#include "apps/landfall/doctor.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <ostream>
#include <string_view>
#include <thread>

#include "base/result.hpp"

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

std::string find_program(std::string_view name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin";
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        const fs::path candidate = fs::path{rest.substr(0, colon)} / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return {};
}

Finding program(std::string_view name, Health without, std::string_view needed_for,
                std::string_view package) {
    const std::string found = find_program(name);
    if (!found.empty()) return {std::string{name}, Health::good, found, ""};
    return {std::string{name}, without, "not found: needed " + std::string{needed_for},
            "apt-get install " + std::string{package}};
}

Finding processors() {
    const unsigned n = std::thread::hardware_concurrency();
    return {"processors", n >= 2 ? Health::good : Health::weak, std::to_string(n),
            n >= 2 ? "" : "imports and ingest use as many cores as there are"};
}

Finding kvm() {
    constexpr std::string_view kWithout = "guests run under TCG, about ten times slower";
    const int fd = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        std::string advice{kWithout};
        if (errno == EACCES) advice += "; add the server's user to the group kvm";
        return {"kvm", Health::weak, error_from_errno(errno, "/dev/kvm").message(), std::move(advice)};
    }
    // What else was put in its place, as in some containers, opens too and does not know the question.
    const int version = ::ioctl(fd, KVM_GET_API_VERSION, 0);
    ::close(fd);
    if (version != KVM_API_VERSION)
        return {"kvm", Health::weak, "/dev/kvm opens and is not KVM's", std::string{kWithout}};
    return {"kvm", Health::good,
            "/dev/kvm answers; the server probes at first use whether guests start under it", ""};
}

Finding disk_space(const fs::path& directory) {
    fs::path existing = directory.empty() ? fs::current_path() : fs::absolute(directory);
    while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
    struct statvfs st {};
    if (::statvfs(existing.c_str(), &st) != 0 || ::access(existing.c_str(), W_OK | X_OK) != 0)
        return {"disk", Health::bad, error_from_errno(errno, existing.string()).message(),
                "check the data path: the server must be able to write there"};
    // Some file systems (btrfs) count no inodes and say 0 of 0.
    if (st.f_files > 0 && st.f_favail == 0)
        return {"disk", Health::bad, "no inode free at " + existing.string(), "files must be deleted there"};
    const std::uint64_t free_gib = (static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize) >> 30;
    const Health health = free_gib >= 20 ? Health::good : free_gib >= 2 ? Health::weak : Health::bad;
    return {"disk", health, std::to_string(free_gib) + " GiB free at " + existing.string(),
            health == Health::good ? "" : "writes are refused when the disk is full; deletes go on"};
}

Finding port(const Settings& settings) {
    const std::string where = settings.listen_host + ":" + std::to_string(settings.listen_port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(settings.listen_port);
    if (::inet_pton(AF_INET, settings.listen_host.c_str(), &address.sin_addr) != 1)
        return {"port", Health::weak, where + " is not an IPv4 address: not tried", ""};
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return {"port", Health::bad, error_from_errno(errno, "socket").message(), "raise the file limit"};
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int refused = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    ::close(fd);
    if (refused == 0) return {"port", Health::good, where + " is free", ""};
    return {"port", Health::weak, error_from_errno(refused, where).message(),
            "a server may be running there already: landfall status"};
}

Finding files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const bool enough = limit.rlim_max >= 65536;
    return {"open files", enough ? Health::good : Health::weak, "limit " + std::to_string(limit.rlim_max),
            enough ? "" : "ulimit -n 1048576 (systemd: LimitNOFILE=)"};
}

/// Whoever reads this file is root of every account.
Finding credentials(const fs::path& directory) {
    const fs::path file = directory / "credentials";
    struct stat st {};
    if (::stat(file.c_str(), &st) != 0) {
        return {"credentials", Health::good, "none yet: the server's first start writes them", ""};
    }
    const bool open = (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    return {"credentials", open ? Health::bad : Health::good,
            file.string() + (open ? " is open to others" : " is its owner's only"),
            open ? "chmod 600 " + file.string() : ""};
}

Finding firmware() {
    for (const char* path : {"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"})
        if (fs::exists(path)) return {"uefi firmware", Health::good, path, ""};
    return {"uefi firmware", Health::weak, "not found: needed by guests with boot mode uefi",
            "apt-get install ovmf"};
}

Finding cgroups() {
    const bool v2 = fs::exists("/sys/fs/cgroup/cgroup.controllers");
    const bool writable = v2 && ::access("/sys/fs/cgroup/cgroup.subtree_control", W_OK) == 0;
    return {"cgroups", writable ? Health::good : Health::weak,
            !v2 ? "no cgroup v2" : (writable ? "v2, writable" : "v2, read-only"),
            writable ? "" : "guests run without memory and CPU limits of their own"};
}

}  // namespace

std::vector<Finding> examine(const Settings& settings) {
    return {processors(),
            files(),
            disk_space(settings.data_directory),
            credentials(settings.data_directory),
            port(settings),
            program("qemu-system-x86_64", Health::bad, "to run instances", "qemu-system-x86"),
            firmware(),
            kvm(),
            cgroups(),
            program("aws", Health::weak, "by people, not by the server", "awscli")};
}

int print_findings(const std::vector<Finding>& findings, std::ostream& out) {
    constexpr std::array<std::string_view, 3> kMarks{"ok  ", "weak", "BAD "};
    bool bad = false;
    for (const Finding& finding : findings) {
        out << kMarks[static_cast<std::size_t>(finding.health)] << "  " << std::left << std::setw(20)
            << finding.subject << finding.told << '\n';
        if (!finding.advice.empty())
            out << "      " << std::setw(20) << ""
                << "-> " << finding.advice << '\n';
        bad = bad || finding.health == Health::bad;
    }
    return bad ? 1 : 0;
}

}  // namespace landfall::app
