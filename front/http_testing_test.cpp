#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/result.hpp"
#include "front/http_testing.hpp"

namespace landfall::front::testing {

namespace {
constexpr int kPatienceMs = 10'000;
}

RawClient::RawClient(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, buffer_{std::move(other.buffer_)} {}

RawClient::~RawClient() {
    if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd wait{.fd = fd_, .events = POLLOUT, .revents = 0};
        if (::poll(&wait, 1, kPatienceMs) <= 0) return false;
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) continue;
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool RawClient::fill() {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kPatienceMs) <= 0) {
        buffer_ += "<timeout>";
        return false;
    }
    char bytes[65536];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return true;
}

std::string RawClient::read_to_end() {
    while (fill()) {}
    return std::exchange(buffer_, {});
}

std::string RawClient::read_through(std::string_view mark) {
    std::size_t at;
    while ((at = buffer_.find(mark)) == std::string::npos) {
        if (!fill()) return {};
    }
    std::string head = buffer_.substr(0, at + mark.size());
    buffer_.erase(0, at + mark.size());
    return head;
}

std::string RawClient::read_exactly(std::size_t n) {
    while (buffer_.size() < n) {
        if (!fill()) return std::exchange(buffer_, {});
    }
    std::string bytes = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return bytes;
}

std::string RawClient::Answer::header(std::string_view name) const {
    std::size_t at = 0;
    while ((at = head.find("\r\n", at)) != std::string::npos) {
        at += 2;
        const std::size_t colon = head.find(':', at);
        if (colon == std::string::npos) break;
        if (!equal_ignoring_case(std::string_view{head}.substr(at, colon - at), name)) continue;
        const std::size_t from = head.find_first_not_of(' ', colon + 1);
        return head.substr(from, head.find("\r\n", from) - from);
    }
    return {};
}

RawClient::Answer RawClient::read_answer(Body body) {
    Answer answer;
    answer.head = read_through("\r\n\r\n");
    if (answer.head.size() < 12) return {};
    answer.status = std::atoi(answer.head.c_str() + 9);
    if (body == Body::none || answer.status == 100) return answer;
    if (answer.header("Transfer-Encoding") == "chunked") {
        while (true) {
            const std::string line = read_through("\r\n");
            const std::size_t size = std::strtoull(line.c_str(), nullptr, 16);
            answer.body += read_exactly(size);
            if (read_exactly(2) != "\r\n") answer.body += "<broken chunk>";
            if (size == 0 || line.empty()) return answer;
        }
    }
    if (const std::string length = answer.header("Content-Length"); !length.empty()) {
        answer.body = read_exactly(std::strtoull(length.c_str(), nullptr, 10));
    }
    return answer;
}

bool RawClient::closed_by_server() { return !fill() && buffer_.empty(); }

void RawClient::shut_sending() { ::shutdown(fd_, SHUT_WR); }

RunningServer::RunningServer(RequestSink& sink, Setup setup) : workers_{setup.queue_max} {
    if (setup.http.listen.empty()) setup.http.listen.push_back({"127.0.0.1", 0});
    auto opened = HttpServer::open(std::move(setup.http), workers_, sink, clock_);
    CHECK(opened.ok());
    server_ = std::move(opened).value();
    for (std::size_t i = 0; i < server_->loops(); ++i)
        loops_.emplace_back([this, i] { server_->run_loop(i); });
    for (std::size_t i = 0; i < setup.workers; ++i) pool_.emplace_back([this] { workers_.run(); });
}

RunningServer::~RunningServer() { stop_and_join(Duration{0}); }

void RunningServer::stop_and_join(Duration grace) {
    if (loops_.empty()) return;
    server_->stop(grace);
    for (std::thread& t : loops_) t.join();
    loops_.clear();
    workers_.stop();
    for (std::thread& t : pool_) t.join();
    pool_.clear();
}

bool eventually(const std::function<bool()>& holds) {
    std::mutex mutex;
    std::condition_variable never;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds{kPatienceMs};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::unique_lock lock{mutex};
        never.wait_for(lock, std::chrono::milliseconds{2});
    }
    return true;
}

}  // namespace landfall::front::testing
