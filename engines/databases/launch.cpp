#include "engines/databases/launch.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

#include "engines/databases/process.hpp"

namespace landfall::databases {
namespace {

// What the child tells its parent when it fails; the stage's name is for the message.
struct Verdict {
    int stage;
    int number;
};
constexpr std::array kStages{"starting a session", "taking over descriptors", "making mounts private",
                             "showing the folder", "showing the accounts",    "entering the folder",
                             "setting limits",     "changing the user",       "starting the program"};
enum Stage : int { session, descriptors, privacy, folder_mount, accounts, entering, limits, user, program };

constexpr int kVerdict = 3;

struct ChildPlan {
    std::vector<char*> argv;
    std::vector<char*> envp;
    const char* folder = nullptr;
    std::string passwd;
    Program::Sight sight = Program::Sight::whole;
    std::optional<std::uint32_t> uid;
    int log = -1;
    int go = -1;
    int verdict = -1;
};

[[noreturn]] void fail(const ChildPlan& plan, Stage stage) {
    const Verdict verdict{stage, errno};
    [[maybe_unused]] const auto written = ::write(plan.verdict, &verdict, sizeof verdict);
    ::_exit(127);
}

void take_descriptors(ChildPlan& plan) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || ::dup2(null, 0) < 0) fail(plan, descriptors);
    if (::dup2(plan.log, 1) < 0 || ::dup2(plan.log, 2) < 0) fail(plan, descriptors);
    // The verdict's pipe goes with exec; everything else goes now.
    if (::dup3(plan.verdict, kVerdict, O_CLOEXEC) < 0) fail(plan, descriptors);
    plan.verdict = kVerdict;
    if (::syscall(SYS_close_range, static_cast<unsigned>(kVerdict + 1), ~0U, 0U) != 0)
        fail(plan, descriptors);
}

void narrow_sight(const ChildPlan& plan) {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail(plan, privacy);
    if (::mount(plan.passwd.c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr) != 0) fail(plan, accounts);
    if (::mount(plan.folder, kSeenFolder.data(), nullptr, MS_BIND, nullptr) != 0) fail(plan, folder_mount);
    // Only what this process does in its own process namespace is in there; a container may refuse it.
    [[maybe_unused]] const int proc =
        ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
}

void set_limits(const ChildPlan& plan) {
    const rlimit no_core{0, 0};
    if (::setrlimit(RLIMIT_CORE, &no_core) != 0) fail(plan, limits);
    rlimit files{65'536, 65'536};
    if (::setrlimit(RLIMIT_NOFILE, &files) == 0) return;
    // Who is not root keeps its own upper limit.
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) fail(plan, limits);
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) fail(plan, limits);
}

void drop_rights(const ChildPlan& plan) {
    if (plan.uid) {
        for (int cap = 0; cap <= CAP_LAST_CAP; ++cap)
            if (::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM)
                fail(plan, user);
        // The system calls themselves: the library's functions would signal threads that are not here.
        const auto id = static_cast<long>(*plan.uid);
        if (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setresgid, id, id, id) != 0 ||
            ::syscall(SYS_setresuid, id, id, id) != 0)
            fail(plan, user);
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(plan, user);
}

void reset_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void child(ChildPlan& plan) {
    char go = 0;
    // End of file: the parent is gone, or gave this child up.
    while (true) {
        const auto got = ::read(plan.go, &go, 1);
        if (got == 1) break;
        if (got == 0 || errno != EINTR) ::_exit(126);
    }
    reset_signals();
    if (::setsid() < 0) fail(plan, session);
    take_descriptors(plan);
    const bool own = plan.sight == Program::Sight::own;
    if (own) narrow_sight(plan);
    if (::chdir(own ? kSeenFolder.data() : plan.folder) != 0) fail(plan, entering);
    ::umask(077);
    set_limits(plan);
    drop_rights(plan);
    ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
    fail(plan, program);
}

/// Above every number that the child assigns, so that no dup2 overwrites a descriptor that is still needed.
Result<UniqueFd> raised(int fd) {
    const int high = ::fcntl(fd, F_DUPFD_CLOEXEC, 256);
    if (high < 0) return error_from_errno(errno, "duplicating a descriptor");
    return UniqueFd{high};
}

struct Ends {
    UniqueFd read;
    UniqueFd write;
};
/// Unlike a pipe, writing to it when the other end is gone raises no signal.
Result<Ends> raised_sockets() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return error_from_errno(errno, "making a socket pair");
    const UniqueFd low_read{ends[0]};
    const UniqueFd low_write{ends[1]};
    UniqueFd high_read = TRY(raised(ends[0]));
    UniqueFd high_write = TRY(raised(ends[1]));
    return Ends{std::move(high_read), std::move(high_write)};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

void await_child(pid_t pid) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace

Result<Launching> launch(Program wanted) {
    std::vector<std::string> environment{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8",
                                         "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/nonexistent"};
    const UniqueFd log = TRY(raised(wanted.log.get()));
    Ends go = TRY(raised_sockets());
    Ends verdict = TRY(raised_sockets());
    ChildPlan plan{.argv = pointers_to(wanted.argv),
                   .envp = pointers_to(environment),
                   .folder = wanted.folder.c_str(),
                   .passwd = wanted.folder + "/passwd",
                   .sight = wanted.sight,
                   .uid = wanted.uid,
                   .log = log.get(),
                   .go = go.read.get(),
                   .verdict = verdict.write.get()};
    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PIDFD;
    if (wanted.sight == Program::Sight::own) args.flags |= CLONE_NEWNS | CLONE_NEWPID;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) return error_from_errno(errno, "starting a process");
    if (pid == 0) {
        ::close(go.write.get());
        child(plan);
    }
    return Launching{static_cast<pid_t>(pid), UniqueFd{pidfd}, std::move(go.write), std::move(verdict.read)};
}

Launching::~Launching() {
    if (pid_ == 0) return;
    go_.reset();
    await_child(pid_);
}

Result<UniqueFd> Launching::release() && {
    const pid_t pid = std::exchange(pid_, 0);
    [[maybe_unused]] const auto sent = ::send(go_.get(), "g", 1, MSG_NOSIGNAL);
    Verdict verdict{};
    ssize_t got = 0;
    do got = ::read(verdict_.get(), &verdict, sizeof verdict);
    while (got < 0 && errno == EINTR);
    if (got == 0) return std::move(pidfd_);
    await_child(pid);
    if (got != sizeof verdict) return Error{Errc::io, "the process ended before it started the program"};
    return error_from_errno(verdict.number, kStages[static_cast<std::size_t>(verdict.stage)]);
}

Result<int> run_program(Program program, Duration limit) {
    const std::string name = program.argv.front();
    auto launching = TRY(launch(std::move(program)));
    const UniqueFd pidfd = TRY(std::move(launching).release());
    if (await_end(pidfd, limit)) return reap(pidfd).value_or(0);
    TRY(signal_process(pidfd, SIGKILL));
    [[maybe_unused]] const bool ended = await_end(pidfd, std::chrono::seconds{10});
    reap(pidfd);
    return Error{Errc::timeout, name + " did not end in its time"};
}

Status try_own_sight(const std::string& folder, std::uint32_t uid) {
    Program program;
    program.argv = {"/usr/bin/true"};
    program.folder = folder;
    program.sight = Program::Sight::own;
    program.uid = uid;
    program.log = UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const int status = TRY(run_program(std::move(program), std::chrono::seconds{10}));
    if (status != 0)
        return Error{Errc::unavailable, "a confined program ended with " + std::to_string(status)};
    return {};
}

}  // namespace landfall::databases
