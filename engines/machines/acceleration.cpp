#include "engines/machines/acceleration.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engines/machines/boot_probe.hpp"
#include "engines/machines/process.hpp"

namespace landfall::machines {

namespace {

constexpr int kProbeMillis = 5000;
constexpr Bytes kRememberedMax = 4_KiB;

MachineHost::Accelerated tcg(std::string why) { return {Acceleration::tcg, std::move(why)}; }

Result<UniqueFd> memory_file(const char* name) {
    const int fd = ::memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return error_from_errno(errno, "making a file in memory");
    return UniqueFd{fd};
}

Result<UniqueFd> boot_disk() {
    UniqueFd fd = TRY(memory_file("boot-probe"));
    std::array<std::uint8_t, 512> sector{};
    std::memcpy(sector.data(), kBootProbe.data(), kBootProbe.size());
    sector[510] = 0x55;
    sector[511] = 0xaa;
    if (::pwrite(fd.get(), sector.data(), sector.size(), 0) != static_cast<ssize_t>(sector.size()))
        return error_from_errno(errno, "writing the boot sector");
    return fd;
}

/// Waits for the process; nullopt when it had to be killed, its exit status otherwise.
std::optional<int> outcome(const UniqueFd& pidfd) {
    pollfd wait{pidfd.get(), POLLIN, 0};
    const bool ended = ::poll(&wait, 1, kProbeMillis) > 0;
    if (!ended) (void)kill_process(pidfd);
    siginfo_t status{};
    while (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &status, WEXITED) < 0 && errno == EINTR) {}
    if (!ended) return std::nullopt;
    return status.si_code == CLD_EXITED ? status.si_status : -1;
}

std::string first_line(const UniqueFd& log) {
    std::array<char, 200> text{};
    const auto got = ::pread(log.get(), text.data(), text.size(), 0);
    if (got <= 0) return "no message";
    const std::string_view all{text.data(), static_cast<std::size_t>(got)};
    return std::string{all.substr(0, all.find('\n'))};
}

Result<MachineHost::Accelerated> probe(const HostSettings& settings, const Confinement& confinement,
                                       const std::string& folder) {
    if (::access("/dev/kvm", F_OK) != 0) return tcg("there is no /dev/kvm");
    LaunchPlan plan;
    // clang-format off
    plan.argv = {settings.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-machine",
                 "pc,usb=off", "-accel", "kvm", "-cpu", "host", "-m", "64",
                 "-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-add-fd", "fd=3,set=1",
                 "-blockdev", "driver=raw,node-name=probe,file.driver=file,file.filename=/dev/fdset/1",
                 "-device", "ide-hd,drive=probe"};
    // clang-format on
    plan.fds.push_back(TRY(boot_disk()));
    UniqueFd log = TRY(memory_file("boot-probe-log"));
    plan.log = UniqueFd{::fcntl(log.get(), F_DUPFD_CLOEXEC, 3)};
    plan.kvm = LaunchPlan::Kvm::given;
    if (confinement.level != Confinement::Level::none) plan.uid = settings.first_uid;
    if (confinement.level == Confinement::Level::full) plan.root = folder;
    Launching started = TRY(launch(std::move(plan)));
    const UniqueFd pidfd = TRY(std::move(started).release());
    const auto status = outcome(pidfd);
    if (status == kProbePassed)
        return MachineHost::Accelerated{Acceleration::kvm, "a test guest ran under KVM"};
    if (!status) return tcg("a test guest did not get to its end under KVM: " + first_line(log));
    return tcg("QEMU refused KVM: " + first_line(log));
}

}  // namespace

MachineHost::Accelerated probe_kvm(const HostSettings& settings, const Confinement& confinement,
                                   const std::string& folder) {
    auto found = probe(settings, confinement, folder);
    if (!found.ok()) return tcg("KVM could not be tried: " + found.error().message());
    return std::move(found).value();
}

std::optional<MachineHost::Accelerated> remembered_acceleration(Disk& disk, const std::string& root) {
    const auto bytes = disk.read_all(root + "/acceleration", kRememberedMax);
    if (!bytes.ok()) return std::nullopt;
    // "BOOT-ID kvm|tcg WHY": of another boot, or unreadable, it is as if it were not there.
    const std::string_view text = text_of(*bytes);
    const std::string boot = boot_id();
    if (boot.empty() || !text.starts_with(boot + " ") || text.size() < boot.size() + 5) return std::nullopt;
    const std::string_view by = text.substr(boot.size() + 1, 4);
    std::string why{text.substr(boot.size() + 5)};
    while (!why.empty() && why.back() == '\n') why.pop_back();
    if (by == "kvm ") return MachineHost::Accelerated{Acceleration::kvm, why};
    if (by == "tcg ") return MachineHost::Accelerated{Acceleration::tcg, why};
    return std::nullopt;
}

Status remember_acceleration(Disk& disk, const std::string& root, const MachineHost::Accelerated& found) {
    const char* by = found.by == Acceleration::kvm ? " kvm " : " tcg ";
    const std::string text = boot_id() + by + found.why + "\n";
    return disk.replace(root + "/acceleration", bytes_of(text));
}

}  // namespace landfall::machines
