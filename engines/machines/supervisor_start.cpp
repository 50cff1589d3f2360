// The supervisor's beginnings: of the host (load), of a machine (define) and of its process
// (start_process).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "engines/machines/cgroup.hpp"
#include "engines/machines/command_line.hpp"
#include "engines/machines/seed_disk.hpp"
#include "engines/machines/supervisor.hpp"

namespace landfall::machines {

namespace {

constexpr Bytes kFirmwareMax = 16_MiB;
constexpr Bytes kOverhead = 512_MiB;  // QEMU itself, its screen, its I/O buffers

Result<UniqueFd> open_file(const std::string& path, int flags) {
    UniqueFd fd{::open(path.c_str(), flags | O_CLOEXEC, 0600)};
    if (!fd) return error_from_errno(errno, "opening " + path);
    return fd;
}

Result<UniqueFd> open_disk(const DiskSpec& disk) {
    UniqueFd fd = TRY(open_file(disk.file, disk.access == DiskAccess::read_only ? O_RDONLY : O_RDWR));
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return error_from_errno(errno, "looking at " + disk.file);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return Error{Errc::invalid, disk.file + " is neither a file nor a block device"};
    return fd;
}

/// A port of the loopback address that is free now. `wanted` is tried first.
Result<std::uint16_t> free_port(std::uint16_t wanted) {
    for (const std::uint16_t port : {wanted, std::uint16_t{0}}) {
        const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (!fd) return error_from_errno(errno, "making a socket");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) continue;
        if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;
        return ntohs(address.sin_port);
    }
    return Error{Errc::exhausted, "no port is free on the loopback address"};
}

/// Hands descriptors to a plan and says under which number the program finds them.
class Handover {
public:
    explicit Handover(LaunchPlan& plan) : plan_{plan} {}
    int give(UniqueFd fd) {
        plan_.fds.push_back(std::move(fd));
        return 2 + static_cast<int>(plan_.fds.size());
    }

private:
    LaunchPlan& plan_;
};

}  // namespace

Status Supervisor::load() {
    const auto names = TRY(disk_.list(settings_.root));
    for (const std::string& name : names) {
        if (name.starts_with(".gone-")) {
            std::error_code ignored;
            std::filesystem::remove_all(settings_.root + "/" + name, ignored);
            continue;
        }
        if (MachineId::parse(name).ok()) TRY(adopt(name));
    }
    return {};
}

Status Supervisor::adopt(const std::string& name) {
    const std::string folder = settings_.root + "/" + name;
    const auto stat = disk_.stat(folder);
    if (!stat.ok() || stat->kind != FileKind::directory) return {};
    auto loaded = load_record(disk_, folder);
    // A folder without a record: its owner has put a disk there and has not defined the machine yet.
    if (loaded.is(Errc::not_found)) return {};
    if (!loaded.ok()) return loaded.error();
    if (loaded->spec.id.text() != name)
        return Error{Errc::corrupt, folder + "/machine.json is the record of another machine"};
    const MachineId id = loaded->spec.id;
    Machine& machine = machines_.emplace(id, std::move(loaded).value()).first->second;
    machine.changed = clock_.now();
    const bool remove = machine.record.intent == Record::Intent::remove;
    UniqueFd process;
    if (machine.record.process) {
        auto opened = open_process(machine.record.process->name);
        if (opened.ok())
            process = std::move(opened).value();
        else if (!opened.is(Errc::not_found))
            return opened.error();
    }
    if (process) {
        machine.pidfd = std::move(process);
        Found found{.after = remove ? Lifecycle::After::remove : Lifecycle::After::stay};
        if (machine.record.intent == Record::Intent::stop)
            found.stop_in = machine.record.stop_by - clock_.now();
        feed(id, found);
        return {};
    }
    if (machine.record.process) {
        machine.life.reason = "it ended while no server looked after it";
        forget(id, machine);
    }
    if (remove)
        (void)ask(id, Ask{Ask::What::terminate});
    else
        tells_.changed(view_of(machine));
    return {};
}

Result<std::uint32_t> Supervisor::free_slot() const {
    std::set<std::uint32_t> taken;
    for (const auto& [id, machine] : machines_) taken.insert(machine.record.slot);
    // Slot 0 is the probe's.
    for (std::uint32_t slot = 1; slot <= settings_.machines_max; ++slot)
        if (!taken.contains(slot)) return slot;
    return Error{Errc::exhausted,
                 "this host has " + std::to_string(settings_.machines_max) + " machines, its limit"};
}

Status Supervisor::prepare_folder(const MachineSpec& spec) {
    for (const DiskSpec& disk : spec.disks) TRY(open_disk(disk));
    const std::string folder = folder_of(spec.id);
    TRY(disk_.make_directory(folder));
    TRY(disk_.make_directory(folder + "/root"));
    TRY(disk_.sync_directory(settings_.root));
    if (spec.seed) TRY(disk_.replace(folder + "/seed.img", seed_disk(*spec.seed)));
    if (spec.firmware == Firmware::uefi && !disk_.stat(folder + "/uefi_variables.fd").ok()) {
        const auto blank = TRY(disk_.read_all(settings_.firmware_variables, kFirmwareMax));
        TRY(disk_.replace(folder + "/uefi_variables.fd", blank));
    }
    return {};
}

Status Supervisor::define(const MachineSpec& spec) {
    TRY(validate(spec));
    if (find(spec.id) != nullptr) return Error{Errc::already_exists, "machine " + spec.id.text() + " exists"};
    const auto slot = TRY(free_slot());
    Record record{.spec = spec, .slot = slot};
    if (record.spec.uuid.empty()) record.spec.uuid = random_.uuid();
    TRY(prepare_folder(spec));
    if (record.spec.seed) record.spec.seed.emplace();  // the contents are in the seed's file, and only there
    TRY(save_record(disk_, folder_of(spec.id), record));
    Machine& machine = machines_.emplace(spec.id, std::move(record)).first->second;
    machine.changed = clock_.now();
    tells_.changed(view_of(machine));
    return {};
}

Status Supervisor::redefine(const MachineSpec& spec) {
    TRY(validate(spec));
    Machine* machine = find(spec.id);
    if (machine == nullptr) return Error{Errc::not_found, "no machine " + spec.id.text()};
    if (machine->life.state != MachineState::stopped)
        return Error{Errc::precondition, "machine " + spec.id.text() + " is not stopped"};
    TRY(prepare_folder(spec));
    Record record = machine->record;
    record.spec = spec;
    if (record.spec.uuid.empty()) record.spec.uuid = machine->record.spec.uuid;
    if (record.spec.seed) record.spec.seed.emplace();
    TRY(save_record(disk_, folder_of(spec.id), record));
    machine->record = std::move(record);
    return {};
}

void Supervisor::start_process(const MachineId& id, Machine& machine) {
    if (!accelerated_) {
        waiting_for_acceleration_.insert(id);
        return tells_.needs_acceleration();
    }
    const Status started = start_process_now(machine, *accelerated_);
    if (!started.ok()) return feed(id, SpawnFailed{started.error().message()});
    const bool may_fall_back =
        settings_.acceleration == Acceleration::automatic && accelerated_->by == Acceleration::kvm;
    feed(id, Spawned{may_fall_back ? Lifecycle::Fallback::to_tcg : Lifecycle::Fallback::none});
}

Result<LaunchPlan> Supervisor::plan_of(const Machine& machine, Acceleration by,
                                       std::uint16_t ssh_port) const {
    const MachineSpec& spec = machine.record.spec;
    const std::string folder = folder_of(spec.id);
    LaunchPlan plan;
    Handover hand{plan};
    Launch line{.qemu = settings_.qemu, .uuid = spec.uuid, .by = by, .ssh_port = ssh_port};
    line.translation_cache = settings_.translation_cache;
    for (const DiskSpec& disk : spec.disks) line.fds.disks.push_back(hand.give(TRY(open_disk(disk))));
    if (spec.seed) line.fds.seed = hand.give(TRY(open_file(folder + "/seed.img", O_RDONLY)));
    if (spec.firmware == Firmware::uefi) {
        line.fds.code = hand.give(TRY(open_file(settings_.firmware_code, O_RDONLY)));
        line.fds.variables = hand.give(TRY(open_file(folder + "/uefi_variables.fd", O_RDWR)));
    }
    line.fds.console_log =
        hand.give(TRY(open_file(folder + "/console.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)));
    line.fds.serial = hand.give(TRY(listen_at(folder, "serial.sock")));
    line.fds.qmp = hand.give(TRY(listen_at(folder, "qmp.sock")));
    plan.log = TRY(open_file(folder + "/qemu.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND));
    plan.argv = command_line(spec, line);
    plan.kvm = by == Acceleration::kvm ? LaunchPlan::Kvm::given : LaunchPlan::Kvm::hidden;
    if (confinement_.level != Confinement::Level::none) plan.uid = settings_.first_uid + machine.record.slot;
    if (confinement_.level == Confinement::Level::full) plan.root = folder + "/root";
    return plan;
}

Isolation Supervisor::bound_resources(const Machine& machine, pid_t pid) const {
    const MachineSpec& spec = machine.record.spec;
    if (confinement_.level == Confinement::Level::none) return {"memory and CPU", false, confinement_.reason};
    const CgroupBounds bounds{spec.memory + settings_.translation_cache + kOverhead, spec.vcpus};
    const Status entered = enter_cgroup(kCgroupMount, spec.id, bounds, pid);
    if (!entered.ok()) return {"memory and CPU", false, entered.error().message()};
    return {"memory and CPU", true, "cgroup landfall/" + spec.id.text()};
}

Status Supervisor::start_process_now(Machine& machine, const MachineHost::Accelerated& by) {
    std::uint16_t port = 0;
    const NetworkSpec& network = machine.record.spec.network;
    if (network.reach != NetworkSpec::Reach::none && network.ssh == NetworkSpec::Ssh::forwarded)
        port = TRY(free_port(0));
    LaunchPlan plan = TRY(plan_of(machine, by.by, port));
    std::vector<Isolation> isolation = isolation_of(plan);
    Launching waiting = TRY(launch(std::move(plan)));
    isolation.push_back(bound_resources(machine, waiting.pid()));
    RunningProcess process{.name = TRY(name_of_process(waiting.pid())), .by = by.by, .ssh_port = port};
    process.started = clock_.now();
    process.isolation = std::move(isolation);
    // From here on a crash of this server finds the process; it does nothing before release().
    Record record = machine.record;
    record.process = std::move(process);
    record.intent = Record::Intent::none;
    TRY(save_record(disk_, folder_of(record.spec.id), record));
    machine.record = std::move(record);
    auto released = std::move(waiting).release();
    if (!released.ok()) {
        machine.record.process.reset();
        return std::move(released).error().in("starting QEMU");
    }
    machine.pidfd = std::move(released).value();
    machine.console_looked_at = clock_.moment();
    return {};
}

}  // namespace landfall::machines
