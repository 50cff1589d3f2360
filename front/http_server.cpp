#include "front/http_server.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "front/connection.hpp"

namespace landfall::front {

namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsInARow = 64;
constexpr Duration kTickMax = std::chrono::milliseconds{500};
constexpr Duration kTickMin = std::chrono::milliseconds{5};

Duration tick_for(const Timeouts& t) {
    const Duration shortest = std::min({t.idle, t.head, t.stall, t.linger});
    return std::clamp(Duration{shortest / 4}, kTickMin, kTickMax);
}

struct FreeAddresses {
    void operator()(addrinfo* a) const { ::freeaddrinfo(a); }
};

/// A descriptor until somebody takes it.
class OwnedFd {
public:
    explicit OwnedFd(int fd) : fd_{fd} {}
    OwnedFd(OwnedFd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    OwnedFd& operator=(OwnedFd&&) = delete;
    ~OwnedFd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int take() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Result<OwnedFd> listen_on(const ListenAddress& address) {
    const std::string doing = "listening on " + address.host + ":" + std::to_string(address.port);
    const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) {
        return Error{Errc::invalid, doing + ": not a numeric address"};
    }
    const std::unique_ptr<addrinfo, FreeAddresses> owned{found};
    OwnedFd fd{::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0) return error_from_errno(errno, doing);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
        if (errno == EADDRINUSE) return Error{Errc::already_exists, doing + ": the port is in use"};
        return error_from_errno(errno, doing);
    }
    return fd;
}

std::uint16_t port_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

Peer peer_of(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
    }
    std::string_view shown{text};
    // An IPv4 client of a dual-stack socket: policies and logs know it by its IPv4 address.
    if (shown.starts_with("::ffff:") && shown.find('.') != std::string_view::npos) shown.remove_prefix(7);
    return {std::string{shown}, port_of(address), false};
}

}  // namespace

struct HttpServer::Core {
    struct Loop {
        Loop() = default;
        Loop(const Loop&) = delete;
        Loop& operator=(const Loop&) = delete;
        /// What came too late to be run may hold connections, which ask for the share as they go.
        ~Loop() { events.discard(); }

        EventLoop events;
        std::unique_ptr<LoopShare> share;
        Moment stop_at{};
        bool finished = false;
    };
    struct Listener {
        int fd;  ///< until run_loop(0) makes the watch
        std::optional<Watch> watch;
        bool armed = false;
    };

    Core(HttpOptions o, const Clock& c) : options{std::move(o)}, clock{c} {}
    ~Core() {
        for (const Listener& l : listeners) {
            if (l.fd >= 0) ::close(l.fd);
        }
    }

    void start_loop(std::size_t i);
    void tell_time(LoopShare& share) const;
    void tick(Loop& loop);
    void arm(Listener& listener);
    void accept_some(Listener& listener);
    void hand_out(OwnedFd fd, Peer peer);
    void adopt(Loop& loop, OwnedFd fd, Peer peer);
    void begin_stop(Loop& loop, Duration grace);
    static void finish_if_empty(Loop& loop);

    const HttpOptions options;
    const Clock& clock;
    HttpCounters counters;
    std::vector<Listener> listeners;
    std::vector<std::uint16_t> ports;
    std::vector<std::unique_ptr<Loop>> loops;
    std::size_t next_loop = 0;
};

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_{std::move(core)} {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpOptions options, WorkerPool& workers,
                                                     RequestSink& sink, const Clock& clock) {
    auto core = std::make_unique<Core>(std::move(options), clock);
    for (const ListenAddress& address : core->options.listen) {
        OwnedFd fd = TRY(listen_on(address));
        sockaddr_storage bound{};
        socklen_t length = sizeof bound;
        if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
            return error_from_errno(errno, "asking for the bound port");
        }
        core->ports.push_back(port_of(bound));
        core->listeners.push_back({fd.take(), std::nullopt, false});
    }
    for (std::size_t i = 0; i < std::max<std::size_t>(1, core->options.loops); ++i) {
        auto loop = std::make_unique<Core::Loop>();
        loop->share = std::make_unique<LoopShare>(loop->events, core->options, workers, sink, core->counters);
        loop->share->on_empty = [at = loop.get()] { at->events.post([at] { Core::finish_if_empty(*at); }); };
        core->tell_time(*loop->share);  // a connection may be handed over before the loop's own first tick
        core->loops.push_back(std::move(loop));
    }
    return std::make_unique<HttpServer>(std::move(core));
}

std::size_t HttpServer::loops() const { return core_->loops.size(); }
const std::vector<std::uint16_t>& HttpServer::ports() const { return core_->ports; }
const HttpCounters& HttpServer::counters() const { return core_->counters; }

void HttpServer::run_loop(std::size_t i) {
    CHECK(i < core_->loops.size());
    Core::Loop& loop = *core_->loops[i];
    loop.events.post([this, i] { core_->start_loop(i); });
    loop.events.run();
}

void HttpServer::stop(Duration grace) {
    for (const auto& loop : core_->loops) {
        loop->events.post([core = core_.get(), at = loop.get(), grace] { core->begin_stop(*at, grace); });
    }
}

void HttpServer::Core::start_loop(std::size_t i) {
    Loop& loop = *loops[i];
    if (loop.finished || loop.share->stopping) return;
    loop.events.tick_every(tick_for(options.timeouts), [this, &loop] { tick(loop); });
    if (i != 0) return;
    for (Listener& listener : listeners) {
        auto watch = Watch::adopt(loop.events, std::exchange(listener.fd, -1));
        CHECK(watch.ok());  // the first descriptors of a fresh loop: only a broken kernel refuses them
        listener.watch = std::move(watch).value();
        arm(listener);
    }
}

void HttpServer::Core::tell_time(LoopShare& share) const {
    share.now = clock.moment();
    share.date_line = "Date: " + http_date(clock.now()) + "\r\n";
}

void HttpServer::Core::tick(Loop& loop) {
    LoopShare& share = *loop.share;
    tell_time(share);
    // What a flood left goes back, what is in use comes and goes.
    share.spare.resize(share.spare.size() - std::min(share.spare_unused, share.spare.size()));
    share.spare_unused = share.spare.size();
    // Backwards, because a connection that closes swaps the last one into its place.
    for (std::size_t i = share.open.size(); i-- > 0;) {
        if (i < share.open.size()) share.open[i]->sweep();
    }
    if (share.stopping) {
        while (share.now >= loop.stop_at && !share.open.empty()) share.open.back()->close();
        return finish_if_empty(loop);
    }
    if (&loop != loops.front().get()) return;
    for (Listener& listener : listeners) arm(listener);  // those that ran out of descriptors try again
}

void HttpServer::Core::arm(Listener& listener) {
    if (listener.armed || !listener.watch) return;
    listener.armed = true;
    listener.watch->wait(Direction::read, [this, &listener](Ready ready) {
        listener.armed = false;
        if (ready == Ready::ready && listener.watch) accept_some(listener);
    });
}

void HttpServer::Core::accept_some(Listener& listener) {
    for (int i = 0; i < kAcceptsInARow; ++i) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int fd = ::accept4(listener.watch->fd(), reinterpret_cast<sockaddr*>(&from), &length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            hand_out(OwnedFd{fd}, peer_of(from));
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN) break;
        return;  // no descriptors or memory: the next tick tries again; meanwhile clients wait in the backlog
    }
    arm(listener);
}

void HttpServer::Core::hand_out(OwnedFd fd, Peer peer) {
    if (counters.open.load(std::memory_order_relaxed) >= options.connections_max) {
        counters.refused.fetch_add(1, std::memory_order_relaxed);
        static constexpr std::string_view kBusy =
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: "
            "close\r\n\r\n";
        (void)::send(fd.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL);
        return;
    }
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    counters.open.fetch_add(1, std::memory_order_relaxed);
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Loop& loop = *loops[next_loop++ % loops.size()];
    loop.events.post([this, &loop, fd = std::move(fd), peer = std::move(peer)]() mutable {
        adopt(loop, std::move(fd), std::move(peer));
    });
}

void HttpServer::Core::adopt(Loop& loop, OwnedFd fd, Peer peer) {
    LoopShare& share = *loop.share;
    auto watch = loop.finished || share.stopping ? Result<Watch>{Error{Errc::cancelled, "stopping"}}
                                                 : Watch::adopt(loop.events, fd.take());
    if (!watch.ok()) {
        counters.open.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    auto connection = std::make_shared<Connection>(share, std::move(watch).value(), std::move(peer));
    connection->index_in_share = share.open.size();
    share.open.push_back(connection);
    connection->start();
}

void HttpServer::Core::begin_stop(Loop& loop, Duration grace) {
    LoopShare& share = *loop.share;
    share.stopping = true;
    loop.stop_at = clock.moment() + grace;
    if (&loop == loops.front().get()) {
        for (Listener& listener : listeners) {
            if (listener.watch) listener.watch->close();
            listener.watch.reset();
        }
    }
    for (std::size_t i = share.open.size(); i-- > 0;) {
        if (i < share.open.size()) share.open[i]->wind_down();
    }
    finish_if_empty(loop);
}

void HttpServer::Core::finish_if_empty(Loop& loop) {
    if (!loop.share->open.empty() || loop.finished) return;
    loop.finished = true;
    loop.events.finish();
}

}  // namespace landfall::front
