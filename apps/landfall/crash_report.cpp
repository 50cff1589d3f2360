#include "apps/landfall/crash_report.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "apps/landfall/log.hpp"

namespace landfall::app {
namespace {

constexpr int kDepthMax = 48;
/// Global, because a handler is given nothing else.
std::atomic<const Log*> waiting_lines = nullptr;

/// Only what a signal handler may call; the memory is its stack.
class Line {
public:
    Line& operator<<(std::string_view text) {
        for (const char c : text)
            if (size_ < bytes_.size()) bytes_[size_++] = c;
        return *this;
    }
    Line& number(std::uintptr_t value, int base) {
        const auto end = std::to_chars(bytes_.data() + size_, bytes_.data() + bytes_.size(), value, base);
        if (end.ec == std::errc{}) size_ = static_cast<std::size_t>(end.ptr - bytes_.data());
        return *this;
    }
    void write() const { (void)!::write(STDERR_FILENO, bytes_.data(), size_); }

private:
    std::array<char, 256> bytes_{};
    std::size_t size_ = 0;
};

void report(int signal, siginfo_t* what, void*) {
    if (const Log* const log = waiting_lines.load()) log->write_at_once_in_handler();
    Line line;
    line << "{\"level\":\"error\",\"event\":\"server_crashed\",\"signal\":";
    line.number(static_cast<std::uintptr_t>(signal), 10) << ",\"address\":\"0x";
    line.number(reinterpret_cast<std::uintptr_t>(what->si_addr), 16) << "\"}\n";
    line.write();
    std::array<void*, kDepthMax> calls{};
    ::backtrace_symbols_fd(calls.data(), ::backtrace(calls.data(), kDepthMax), STDERR_FILENO);
    (void)::raise(signal);  // the handler is gone (SA_RESETHAND): this one kills
}

}  // namespace

CrashReports::~CrashReports() { waiting_lines = nullptr; }

CrashReports::CrashReports(const Log& log) {
    waiting_lines = &log;
    // The first call loads a library, which a handler must not.
    std::array<void*, 1> once{};
    (void)::backtrace(once.data(), 1);
    struct sigaction ours {};
    ours.sa_sigaction = report;
    ours.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND);
    sigemptyset(&ours.sa_mask);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        struct sigaction before {};
        ::sigaction(signal, nullptr, &before);
        if (before.sa_handler == SIG_DFL) ::sigaction(signal, &ours, nullptr);
    }
}

}  // namespace landfall::app
