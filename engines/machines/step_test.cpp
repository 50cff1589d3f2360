#include "engines/machines/step.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.hpp"

namespace landfall::machines {
namespace {

using std::chrono::seconds;
using After = Lifecycle::After;

bool has(const Step& step, Effect effect) {
    return std::find(step.effects.begin(), step.effects.end(), effect) != step.effects.end();
}

/// A life that is fed events, with a clock that the test moves.
class Life {
public:
    Step feed(const Event& event) {
        auto taken = step(life, event, now);
        EXPECT_TRUE(taken.ok()) << (taken.ok() ? "" : taken.error().message());
        if (!taken.ok()) return {};
        life = taken->next;
        return std::move(taken).value();
    }
    Result<Step> try_feed(const Event& event) const { return step(life, event, now); }
    void run() {
        feed(Ask{Ask::What::start});
        feed(Spawned{});
        feed(Answered{});
        ASSERT_EQ(life.state, MachineState::running);
    }
    Step later(Duration by) {
        now = now + by;
        return feed(Tick{});
    }
    Lifecycle life;
    Moment now{1'000'000'000'000};
};

TEST(Step, a_machine_runs_only_once_its_qemu_has_answered) {
    Life m;
    const Step started = m.feed(Ask{Ask::What::start});
    EXPECT_TRUE(has(started, Effect::spawn));
    EXPECT_TRUE(has(started, Effect::tell));
    EXPECT_TRUE(has(m.feed(Spawned{}), Effect::connect));
    EXPECT_EQ(m.life.state, MachineState::starting);
    m.feed(Answered{RunStatus::running});
    EXPECT_EQ(m.life.state, MachineState::running);
    EXPECT_FALSE(m.life.deadline.has_value());
}

TEST(Step, a_qemu_that_never_answers_is_killed_and_the_machine_stops) {
    Life m;
    m.feed(Ask{Ask::What::start});
    m.feed(Spawned{});
    EXPECT_TRUE(has(m.later(seconds{31}), Effect::kill));
    EXPECT_TRUE(has(m.later(seconds{31}), Effect::kill)) << "the first kill may not have been enough";
    m.feed(Exited{});
    EXPECT_EQ(m.life.state, MachineState::stopped);
    EXPECT_EQ(m.life.reason, "QEMU did not answer in time");
}

TEST(Step, a_failed_spawn_stops_the_machine_with_its_reason) {
    Life m;
    m.feed(Ask{Ask::What::start});
    const Step failed = m.feed(SpawnFailed{"no such disk"});
    EXPECT_EQ(m.life.state, MachineState::stopped);
    EXPECT_EQ(m.life.reason, "no such disk");
    EXPECT_TRUE(has(failed, Effect::forget));
}

TEST(Step, a_start_is_repeated_only_where_repeating_can_help_and_not_for_ever) {
    Life m;
    m.feed(Ask{Ask::What::start});
    for (int attempt = 1; attempt < 3; ++attempt)
        EXPECT_TRUE(has(m.feed(Exited{"port taken", Exited::Retry::may_help}), Effect::spawn));
    EXPECT_FALSE(has(m.feed(Exited{"port taken", Exited::Retry::may_help}), Effect::spawn));
    EXPECT_EQ(m.life.state, MachineState::stopped);
    m.feed(Ask{Ask::What::start});
    EXPECT_FALSE(has(m.feed(Exited{"bad option"}), Effect::spawn));
    EXPECT_EQ(m.life.reason, "QEMU ended: bad option");
}

TEST(Step, a_stop_presses_the_button_until_the_guest_is_off_or_its_grace_is_over) {
    Life m;
    m.run();
    EXPECT_TRUE(has(m.feed(Ask{Ask::What::stop, seconds{10}}), Effect::press_power));
    EXPECT_EQ(m.life.state, MachineState::stopping);
    EXPECT_TRUE(has(m.later(seconds{3}), Effect::press_power));
    EXPECT_TRUE(has(m.later(seconds{3}), Effect::press_power));
    EXPECT_TRUE(has(m.later(seconds{4}), Effect::kill));
    m.feed(Exited{});
    EXPECT_EQ(m.life.state, MachineState::stopped);
    EXPECT_EQ(m.life.reason, "killed: it did not switch off in time");
}

TEST(Step, a_guest_that_switches_off_on_request_is_not_killed) {
    Life m;
    m.run();
    m.feed(Ask{Ask::What::stop, seconds{10}});
    m.feed(GuestOff{});
    EXPECT_FALSE(m.life.next_press.has_value());
    m.feed(Exited{});
    EXPECT_EQ(m.life.reason, "stopped on request");
    EXPECT_FALSE(next_tick(m.life).has_value());
}

TEST(Step, a_guest_that_switches_itself_off_is_stopped) {
    Life m;
    m.run();
    m.feed(GuestOff{});
    EXPECT_EQ(m.life.state, MachineState::stopping);
    m.feed(Exited{});
    EXPECT_EQ(m.life.state, MachineState::stopped);
    EXPECT_EQ(m.life.reason, "the guest switched itself off");
}

TEST(Step, terminate_wins_over_everything_and_is_never_refused) {
    Life m;
    m.run();
    m.feed(Ask{Ask::What::stop, seconds{100}});
    const Step asked = m.feed(Ask{Ask::What::terminate});
    EXPECT_TRUE(has(asked, Effect::kill));
    EXPECT_TRUE(has(asked, Effect::record));
    EXPECT_TRUE(m.try_feed(Ask{Ask::What::start}).is(Errc::precondition));
    EXPECT_TRUE(m.try_feed(Ask{Ask::What::terminate}).ok());
    const Step gone = m.feed(Exited{});
    EXPECT_EQ(m.life.state, MachineState::terminated);
    EXPECT_TRUE(has(gone, Effect::remove));
}

TEST(Step, terminate_of_a_stopped_machine_removes_it_at_once) {
    Life m;
    const Step gone = m.feed(Ask{Ask::What::terminate});
    EXPECT_EQ(m.life.state, MachineState::terminated);
    EXPECT_TRUE(has(gone, Effect::remove));
    EXPECT_FALSE(has(gone, Effect::kill));
}

TEST(Step, a_guest_that_ignores_ctrl_alt_del_is_reset) {
    Life m;
    m.run();
    EXPECT_TRUE(has(m.feed(Ask{Ask::What::reboot, seconds{5}}), Effect::press_ctrl_alt_del));
    EXPECT_TRUE(has(m.later(seconds{5}), Effect::reset));
    m.feed(Ask{Ask::What::reboot, seconds{5}});
    m.feed(GuestReset{});
    EXPECT_FALSE(has(m.later(seconds{6}), Effect::reset)) << "it had rebooted by itself";
}

TEST(Step, a_panic_is_shown_until_the_guest_is_reset) {
    Life m;
    m.run();
    EXPECT_TRUE(has(m.feed(GuestPanicked{}), Effect::tell));
    EXPECT_EQ(m.life.state, MachineState::running);
    EXPECT_EQ(m.life.health, Health::panicked);
    m.feed(GuestReset{});
    EXPECT_EQ(m.life.health, Health::good);
}

TEST(Step, a_full_disk_is_tried_again_until_there_is_room) {
    Life m;
    m.run();
    m.feed(DiskFault{DiskFault::Kind::full, "disk0"});
    m.feed(StatusSeen{RunStatus::io_error});
    EXPECT_EQ(m.life.state, MachineState::running);
    EXPECT_EQ(m.life.health, Health::disk_full);
    EXPECT_TRUE(has(m.later(seconds{10}), Effect::resume));
    m.feed(StatusSeen{RunStatus::io_error});
    EXPECT_TRUE(has(m.later(seconds{10}), Effect::resume));
    m.feed(StatusSeen{RunStatus::running});
    EXPECT_EQ(m.life.health, Health::good);
    EXPECT_FALSE(has(m.later(seconds{20}), Effect::resume));
}

TEST(Step, kvm_that_breaks_is_replaced_once_and_then_the_guest_is_broken) {
    Life m;
    m.feed(Ask{Ask::What::start});
    m.feed(Spawned{Lifecycle::Fallback::to_tcg});
    m.feed(Answered{RunStatus::running});
    const Step broke = m.feed(StatusSeen{RunStatus::internal_error});
    EXPECT_TRUE(has(broke, Effect::distrust_kvm));
    EXPECT_TRUE(has(broke, Effect::kill));
    EXPECT_EQ(m.life.state, MachineState::starting);
    EXPECT_TRUE(has(m.feed(Exited{}), Effect::spawn));
    m.feed(Spawned{});
    m.feed(Answered{RunStatus::internal_error});
    EXPECT_EQ(m.life.state, MachineState::running);
    EXPECT_EQ(m.life.health, Health::broken);
    EXPECT_TRUE(has(m.feed(Ask{Ask::What::stop, seconds{100}}), Effect::kill)) << "it cannot hear the button";
}

TEST(Step, a_qemu_that_cannot_use_kvm_at_all_is_started_again_without_it) {
    Life m;
    m.feed(Ask{Ask::What::start});
    m.feed(Spawned{Lifecycle::Fallback::to_tcg});
    const Step again = m.feed(Exited{"failed to initialize kvm"});
    EXPECT_TRUE(has(again, Effect::distrust_kvm));
    EXPECT_TRUE(has(again, Effect::spawn));
}

TEST(Step, a_stop_during_a_change_of_accelerator_stays_a_stop) {
    Life m;
    m.feed(Ask{Ask::What::start});
    m.feed(Spawned{Lifecycle::Fallback::to_tcg});
    m.feed(Answered{RunStatus::internal_error});
    m.feed(Ask{Ask::What::stop, seconds{10}});
    EXPECT_FALSE(has(m.feed(Exited{}), Effect::spawn));
    EXPECT_EQ(m.life.state, MachineState::stopped);
}

TEST(Step, a_process_that_is_found_again_is_never_killed_for_being_slow_to_answer) {
    Life m;
    m.feed(Found{});
    EXPECT_EQ(m.life.state, MachineState::starting);
    for (int tries = 0; tries < 10; ++tries) EXPECT_FALSE(has(m.later(seconds{60}), Effect::kill));
    EXPECT_EQ(m.life.health, Health::unreachable);
    EXPECT_TRUE(has(m.later(seconds{60}), Effect::connect));
    m.feed(Answered{RunStatus::running});
    EXPECT_EQ(m.life.state, MachineState::running);
    EXPECT_EQ(m.life.health, Health::good);
}

TEST(Step, a_stop_and_a_termination_go_on_after_a_restart_of_the_server) {
    Life stopping;
    stopping.feed(Found{.stop_in = seconds{7}});
    EXPECT_EQ(stopping.life.state, MachineState::stopping);
    EXPECT_TRUE(has(stopping.later(seconds{7}), Effect::kill));
    Life overdue;
    overdue.feed(Found{.stop_in = seconds{-100}});
    EXPECT_TRUE(has(overdue.later(seconds{0}), Effect::kill));
    Life removed;
    EXPECT_TRUE(has(removed.feed(Found{.after = After::remove}), Effect::kill));
    EXPECT_TRUE(has(removed.feed(Exited{}), Effect::remove));
}

TEST(Step, a_lost_connection_is_opened_again_and_shown_meanwhile) {
    Life m;
    m.run();
    m.feed(ConnectionLost{});
    EXPECT_EQ(m.life.health, Health::unreachable);
    EXPECT_TRUE(has(m.later(seconds{5}), Effect::connect));
    m.feed(Answered{RunStatus::running});
    EXPECT_EQ(m.life.health, Health::good);
    EXPECT_FALSE(next_tick(m.life).has_value());
}

Event random_event(Random& random) {
    constexpr std::array kAsks{Ask::What::start, Ask::What::stop,   Ask::What::reboot,
                               Ask::What::pause, Ask::What::resume, Ask::What::terminate};
    constexpr std::array kStatuses{RunStatus::running,        RunStatus::paused,   RunStatus::io_error,
                                   RunStatus::internal_error, RunStatus::panicked, RunStatus::other};
    switch (random.below(11)) {
        case 0:
            return Spawned{random.below(2) == 0 ? Lifecycle::Fallback::none : Lifecycle::Fallback::to_tcg};
        case 1: return SpawnFailed{"x"};
        case 2: return Answered{kStatuses[random.below(kStatuses.size())]};
        case 3: return StatusSeen{kStatuses[random.below(kStatuses.size())]};
        case 4: return GuestPanicked{};
        case 5: return GuestReset{};
        case 6: return GuestOff{random.below(2) == 0};
        case 7: return DiskFault{random.below(2) == 0 ? DiskFault::Kind::full : DiskFault::Kind::error, "d"};
        case 8: return ConnectionLost{};
        case 9: return Exited{"x", random.below(2) == 0 ? Exited::Retry::no : Exited::Retry::may_help};
        default:
            return Ask{kAsks[random.below(kAsks.size())],
                       seconds{static_cast<std::int64_t>(random.below(20))}};
    }
}

/// What the host guarantees: a process exists from spawn until its end is told.
struct World {
    bool process = false;
    bool spawning = false;  ///< the spawn has neither worked nor failed yet
    bool removed = false;
    void see(const Step& taken) {
        for (const Effect effect : taken.effects) {
            EXPECT_FALSE(removed && effect != Effect::tell) << "an effect on a removed machine";
            if (effect == Effect::spawn) {
                EXPECT_FALSE(process) << "a second process on one record";
                process = true;
                spawning = true;
            }
            removed = removed || effect == Effect::remove;
        }
    }
    [[nodiscard]] bool possible(const Event& event) const {
        if (std::holds_alternative<Ask>(event) || std::holds_alternative<Tick>(event)) return !removed;
        const bool about_spawn =
            std::holds_alternative<Spawned>(event) || std::holds_alternative<SpawnFailed>(event);
        return process && (spawning == about_spawn || std::holds_alternative<Exited>(event));
    }
};

TEST(Step, no_sequence_of_events_starts_two_processes_or_acts_on_a_removed_machine) {
    SeededRandom random{20261122};
    for (int run = 0; run < 3000; ++run) {
        Lifecycle life;
        World world;
        Moment now{1'000'000'000};
        for (int i = 0; i < 60; ++i) {
            now = now + seconds{static_cast<std::int64_t>(random.below(15))};
            const Event event = random.below(4) == 0 ? Event{Tick{}} : random_event(random);
            if (!world.possible(event)) continue;
            if (std::holds_alternative<Exited>(event) || std::holds_alternative<SpawnFailed>(event))
                world.process = false;
            if (world.spawning && !std::holds_alternative<Ask>(event) && !std::holds_alternative<Tick>(event))
                world.spawning = false;
            const auto taken = step(life, event, now);
            if (!taken.ok()) {
                EXPECT_TRUE(std::holds_alternative<Ask>(event)) << "only requests are refused";
                continue;
            }
            life = taken->next;
            world.see(*taken);
            const bool waits = life.state == MachineState::starting || life.state == MachineState::stopping;
            EXPECT_TRUE(!waits || life.deadline) << "it would wait for ever in " << name_of(life.state);
            const bool rests = life.state == MachineState::stopped || life.state == MachineState::terminated;
            EXPECT_EQ(rests, !world.process) << name_of(life.state);
        }
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace landfall::machines
