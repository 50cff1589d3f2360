#include "bench/messages/load_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/result.hpp"

namespace landfall::bench {

namespace {

struct Connection {
    int fd = -1;
    std::string request;
    std::size_t sent = 0;
    std::string answer;
    Moment asked;
    bool busy = false;
};

int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/// Where the body of a whole answer begins; npos while bytes are missing. Our server always sends a length.
std::size_t body_of(std::string_view answer) {
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == std::string_view::npos) return std::string_view::npos;
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const std::size_t at = answer.find(kLength);
    CHECK(at < head);
    std::size_t length = 0;
    std::from_chars(answer.data() + at + kLength.size(), answer.data() + head, length);
    return answer.size() >= head + 4 + length ? head + 4 : std::string_view::npos;
}

class Load {
public:
    Load(std::uint16_t port, std::size_t connections, Duration limit, NextRequest next)
        : next_{std::move(next)}, connections_(connections), end_{clock_.moment() + limit} {
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        for (std::size_t i = 0; i < connections; ++i) {
            connections_[i].fd = connect_to(port);
            epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
            CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event) == 0);
        }
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;
    ~Load() {
        for (const Connection& c : connections_) ::close(c.fd);
        ::close(epoll_);
    }

    Outcome run() {
        const Moment start = clock_.moment();
        for (std::size_t i = 0; i < connections_.size(); ++i) ask(i, {});
        std::array<epoll_event, 512> events;
        while (busy_ > 0) {
            const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 60'000);
            CHECK(n > 0);
            for (int e = 0; e < n; ++e) take(events[static_cast<std::size_t>(e)].data.u64);
        }
        outcome_.seconds = std::chrono::duration<double>(clock_.moment() - start).count();
        return std::move(outcome_);
    }

private:
    void ask(std::size_t i, std::string_view last) {
        Connection& c = connections_[i];
        const bool over = clock_.moment() >= end_;
        const std::string_view request = over ? std::string_view{} : next_(i, last);
        c.answer.clear();
        if (request.empty()) {
            if (c.busy) --busy_;
            c.busy = false;
            return;
        }
        if (!c.busy) ++busy_;
        c.busy = true;
        c.asked = clock_.moment();
        // A request of some ten KiB fits the socket's buffer: the connection is idle when it is sent.
        CHECK(::send(c.fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    }

    void take(std::size_t i) {
        Connection& c = connections_[i];
        const ssize_t got = ::recv(c.fd, buffer_.data(), buffer_.size(), 0);
        CHECK(got > 0);
        c.answer.append(buffer_.data(), static_cast<std::size_t>(got));
        const std::size_t body = body_of(c.answer);
        if (body == std::string_view::npos) return;
        outcome_.milliseconds.push_back(
            std::chrono::duration<float, std::milli>(clock_.moment() - c.asked).count());
        ++outcome_.answers;
        if (!c.answer.starts_with("HTTP/1.1 200")) {
            ++outcome_.errors;
            if (outcome_.first_error.empty()) outcome_.first_error = c.answer;
        }
        const std::string answer = std::move(c.answer);
        ask(i, std::string_view{answer}.substr(body));
    }

    SystemClock clock_;
    NextRequest next_;
    std::vector<Connection> connections_;
    Moment end_;
    int epoll_ = -1;
    std::size_t busy_ = 0;
    Outcome outcome_;
    std::array<char, 262'144> buffer_;
};

}  // namespace

Outcome run_load(std::uint16_t port, std::size_t connections, Duration limit, NextRequest next) {
    return std::make_unique<Load>(port, connections, limit, std::move(next))->run();
}

float quantile(std::vector<float>& milliseconds, double p) {
    if (milliseconds.empty()) return 0;
    const auto at = static_cast<std::size_t>(p * static_cast<double>(milliseconds.size() - 1));
    std::nth_element(milliseconds.begin(), milliseconds.begin() + static_cast<std::ptrdiff_t>(at),
                     milliseconds.end());
    return milliseconds[at];
}

}  // namespace landfall::bench
