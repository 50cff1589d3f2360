#include "engines/machines/launch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>

#include "engines/machines/cgroup.hpp"
#include "engines/machines/console_log.hpp"
#include "engines/machines/process.hpp"

namespace landfall::machines {
namespace {

UniqueFd memory() { return UniqueFd{::memfd_create("test", MFD_CLOEXEC)}; }

std::string content(const UniqueFd& fd) {
    std::string text(65536, '\0');
    const auto got = ::pread(fd.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

/// Runs a program to its end and returns what it wrote.
std::string output_of(std::vector<std::string> argv, LaunchPlan plan) {
    const UniqueFd out = memory();
    plan.argv = std::move(argv);
    plan.log = UniqueFd{::dup(out.get())};
    auto waiting = launch(std::move(plan));
    if (!waiting.ok()) return "error: " + waiting.error().message();
    const pid_t pid = waiting->pid();
    auto released = std::move(*waiting).release();
    if (!released.ok()) return "error: " + released.error().message();
    ::waitpid(pid, nullptr, 0);
    return content(out);
}

class Confined : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = ::testing::TempDir() + "landfall-launch-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    }
    void TearDown() override { ::rmdir(folder_.c_str()); }
    std::string folder_;
};

TEST_F(Confined, the_program_has_the_descriptors_that_it_was_given_and_no_others) {
    const UniqueFd secret{::open("/etc/hostname", O_RDONLY)};  // without O_CLOEXEC, on purpose
    LaunchPlan plan;
    plan.fds.push_back(memory());
    plan.fds.push_back(memory());
    const std::string listed = output_of({"/usr/bin/ls", "/proc/self/fd"}, std::move(plan));
    EXPECT_EQ(listed, "0\n1\n2\n3\n4\n5\n") << "5 is the directory that ls reads";
}

TEST_F(Confined, a_program_that_does_not_exist_is_an_error_and_not_a_process) {
    LaunchPlan plan;
    EXPECT_NE(output_of({"/nowhere/program"}, std::move(plan)).find("starting the program"),
              std::string::npos);
}

TEST_F(Confined, a_child_that_is_not_released_ends_without_running_anything) {
    LaunchPlan plan;
    plan.argv = {"/usr/bin/touch", folder_ + "/ran"};
    plan.log = memory();
    pid_t pid = 0;
    {
        auto waiting = launch(std::move(plan));
        ASSERT_TRUE(waiting.ok());
        pid = waiting->pid();
        EXPECT_TRUE(name_of_process(pid).ok());
    }
    EXPECT_TRUE(name_of_process(pid).is(Errc::not_found));
    EXPECT_NE(::access((folder_ + "/ran").c_str(), F_OK), 0);
}

TEST_F(Confined, a_confined_program_sees_almost_nothing) {
    const Confinement strictest = strictest_confinement(folder_, 720'896);
    if (strictest.level != Confinement::Level::full) GTEST_SKIP() << strictest.reason;
    const auto confined = [&] {
        LaunchPlan plan;
        plan.root = folder_;
        plan.uid = 720'896;
        return plan;
    };
    EXPECT_EQ(output_of({"/usr/bin/id", "-u"}, confined()), "720896\n");
    EXPECT_EQ(output_of({"/usr/bin/id", "-G"}, confined()), "720896\n");
    const std::string top = output_of({"/usr/bin/ls", "/"}, confined());
    EXPECT_EQ(top.find("root\n"), std::string::npos) << top;
    EXPECT_EQ(top.find("var\n"), std::string::npos) << top;
    EXPECT_NE(output_of({"/usr/bin/touch", "/tmp/x"}, confined()).find("Read-only"), std::string::npos);
    EXPECT_NE(output_of({"/usr/bin/touch", "/usr/x"}, confined()).find("Read-only"), std::string::npos);
    EXPECT_EQ(output_of({"/usr/bin/cat", "/proc/1/comm"}, confined()), "cat\n")
        << "it is the first of its namespace";
    EXPECT_EQ(output_of({"/usr/bin/test", "-e", "/dev/kvm"}, confined()), "");
}

TEST(Process, start_times_are_found_behind_any_name) {
    const std::string tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21";
    EXPECT_EQ(start_ticks_of("77 (plain)" + tail), 4242U);
    EXPECT_EQ(start_ticks_of("77 (a) b ) (c)" + tail), 4242U);
    EXPECT_FALSE(start_ticks_of("77 (short) S 1 2").has_value());
    EXPECT_FALSE(start_ticks_of("").has_value());
}

TEST(Process, a_pid_with_another_start_time_is_another_process) {
    auto self = name_of_process(::getpid());
    ASSERT_TRUE(self.ok());
    EXPECT_TRUE(open_process(*self).ok());
    ++self->start_ticks;
    EXPECT_TRUE(open_process(*self).is(Errc::not_found));
    self = name_of_process(::getpid());
    self->boot = "another boot";
    EXPECT_TRUE(open_process(*self).is(Errc::not_found));
}

TEST_F(Confined, a_console_is_bounded_while_it_is_written_and_its_end_stays) {
    const std::string path = folder_ + "/console.log";
    const UniqueFd log{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)};
    std::string line(1023, '.');
    line += '\n';
    for (int i = 0; i < 3000; ++i) {
        line.replace(0, 4, std::to_string(1000 + i));
        ASSERT_EQ(::write(log.get(), line.data(), line.size()), 1024);
        if (i % 500 != 0) continue;
        EXPECT_TRUE(trim_console(path).ok());
    }
    EXPECT_TRUE(trim_console(path).ok());
    const auto kept = read_console(path, kConsoleKept);
    ASSERT_TRUE(kept.ok());
    EXPECT_EQ(kept->size(), kConsoleKept.count);
    EXPECT_TRUE(kept->ends_with(line));
    EXPECT_TRUE(kept->starts_with("3936")) << "the 64 lines before 4000";
    EXPECT_EQ(read_console(path, 10_B)->size(), 10U);
    struct stat st {};
    ASSERT_EQ(::stat(path.c_str(), &st), 0);
    EXPECT_LE(st.st_blocks * 512, 1536 * 1024) << "the front was not given back";
    EXPECT_EQ(read_console(folder_ + "/none", 10_B)->size(), 0U);
    ::unlink(path.c_str());
}

TEST_F(Confined, a_missing_cgroup_controller_is_a_reason_and_not_a_failure) {
    const CgroupBounds bounds{1_GiB, 2};
    const Status entered = enter_cgroup(folder_, *MachineId::parse("m"), bounds, ::getpid());
    EXPECT_TRUE(entered.is(Errc::unavailable));
    EXPECT_NE(entered.error().message().find("cgroup"), std::string::npos);
}

}  // namespace
}  // namespace landfall::machines
