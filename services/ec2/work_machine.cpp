#include "services/ec2/work_machine.hpp"

#include <unistd.h>

#include <algorithm>

#include "services/ec2/disk_copy.hpp"
#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"
#include "services/ec2/seed.hpp"
#include "services/ec2/work_import.hpp"

namespace landfall::ec2 {

using jobs::JobContext;
using jobs::StepResult;
using machines::MachineState;

namespace {

/// How often terminated instances are looked through.
constexpr Duration kForgetEvery = std::chrono::minutes{1};

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

Result<machines::MachineSpec> MachineWork::spec_of(const Stored<Instance>& stored) const {
    const Instance& instance = stored.value;
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
    spec.seed = machines::SeedSpec{.meta_data = meta_data(instance, stored.scope.region),
                                   .user_data = instance.user_data,
                                   .network_config = {}};
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
    const auto instance = TRY(parts_.records.find<Instance>(job.params().text("instance")));
    if (instance.value.state != InstanceState::pending) return {};  // terminated meanwhile
    const machines::MachineId id = TRY(machines::MachineId::parse(instance.value.id));
    TRY(parts_.disk.make_directory(host()->folder(id)));
    std::atomic<bool> stop{false};
    for (const BlockDevice& device : instance.value.devices) {
        const std::string path = volume_path(instance.value, device);
        // A file of that name is whole: fill_file() gives it its name only when it is synced.
        if (parts_.disk.stat(path).ok()) continue;
        const auto reader = TRY(parts_.blocks.open(snapshot_ref(device.snapshot_id)));
        const Bytes size = std::max(1_GiB * device.size_gib, reader->root().length);
        CopyControl control{.cancel = &stop};
        control.progress = [&](Bytes done) {
            job.progress(done, size, "filling " + device.volume_id);
            if (job.should_stop()) stop.store(true, std::memory_order_relaxed);
        };
        TRY(fill_file(parts_.disk, *reader, {path, size}, control));
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
    const auto instance = TRY(parts_.records.find<Instance>(job.params().text("instance")));
    if (instance.value.state != InstanceState::pending) return {};
    const machines::MachineSpec spec = TRY(spec_of(instance));
    const Status defined = host()->define(spec);
    if (!defined.ok() && !defined.is(Errc::already_exists)) return defined;
    // Asked again behind define(): a terminate that came in between found no machine to end.
    const auto now = TRY(parts_.records.find<Instance>(instance.value.id));
    if (now.value.state != InstanceState::pending) return destroy(now.value);
    return host()->start(spec.id);
}

StepResult MachineWork::undo(JobContext& job) {
    const auto instance = parts_.records.find<Instance>(job.params().text("instance"));
    if (host() != nullptr && instance.ok()) {
        const auto destroyed = destroy(instance->value);
        if (!destroyed.ok()) return StepResult::from(destroyed.error());
    }
    return StepResult::done();
}

void MachineWork::end_launch(const jobs::Job& job, state::Tx& tx) {
    auto stored = parts_.records.find<Instance>(job.params.text("instance"));
    if (!stored.ok() || stored->value.state == InstanceState::terminated) return;
    if (host() != nullptr) (void)destroy(stored->value).ok();  // reconcile() ends what this could not
    Instance& instance = stored->value;
    instance.state = InstanceState::terminated;
    if (!end_of_life(*stored, tx).ok()) return;  // the next start ends it
    if (job.state == jobs::JobState::failed) {
        instance.reason_code = "Server.InternalError";
        instance.reason = "Server.InternalError: " + job.reason;
        instance.transition = "Server.InternalError";
    }
    tx.update(Records::resource(*stored));
}

/// What comes with the change to terminated, in its transaction.
Status MachineWork::end_of_life(Stored<Instance>& instance, state::Tx& tx) const {
    instance.value.ended = parts_.clock.now();
    instance.value.ssh_port = 0;
    return parts_.records.release(instance, tx);
}

Status MachineWork::power_on(const Stored<Instance>& instance) {
    if (host() == nullptr) return no_machines();
    const machines::MachineSpec spec = TRY(spec_of(instance));
    // Its type and its user data may be others than when it was last on.
    const Status redefined = host()->redefine(spec);
    if (!redefined.ok() && !redefined.is(Errc::precondition)) return redefined;
    return host()->start(spec.id);
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
    TRY(remove_folder(parts_.disk, host()->folder(id)));
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
    Moment looked = parts_.clock.moment();
    while (true) {
        std::map<std::string, machines::MachineView> taken;
        {
            std::unique_lock lock{mutex_};
            news_arrived_.wait_for(lock, kForgetEvery, [this] { return stopping_ || !news_.empty(); });
            if (stopping_) return;  // what is left is found by reconcile() at the next start
            taken.swap(news_);
        }
        for (const auto& [id, view] : taken) apply(view);
        if (parts_.clock.moment() - looked < kForgetEvery) continue;
        looked = parts_.clock.moment();
        (void)forget_ended().ok();  // what could not be forgotten now is looked at again
    }
}

Result<std::size_t> MachineWork::forget_ended() {
    std::size_t forgotten = 0;
    const Instant until = parts_.clock.now() - kEndedIsShown;
    for (const Stored<Instance>& instance : TRY(parts_.records.ended(until))) {
        if (host() != nullptr) {
            const machines::MachineId id = TRY(machines::MachineId::parse(instance.value.id));
            if (host()->view(id).ok()) continue;  // its machine is still being taken apart
            TRY(remove_folder(parts_.disk, host()->folder(id)));
        }
        state::Tx tx{own_cause("ForgetInstance")};
        TRY(parts_.records.release(instance, tx));
        tx.erase(Records::key<Instance>(instance.scope, instance.value.id), instance.version);
        const auto done = parts_.records.store().commit(std::move(tx));
        // Somebody tagged it meanwhile: the next look takes it.
        if (done.is(Errc::precondition) || done.is(Errc::not_found)) continue;
        if (!done.ok()) return done.error();
        ++forgotten;
    }
    return forgotten;
}

void MachineWork::apply(const machines::MachineView& view) {
    const std::optional<InstanceEvent> event = event_of(view);
    if (!event) return;
    const auto found = parts_.records.find<Instance>(view.id.text());
    if (!found.ok()) return;  // not an instance of ours, or erased
    // A pending instance's machine is stopped from its definition until it starts; it says why where it
    // failed to.
    const bool not_started_yet = *event == InstanceEvent::powered_off &&
                                 found->value.state == InstanceState::pending && view.reason.empty();
    if (not_started_yet) return;
    const Scope& scope = found->scope;
    const auto change = [&](Stored<Instance>& stored, state::Tx& tx) -> Status {
        Instance& instance = stored.value;
        const InstanceState before = instance.state;
        instance.state = TRY(next_state(instance.state, *event, instance.id));
        instance.ssh_port = view.state == MachineState::running ? view.ssh_port : std::uint16_t{0};
        if (*event == InstanceEvent::powered_off && instance.reason_code.empty()) {
            instance.reason_code = "Client.InstanceInitiatedShutdown";
            instance.reason = "Client.InstanceInitiatedShutdown: Instance initiated shutdown";
        }
        if (*event == InstanceEvent::booted) instance.reason_code.clear(), instance.reason.clear();
        const bool ends = instance.state == InstanceState::terminated && instance.state != before;
        return ends ? end_of_life(stored, tx) : Status{};
    };
    const auto updated =
        parts_.records.update<Instance>(own_cause("MachineChanged"), scope, view.id.text(), change);
    // A guest that switched itself off ends where its owner asked for that.
    const bool ends_itself = updated.ok() && *event == InstanceEvent::powered_off &&
                             updated->value.shutdown_behavior == "terminate" &&
                             updated->value.state == InstanceState::stopped;
    if (ends_itself) (void)destroy(updated->value).ok();
}

Status MachineWork::reconcile() {
    for (const machines::MachineView& view : host()->list()) machine_changed(view);
    return parts_.records.everywhere<Instance>([&](const Stored<Instance>& instance) -> Status {
        if (instance.value.state == InstanceState::terminated) return {};
        const auto id = machines::MachineId::parse(instance.value.id);
        if (!id.ok()) return {};
        const bool exists = host()->view(*id).ok();
        const InstanceState state = instance.value.state;
        if (state == InstanceState::shutting_down) return destroy(instance.value);
        // Its folder is gone: nothing of it can be started again. A pending one is still being launched by
        // its job.
        if (!exists && state != InstanceState::pending) {
            machines::MachineView gone{.id = *id};
            gone.state = MachineState::terminated;
            machine_changed(gone);
        } else if (exists && state == InstanceState::stopping) {
            TRY(host()->stop(*id, Duration{0}));
        }
        return {};
    });
}

}  // namespace landfall::ec2
