// MachineHost: the machines of one server, each a QEMU process of its own that outlives the server.
//
// Invariants
//   1. A machine's folder, `root`/ID, holds its record (docs/formats/machine.md), console log, sockets,
//      seed and UEFI variables. A machine exists exactly as long as its folder has a record.
//   2. The record names a process before that process runs guest code, so that after kill -9 of the server
//      every running QEMU is found again by open(). A process is ours only if its pid, start time and boot
//      id are the record's, and is shown as running only once it has answered with the record's UUID over
//      QMP; a process that fails the first is never signalled, one that fails the second is let go.
//   3. Two machines never run on one record; one host owns a root at a time (flock).
//   4. The state shown is what QEMU last said, not what was asked for.
//   5. Nothing secret is on a command line. QEMU gets its disks, log and sockets as open files, and no
//      right to open others (README.md has the table of what is enforced where).
//
// Requests are asynchronous: they return once the request is accepted (and recorded where a restart must
// remember it); what comes of it is told to the listener and seen in view(). Every method may be called
// from any thread, except from inside the listener.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "engines/machines/spec.hpp"

namespace landfall::machines {

enum class Acceleration : std::uint8_t { automatic, kvm, tcg };

enum class MachineState : std::uint8_t {
    stopped,   ///< no process
    starting,  ///< a process, which has not answered yet
    running,
    paused,
    stopping,    ///< asked to switch off; killed at its deadline
    terminated,  ///< told once, then the machine is gone
};
[[nodiscard]] std::string_view name_of(MachineState state);

enum class Health : std::uint8_t {
    good,
    panicked,     ///< the guest's kernel said so (pvpanic)
    disk_full,    ///< a write found no space; the guest waits and is continued every 10 s
    disk_error,   ///< a disk reported an error to the guest
    broken,       ///< the accelerator could not go on
    unreachable,  ///< the process lives and does not answer
};
[[nodiscard]] std::string_view name_of(Health health);

/// One line of the isolation table, as it turned out for one machine.
struct Isolation {
    std::string measure;  ///< "user", "mount namespace", "cgroup" …
    bool enforced = false;
    std::string detail;  ///< how, or why not
};

struct MachineView {
    MachineId id;
    MachineState state = MachineState::stopped;
    Health health = Health::good;
    std::string reason;                             ///< why it is in that state, for a person; may be empty
    Acceleration acceleration = Acceleration::tcg;  ///< never automatic while a process exists
    std::int64_t pid = 0;                           ///< 0 without a process
    std::uint16_t ssh_port = 0;                     ///< on 127.0.0.1; 0 when none
    Instant changed;                                ///< of state or health
    Instant started;                                ///< of the last start; zero if never
    std::vector<Isolation> isolation;
};

/// Called on the host's thread (and inside open(), for the machines that it finds), one change at a time,
/// in order; must be quick and must not call the host.
using ChangeListener = UniqueFunction<void(const MachineView&)>;

struct HostSettings {
    std::string root;  ///< made with mode 0700 if its parent exists
    std::string qemu = "/usr/bin/qemu-system-x86_64";
    std::string firmware_code = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    std::string firmware_variables = "/usr/share/OVMF/OVMF_VARS_4M.fd";
    Acceleration acceleration = Acceleration::automatic;
    /// best: everything in README.md's table that this process may do. plain: as this user, for debugging.
    enum class Confinement : std::uint8_t { best, plain };
    Confinement confinement = Confinement::best;
    /// A machine's user is first_uid + its slot; used when this process is root. Shared with no one.
    std::uint32_t first_uid = 720'896;
    std::uint32_t machines_max = 1024;
    Bytes translation_cache = 256_MiB;  ///< TCG's, a machine; the machine's memory limit grows by it
};

class MachineHost {
public:
    /// Finds the machines of `root` and takes the running ones over. `random` and `clock` outlive the host.
    /// Errors: unavailable (another host owns root), not_found (no QEMU), io, corrupt (a record that does
    /// not parse: the message names the file; nothing is deleted).
    static Result<std::unique_ptr<MachineHost>> open(HostSettings settings, Clock& clock, Random& random,
                                                     ChangeListener listener);
    /// Lets go of the machines; they run on.
    virtual ~MachineHost() = default;

    /// Makes the machine, stopped. Durable. already_exists, invalid (spec, or a disk that cannot be
    /// opened), exhausted (machines_max).
    virtual Status define(const MachineSpec& spec) = 0;
    /// Replaces the spec of a stopped machine; precondition otherwise.
    virtual Status redefine(const MachineSpec& spec) = 0;

    /// stopped → starting → running. A start of a running machine succeeds and does nothing.
    virtual Status start(const MachineId& id) = 0;
    /// The power button, pressed again every 3 s; killed after `grace` (0: at once). → stopping → stopped.
    virtual Status stop(const MachineId& id, Duration grace) = 0;
    /// Ctrl-Alt-Del; a hard reset if the guest has not rebooted after `grace` (0: at once).
    virtual Status reboot(const MachineId& id, Duration grace) = 0;
    virtual Status pause(const MachineId& id) = 0;
    virtual Status resume(const MachineId& id) = 0;
    /// Kills it if need be and removes its folder, with every disk inside it. Works in every state, is
    /// never undone by a crash, and ends with one change to `terminated`.
    virtual Status terminate(const MachineId& id) = 0;

    [[nodiscard]] virtual Result<MachineView> view(const MachineId& id) const = 0;
    [[nodiscard]] virtual std::vector<MachineView> list() const = 0;
    /// Waits until the machine is in that state (terminated: until it is gone). timeout after `limit`;
    /// precondition as soon as it went elsewhere for good (asked for running, now stopped).
    virtual Result<MachineView> wait_for(const MachineId& id, MachineState state, Duration limit) = 0;

    /// The folder in which a caller may keep this machine's disks: it goes with the machine.
    [[nodiscard]] virtual std::string folder(const MachineId& id) const = 0;
    /// The last `limit` bytes (at most 64 KiB) that the guest wrote to its serial port since its last
    /// start. Reads disk. Also after it stopped.
    [[nodiscard]] virtual Result<std::string> console(const MachineId& id, Bytes limit) const = 0;
    /// The guest's screen as a PNG. precondition without a process. Waits up to 5 s for QEMU.
    virtual Result<std::vector<std::byte>> screenshot(const MachineId& id) = 0;

    /// What runs guests here: kvm or tcg, and one sentence of why. The first call may probe (up to 10 s);
    /// the answer is kept in `root` for this boot of the machine.
    struct Accelerated {
        Acceleration by = Acceleration::tcg;
        std::string why;
    };
    virtual Result<Accelerated> acceleration() = 0;
};

}  // namespace landfall::machines
