#include "engines/machines/host.hpp"

#include <fstream>
#include <sstream>

#include "base/bytes.hpp"
#include "engines/machines/guest_testing.hpp"
#include "engines/machines/process.hpp"

namespace landfall::machines {
namespace {

using std::chrono::seconds;
using testing::HostTest;

std::string slurp(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The value of a line of /proc/PID/status, without the blanks around it.
std::string status_of(std::int64_t pid, const std::string& key) {
    std::istringstream lines{slurp("/proc/" + std::to_string(pid) + "/status")};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key + ":")) continue;
        const auto at = line.find_first_not_of(" \t", key.size() + 1);
        return at == std::string::npos ? std::string{} : line.substr(at);
    }
    return {};
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

class Host : public HostTest {
protected:
    void SetUp() override {
        HostTest::SetUp();
        disk_ = own_disk("mini");
        open();
    }
    std::string disk_;
};

TEST_F(Host, a_guest_boots_to_its_prompt_runs_its_user_data_shows_its_screen_and_switches_off) {
    MachineSpec spec = spec_for("guest", disk_);
    spec.seed = SeedSpec{"instance-id: i-77\n", "#!/bin/sh\necho secret-word | tr a-z A-Z\n", ""};
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    ASSERT_TRUE(says(spec.id, "mini login: "));
    EXPECT_TRUE(says(spec.id, "USER-DATA from the seed, instance i-77"));
    EXPECT_TRUE(says(spec.id, "SECRET-WORD"));
    EXPECT_TRUE(says(spec.id, "ADDRESS 10.0.2.15/24"));

    const auto view = host_->view(spec.id);
    EXPECT_NE(view->ssh_port, 0);
    const std::string line = slurp("/proc/" + std::to_string(view->pid) + "/cmdline");
    EXPECT_NE(line.find("-sandbox"), std::string::npos);
    EXPECT_EQ(line.find("secret-word"), std::string::npos) << "user data is on the command line";
    EXPECT_EQ(line.find(top_), std::string::npos) << "a path of the host is on the command line";
    EXPECT_EQ(slurp(host_->folder(spec.id) + "/machine.json").find("secret-word"), std::string::npos);

    const auto picture = host_->screenshot(spec.id);
    ASSERT_TRUE(picture.ok()) << picture.error().message();
    ASSERT_GT(picture->size(), 1000U);
    EXPECT_EQ(text_of(*picture).substr(0, 8), "\x89PNG\r\n\x1a\n");

    ASSERT_TRUE(host_->stop(spec.id, seconds{60}).ok());
    ASSERT_TRUE(is(spec.id, MachineState::stopped));
    EXPECT_EQ(host_->view(spec.id)->reason, "stopped on request");
    EXPECT_TRUE(says(spec.id, "power button")) << "it was killed, not switched off";
    EXPECT_TRUE(host_->screenshot(spec.id).is(Errc::precondition));
}

TEST_F(Host, qemu_runs_with_no_more_rights_than_the_view_says) {
    const MachineSpec spec = spec_for("confined", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    const auto view = host_->view(spec.id);
    EXPECT_EQ(status_of(view->pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(view->pid, "Seccomp"), "2");
    bool own_user = false;
    bool own_files = false;
    for (const Isolation& line : view->isolation) {
        own_user = own_user || (line.measure == "user" && line.enforced);
        own_files = own_files || (line.measure == "files" && line.enforced);
        EXPECT_FALSE(line.detail.empty()) << line.measure;
    }
    if (own_user) {
        EXPECT_EQ(status_of(view->pid, "CapEff"), "0000000000000000");
        EXPECT_EQ(status_of(view->pid, "CapBnd"), "0000000000000000");
        EXPECT_EQ(status_of(view->pid, "Groups"), "");
        EXPECT_TRUE(status_of(view->pid, "Uid").starts_with(std::to_string(settings_.first_uid + 1)));
    }
    const std::string root = "/proc/" + std::to_string(view->pid) + "/root";
    if (own_files) {
        EXPECT_TRUE(exists(root + "/usr"));
        for (const char* hidden : {"/etc/passwd", "/var", "/home", "/root", "/sys"})
            EXPECT_FALSE(exists(root + hidden)) << hidden;
    }
}

TEST_F(Host, terminate_leaves_no_process_and_no_file) {
    const MachineSpec spec = spec_for("short-lived", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    const auto pid = static_cast<pid_t>(host_->view(spec.id)->pid);
    ASSERT_TRUE(host_->terminate(spec.id).ok());
    (void)host_->wait_for(spec.id, MachineState::terminated, seconds{30});
    EXPECT_TRUE(host_->view(spec.id).is(Errc::not_found));
    EXPECT_TRUE(name_of_process(pid).is(Errc::not_found));
    EXPECT_FALSE(exists(host_->folder(spec.id)));
    for (const auto& entry : std::filesystem::directory_iterator{settings_.root})
        EXPECT_FALSE(entry.path().filename().string().starts_with(".gone-")) << entry.path();
    EXPECT_TRUE(host_->terminate(spec.id).is(Errc::not_found));
}

TEST_F(Host, a_machine_pauses_resumes_and_reboots) {
    const MachineSpec spec = spec_for("restless", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    EXPECT_TRUE(host_->reboot(spec.id, seconds{0}).is(Errc::precondition));
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    ASSERT_TRUE(host_->pause(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::paused));
    ASSERT_TRUE(host_->resume(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    ASSERT_TRUE(says(spec.id, "mini login: "));
    const auto pid = host_->view(spec.id)->pid;
    ASSERT_TRUE(host_->reboot(spec.id, seconds{60}).ok());
    ASSERT_TRUE(says(spec.id, "mini login: ", 2));
    EXPECT_EQ(host_->view(spec.id)->pid, pid);
    EXPECT_EQ(host_->view(spec.id)->state, MachineState::running);
}

TEST_F(Host, a_guest_that_panics_is_shown_as_panicked_and_not_as_well) {
    MachineSpec spec = spec_for("panics", disk_);
    spec.seed = SeedSpec{"instance-id: i-1\n", "#!/bin/sh\necho c >/proc/sysrq-trigger\n", ""};
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(says(spec.id, "Kernel panic"));
    ASSERT_TRUE(says(spec.id, "end Kernel panic"));
    const auto view = host_->view(spec.id);
    EXPECT_EQ(view->state, MachineState::running);
    EXPECT_EQ(view->health, Health::panicked);
}

TEST_F(Host, a_machine_outlives_the_server_that_started_it) {
    host_.reset();
    const MachineSpec spec = spec_for("survivor", disk_);
    // The server of this test: it starts a machine and is killed without warning.
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const pid_t server = ::fork();
    if (server == 0) {
        auto host = MachineHost::open(settings_, clock_, random_, nullptr);
        const bool up = host.ok() && (*host)->define(spec).ok() && (*host)->start(spec.id).ok() &&
                        (*host)->wait_for(spec.id, MachineState::running, seconds{30}).ok();
        [[maybe_unused]] const auto written = ::write(ready[1], up ? "y" : "n", 1);
        ::pause();
        ::_exit(1);
    }
    char up = 0;
    ASSERT_EQ(::read(ready[0], &up, 1), 1);
    ASSERT_EQ(up, 'y');
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);

    open();
    ASSERT_TRUE(is(spec.id, MachineState::running));
    EXPECT_TRUE(says(spec.id, "mini login: "));
    const auto pid = host_->view(spec.id)->pid;
    EXPECT_NE(pid, 0);
    EXPECT_TRUE(host_->screenshot(spec.id).ok());
    open();  // and once more, this time after a clean end
    ASSERT_TRUE(is(spec.id, MachineState::running));
    EXPECT_EQ(host_->view(spec.id)->pid, pid);
    ASSERT_TRUE(host_->stop(spec.id, seconds{60}).ok());
    ASSERT_TRUE(is(spec.id, MachineState::stopped));
    EXPECT_TRUE(name_of_process(static_cast<pid_t>(pid)).is(Errc::not_found));
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
}

TEST_F(Host, a_process_that_ended_while_no_server_ran_is_not_thought_alive) {
    const MachineSpec spec = spec_for("forgotten", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    const auto pid = static_cast<pid_t>(host_->view(spec.id)->pid);
    host_.reset();
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    open();
    const auto view = host_->view(spec.id);
    EXPECT_EQ(view->state, MachineState::stopped);
    EXPECT_EQ(view->reason, "it ended while no server looked after it");
    EXPECT_EQ(view->pid, 0);
}

TEST_F(Host, a_process_that_got_a_recorded_pid_later_is_left_alone) {
    const MachineSpec spec = spec_for("impostor", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::running));
    const auto pid = static_cast<pid_t>(host_->view(spec.id)->pid);
    host_.reset();
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    const pid_t other = ::fork();
    if (other == 0) {
        ::pause();
        ::_exit(0);
    }
    const std::string path = settings_.root + "/impostor/machine.json";
    std::string record = slurp(path);
    const std::string was = "\"pid\":" + std::to_string(pid);
    ASSERT_NE(record.find(was), std::string::npos);
    record.replace(record.find(was), was.size(), "\"pid\":" + std::to_string(other));
    std::ofstream{path} << record;
    open();
    EXPECT_EQ(host_->view(spec.id)->state, MachineState::stopped);
    EXPECT_TRUE(host_->terminate(spec.id).ok());
    EXPECT_EQ(::kill(other, 0), 0) << "a stranger was killed";
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

TEST_F(Host, a_start_that_cannot_work_says_why_and_leaves_the_machine_stopped) {
    const MachineSpec spec = spec_for("diskless", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    std::filesystem::remove(disk_);
    ASSERT_TRUE(host_->start(spec.id).ok());
    ASSERT_TRUE(is(spec.id, MachineState::stopped));
    EXPECT_NE(host_->view(spec.id)->reason.find("mini.raw"), std::string::npos)
        << host_->view(spec.id)->reason;
    EXPECT_TRUE(host_->define(spec).is(Errc::already_exists));
    EXPECT_TRUE(host_->redefine(spec).is(Errc::not_found)) << "its disk is missing";
}

TEST_F(Host, a_stop_and_a_termination_are_finished_by_the_next_server) {
    MachineSpec deaf = spec_for("deaf", disk_);
    // Without the driver of the power button the guest ignores it, so only the end of the grace stops it.
    deaf.seed = SeedSpec{"instance-id: i-1\n", "#!/bin/sh\nkillall acpid\necho deaf now\n", ""};
    ASSERT_TRUE(host_->define(deaf).ok());
    ASSERT_TRUE(host_->start(deaf.id).ok());
    ASSERT_TRUE(says(deaf.id, "deaf now"));
    const auto pid = static_cast<pid_t>(host_->view(deaf.id)->pid);
    ASSERT_TRUE(host_->stop(deaf.id, seconds{2}).ok());
    open();
    ASSERT_TRUE(is(deaf.id, MachineState::stopped));
    EXPECT_EQ(host_->view(deaf.id)->reason, "killed: it did not switch off in time");
    EXPECT_TRUE(name_of_process(pid).is(Errc::not_found));

    // A server that crashed right after it had accepted to terminate a machine left this.
    host_.reset();
    const std::string path = settings_.root + "/deaf/machine.json";
    std::string record = slurp(path);
    record.replace(record.find("\"intent\":\"none\""), 15, "\"intent\":\"remove\"");
    std::ofstream{path} << record;
    open();
    EXPECT_TRUE(host_->view(deaf.id).is(Errc::not_found));
    EXPECT_FALSE(exists(settings_.root + "/deaf"));
}

TEST_F(Host, a_record_that_does_not_parse_stops_the_server_and_is_not_deleted) {
    const MachineSpec spec = spec_for("damaged", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    host_.reset();
    const std::string path = settings_.root + "/damaged/machine.json";
    const std::string good = slurp(path);
    std::ofstream{path} << good.substr(0, good.size() / 2);
    const auto opened = MachineHost::open(settings_, clock_, random_, nullptr);
    ASSERT_TRUE(opened.is(Errc::corrupt));
    EXPECT_NE(opened.error().message().find("damaged/machine.json"), std::string::npos);
    EXPECT_TRUE(exists(path));
    std::ofstream{path} << good;
    open();
    EXPECT_TRUE(host_->view(spec.id).ok());
}

TEST_F(Host, a_root_has_one_host_at_a_time) {
    auto second = MachineHost::open(settings_, clock_, random_, nullptr);
    EXPECT_TRUE(second.is(Errc::unavailable));
}

TEST_F(Host, a_uefi_guest_boots_and_keeps_variables_of_its_own) {
    MachineSpec spec = spec_for("uefi", own_disk("uefi"));
    spec.firmware = Firmware::uefi;
    ASSERT_TRUE(host_->define(spec).ok());
    EXPECT_TRUE(exists(host_->folder(spec.id) + "/uefi_variables.fd"));
    ASSERT_TRUE(host_->start(spec.id).ok());
    EXPECT_TRUE(says(spec.id, "mini login: "));
}

TEST_F(Host, the_accelerator_that_is_chosen_runs_a_kernel) {
    host_.reset();
    settings_.acceleration = Acceleration::automatic;
    open();
    const auto chosen = host_->acceleration();
    ASSERT_TRUE(chosen.ok());
    EXPECT_NE(chosen->by, Acceleration::automatic);
    EXPECT_FALSE(chosen->why.empty());
    RecordProperty("acceleration", chosen->why);
    const MachineSpec spec = spec_for("chosen", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    EXPECT_TRUE(says(spec.id, "mini login: "));
    open();
    EXPECT_EQ(host_->acceleration()->why, chosen->why) << "the answer is not kept";
}

TEST_F(Host, a_guest_that_breaks_under_kvm_is_started_again_without_it) {
    host_.reset();
    settings_.acceleration = Acceleration::automatic;
    // As if the probe had been wrong. Where KVM does work, the guest simply boots under it.
    std::ofstream{settings_.root + "/acceleration"} << boot_id() << " kvm believed\n";
    open();
    EXPECT_EQ(host_->acceleration()->by, Acceleration::kvm);
    const MachineSpec spec = spec_for("believer", disk_);
    ASSERT_TRUE(host_->define(spec).ok());
    ASSERT_TRUE(host_->start(spec.id).ok());
    EXPECT_TRUE(says(spec.id, "mini login: "));
    const auto view = host_->view(spec.id);
    EXPECT_EQ(view->state, MachineState::running);
    EXPECT_EQ(host_->acceleration()->by, view->acceleration) << "what was learned is not remembered";
}

}  // namespace
}  // namespace landfall::machines
