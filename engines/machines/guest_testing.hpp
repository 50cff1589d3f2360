// What tests with real guests share: a built guest, a host on a directory that goes away, and waiting for
// words.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engines/machines/host.hpp"

namespace landfall::machines::testing {

inline bool build_guest(const std::string& kind) {
    std::vector<std::string> words{LANDFALL_GUEST_BUILDER, LANDFALL_GUESTS, kind};
    std::vector<char*> argv{words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t pid = 0;
    if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return false;
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return status == 0;
}

/// The raw disk of a guest (mini, uefi, sysv), built if it is missing or out of date; looked at once a
/// program.
inline std::string guest_disk(const std::string& kind) {
    static std::set<std::string> built;
    if (!built.contains(kind)) {
        if (!build_guest(kind)) return {};
        built.insert(kind);
    }
    return std::string{LANDFALL_GUESTS} + "/" + kind + ".raw";
}

/// A directory of its own for each test; whatever machine still has a process at the end is killed.
class HostTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "landfall-machines-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        top_ = name;
        settings_.root = top_ + "/machines";
        settings_.acceleration = Acceleration::tcg;
    }
    void TearDown() override {
        if (!host_) open();
        if (host_) {
            for (const MachineView& view : host_->list()) {
                EXPECT_TRUE(host_->terminate(view.id).ok());
                EXPECT_TRUE(
                    host_->wait_for(view.id, MachineState::terminated, std::chrono::seconds{30}).ok() ||
                    !host_->view(view.id).ok());
            }
        }
        host_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(top_, ignored);
    }

    void open() {
        host_.reset();
        auto opened = MachineHost::open(settings_, clock_, random_, nullptr);
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        host_ = std::move(opened).value();
    }

    /// A copy of the guest's disk in the test's own directory.
    std::string own_disk(const std::string& kind) {
        const std::string from = guest_disk(kind);
        EXPECT_FALSE(from.empty()) << "the guest could not be built";
        const std::string to = top_ + "/" + kind + ".raw";
        std::error_code failed;
        std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, failed);
        EXPECT_FALSE(failed) << failed.message();
        return to;
    }

    static MachineSpec spec_for(const std::string& name, const std::string& disk) {
        MachineSpec spec{.id = *MachineId::parse(name)};
        spec.memory = 256_MiB;
        spec.disks.push_back({.file = disk, .cache = DiskCache::unsafe, .serial = "root"});
        return spec;
    }

    std::string console(const MachineId& id) {
        auto text = host_->console(id, 64_KiB);
        return text.ok() ? std::move(text).value() : "no console: " + text.error().message();
    }
    static std::size_t count(const std::string& text, const std::string& words) {
        std::size_t n = 0;
        for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos; at += words.size()) ++n;
        return n;
    }
    /// Waits until the guest has written those words `times` times; not longer than two minutes, nor than
    /// it runs.
    ::testing::AssertionResult says(const MachineId& id, const std::string& words, std::size_t times = 1) {
        for (int tries = 0; tries < 2400; ++tries) {
            if (count(console(id), words) >= times) return ::testing::AssertionSuccess();
            // Also the clock of this loop: it returns at once when the machine stopped.
            if (host_->wait_for(id, MachineState::stopped, std::chrono::milliseconds{50}).ok()) break;
        }
        return ::testing::AssertionFailure() << "the guest never said '" << words << "' but:\n"
                                             << console(id);
    }
    ::testing::AssertionResult is(const MachineId& id, MachineState state) {
        const auto seen = host_->wait_for(id, state, std::chrono::seconds{60});
        if (seen.ok()) return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << seen.error().message();
    }

    std::string top_;
    HostSettings settings_;
    SystemClock clock_;
    OsRandom random_;
    std::unique_ptr<MachineHost> host_;
};

}  // namespace landfall::machines::testing
