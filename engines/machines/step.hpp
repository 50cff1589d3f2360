// The life of one machine as a pure function: what it is, what happened, what to do next. No clock, no
// disk, no process; MachineHost carries the effects out and feeds back what came of them.
//
// Invariants
//   1. `stopped` means that no process exists; only Exited, Gone and SpawnFailed lead there.
//   2. Once terminate was accepted, the only states that follow are stopping and terminated.
//   3. Every state that waits for something has a deadline after which something else is done; nothing
//      waits for ever except `running` and `paused`.
//   4. Each change of state or health yields exactly one `tell`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engines/machines/host.hpp"

namespace landfall::machines {

/// QEMU's own word for what it does ("query-status"), as far as we act on it.
enum class RunStatus : std::uint8_t { running, paused, io_error, internal_error, panicked, other };

struct Lifecycle {
    MachineState state = MachineState::stopped;
    Health health = Health::good;
    std::string reason;
    enum class After : std::uint8_t { stay, start_again, remove };
    After after = After::stay;            ///< what follows when the process has ended
    std::optional<Moment> deadline;       ///< of the state, or of a reboot
    std::optional<Moment> next_press;     ///< of the power button, while stopping
    std::optional<Moment> next_continue;  ///< while the disk is full
    std::uint32_t attempts = 0;           ///< spawns since it was asked to start
    enum class Origin : std::uint8_t { spawned, adopted };
    Origin origin = Origin::spawned;
    /// Whether another accelerator may be tried when this one breaks.
    enum class Fallback : std::uint8_t { none, to_tcg };
    Fallback fallback = Fallback::none;
    bool operator==(const Lifecycle&) const = default;
};

struct Ask {
    enum class What : std::uint8_t { start, stop, reboot, pause, resume, terminate };
    What what = What::start;
    Duration grace{0};
};
struct Spawned {
    Lifecycle::Fallback fallback = Lifecycle::Fallback::none;
};
struct SpawnFailed {
    std::string reason;
};
/// The host found this machine's process at open(); `stop_in` is what was left of a stop's grace.
struct Found {
    std::optional<Duration> stop_in;
    Lifecycle::After after = Lifecycle::After::stay;
};
/// QMP is up and its UUID is ours.
struct Answered {
    RunStatus status = RunStatus::running;
};
struct StatusSeen {
    RunStatus status = RunStatus::running;
};
struct GuestPanicked {};
struct GuestReset {};
struct GuestOff {
    bool by_guest = true;
};
struct DiskFault {
    enum class Kind : std::uint8_t { full, error };
    Kind kind = Kind::error;
    std::string device;
};
struct ConnectionLost {};
struct Exited {
    std::string last_words;  ///< the last line of QEMU's own log
    enum class Retry : std::uint8_t { no, may_help };
    Retry retry = Retry::no;  ///< may_help: the forwarded port was taken meanwhile
};
struct Tick {};

using Event = std::variant<Ask, Spawned, SpawnFailed, Found, Answered, StatusSeen, GuestPanicked, GuestReset,
                           GuestOff, DiskFault, ConnectionLost, Exited, Tick>;

enum class Effect : std::uint8_t {
    spawn,
    connect,  ///< open QMP (again)
    press_power,
    press_ctrl_alt_del,
    reset,
    pause,
    resume,
    kill,
    ask_status,
    record,  ///< make the intent (stop, remove) durable
    forget,  ///< the process is gone: close, remove its sockets, record that there is none
    remove,  ///< remove the machine's folder
    distrust_kvm,
    tell,
};

struct Step {
    Lifecycle next;
    std::vector<Effect> effects;  ///< in this order
};

/// precondition when the request does not fit the state; then nothing changed.
[[nodiscard]] Result<Step> step(const Lifecycle& now_is, const Event& event, Moment now);

/// The earliest time at which a Tick would do something.
[[nodiscard]] std::optional<Moment> next_tick(const Lifecycle& life);

}  // namespace landfall::machines
