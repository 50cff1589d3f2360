#include "engines/machines/step.hpp"

#include <algorithm>
#include <chrono>

namespace landfall::machines {

namespace {

using std::chrono::seconds;

constexpr Duration kAnswerMax = seconds{30};      // QEMU answers QMP in 50 ms; a loaded machine takes seconds
constexpr Duration kPressEvery = seconds{3};      // a guest that is still booting misses the first press
constexpr Duration kContinueEvery = seconds{10};  // how often a full disk is tried again
constexpr Duration kReconnectEvery = seconds{5};
constexpr std::uint32_t kAttemptsMax = 3;

using After = Lifecycle::After;

Error refused(std::string message) { return Error{Errc::precondition, std::move(message)}; }

/// Collects what a step does to a copy of the state.
class Stepper {
public:
    Stepper(const Lifecycle& life, Moment now) : before_{life}, life_{life}, now_{now} {}

    Result<Step> take(const Event& event) {
        const Status taken = std::visit([this](const auto& e) { return on(e); }, event);
        if (!taken.ok()) return taken.error();
        if (life_.state != before_.state || life_.health != before_.health) effects_.push_back(Effect::tell);
        return Step{std::move(life_), std::move(effects_)};
    }

private:
    using S = MachineState;

    [[nodiscard]] bool alive() const { return life_.state != S::stopped && life_.state != S::terminated; }
    void add(Effect effect) { effects_.push_back(effect); }
    void go(S state, std::string reason) {
        life_.state = state;
        life_.reason = std::move(reason);
        life_.deadline.reset();
        life_.next_press.reset();
    }
    void spawn() {
        ++life_.attempts;
        life_.deadline = now_ + kAnswerMax;
        add(Effect::spawn);
    }
    void kill(std::string reason) {
        go(S::stopping, std::move(reason));
        life_.deadline = now_ + kAnswerMax;  // a process deep in the kernel is killed again
        add(Effect::kill);
    }
    void ended(std::string reason) {
        add(Effect::forget);
        life_.health = Health::good;
        life_.next_continue.reset();
        const After after = std::exchange(life_.after, After::stay);
        if (after == After::remove) {
            go(S::terminated, std::move(reason));
            add(Effect::remove);
        } else if (after == After::start_again) {
            go(S::starting, std::move(reason));
            spawn();
        } else {
            go(S::stopped, std::move(reason));
        }
    }

    Status on(const Ask& ask) {
        if (life_.state == S::terminated || life_.after == After::remove) {
            if (ask.what == Ask::What::terminate) return {};
            return refused("the machine is being terminated");
        }
        switch (ask.what) {
            case Ask::What::start: return start();
            case Ask::What::stop: return stop(ask.grace);
            case Ask::What::reboot: return reboot(ask.grace);
            case Ask::What::pause: return pause();
            case Ask::What::resume: return resume();
            case Ask::What::terminate: return terminate();
        }
        return {};
    }

    Status start() {
        if (life_.state == S::stopping) return refused("the machine is stopping");
        if (life_.state != S::stopped) return {};
        go(S::starting, "");
        life_.health = Health::good;
        life_.attempts = 0;
        life_.origin = Lifecycle::Origin::spawned;
        spawn();
        return {};
    }

    Status stop(Duration grace) {
        if (life_.state == S::stopped) return {};
        life_.after = After::stay;
        // A process that has not answered has no guest to ask; a halted guest does not hear the button.
        const bool deaf = life_.state == S::starting || life_.health == Health::broken;
        if (grace <= Duration{0} || deaf) {
            kill("stopped on request");
        } else if (life_.state == S::stopping) {
            life_.deadline = std::min(life_.deadline.value_or(now_), now_ + grace);
        } else {
            if (life_.state == S::paused) add(Effect::resume);
            go(S::stopping, "asked to switch off");
            life_.deadline = now_ + grace;
            life_.next_press = now_ + kPressEvery;
            add(Effect::press_power);
        }
        add(Effect::record);
        return {};
    }

    Status reboot(Duration grace) {
        if (life_.state != S::running) return refused("only a running machine reboots");
        if (grace <= Duration{0} || life_.health != Health::good) {
            add(Effect::reset);
            // A guest that halted for good (io-error, internal-error) has to be set going again.
            if (life_.health != Health::good) add(Effect::resume);
            life_.health = Health::good;
            return {};
        }
        add(Effect::press_ctrl_alt_del);
        life_.deadline = now_ + grace;
        return {};
    }

    Status pause() {
        if (life_.state == S::paused) return {};
        if (life_.state != S::running) return refused("only a running machine is paused");
        add(Effect::pause);
        return {};
    }

    Status resume() {
        if (life_.state == S::running && life_.health == Health::good) return {};
        if (life_.state != S::paused && life_.state != S::running)
            return refused("the machine is not paused");
        add(Effect::resume);
        return {};
    }

    Status terminate() {
        if (life_.state == S::stopped) {
            add(Effect::record);
            go(S::terminated, "terminated on request");
            add(Effect::remove);
            life_.after = After::remove;
            return {};
        }
        life_.after = After::remove;
        add(Effect::record);
        kill("terminated on request");
        return {};
    }

    Status on(const Spawned& spawned) {
        life_.fallback = spawned.fallback;
        add(Effect::connect);
        return {};
    }

    Status on(const SpawnFailed& failed) {
        if (life_.state == S::stopping || life_.state == S::starting) ended(failed.reason);
        return {};
    }

    Status on(const Found& found) {
        life_.origin = Lifecycle::Origin::adopted;
        life_.after = found.after;
        if (found.after == After::remove) {
            kill("terminated on request");
        } else if (found.stop_in) {
            go(S::stopping, "asked to switch off");
            life_.deadline = now_ + std::max(*found.stop_in, Duration{0});
            life_.next_press = now_;
            add(Effect::connect);
        } else {
            go(S::starting, "found again");
            life_.deadline = now_ + kReconnectEvery;
            add(Effect::connect);
        }
        return {};
    }

    Status on(const Answered& answered) {
        if (life_.health == Health::unreachable) life_.health = Health::good;
        if (life_.state == S::starting)
            go(S::running, "");
        else if (life_.state == S::running)
            life_.deadline.reset();
        return on(StatusSeen{answered.status});
    }

    Status on(const StatusSeen& seen) {
        if (life_.state == S::starting || !alive()) return {};
        switch (seen.status) {
            case RunStatus::running:
                if (life_.state == S::paused) go(S::running, "");
                if (life_.health == Health::disk_full || life_.health == Health::broken)
                    life_.health = Health::good;
                life_.next_continue.reset();
                break;
            case RunStatus::paused:
                if (life_.state == S::running && life_.health == Health::good)
                    go(S::paused, "paused on request");
                break;
            case RunStatus::io_error:
                life_.health = Health::disk_full;
                life_.next_continue = now_ + kContinueEvery;
                break;
            case RunStatus::internal_error: broke(); break;
            case RunStatus::panicked: life_.health = Health::panicked; break;
            case RunStatus::other: break;
        }
        return {};
    }

    void broke() {
        if (life_.fallback == Lifecycle::Fallback::to_tcg) {
            life_.fallback = Lifecycle::Fallback::none;
            add(Effect::distrust_kvm);
            if (life_.state == S::stopping) return;
            go(S::starting, "KVM cannot run this guest: starting again without it");
            life_.after = After::start_again;
            life_.deadline = now_ + kAnswerMax;
            add(Effect::kill);
            return;
        }
        life_.health = Health::broken;
        life_.reason = "the accelerator reported an internal error";
    }

    Status on(const GuestPanicked&) {
        if (!alive()) return {};
        life_.health = Health::panicked;
        life_.reason = "the guest's kernel panicked";
        return {};
    }

    Status on(const GuestReset&) {
        if (!alive()) return {};
        if (life_.state == S::running) life_.deadline.reset();
        if (life_.health == Health::panicked || life_.health == Health::disk_error)
            life_.health = Health::good;
        return {};
    }

    Status on(const GuestOff& off) {
        if (!alive() || life_.after == After::start_again) return {};
        const bool asked = life_.state == S::stopping;
        if (!asked)
            go(S::stopping, off.by_guest ? "the guest switched itself off" : "QEMU was told to end");
        else if (life_.after != After::remove)
            life_.reason = "stopped on request";
        // QEMU ends by itself now; if it hangs on the way, it is killed.
        life_.next_press.reset();
        life_.deadline = now_ + kAnswerMax;
        return {};
    }

    Status on(const DiskFault& fault) {
        if (!alive()) return {};
        if (life_.health == Health::good)
            life_.health = fault.kind == DiskFault::Kind::full ? Health::disk_full : Health::disk_error;
        life_.reason = fault.device + (fault.kind == DiskFault::Kind::full ? ": no space" : ": disk error");
        return {};
    }

    Status on(const ConnectionLost&) {
        // The exit of the process, if that is the cause, arrives by itself.
        if (!alive() || life_.state == S::stopping) return {};
        if (life_.state != S::starting) life_.health = Health::unreachable;
        if (!life_.deadline) life_.deadline = now_ + kReconnectEvery;
        return {};
    }

    Status on(const Exited& exited) {
        if (!alive()) return {};
        const bool retry = life_.state == S::starting && life_.origin == Lifecycle::Origin::spawned &&
                           exited.retry == Exited::Retry::may_help && life_.attempts < kAttemptsMax;
        const bool no_kvm = life_.state == S::starting && life_.fallback == Lifecycle::Fallback::to_tcg &&
                            life_.after == After::stay;
        if (no_kvm) {
            life_.fallback = Lifecycle::Fallback::none;
            add(Effect::distrust_kvm);
        }
        if (retry || no_kvm) {
            add(Effect::forget);
            spawn();
            return {};
        }
        std::string reason = life_.reason;
        if (life_.state == S::stopping && reason == "asked to switch off") reason = "stopped on request";
        if (life_.state != S::stopping)
            reason = exited.last_words.empty() ? "QEMU ended" : "QEMU ended: " + exited.last_words;
        ended(std::move(reason));
        return {};
    }

    Status on(const Tick&) {
        if (life_.deadline && *life_.deadline <= now_) expired();
        if (life_.next_press && *life_.next_press <= now_) {
            life_.next_press = now_ + kPressEvery;
            add(Effect::press_power);
        }
        if (life_.next_continue && *life_.next_continue <= now_) {
            life_.next_continue = now_ + kContinueEvery;
            add(Effect::resume);
        }
        return {};
    }

    void expired() {
        life_.deadline.reset();
        if (life_.state == S::stopping)
            return kill(life_.next_press ? "killed: it did not switch off in time" : life_.reason);
        if (life_.state == S::running && life_.health != Health::unreachable) return add(Effect::reset);
        if (life_.state == S::starting && life_.origin == Lifecycle::Origin::spawned)
            return kill("QEMU did not answer in time");
        // An adopted process that does not answer runs on: its guest may be working.
        if (life_.state == S::starting) life_.state = S::running;
        life_.health = Health::unreachable;
        life_.deadline = now_ + kReconnectEvery;
        add(Effect::connect);
    }

    const Lifecycle& before_;
    Lifecycle life_;
    Moment now_;
    std::vector<Effect> effects_;
};

}  // namespace

Result<Step> step(const Lifecycle& now_is, const Event& event, Moment now) {
    return Stepper{now_is, now}.take(event);
}

std::optional<Moment> next_tick(const Lifecycle& life) {
    std::optional<Moment> first;
    for (const auto& at : {life.deadline, life.next_press, life.next_continue})
        if (at && (!first || *at < *first)) first = at;
    return first;
}

}  // namespace landfall::machines
