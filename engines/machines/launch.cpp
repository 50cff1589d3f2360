#include "engines/machines/launch.hpp"

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
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace landfall::machines {

namespace {

constexpr int kFirstKept = 3;

// What the child tells its parent when it fails; the stage's name is for the message.
struct Verdict {
    int stage;
    int number;
};
constexpr std::array kStages{"starting a session",   "taking over descriptors", "making mounts private",
                             "mounting a root",      "filling the root",        "entering the root",
                             "setting limits",       "changing the user",       "dropping capabilities",
                             "giving up privileges", "starting the program"};
enum Stage : int {
    session,
    descriptors,
    privacy,
    root_mount,
    root_fill,
    root_enter,
    limits,
    user,
    capabilities,
    privileges,
    program
};

// One thing in the new root. The strings are made before the clone; the child only reads them.
struct Entry {
    enum class Kind { directory, link, bind, device } kind;
    std::string target;  ///< below the root
    std::string source;
    dev_t device = 0;
    enum class Need { must, may } need = Need::must;
};

struct ChildPlan {
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::vector<int> fds;
    int log = -1;
    int go = -1;
    int verdict = -1;
    const char* root = nullptr;
    std::vector<Entry> entries;
    std::optional<std::uint32_t> uid;
};

[[noreturn]] void fail(const ChildPlan& plan, Stage stage) {
    const Verdict verdict{stage, errno};
    [[maybe_unused]] const auto written = ::write(plan.verdict, &verdict, sizeof verdict);
    ::_exit(127);
}

bool make(const Entry& entry) {
    const char* target = entry.target.c_str();
    switch (entry.kind) {
        case Entry::Kind::directory: return ::mkdir(target, 0755) == 0;
        case Entry::Kind::link: return ::symlink(entry.source.c_str(), target) == 0;
        case Entry::Kind::device:
            // Without the right to make nodes, the host's own is shown.
            if (::mknod(target, S_IFCHR | 0666, entry.device) == 0) return true;
            [[fallthrough]];
        case Entry::Kind::bind: break;
    }
    struct stat st {};
    if (::stat(entry.source.c_str(), &st) != 0) return false;
    if (S_ISDIR(st.st_mode)) {
        if (::mkdir(target, 0755) != 0) return false;
    } else {
        const int fd = ::open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        if (fd < 0) return false;
        ::close(fd);
    }
    if (::mount(entry.source.c_str(), target, nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
    if (entry.kind == Entry::Kind::device) return true;
    return ::mount(nullptr, target, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
                   nullptr) == 0;
}

void enter_root(const ChildPlan& plan) {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail(plan, privacy);
    if (::mount("machine", plan.root, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k,nr_inodes=64") != 0)
        fail(plan, root_mount);
    if (::chdir(plan.root) != 0) fail(plan, root_mount);
    ::umask(0);  // the modes of the entries are meant as they are written
    for (const Entry& entry : plan.entries)
        if (!make(entry) && entry.need == Entry::Need::must) fail(plan, root_fill);
    // The old root ends up on top of the new one, and is let go.
    if (::syscall(SYS_pivot_root, ".", ".") != 0) fail(plan, root_enter);
    ::umask(077);
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) fail(plan, root_enter);
    // Only what this process does in its own process namespace is in there; a container may refuse it.
    [[maybe_unused]] const int proc =
        ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    if (::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, "size=64k") != 0)
        fail(plan, root_enter);
}

void set_limits(const ChildPlan& plan) {
    const rlimit no_core{0, 0};
    const rlimit files{4096, 4096};
    if (::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::setrlimit(RLIMIT_NOFILE, &files) != 0)
        fail(plan, limits);
    // Counted for the user, so it makes sense only where the machine has a user of its own.
    const rlimit threads{512, 512};
    if (plan.uid && ::setrlimit(RLIMIT_NPROC, &threads) != 0) fail(plan, limits);
}

void drop_user(const ChildPlan& plan) {
    if (plan.uid) {
        for (int cap = 0; cap <= CAP_LAST_CAP; ++cap)
            if (::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL) fail(plan, capabilities);
        // The system calls themselves: the library's functions would signal threads that are not here.
        const auto id = static_cast<long>(*plan.uid);
        if (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setresgid, id, id, id) != 0 ||
            ::syscall(SYS_setresuid, id, id, id) != 0)
            fail(plan, user);
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(plan, privileges);
}

void take_descriptors(const ChildPlan& plan) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || ::dup2(null, 0) < 0) fail(plan, descriptors);
    if (::dup2(plan.log, 1) < 0 || ::dup2(plan.log, 2) < 0) fail(plan, descriptors);
    int next = kFirstKept;
    for (const int fd : plan.fds)
        if (::dup2(fd, next++) < 0) fail(plan, descriptors);
    // The verdict's pipe goes with exec; everything else goes now.
    if (::dup3(plan.verdict, next, O_CLOEXEC) < 0) fail(plan, descriptors);
    if (::syscall(SYS_close_range, static_cast<unsigned>(next + 1), ~0U, 0U) != 0) fail(plan, descriptors);
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
    plan.verdict = kFirstKept + static_cast<int>(plan.fds.size());
    if (plan.root != nullptr) enter_root(plan);
    set_limits(plan);
    drop_user(plan);
    ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
    fail(plan, program);
}

bool is_link(const char* path) {
    struct stat st {};
    return ::lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

std::vector<Entry> entries_of(LaunchPlan::Kvm kvm) {
    using Kind = Entry::Kind;
    std::vector<Entry> entries{{Kind::bind, "usr", "/usr"},
                               {Kind::directory, "dev", ""},
                               {Kind::directory, "proc", ""},
                               {Kind::directory, "etc", ""},
                               {Kind::directory, "tmp", ""},
                               {Kind::device, "dev/null", "/dev/null", makedev(1, 3)},
                               {Kind::device, "dev/zero", "/dev/zero", makedev(1, 5)},
                               {Kind::device, "dev/urandom", "/dev/urandom", makedev(1, 9)}};
    for (const char* name : {"lib", "lib64", "bin", "sbin"}) {
        const std::string path = std::string{"/"} + name;
        if (is_link(path.c_str()))
            entries.push_back({Kind::link, name, std::string{"usr/"} + name});
        else
            entries.push_back({Kind::bind, name, path, 0, Entry::Need::may});
    }
    for (const char* name : {"etc/resolv.conf", "etc/ld.so.cache", "etc/alternatives"})
        entries.push_back({Kind::bind, name, std::string{"/"} + name, 0, Entry::Need::may});
    struct stat st {};
    if (kvm == LaunchPlan::Kvm::given && ::stat("/dev/kvm", &st) == 0)
        entries.push_back({Kind::device, "dev/kvm", "/dev/kvm", st.st_rdev, Entry::Need::may});
    return entries;
}

/// Above every number that the child assigns, so that no dup2 overwrites a descriptor that is still needed.
Result<UniqueFd> raised(int fd) {
    const int high = ::fcntl(fd, F_DUPFD_CLOEXEC, 256);
    if (high < 0) return error_from_errno(errno, "duplicating a descriptor");
    return UniqueFd{high};
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};
Result<Pipe> raised_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return error_from_errno(errno, "making a pipe");
    const UniqueFd low_read{ends[0]};
    const UniqueFd low_write{ends[1]};
    UniqueFd high_read = TRY(raised(ends[0]));
    UniqueFd high_write = TRY(raised(ends[1]));
    return Pipe{std::move(high_read), std::move(high_write)};
}

/// Unlike a pipe, writing to it when the other end is gone raises no signal.
Result<Pipe> raised_sockets() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return error_from_errno(errno, "making a socket pair");
    const UniqueFd low_read{ends[0]};
    const UniqueFd low_write{ends[1]};
    UniqueFd high_read = TRY(raised(ends[0]));
    UniqueFd high_write = TRY(raised(ends[1]));
    return Pipe{std::move(high_read), std::move(high_write)};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

void reap(pid_t pid) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace

Result<Launching> launch(LaunchPlan plan) {
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LANG=C", "TMPDIR=/tmp"};
    std::vector<UniqueFd> high;
    ChildPlan wanted;
    for (const UniqueFd& fd : plan.fds) {
        high.push_back(TRY(raised(fd.get())));
        wanted.fds.push_back(high.back().get());
    }
    high.push_back(TRY(raised(plan.log.get())));
    wanted.log = high.back().get();
    Pipe go = TRY(raised_sockets());
    Pipe verdict = TRY(raised_pipe());
    wanted.go = go.read.get();
    wanted.verdict = verdict.write.get();
    wanted.argv = pointers_to(plan.argv);
    wanted.envp = pointers_to(environment);
    wanted.uid = plan.uid;
    if (plan.root) wanted.root = plan.root->c_str(), wanted.entries = entries_of(plan.kvm);

    int pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PIDFD;
    if (plan.root) args.flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) return error_from_errno(errno, "starting a process");
    if (pid == 0) {
        ::close(go.write.get());
        child(wanted);
    }
    return Launching{static_cast<pid_t>(pid), UniqueFd{pidfd}, std::move(go.write), std::move(verdict.read)};
}

Launching::~Launching() {
    if (pid_ == 0) return;
    go_.reset();
    reap(pid_);
}

Result<UniqueFd> Launching::release() && {
    const pid_t pid = std::exchange(pid_, 0);
    [[maybe_unused]] const auto sent = ::send(go_.get(), "g", 1, MSG_NOSIGNAL);
    Verdict verdict{};
    ssize_t got = 0;
    do got = ::read(verdict_.get(), &verdict, sizeof verdict);
    while (got < 0 && errno == EINTR);
    if (got == 0) return std::move(pidfd_);
    reap(pid);
    if (got != sizeof verdict) return Error{Errc::io, "the process ended before it started the program"};
    const char* stage = kStages[static_cast<std::size_t>(verdict.stage)];
    return error_from_errno(verdict.number, stage);
}

std::vector<Isolation> isolation_of(const LaunchPlan& plan) {
    const bool rooted = plan.root.has_value();
    const bool user = plan.uid.has_value();
    const std::string no_root = "this server may not make namespaces";
    const std::string no_user = "the server does not run as root: QEMU runs as the server's user";
    return {
        {"user", user, user ? "user and group " + std::to_string(*plan.uid) + ", no capability" : no_user},
        {"files", rooted, rooted ? "sees /usr read-only and its own empty root" : no_root},
        {"processes", rooted, rooted ? "a process, IPC and host-name namespace of its own" : no_root},
        {"descriptors", true, "only its disks, log and sockets"},
        {"privileges", true, "no_new_privs"},
        {"system calls", true, "QEMU's seccomp filter: no exec, no fork, no change of rights or priorities"},
        {"network", false, "user networking opens its connections on the host's network"},
    };
}

Confinement strictest_confinement(const std::string& root, std::uint32_t uid) {
    if (::geteuid() != 0) return {Confinement::Level::none, "the server does not run as root"};
    std::string reason;
    for (const auto level : {Confinement::Level::full, Confinement::Level::user}) {
        LaunchPlan plan;
        plan.argv = {"/usr/bin/true"};
        plan.log = UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
        plan.uid = uid;
        if (level == Confinement::Level::full) plan.root = root;
        auto started = launch(std::move(plan));
        if (!started.ok()) {
            reason = started.error().message();
            continue;
        }
        const pid_t pid = started->pid();
        const auto released = std::move(*started).release();
        if (released.ok()) {
            reap(pid);
            return {level, reason};
        }
        reason = released.error().message();
    }
    return {Confinement::Level::none, reason};
}

}  // namespace landfall::machines
