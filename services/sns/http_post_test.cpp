#include "services/sns/http_post.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/thread_starter.hpp"

namespace landfall::sns {
namespace {

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket on a free port of the loopback; closed at the end.
class Socket {
public:
    explicit Socket(int type) : fd_{::socket(AF_INET, type, 0)} {
        sockaddr_in address = loopback();
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        socklen_t size = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~Socket() { ::close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

/// A name server that knows alive.test, and says nothing at all about any other name.
class NameServer {
public:
    NameServer() : thread_{threads_.start("names", [this] { serve(); })} {}
    ~NameServer() {
        ::shutdown(socket_.fd(), SHUT_RDWR);
        const sockaddr_in self = address();
        ::sendto(socket_.fd(), "", 0, 0, reinterpret_cast<const sockaddr*>(&self), sizeof self);
        thread_.join();
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    [[nodiscard]] std::string servers() const { return "127.0.0.1:" + socket_.port(); }
    [[nodiscard]] std::size_t unanswered() const { return unanswered_.load(); }

private:
    [[nodiscard]] sockaddr_in address() const {
        sockaddr_in self = loopback();
        self.sin_port = htons(static_cast<std::uint16_t>(std::stoi(socket_.port())));
        return self;
    }
    void serve() {
        constexpr std::string_view kAlive{"\5alive\4test\0", 12};
        for (;;) {
            char question[512];
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t got = ::recvfrom(socket_.fd(), question, sizeof question, 0,
                                           reinterpret_cast<sockaddr*>(&from), &size);
            if (got <= 0) return;
            std::string answer{question, static_cast<std::size_t>(got)};
            if (std::string_view{answer}.substr(12, kAlive.size()) != kAlive) {
                ++unanswered_;
                continue;
            }
            const bool v4 = answer[12 + kAlive.size() + 1] == 1;
            answer.resize(12 + kAlive.size() + 4);  // without additional records
            answer[2] = '\x81', answer[3] = '\x80', answer[7] = v4 ? '\1' : '\0';
            answer[9] = answer[11] = 0;
            if (v4) answer.append("\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1", 16);
            ::sendto(socket_.fd(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
        }
    }

    SystemThreads threads_;
    Socket socket_{SOCK_DGRAM};
    std::atomic<std::size_t> unanswered_{0};
    std::thread thread_;
};

/// Takes one request and answers 200.
class Endpoint {
public:
    Endpoint() {
        EXPECT_EQ(::listen(socket_.fd(), 16), 0);
        thread_ = threads_.start("endpoint", [this] { serve(); });
    }
    ~Endpoint() {
        ::shutdown(socket_.fd(), SHUT_RDWR);
        thread_.join();
    }
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    [[nodiscard]] std::string port() const { return socket_.port(); }
    [[nodiscard]] std::string head() {
        const std::scoped_lock lock{mutex_};
        return head_;
    }

private:
    void serve() {
        for (;;) {
            const int one = ::accept(socket_.fd(), nullptr, nullptr);
            if (one < 0) return;
            std::string text;
            char piece[4096];
            while (text.find("\r\n\r\n") == std::string::npos) {
                const ssize_t got = ::read(one, piece, sizeof piece);
                if (got <= 0) break;
                text.append(piece, static_cast<std::size_t>(got));
            }
            {
                const std::scoped_lock lock{mutex_};
                head_ = text.substr(0, text.find("\r\n\r\n"));
            }
            constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            (void)!::write(one, kAnswer.data(), kAnswer.size());
            ::close(one);
        }
    }

    SystemThreads threads_;
    Socket socket_{SOCK_STREAM};
    std::mutex mutex_;
    std::string head_;
    std::thread thread_;
};

class Posting : public ::testing::Test {
protected:
    void open(PosterSettings settings) {
        auto opened = HttpPoster::open(settings);
        ASSERT_TRUE(opened.ok());
        poster_ = std::move(opened).value();
        thread_ = threads_.start("poster", [this] { poster_->run(); });
    }
    ~Posting() override {
        if (!poster_) return;
        poster_->stop();
        thread_.join();
    }
    Result<int> post(const std::string& url) {
        std::mutex mutex;
        std::condition_variable changed;
        std::optional<Result<int>> outcome;
        poster_->post({.url = url, .headers = {}, .body = "x", .wait = {}}, [&](Result<int> got) {
            const std::scoped_lock lock{mutex};
            outcome = std::move(got);
            changed.notify_one();
        });
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return outcome.has_value(); });
        return *outcome;
    }

    static constexpr int kDead = 100;
    std::atomic<int> ended_{0};
    SystemThreads threads_;
    std::unique_ptr<HttpPoster> poster_;
    std::thread thread_;
};

TEST_F(Posting, names_that_nobody_answers_for_hold_back_no_other) {
    NameServer names;
    Endpoint endpoint;
    open({.blocked_networks = {}, .name_servers = names.servers()});
    for (int i = 0; i < kDead; ++i)
        poster_->post(
            {.url = "http://dead" + std::to_string(i) + ".test/", .headers = {}, .body = {}, .wait = {}},
            [this](const Result<int>& got) {
                EXPECT_TRUE(got.is(Errc::unavailable) || got.is(Errc::timeout));
                ++ended_;
            });
    const auto answered = post("http://alive.test:" + endpoint.port() + "/");
    ASSERT_TRUE(answered.ok()) << answered.error().message();
    EXPECT_EQ(*answered, 200);
    EXPECT_LT(ended_.load(), kDead);
    EXPECT_GT(names.unanswered(), 0U);
    EXPECT_NE(endpoint.head().find("Host: alive.test:" + endpoint.port()), std::string::npos);
}

TEST_F(Posting, a_name_that_leads_into_a_blocked_network_is_refused) {
    NameServer names;
    open({.blocked_networks = {"127.0.0.0/8"}, .name_servers = names.servers()});
    EXPECT_TRUE(post("http://alive.test:1/").is(Errc::denied));
    EXPECT_TRUE(post("http://127.0.0.1:1/").is(Errc::denied));
    EXPECT_TRUE(post("http://[::ffff:127.0.0.1]:1/").is(Errc::denied));
    EXPECT_TRUE(post("http://169.254.169.254/").is(Errc::denied));
    EXPECT_TRUE(post("http://[fe80::1]/").is(Errc::denied));
}

TEST_F(Posting, urls_that_are_none_and_ports_where_nobody_listens) {
    open({});
    EXPECT_TRUE(post("http://127.0.0.1:99999/").is(Errc::invalid));
    EXPECT_TRUE(post("ftp://127.0.0.1/").is(Errc::invalid));
    Socket closed{SOCK_STREAM};  // bound, but not listening
    EXPECT_TRUE(post("http://127.0.0.1:" + closed.port() + "/").is(Errc::unavailable));
}

TEST_F(Posting, what_is_under_way_at_the_end_is_given_up) {
    NameServer names;
    open({.blocked_networks = {}, .name_servers = names.servers()});
    poster_->post({.url = "http://dead.test/", .headers = {}, .body = {}, .wait = {}},
                  [](const Result<int>&) { ADD_FAILURE() << "nobody is told"; });
    while (names.unanswered() == 0) std::this_thread::yield();
}

TEST(Poster, a_network_that_is_none_is_named) {
    const auto opened = HttpPoster::open({.blocked_networks = {"10.0.0.0/99"}, .name_servers = {}});
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().message().find("10.0.0.0/99"), std::string::npos);
}

}  // namespace
}  // namespace landfall::sns
