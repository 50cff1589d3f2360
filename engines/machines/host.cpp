#include "engines/machines/host.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "engines/machines/acceleration.hpp"
#include "engines/machines/console_log.hpp"
#include "engines/machines/supervisor.hpp"

namespace landfall::machines {

namespace {

constexpr std::array<std::string_view, 6> kStates{"stopped", "starting", "running",
                                                  "paused",  "stopping", "terminated"};
constexpr std::array<std::string_view, 6> kHealths{"good",       "panicked", "disk_full",
                                                   "disk_error", "broken",   "unreachable"};
constexpr Duration kLongestSleep = std::chrono::seconds{30};

/// The façade: queues requests to the thread that owns the supervisor, and keeps copies of what that thread
/// told.
class QueueingHost final : public MachineHost {
public:
    QueueingHost(HostSettings settings, Clock& clock, Random& random, ChangeListener listener,
                 std::unique_ptr<FileLock> lock, UniqueFd wake)
        : settings_{std::move(settings)},
          clock_{clock},
          listener_{std::move(listener)},
          lock_{std::move(lock)},
          wake_{std::move(wake)},
          confinement_{confine()},
          supervisor_{settings_, confinement_, clock, random, disk_, tells()} {}

    ~QueueingHost() override {
        {
            const std::lock_guard hold{mutex_};
            closing_ = true;
        }
        moved_.notify_all();
        wake_up();
        if (loop_.joinable()) loop_.join();
        if (probe_.joinable()) probe_.join();
    }

    Status run() {
        TRY(supervisor_.load());
        loop_ = std::thread{[this] { loop(); }};
        return {};
    }

    Status define(const MachineSpec& spec) override {
        return call<Status>([&](Supervisor& s) { return s.define(spec); });
    }
    Status redefine(const MachineSpec& spec) override {
        return call<Status>([&](Supervisor& s) { return s.redefine(spec); });
    }
    Status start(const MachineId& id) override { return ask(id, {Ask::What::start}); }
    Status stop(const MachineId& id, Duration grace) override { return ask(id, {Ask::What::stop, grace}); }
    Status reboot(const MachineId& id, Duration grace) override {
        return ask(id, {Ask::What::reboot, grace});
    }
    Status pause(const MachineId& id) override { return ask(id, {Ask::What::pause}); }
    Status resume(const MachineId& id) override { return ask(id, {Ask::What::resume}); }
    Status terminate(const MachineId& id) override { return ask(id, {Ask::What::terminate}); }

    Result<MachineView> view(const MachineId& id) const override {
        const std::lock_guard hold{mutex_};
        const auto at = views_.find(id);
        if (at == views_.end()) return Error{Errc::not_found, "no machine " + id.text()};
        return at->second;
    }

    std::vector<MachineView> list() const override {
        const std::lock_guard hold{mutex_};
        std::vector<MachineView> all;
        for (const auto& [id, view] : views_) all.push_back(view);
        return all;
    }

    Result<MachineView> wait_for(const MachineId& id, MachineState state, Duration limit) override;

    std::string folder(const MachineId& id) const override { return settings_.root + "/" + id.text(); }

    Result<std::string> console(const MachineId& id, Bytes limit) const override {
        TRY(view(id));
        return read_console(folder(id) + "/console.log", limit);
    }

    Result<std::vector<std::byte>> screenshot(const MachineId& id) override {
        using Picture = Result<std::vector<std::byte>>;
        std::promise<Picture> promise;
        auto future = promise.get_future();
        // The reply is called exactly once: with a picture, at its deadline, or when the supervisor goes.
        const bool queued = post([&](Supervisor& s) {
            s.screenshot(id, [&promise](Picture picture) { promise.set_value(std::move(picture)); });
        });
        if (!queued) return closing();
        return future.get();
    }

    Result<Accelerated> acceleration() override;

private:
    using Request = UniqueFunction<void(Supervisor&)>;

    static Error closing() { return Error{Errc::unavailable, "the host is closing"}; }

    /// False when the host is closing: the request will not run then.
    bool post(Request request) {
        {
            const std::lock_guard hold{mutex_};
            if (closing_) return false;
            inbox_.push_back(std::move(request));
        }
        wake_up();
        return true;
    }

    template <class R, class F>
    R call(F work) {
        std::promise<R> promise;
        auto future = promise.get_future();
        const bool queued = post([&](Supervisor& s) { promise.set_value(work(s)); });
        if (!queued) return closing();
        return future.get();
    }

    Status ask(const MachineId& id, Ask request) {
        return call<Status>([&](Supervisor& s) { return s.ask(id, request); });
    }

    void wake_up() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
    }

    SupervisorTells tells() {
        return {[this](const MachineView& view) { changed(view); }, [this] { start_probe(); }};
    }

    Confinement confine() {
        if (settings_.confinement == HostSettings::Confinement::plain)
            return {Confinement::Level::none, "switched off in the settings"};
        return strictest_confinement(settings_.root + "/.probe", settings_.first_uid);
    }

    void changed(const MachineView& view) {
        {
            const std::lock_guard hold{mutex_};
            if (view.state == MachineState::terminated)
                views_.erase(view.id);
            else
                views_.insert_or_assign(view.id, view);
        }
        moved_.notify_all();
        if (listener_) listener_(view);
    }

    /// Called on the loop's thread, at most once a host.
    void start_probe() {
        if (probe_.joinable()) return;
        probe_ = std::thread{[this] {
            const Accelerated found = probe_kvm(settings_, confinement_, settings_.root + "/.probe");
            post([found](Supervisor& s) { s.acceleration_known(found); });
            remember(found);
        }};
    }
    void remember(const Accelerated& found) {
        {
            const std::lock_guard hold{mutex_};
            accelerated_ = found;
        }
        moved_.notify_all();
    }

    void loop();
    void run_inbox();

    const HostSettings settings_;
    Clock& clock_;
    RealDisk disk_;
    ChangeListener listener_;
    std::unique_ptr<FileLock> lock_;
    UniqueFd wake_;
    const Confinement confinement_;
    mutable std::mutex mutex_;  ///< guards the five below; held for memory operations only
    std::condition_variable moved_;
    std::map<MachineId, MachineView> views_;
    std::deque<Request> inbox_;
    std::optional<Accelerated> accelerated_;
    bool closing_ = false;
    Supervisor supervisor_;
    std::thread loop_;
    std::thread probe_;
};

void QueueingHost::run_inbox() {
    std::deque<Request> batch;
    {
        const std::lock_guard hold{mutex_};
        batch.swap(inbox_);
    }
    for (Request& request : batch) request(supervisor_);
}

void QueueingHost::loop() {
    while (true) {
        run_inbox();
        {
            const std::lock_guard hold{mutex_};
            if (closing_ && inbox_.empty()) break;
        }
        std::vector<pollfd> watched = supervisor_.watched();
        watched.push_back({wake_.get(), POLLIN, 0});
        Duration left = kLongestSleep;
        if (const auto at = supervisor_.wake_at()) left = std::min(left, *at - clock_.moment());
        left = std::max(left, Duration{0});
        const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        if (::ppoll(watched.data(), watched.size(), &timeout, nullptr) < 0)
            for (pollfd& each : watched) each.revents = 0;
        if (watched.back().revents != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
        }
        watched.pop_back();
        supervisor_.turn(watched);
    }
}

Result<MachineView> QueueingHost::wait_for(const MachineId& id, MachineState state, Duration limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    std::unique_lock hold{mutex_};
    std::optional<MachineView> last;
    while (true) {
        const auto at = views_.find(id);
        const bool there = at != views_.end();
        if (!there && (state != MachineState::terminated || !last))
            return Error{Errc::not_found, "no machine " + id.text()};
        if (!there) {
            last->state = MachineState::terminated;
            return *last;
        }
        last = at->second;
        if (last->state == state) return *last;
        const bool wants_process = state == MachineState::running || state == MachineState::paused;
        if (wants_process && last->state == MachineState::stopped)
            return Error{Errc::precondition, "machine " + id.text() + " stopped: " + last->reason};
        if (moved_.wait_until(hold, until) == std::cv_status::timeout)
            return Error{Errc::timeout,
                         "machine " + id.text() + " is still " + std::string{name_of(last->state)}};
    }
}

Result<MachineHost::Accelerated> QueueingHost::acceleration() {
    auto known = call<Result<std::optional<Accelerated>>>([&](Supervisor& s) { return s.acceleration(); });
    if (!known.ok()) return known.error();
    if (*known) return **known;
    std::unique_lock hold{mutex_};
    moved_.wait(hold, [&] { return accelerated_.has_value() || closing_; });
    if (!accelerated_) return closing();
    return *accelerated_;
}

}  // namespace

std::string_view name_of(MachineState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(Health health) { return kHealths[static_cast<std::size_t>(health)]; }

Result<std::unique_ptr<MachineHost>> MachineHost::open(HostSettings settings, Clock& clock, Random& random,
                                                       ChangeListener listener) {
    if (::access(settings.qemu.c_str(), X_OK) != 0)
        return Error{Errc::not_found, "no QEMU at " + settings.qemu};
    RealDisk disk;
    TRY(disk.make_directory(settings.root));
    TRY(disk.make_directory(settings.root + "/.probe"));
    auto lock = TRY(disk.lock(settings.root + "/.lock"));
    UniqueFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!wake) return error_from_errno(errno, "making an event counter");
    auto host = std::make_unique<QueueingHost>(std::move(settings), clock, random, std::move(listener),
                                               std::move(lock), std::move(wake));
    TRY(host->run());
    return std::unique_ptr<MachineHost>{std::move(host)};
}

}  // namespace landfall::machines
