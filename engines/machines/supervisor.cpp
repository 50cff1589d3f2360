#include "engines/machines/supervisor.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "engines/machines/acceleration.hpp"
#include "engines/machines/cgroup.hpp"
#include "engines/machines/console_log.hpp"

namespace landfall::machines {

namespace {

constexpr Duration kConsoleEvery = std::chrono::seconds{10};
constexpr Duration kShotMax = std::chrono::seconds{5};
constexpr Bytes kPictureMax = 64_MiB;
constexpr std::size_t kShotsMax = 4;

/// The last line that QEMU wrote about itself.
std::string last_line(const std::string& path) {
    auto text = read_console(path, 4_KiB);
    if (!text.ok()) return {};
    while (!text->empty() && text->back() == '\n') text->pop_back();
    const auto start = text->rfind('\n');
    return start == std::string::npos ? std::move(text).value() : text->substr(start + 1);
}

Result<std::vector<std::byte>> content_of(const UniqueFd& fd) {
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return error_from_errno(errno, "looking at the picture");
    if (st.st_size <= 0 || static_cast<std::uint64_t>(st.st_size) > kPictureMax.count)
        return Error{Errc::io, "QEMU gave no picture"};
    std::vector<std::byte> bytes(static_cast<std::size_t>(st.st_size));
    if (::pread(fd.get(), bytes.data(), bytes.size(), 0) != st.st_size)
        return Error{Errc::io, "the picture could not be read"};
    return bytes;
}

}  // namespace

Supervisor::Supervisor(const HostSettings& settings, Confinement confinement, Clock& clock, Random& random,
                       Disk& disk, SupervisorTells tells)
    : settings_{settings},
      confinement_{std::move(confinement)},
      clock_{clock},
      random_{random},
      disk_{disk},
      tells_{std::move(tells)} {
    if (settings_.acceleration == Acceleration::automatic)
        accelerated_ = remembered_acceleration(disk_, settings_.root);
    else
        accelerated_ = MachineHost::Accelerated{settings_.acceleration, "chosen in the settings"};
}

Supervisor::~Supervisor() {
    for (auto& [id, machine] : machines_) drop_shots(machine, Error{Errc::cancelled, "the host is closing"});
}

Supervisor::Machine* Supervisor::find(const MachineId& id) {
    const auto at = machines_.find(id);
    return at == machines_.end() ? nullptr : &at->second;
}

MachineView Supervisor::view_of(const Machine& machine) const {
    MachineView view{.id = machine.record.spec.id};
    view.state = machine.life.state;
    view.health = machine.life.health;
    view.reason = machine.life.reason;
    view.changed = machine.changed;
    if (const auto& process = machine.record.process) {
        view.acceleration = process->by;
        view.pid = process->name.pid;
        view.ssh_port = process->ssh_port;
        view.started = process->started;
        view.isolation = process->isolation;
    }
    return view;
}

void Supervisor::feed(const MachineId& id, const Event& event) {
    pending_.emplace_back(id, event);
    drain();
}

void Supervisor::drain() {
    // An effect that feeds an event comes back here: the event waits until the effects before it are
    // carried out.
    if (draining_) return;
    draining_ = true;
    while (!pending_.empty()) {
        const auto [id, event] = std::move(pending_.front());
        pending_.pop_front();
        // Only a request can be refused, and those do not come this way.
        (void)take_step(id, event);
    }
    draining_ = false;
}

Status Supervisor::take_step(const MachineId& id, const Event& event) {
    Machine* machine = find(id);
    if (machine == nullptr) return Error{Errc::not_found, "no machine " + id.text()};
    Step next = TRY(step(machine->life, event, clock_.moment()));
    const bool changed = next.next.state != machine->life.state || next.next.health != machine->life.health;
    machine->life = std::move(next.next);
    if (changed) machine->changed = clock_.now();
    carry_out(id, next.effects);
    return {};
}

Status Supervisor::ask(const MachineId& id, const Ask& request) {
    draining_ = true;
    const Status taken = take_step(id, request);
    draining_ = false;
    drain();
    return taken;
}

void Supervisor::carry_out(const MachineId& id, const std::vector<Effect>& effects) {
    for (const Effect effect : effects) {
        // `remove` is an effect too, and leaves nothing to act on.
        Machine* machine = find(id);
        if (machine == nullptr) return;
        carry_out_one(id, *machine, effect);
    }
}

void Supervisor::carry_out_one(const MachineId& id, Machine& machine, Effect effect) {
    switch (effect) {
        case Effect::spawn: return start_process(id, machine);
        case Effect::connect: return connect(id, machine);
        case Effect::press_power: return send(id, machine, "system_powerdown");
        case Effect::press_ctrl_alt_del:
            // QMP's send-key needs an array; the monitor's own command does not.
            return send(id, machine, "human-monitor-command",
                        {{"command-line", std::string{"sendkey ctrl-alt-delete"}}});
        case Effect::reset: return send(id, machine, "system_reset");
        case Effect::pause: return send(id, machine, "stop");
        case Effect::resume: return send(id, machine, "cont");
        case Effect::kill: return kill(id, machine);
        case Effect::ask_status: return send(id, machine, "query-status");
        case Effect::record: return save_intent(machine);
        case Effect::forget: return forget(id, machine);
        case Effect::distrust_kvm: return distrust_kvm();
        case Effect::tell: return tells_.changed(view_of(machine));
        case Effect::remove: break;
    }
    // The new name is what a crash finds: then the removal is finished at the next start.
    const MachineView last = view_of(machine);
    const std::string folder = folder_of(id);
    const std::string gone = settings_.root + "/.gone-" + id.text() + "-" + random_.hex(8);
    (void)disk_.rename(folder, gone);
    (void)disk_.sync_directory(settings_.root);
    std::error_code ignored;
    std::filesystem::remove_all(gone, ignored);
    machines_.erase(id);
    tells_.changed(last);
}

void Supervisor::connect(const MachineId& id, Machine& machine) {
    machine.identified = false;
    machine.qmp.reset();
    auto channel = QmpChannel::connect(folder_of(id));
    if (!channel.ok()) return feed(id, ConnectionLost{});
    machine.qmp.emplace(std::move(channel).value());
}

void Supervisor::send(const MachineId& id, Machine& machine, std::string_view command,
                      const std::vector<QmpArgument>& arguments) {
    if (!machine.qmp || !machine.identified) return;
    const auto sent = machine.qmp->send(command, arguments);
    if (!sent.ok()) return lose(id, machine);
    if (command == "query-status") machine.status_id = *sent;
}

void Supervisor::lose(const MachineId& id, Machine& machine) {
    machine.qmp.reset();
    machine.identified = false;
    drop_shots(machine, Error{Errc::unavailable, "QEMU does not answer"});
    feed(id, ConnectionLost{});
}

void Supervisor::kill(const MachineId& id, Machine& machine) {
    // Without a process there is nothing to wait for: it was still waiting for the probe of the
    // accelerator.
    if (!machine.pidfd) return feed(id, Exited{});
    (void)kill_process(machine.pidfd);
}

void Supervisor::save_intent(Machine& machine) {
    Record& record = machine.record;
    if (machine.life.after == Lifecycle::After::remove)
        record.intent = Record::Intent::remove;
    else if (machine.life.state == MachineState::stopping)
        record.intent = Record::Intent::stop;
    else
        record.intent = Record::Intent::none;
    if (machine.life.deadline) record.stop_by = clock_.now() + (*machine.life.deadline - clock_.moment());
    // Not being able to write this down costs the memory of the request after a crash, not the request.
    (void)save_record(disk_, folder_of(record.spec.id), record);
}

void Supervisor::forget(const MachineId& id, Machine& machine) {
    machine.pidfd.reset();
    machine.qmp.reset();
    machine.identified = false;
    waiting_for_acceleration_.erase(id);
    drop_shots(machine, Error{Errc::precondition, "the machine ended"});
    leave_cgroup(kCgroupMount, id);
    const std::string folder = folder_of(id);
    for (const char* name : {"/qmp.sock", "/serial.sock"}) (void)disk_.unlink(folder + name);
    machine.record.process.reset();
    if (machine.record.intent == Record::Intent::stop) machine.record.intent = Record::Intent::none;
    (void)save_record(disk_, folder, machine.record);
}

void Supervisor::distrust_kvm() {
    if (settings_.acceleration != Acceleration::automatic) return;
    accelerated_ = MachineHost::Accelerated{Acceleration::tcg, "KVM stopped in the middle of a guest"};
    (void)remember_acceleration(disk_, settings_.root, *accelerated_);
}

std::vector<pollfd> Supervisor::watched() const {
    std::vector<pollfd> all;
    for (const auto& [id, machine] : machines_) {
        // A negative descriptor is one that poll passes over: the places stay two a machine.
        all.push_back({machine.pidfd.get(), POLLIN, 0});
        all.push_back({machine.qmp ? machine.qmp->fd() : -1, POLLIN, 0});
    }
    return all;
}

std::optional<Moment> Supervisor::wake_at() const {
    std::optional<Moment> first;
    const auto consider = [&](Moment at) { first = first ? std::min(*first, at) : at; };
    for (const auto& [id, machine] : machines_) {
        if (const auto at = next_tick(machine.life)) consider(*at);
        if (machine.pidfd) consider(machine.console_looked_at + kConsoleEvery);
        for (const auto& [command, shot] : machine.shots) consider(shot.deadline);
    }
    return first;
}

void Supervisor::turn(const std::vector<pollfd>& ready) {
    struct Turn {
        MachineId id;
        bool ended;
        bool spoke;
    };
    std::vector<Turn> turns;
    std::size_t at = 0;
    for (const auto& [id, machine] : machines_) {
        const bool known = at + 1 < ready.size() && ready[at].fd == machine.pidfd.get();
        turns.push_back({id, known && ready[at].revents != 0, known && ready[at + 1].revents != 0});
        at += 2;
    }
    for (const Turn& each : turns) {
        // What QEMU said last (that the guest switched off) comes before that it ended.
        if (Machine* machine = find(each.id); machine != nullptr && each.spoke) hear(each.id, *machine);
        if (Machine* machine = find(each.id); machine != nullptr && each.ended)
            process_ended(each.id, *machine);
        if (Machine* machine = find(each.id); machine != nullptr) look_at_time(each.id, *machine);
    }
}

void Supervisor::look_at_time(const MachineId& id, Machine& machine) {
    const Moment now = clock_.moment();
    if (machine.pidfd && machine.console_looked_at + kConsoleEvery <= now) {
        machine.console_looked_at = now;
        // A guest can make QEMU complain about it without end, too.
        for (const char* log : {"/console.log", "/qemu.log"}) (void)trim_console(folder_of(id) + log);
    }
    std::vector<std::uint64_t> late;
    for (const auto& [command, shot] : machine.shots)
        if (shot.deadline <= now) late.push_back(command);
    for (const std::uint64_t command : late)
        finish_shot(machine, command, Error{Errc::timeout, "QEMU gave no picture in time"});
    const auto tick = next_tick(machine.life);
    if (tick && *tick <= now) feed(id, Tick{});
}

void Supervisor::process_ended(const MachineId& id, Machine& machine) {
    if (machine.qmp) hear(id, machine);
    Machine* still = find(id);
    if (still == nullptr || !still->pidfd) return;
    reap_process(still->pidfd);
    Exited exited{last_line(folder_of(id) + "/qemu.log")};
    if (exited.last_words.find("host forwarding") != std::string::npos)
        exited.retry = Exited::Retry::may_help;
    feed(id, exited);
}

void Supervisor::hear(const MachineId& id, Machine& machine) {
    if (!machine.qmp) return;
    const auto messages = machine.qmp->receive();
    if (!messages.ok()) return lose(id, machine);
    for (const QmpMessage& message : *messages) {
        Machine* still = find(id);
        if (still == nullptr || !still->qmp) return;
        hear_one(id, *still, message);
    }
}

void Supervisor::hear_one(const MachineId& id, Machine& machine, const QmpMessage& message) {
    if (std::holds_alternative<QmpGreeting>(message)) {
        const auto enabled = machine.qmp->send("qmp_capabilities");
        const auto uuid = machine.qmp->send("query-uuid");
        const auto status = machine.qmp->send("query-status");
        if (!enabled.ok() || !uuid.ok() || !status.ok()) return lose(id, machine);
        machine.uuid_id = *uuid;
        machine.status_id = *status;
        return;
    }
    if (const auto* answer = std::get_if<QmpReturn>(&message)) return hear_return(id, machine, *answer);
    if (const auto* error = std::get_if<QmpError>(&message))
        return finish_shot(machine, error->id, Error{Errc::io, "QEMU: " + error->text});
    if (!machine.identified) return;
    const auto& event = std::get<QmpEvent>(message);
    // STOP alone does not say why: an I/O error, an internal error and a request look the same.
    if (event.name == "STOP") return send(id, machine, "query-status");
    for (const Event& meaning : meaning_of(event)) feed(id, meaning);
}

void Supervisor::hear_return(const MachineId& id, Machine& machine, const QmpReturn& answer) {
    if (answer.id == machine.uuid_id && !machine.identified) {
        machine.identified = answer.uuid == machine.record.spec.uuid;
        if (machine.identified) return;
        // Whoever this is, it is not ours: let go of it without touching it.
        machine.pidfd.reset();
        return feed(id, Exited{"its process answered with another UUID"});
    }
    if (answer.id == machine.status_id) {
        const RunStatus status = run_status_of(answer.status);
        const bool waiting =
            machine.life.state == MachineState::starting || machine.life.health == Health::unreachable;
        if (waiting) return feed(id, Answered{status});
        return feed(id, StatusSeen{status});
    }
    if (machine.shots.contains(answer.id)) finish_shot(machine, answer.id, {});
}

void Supervisor::screenshot(const MachineId& id, ScreenshotReply reply) {
    Machine* machine = find(id);
    if (machine == nullptr) return reply(Error{Errc::not_found, "no machine " + id.text()});
    if (!machine->qmp || !machine->identified)
        return reply(Error{Errc::precondition, "the machine has no screen while it is not running"});
    if (machine->shots.size() >= kShotsMax)
        return reply(Error{Errc::exhausted, "the machine's picture is being taken already"});
    UniqueFd picture{::memfd_create("screenshot", MFD_CLOEXEC)};
    if (!picture) return reply(error_from_errno(errno, "making room for the picture"));
    // QEMU takes a descriptor of a set only if it was opened the way it would open the file.
    const std::string path = "/proc/self/fd/" + std::to_string(picture.get());
    const UniqueFd writing{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!writing) return reply(error_from_errno(errno, "making room for the picture"));
    const std::uint64_t set = 1000 + random_.below(1'000'000'000);
    const auto added = machine->qmp->send("add-fd", {{"fdset-id", set}}, writing.get());
    const auto taken = machine->qmp->send(
        "screendump", {{"filename", "/dev/fdset/" + std::to_string(set)}, {"format", std::string{"png"}}});
    const auto removed = machine->qmp->send("remove-fd", {{"fdset-id", set}});
    if (!added.ok() || !taken.ok() || !removed.ok()) {
        reply(Error{Errc::unavailable, "QEMU does not answer"});
        return lose(id, *machine);
    }
    machine->shots.emplace(*taken, Shot{std::move(picture), clock_.moment() + kShotMax, std::move(reply)});
}

void Supervisor::finish_shot(Machine& machine, std::uint64_t id, const Status& taken) {
    const auto at = machine.shots.find(id);
    if (at == machine.shots.end()) return;
    Shot shot = std::move(at->second);
    machine.shots.erase(at);
    if (!taken.ok()) return shot.reply(taken.error());
    shot.reply(content_of(shot.picture));
}

void Supervisor::drop_shots(Machine& machine, const Error& why) {
    auto shots = std::exchange(machine.shots, {});
    for (auto& [command, shot] : shots) shot.reply(why);
}

std::optional<MachineHost::Accelerated> Supervisor::acceleration() {
    if (!accelerated_) tells_.needs_acceleration();
    return accelerated_;
}

void Supervisor::acceleration_known(const MachineHost::Accelerated& found) {
    accelerated_ = found;
    (void)remember_acceleration(disk_, settings_.root, found);
    for (const MachineId& id : std::exchange(waiting_for_acceleration_, {})) {
        Machine* machine = find(id);
        if (machine != nullptr && machine->life.state == MachineState::starting) start_process(id, *machine);
    }
}

}  // namespace landfall::machines
