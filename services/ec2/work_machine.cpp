#include "services/ec2/work_machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "services/ec2/disk_copy.hpp"
#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"
#include "services/ec2/work_import.hpp"

namespace landfall::ec2 {

using jobs::JobContext;
using jobs::StepResult;
using machines::MachineState;

namespace {

Error no_machines() {
    return Error{Errc::unavailable, "this server runs no machines: QEMU is not installed"};
}

state::Cause own_cause(std::string_view operation) {
    state::Cause cause;
    cause.actor = "landfall";
    cause.service = "ec2";
    cause.operation = operation;
    return cause;
}

std::string meta_data(const Instance& instance, std::string_view region) {
    return "instance-id: " + instance.id +
           "\nlocal-hostname: " + private_dns_name(instance.private_address, region) + "\n";
}

std::optional<InstanceEvent> event_of(const machines::MachineView& view) {
    switch (view.state) {
        case MachineState::running:
        case MachineState::paused: return InstanceEvent::booted;
        case MachineState::stopped: return InstanceEvent::powered_off;
        case MachineState::terminated: return InstanceEvent::gone;
        case MachineState::starting:
        case MachineState::stopping: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

MachineWork::~MachineWork() { stop(); }

jobs::JobKind MachineWork::kind() {
    jobs::JobKind kind;
    kind.name = kLaunchJob;
    kind.steps.push_back({"volumes", [this](JobContext& job) { return volumes(job); }});
    kind.steps.push_back({"boot", [this](JobContext& job) { return boot(job); }});
    kind.steps.push_back({"undo", [this](JobContext& job) { return undo(job); }});
    kind.cancel_step = "undo";
    kind.on_unfinished = [this](const jobs::Job& job, state::Tx& tx) { end_launch(job, tx); };
    kind.runners = 2;
    kind.attempts_max = 3;
    return kind;
}

std::string MachineWork::volume_path(const Instance& instance, const BlockDevice& device) const {
    const auto id = machines::MachineId::parse(instance.id);
    return host()->folder(*id) + "/" + device.volume_id + ".raw";
}

Result<machines::MachineSpec> MachineWork::spec_of(const Instance& instance) const {
    const InstanceType* type = find_instance_type(instance.type);
    if (type == nullptr) return Error{Errc::invalid, "no such instance type: " + instance.type};
    machines::MachineSpec spec{.id = TRY(machines::MachineId::parse(instance.id))};
    const auto cores = static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    spec.vcpus = std::min(type->vcpus, cores);
    spec.memory = 1_MiB * type->memory_mib;
    spec.firmware =
        instance.boot_mode == BootMode::legacy_bios ? machines::Firmware::bios : machines::Firmware::uefi;
    for (const BlockDevice& device : instance.devices) {
        machines::DiskSpec disk{.file = volume_path(instance, device)};
        disk.serial = device.volume_id.substr(0, 3) + device.volume_id.substr(4);
        spec.disks.push_back(std::move(disk));
    }
    spec.network.mac = TRY(machines::MacAddress::parse(instance.mac_address));
    spec.smbios = {
        .manufacturer = "Landfall", .product = instance.type, .version = {}, .serial = instance.id};
    spec.seed = machines::SeedSpec{
        .meta_data = meta_data(instance, "us-east-1"), .user_data = instance.user_data, .network_config = {}};
    return spec;
}

StepResult MachineWork::volumes(JobContext& job) {
    const Status filled = fill_volumes(job);
    if (filled.ok()) return StepResult::next("boot", {});
    if (filled.is(Errc::cancelled)) return StepResult::next("volumes", {});
    return StepResult::from(filled.error());
}

Status MachineWork::fill_volumes(JobContext& job) {
    if (host() == nullptr) return no_machines();
    const auto instance = TRY(records_.find<Instance>(job.params().text("instance")));
    if (instance.value.state != InstanceState::pending) return {};  // terminated meanwhile
    const machines::MachineId id = TRY(machines::MachineId::parse(instance.value.id));
    std::error_code code;
    std::filesystem::create_directories(host()->folder(id), code);
    if (code) return error_from_errno(code.value(), "creating the machine's folder");
    std::atomic<bool> stop{false};
    for (const BlockDevice& device : instance.value.devices) {
        const std::string path = volume_path(instance.value, device);
        // A file of that name is whole: fill_file() gives it its name only when it is synced.
        if (std::filesystem::exists(path, code)) continue;
        const auto reader = TRY(blocks_.open(snapshot_ref(device.snapshot_id)));
        const Bytes size = std::max(1_GiB * device.size_gib, reader->root().length);
        CopyControl control{.cancel = &stop};
        control.progress = [&](Bytes done) {
            job.progress(done, size, "filling " + device.volume_id);
            if (job.should_stop()) stop.store(true, std::memory_order_relaxed);
        };
        TRY(fill_file(*reader, path, size, control));
    }
    return {};
}

StepResult MachineWork::boot(JobContext& job) {
    const Status started = define_and_start(job);
    if (!started.ok()) return StepResult::from(started.error());
    return StepResult::done();
}

Status MachineWork::define_and_start(JobContext& job) {
    if (host() == nullptr) return no_machines();
    const auto instance = TRY(records_.find<Instance>(job.params().text("instance")));
    if (instance.value.state != InstanceState::pending) return {};
    const machines::MachineSpec spec = TRY(spec_of(instance.value));
    const Status defined = host()->define(spec);
    if (!defined.ok() && !defined.is(Errc::already_exists)) return defined;
    // Asked again behind define(): a terminate that came in between found no machine to end.
    const auto now = TRY(records_.find<Instance>(instance.value.id));
    if (now.value.state != InstanceState::pending) return destroy(now.value);
    return host()->start(spec.id);
}

StepResult MachineWork::undo(JobContext& job) {
    const auto instance = records_.find<Instance>(job.params().text("instance"));
    if (host() != nullptr && instance.ok()) {
        const auto destroyed = destroy(instance->value);
        if (!destroyed.ok()) return StepResult::from(destroyed.error());
    }
    return StepResult::done();
}

void MachineWork::end_launch(const jobs::Job& job, state::Tx& tx) {
    auto stored = records_.find<Instance>(job.params.text("instance"));
    if (!stored.ok() || stored->value.state == InstanceState::terminated) return;
    if (host() != nullptr) (void)destroy(stored->value).ok();  // reconcile() ends what this could not
    Instance& instance = stored->value;
    instance.state = InstanceState::terminated;
    if (job.state == jobs::JobState::failed) {
        instance.reason_code = "Server.InternalError";
        instance.reason = "Server.InternalError: " + job.reason;
        instance.transition = "Server.InternalError";
    }
    tx.update(Records::resource(*stored));
}

Status MachineWork::power_on(const Instance& instance) {
    if (host() == nullptr) return no_machines();
    return host()->start(TRY(machines::MachineId::parse(instance.id)));
}

Status MachineWork::power_off(const Instance& instance, Duration grace) {
    if (host() == nullptr) return no_machines();
    return host()->stop(TRY(machines::MachineId::parse(instance.id)), grace);
}

Status MachineWork::reboot(const Instance& instance) {
    if (host() == nullptr) return no_machines();
    // EC2: a hard reboot follows when the guest has not rebooted by itself after four minutes.
    return host()->reboot(TRY(machines::MachineId::parse(instance.id)), std::chrono::minutes{4});
}

Status MachineWork::destroy(const Instance& instance) {
    if (host() == nullptr) return no_machines();
    const machines::MachineId id = TRY(machines::MachineId::parse(instance.id));
    const Status ended = host()->terminate(id);
    if (!ended.is(Errc::not_found)) return ended;
    // It was never defined: only its folder with half-made volumes may be there.
    std::error_code code;
    std::filesystem::remove_all(host()->folder(id), code);
    if (code) return error_from_errno(code.value(), "removing the machine's folder");
    machines::MachineView gone{.id = id};
    gone.state = MachineState::terminated;
    machine_changed(gone);
    return {};
}

// ---- the machines' news ----

Status MachineWork::start(machines::MachineHost& host, ThreadStarter& threads) {
    host_.store(&host);
    {
        const std::lock_guard lock{mutex_};
        stopping_ = false;
    }
    TRY(reconcile());
    follower_ = threads.start("ec2.machines", [this] { follow(); });
    return {};
}

void MachineWork::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    news_arrived_.notify_all();
    if (follower_.joinable()) follower_.join();
    host_.store(nullptr);
}

void MachineWork::machine_changed(const machines::MachineView& view) {
    {
        const std::lock_guard lock{mutex_};
        news_.insert_or_assign(view.id.text(), view);
    }
    news_arrived_.notify_all();
}

void MachineWork::follow() {
    while (true) {
        std::map<std::string, machines::MachineView> taken;
        {
            std::unique_lock lock{mutex_};
            news_arrived_.wait(lock, [this] { return stopping_ || !news_.empty(); });
            if (stopping_) return;  // what is left is found by reconcile() at the next start
            taken.swap(news_);
        }
        for (const auto& [id, view] : taken) apply(view);
    }
}

void MachineWork::apply(const machines::MachineView& view) {
    const std::optional<InstanceEvent> event = event_of(view);
    if (!event) return;
    const auto found = records_.find<Instance>(view.id.text());
    if (!found.ok()) return;  // not an instance of ours, or erased
    // A pending instance's machine is stopped from its definition until it starts; it says why where it
    // failed to.
    const bool not_started_yet = *event == InstanceEvent::powered_off &&
                                 found->value.state == InstanceState::pending && view.reason.empty();
    if (not_started_yet) return;
    const Scope& scope = found->scope;
    const auto change = [&](Instance& instance) -> Status {
        instance.state = TRY(next_state(instance.state, *event, instance.id));
        instance.ssh_port = view.state == MachineState::running ? view.ssh_port : std::uint16_t{0};
        if (*event == InstanceEvent::powered_off && instance.reason_code.empty()) {
            instance.reason_code = "Client.InstanceInitiatedShutdown";
            instance.reason = "Client.InstanceInitiatedShutdown: Instance initiated shutdown";
        }
        if (*event == InstanceEvent::booted) instance.reason_code.clear(), instance.reason.clear();
        return {};
    };
    const auto updated =
        records_.update<Instance>(own_cause("MachineChanged"), scope, view.id.text(), change);
    // A guest that switched itself off ends where its owner asked for that.
    const bool ends_itself = updated.ok() && *event == InstanceEvent::powered_off &&
                             updated->value.shutdown_behavior == "terminate" &&
                             updated->value.state == InstanceState::stopped;
    if (ends_itself) (void)destroy(updated->value).ok();
}

Status MachineWork::reconcile() {
    for (const machines::MachineView& view : host()->list()) machine_changed(view);
    for (const Stored<Instance>& instance : TRY(records_.everywhere<Instance>())) {
        if (instance.value.state == InstanceState::terminated) continue;
        const auto id = machines::MachineId::parse(instance.value.id);
        if (!id.ok()) continue;
        const bool exists = host()->view(*id).ok();
        const InstanceState state = instance.value.state;
        if (state == InstanceState::shutting_down) {
            TRY(destroy(instance.value));
        } else if (!exists && state != InstanceState::pending) {
            // Its folder is gone: nothing of it can be started again. A pending one is still being launched
            // by its job.
            machines::MachineView gone{.id = *id};
            gone.state = MachineState::terminated;
            machine_changed(gone);
        } else if (exists && state == InstanceState::stopping) {
            TRY(host()->stop(*id, Duration{0}));
        }
    }
    return {};
}

}  // namespace landfall::ec2
