// For crash tests: a part of a test program that runs in a process of its own, and dies by kill -9.
//
// The body is a disabled test, so that it runs only in such a process:
//   TEST(Life, DISABLED_body) { … acknowledge("7"); … }
//   Life life{"Life.DISABLED_body", {{"CRASH_DIR", dir}}};
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace landfall::state {

inline constexpr int kAcknowledgeFd = 3;

/// In the life: one line to whoever watches; it counts even when the process dies right after.
inline void acknowledge(const std::string& line) {
    const std::string text = line + "\n";
    CHECK(::write(kAcknowledgeFd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

/// In the life: what the watcher gave it.
inline std::string given(const char* name) {
    const char* value = std::getenv(name);
    CHECK(value != nullptr);
    return value;
}

/// A process that runs one test of this program. Dies with its maker.
class Life {
public:
    using Given = std::vector<std::pair<std::string, std::string>>;

    Life(const std::string& test, const Given& given_texts) {
        int ends[2];
        CHECK(::pipe2(ends, O_CLOEXEC) == 0);
        // Everything that allocates happens before fork: another thread may hold malloc's lock.
        std::vector<std::string> texts;
        for (const auto& [name, value] : given_texts) texts.push_back(name + "=" + value);
        std::vector<char*> environment;
        for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
        for (std::string& text : texts) environment.push_back(text.data());
        environment.push_back(nullptr);
        std::string filter = "--gtest_filter=" + test;
        std::string disabled = "--gtest_also_run_disabled_tests";
        std::string program = "/proc/self/exe";
        char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
        pid_ = ::fork();
        CHECK(pid_ >= 0);
        if (pid_ == 0) become(ends[1], arguments, environment.data());
        ::close(ends[1]);
        from_ = ends[0];
    }
    ~Life() {
        kill_now();
        (void)wait();
        ::close(from_);
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    /// The next acknowledged line; empty when none came for `millis`, or the life is over.
    std::string next_line(int millis) {
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return line;
            }
            pollfd ready{.fd = from_, .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, millis) <= 0) return {};
            char bytes[4096];
            const ssize_t size = ::read(from_, bytes, sizeof bytes);
            if (size <= 0) return {};
            buffer_.append(bytes, static_cast<std::size_t>(size));
        }
    }
    void kill_now() {
        if (pid_ > 0) (void)::kill(pid_, SIGKILL);
    }
    /// The process is gone when it returns. 0: it ended well; -9: killed.
    int wait() {
        if (pid_ <= 0) return outcome_;
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0) CHECK(errno == EINTR);
        pid_ = -1;
        return outcome_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }

private:
    [[noreturn]] static void become(int acknowledge_end, char** arguments, char** environment) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int quiet = ::open("/dev/null", O_WRONLY);
        (void)::dup2(quiet, STDOUT_FILENO);
        if (acknowledge_end == kAcknowledgeFd) {
            (void)::fcntl(acknowledge_end, F_SETFD, 0);
        } else {
            (void)::dup2(acknowledge_end, kAcknowledgeFd);
        }
        ::execve(arguments[0], arguments, environment);
        ::_exit(127);
    }

    pid_t pid_ = -1;
    int from_ = -1;
    int outcome_ = 0;
    std::string buffer_;
};

}  // namespace landfall::state
