#include "services/sns/name_lookup.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

namespace landfall::sns {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kTryMillis = 2000;
constexpr int kTries = 2;
constexpr const char* kServersFile = "/etc/resolv.conf";

Error unanswered(int status) {
    return Error{Errc::unavailable, std::string{"resolving the name: "} + ares_strerror(status)};
}

std::vector<std::string> texts_of(const ares_addrinfo& found) {
    std::vector<std::string> texts;
    for (const ares_addrinfo_node* node = found.nodes; node != nullptr; node = node->ai_next) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        const void* address = nullptr;
        if (node->ai_family == AF_INET)
            address = &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
        if (node->ai_family == AF_INET6)
            address = &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
        if (address != nullptr && inet_ntop(node->ai_family, address, text.data(), text.size()) != nullptr)
            texts.emplace_back(text.data());
    }
    return texts;
}

/// c-ares with one reading of the configuration. It owns its sockets; the loop only tells it of them.
class Channel {
public:
    Channel(asio::io_context& loop, ares_channel channel) : loop_{loop}, timer_{loop}, channel_{channel} {}
    static Result<std::unique_ptr<Channel>> open(asio::io_context& loop, const std::string& servers);
    ~Channel() {
        *here_ = false;
        ares_destroy(channel_);
        for (auto& [socket, watch] : watches_) watch->end();
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void find(const std::string& host, LookupDone done) {
        auto asked = std::make_unique<Asked>(Asked{this, std::move(done)});
        ++pending_;
        ares_addrinfo_hints hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Channel::told, asked.release());
        rearm_timer();
    }
    [[nodiscard]] std::size_t pending() const { return pending_; }

private:
    struct Asked {
        Channel* channel;
        LookupDone done;
    };
    /// A socket of c-ares under watch. Shared with the waits for it, which may end after the socket did.
    struct Watch {
        explicit Watch(asio::io_context& loop, ares_socket_t socket) : descriptor{loop, socket} {}
        asio::posix::stream_descriptor descriptor;
        struct Direction {
            bool wanted = false;
            bool waiting = false;
        };
        Direction in, out;
        bool alive = true;
        void end() {
            alive = false;
            descriptor.release();  // c-ares closes it
        }
    };

    static void told(void* arg, int status, int, ares_addrinfo* found) {
        const std::unique_ptr<Asked> asked{static_cast<Asked*>(arg)};
        std::vector<std::string> texts;
        if (found != nullptr) texts = texts_of(*found);
        ares_freeaddrinfo(found);
        if (status == ARES_EDESTRUCTION) return;
        --asked->channel->pending_;
        if (!texts.empty()) return asked->done(std::move(texts));
        asked->done(unanswered(status == ARES_SUCCESS ? ARES_ENODATA : status));
    }
    static void socket_changed(void* arg, ares_socket_t socket, int readable, int writable) {
        Channel& self = **static_cast<Channel**>(arg);
        auto at = self.watches_.find(socket);
        if (readable == 0 && writable == 0) {
            if (at == self.watches_.end()) return;
            at->second->end();
            self.watches_.erase(at);
            return;
        }
        if (at == self.watches_.end())
            at = self.watches_.emplace(socket, std::make_shared<Watch>(self.loop_, socket)).first;
        at->second->in.wanted = readable != 0;
        at->second->out.wanted = writable != 0;
        self.rearm(socket, at->second);
    }
    void rearm(ares_socket_t socket, const std::shared_ptr<Watch>& watch) {
        const auto arm = [&](Watch::Direction& direction, asio::posix::descriptor_base::wait_type type) {
            if (!watch->alive || !direction.wanted || direction.waiting) return;
            direction.waiting = true;
            watch->descriptor.async_wait(type, [this, socket, watch, &direction](error_code code) {
                direction.waiting = false;
                if (code || !watch->alive) return;
                const bool in = &direction == &watch->in;
                process(in ? socket : ARES_SOCKET_BAD, in ? ARES_SOCKET_BAD : socket);
                rearm(socket, watch);
            });
        };
        arm(watch->in, asio::posix::descriptor_base::wait_read);
        arm(watch->out, asio::posix::descriptor_base::wait_write);
    }
    void process(ares_socket_t readable, ares_socket_t writable) {
        ares_process_fd(channel_, readable, writable);
        rearm_timer();
    }
    void rearm_timer() {
        timeval room{};
        const timeval* next = ares_timeout(channel_, nullptr, &room);
        if (next == nullptr) {
            timer_.cancel();
            return;
        }
        timer_.expires_after(std::chrono::seconds{next->tv_sec} + std::chrono::microseconds{next->tv_usec});
        timer_.async_wait([this, here = here_](error_code code) {
            if (!code && *here) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        });
    }

    asio::io_context& loop_;
    asio::steady_timer timer_;
    ares_channel channel_;
    std::unique_ptr<Channel*>
        self_;  ///< what c-ares's callback gets: it is asked for before there is a Channel
    std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
    /// Shared with the timer, whose time may be over, but not yet told, when the channel goes.
    std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
    std::size_t pending_ = 0;
};

Result<std::unique_ptr<Channel>> Channel::open(asio::io_context& loop, const std::string& servers) {
    auto self = std::make_unique<Channel*>(nullptr);
    ares_options options{};
    options.timeout = kTryMillis;
    options.tries = kTries;
    options.sock_state_cb = &Channel::socket_changed;
    options.sock_state_cb_data = self.get();
    ares_channel channel = nullptr;
    const int status =
        ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) return unanswered(status);
    auto made = std::make_unique<Channel>(loop, channel);
    *self = made.get();
    made->self_ = std::move(self);
    if (!servers.empty() && ares_set_servers_ports_csv(channel, servers.c_str()) != ARES_SUCCESS)
        return Error{Errc::invalid, "\"" + servers + "\" names no name servers"};
    return made;
}

class AresLookup final : public NameLookup {
public:
    AresLookup(asio::io_context& loop, std::string servers) : loop_{loop}, servers_{std::move(servers)} {}
    ~AresLookup() override {
        channels_.clear();
        ares_library_cleanup();
    }
    AresLookup(const AresLookup&) = delete;
    AresLookup& operator=(const AresLookup&) = delete;

    Status refresh() {
        struct stat now {};
        stat(kServersFile, &now);
        const bool same = now.st_mtim.tv_sec == read_.tv_sec && now.st_mtim.tv_nsec == read_.tv_nsec;
        if (!channels_.empty() && same) return {};
        channels_.push_back(TRY(Channel::open(loop_, servers_)));
        read_ = now.st_mtim;
        return {};
    }
    void find(const std::string& host, LookupDone done) override {
        const Status refreshed = refresh();
        if (!refreshed.ok() && channels_.empty()) return done(refreshed.error());
        // Look-ups by an older configuration end in their own time.
        const Channel* current = channels_.back().get();
        std::erase_if(channels_,
                      [&](const auto& one) { return one.get() != current && one->pending() == 0; });
        channels_.back()->find(host, std::move(done));
    }

private:
    asio::io_context& loop_;
    std::string servers_;
    std::vector<std::unique_ptr<Channel>> channels_;
    timespec read_{};  ///< the file's time when the newest of them read it
};

}  // namespace

Result<std::unique_ptr<NameLookup>> NameLookup::open(asio::io_context& loop, std::string servers) {
    const int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status != ARES_SUCCESS) return unanswered(status);
    auto made = std::make_unique<AresLookup>(loop, std::move(servers));
    TRY(made->refresh());
    return std::unique_ptr<NameLookup>{std::move(made)};
}

}  // namespace landfall::sns
