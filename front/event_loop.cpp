#include "front/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <vector>

#include "base/burst.hpp"

namespace landfall::front {

namespace {

constexpr std::size_t kEventsMax = 256;
constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;

struct Fd {
    explicit Fd(int opened) : value{opened} { CHECK(value >= 0); }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { ::close(value); }
    const int value;
};

constexpr std::uint32_t bit_of(Direction direction) {
    return direction == Direction::read ? EPOLLIN : EPOLLOUT;
}

}  // namespace

/// `asked` is what the kernel watches for; 0: it does not know the descriptor.
struct Watch::Descriptor {
    EventLoop::Reactor& reactor;
    int fd;
    std::uint32_t asked = 0;
    std::array<UniqueFunction<void(Ready)>, 2> waiting{};

    UniqueFunction<void(Ready)>& waiter(Direction direction) {
        return waiting[static_cast<std::size_t>(direction)];
    }
    [[nodiscard]] int ask(std::uint32_t events);
    void take(std::uint32_t events);
    void fire(Direction direction);
    void cancel(Direction direction);
    void shut();
};

struct EventLoop::Reactor final : Sleeper {
    void loop();
    void turn();
    void wake_up() override;
    [[nodiscard]] int time_left() const;
    [[nodiscard]] bool over();
    void tick_if_due();
    /// False: there was nothing.
    bool run_posted();

    const Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    const Fd wakened{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    SystemClock clock;  // of waits in the kernel, which no test's clock moves
    std::atomic<std::thread::id> thread{};

    std::mutex mutex;
    std::vector<UniqueFunction<void()>> posted;
    bool sleeping = false;

    // The thread's own.
    std::vector<UniqueFunction<void()>> running;
    std::vector<std::unique_ptr<Watch::Descriptor>> shut;  ///< events in hand may still name them
    std::size_t waits = 0;
    bool finished = false;
    Duration period{};
    Moment next_tick{};
    UniqueFunction<void()> tick;
};

void EventLoop::Reactor::loop() {
    thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
    // The eventfd tells of each write once, and is never read.
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
    (void)::epoll_ctl(epoll.value, EPOLL_CTL_ADD, wakened.value, &event);
    while (!over()) turn();
    thread.store({}, std::memory_order_relaxed);
}

bool EventLoop::Reactor::over() {
    if (!finished || waits > 0) return false;
    const std::lock_guard lock{mutex};
    return posted.empty();
}

/// Until the next tick, in milliseconds; -1: none is set.
int EventLoop::Reactor::time_left() const {
    if (finished || !tick) return -1;
    const Duration left = next_tick - clock.moment();
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000));
}

void EventLoop::Reactor::turn() {
    const int wait = time_left();
    bool sleeps = false;
    {
        const std::lock_guard lock{mutex};
        sleeps = sleeping = posted.empty();
    }
    std::array<epoll_event, kEventsMax> events;
    const int n =
        ::epoll_wait(epoll.value, events.data(), static_cast<int>(events.size()), sleeps ? wait : 0);
    CHECK(n >= 0 || errno == EINTR);
    if (sleeps) {
        const std::lock_guard lock{mutex};
        sleeping = false;
    }
    const Burst burst;  // what the requests of this turn give others to do, they are woken for once
    for (int i = 0; i < n; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr != nullptr) static_cast<Watch::Descriptor*>(event.data.ptr)->take(event.events);
    }
    shut.clear();
    run_posted();
    shut.clear();
    tick_if_due();
}

void EventLoop::Reactor::tick_if_due() {
    if (finished || !tick || clock.moment() < next_tick) return;
    tick();
    next_tick = clock.moment() + period;
}

bool EventLoop::Reactor::run_posted() {
    {
        const std::lock_guard lock{mutex};
        running.swap(posted);
    }
    if (running.empty()) return false;
    for (UniqueFunction<void()>& work : running) {
        work();
        work = {};  // what it owns goes now, not with the batch
    }
    running.clear();
    return true;
}

void EventLoop::Reactor::wake_up() {
    {
        const std::lock_guard lock{mutex};
        if (!std::exchange(sleeping, false)) return;
    }
    const std::uint64_t one = 1;
    CHECK(::write(wakened.value, &one, sizeof one) == sizeof one);
}

EventLoop::EventLoop() : reactor_{std::make_unique<Reactor>()} {}
EventLoop::~EventLoop() { discard(); }

void EventLoop::run() { reactor_->loop(); }

void EventLoop::post(UniqueFunction<void()> work) {
    Reactor& r = *reactor_;
    {
        const std::lock_guard lock{r.mutex};
        r.posted.push_back(std::move(work));
        if (!r.sleeping) return;
    }
    Burst::wake(r);
}

void EventLoop::discard() {
    std::vector<UniqueFunction<void()>> dropped;
    do {
        dropped.clear();
        const std::lock_guard lock{reactor_->mutex};
        dropped.swap(reactor_->posted);
    } while (!dropped.empty());
}

bool EventLoop::on_thread() const {
    return reactor_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void EventLoop::tick_every(Duration period, UniqueFunction<void()> tick) {
    reactor_->period = period;
    reactor_->tick = std::move(tick);
    reactor_->next_tick = reactor_->clock.moment() + period;
}

void EventLoop::finish() { reactor_->finished = true; }

/// 0, or errno.
int Watch::Descriptor::ask(std::uint32_t events) {
    if (events == asked) return 0;
    const int action = asked == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    epoll_event event{.events = events, .data = {.ptr = this}};
    if (::epoll_ctl(reactor.epoll.value, action, fd, &event) != 0) return errno;
    asked = events;
    return 0;
}

/// Something that nobody waits for would be told again and again: it is not asked for until somebody does.
/// The kernel tells of a broken connection whatever it was asked for, until it is asked for nothing.
void Watch::Descriptor::take(std::uint32_t events) {
    const bool broken = (events & kBroken) != 0;
    std::uint32_t unwanted = 0;
    for (const Direction direction : {Direction::read, Direction::write}) {
        if (fd < 0 || (!broken && (events & bit_of(direction)) == 0)) continue;
        if (waiter(direction))
            fire(direction);
        else
            unwanted |= bit_of(direction);
    }
    if (fd < 0 || unwanted == 0) return;
    for (const Direction direction : {Direction::read, Direction::write})
        if (waiter(direction)) unwanted &= ~bit_of(direction);
    CHECK(ask(asked & ~unwanted) == 0);
}

void Watch::Descriptor::fire(Direction direction) {
    auto done = std::exchange(waiter(direction), {});
    --reactor.waits;
    done(Ready::ready);
}

void Watch::Descriptor::shut() {
    if (fd < 0) return;
    (void)ask(0);  // another process may hold the socket open, which would keep it registered
    ::close(std::exchange(fd, -1));
    for (const Direction direction : {Direction::read, Direction::write})
        if (waiter(direction)) cancel(direction);
}

/// On the loop's thread, or when none is: nobody has to be woken.
void Watch::Descriptor::cancel(Direction direction) {
    const std::lock_guard lock{reactor.mutex};
    reactor.posted.push_back([at = &reactor, done = std::exchange(waiter(direction), {})]() mutable {
        --at->waits;
        done(Ready::cancelled);
    });
}

Watch::Watch(std::unique_ptr<Descriptor> descriptor) : descriptor_{std::move(descriptor)} {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Watch::~Watch() {
    if (!descriptor_) return;
    descriptor_->shut();
    auto& shut = descriptor_->reactor.shut;
    shut.push_back(std::move(descriptor_));
}

Result<Watch> Watch::adopt(EventLoop& loop, int fd) {
    auto descriptor = std::make_unique<Descriptor>(Descriptor{*loop.reactor_, fd});
    if (const int failed = descriptor->ask(bit_of(Direction::read)); failed != 0) {
        ::close(fd);
        return error_from_errno(failed, "watching a socket");
    }
    return Watch{std::move(descriptor)};
}

int Watch::fd() const { return descriptor_->fd; }

void Watch::wait(Direction direction, UniqueFunction<void(Ready)> done) {
    Descriptor& d = *descriptor_;
    CHECK(d.fd >= 0 && !d.waiter(direction));
    d.waiter(direction) = std::move(done);
    ++d.reactor.waits;
    if (d.ask(d.asked | bit_of(direction)) != 0) d.cancel(direction);  // no memory for it in the kernel
}

void Watch::close() { descriptor_->shut(); }

}  // namespace landfall::front
