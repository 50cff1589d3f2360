// CPU time of the server process per small request, at 32 kept-alive connections on loopback.
//
//   http_load_bench [requests]
//
// The server runs in a child process whose user and system time are read before and after the load, so that
// the client's work does not count. Two rows: a body read and answered (HTTP alone), and signed STS
// GetCallerIdentity calls (everything: routing, SigV4, decision, parsing, dispatch, reply, metrics).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.hpp"
#include "front/gateway.hpp"
#include "front/http_server.hpp"
#include "wire/api/dispatcher.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/sigv4/signer.hpp"
#include "wire/views/sts.hpp"

namespace landfall::front {
namespace {

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr int kConnections = 32;

class NullSink final : public RequestSink {
public:
    void on_request(Exchange exchange) override {
        Exchange::read_all(std::move(exchange), 1_MiB, [](Exchange back, Result<std::string_view>) {
            ResponseHead head{200};
            head.add("Content-Type", "text/xml");
            std::move(back).respond({std::move(head), std::string(130, 'x'), {}});
        });
    }
};

class OneKey final : public KeyTable {
public:
    std::optional<KnownKey> find(std::string_view key_id, std::string_view) const override {
        if (key_id != kKeyId) return std::nullopt;
        return KnownKey{
            KnownKey::State::active,
            {access::Principal::Kind::root, "000000000000", "arn:aws:iam::000000000000:root", "000000000000"},
            SecretString{std::string{kSecret}}};
    }
};

/// What the child answers when asked.
struct Used {
    double user_us = 0;
    double system_us = 0;
    double resident_bytes = 0;
};

double resident_now() {
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    unsigned long size = 0;
    unsigned long pages = 0;
    CHECK(file != nullptr && std::fscanf(file, "%lu %lu", &size, &pages) == 2);
    std::fclose(file);
    return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

Used used_now() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return {us(usage.ru_utime), us(usage.ru_stime), resident_now()};
}

/// The child: tells its port, then its usage whenever a byte comes, until the pipe closes.
[[noreturn]] void serve(int in, int out, bool through_gateway) {
    SystemClock clock;
    OsRandom random;
    WorkerPool workers{64};
    Metrics metrics;
    OneKey keys;
    wire::Registry registry;
    namespace sts = wire::sts;
    registry.on<sts::GetCallerIdentity>(wire::Runs::inline_,
                                        [](const wire::CallContext& context, sts::GetCallerIdentity::In,
                                           sts::GetCallerIdentity::Out reply) -> wire::Answer {
                                            reply.set_account(context.caller.account);
                                            reply.set_arn(context.caller.arn);
                                            reply.set_user_id(context.caller.user_id);
                                            return wire::Answer::success();
                                        });
    const wire::Catalogue catalogue{wire::embedded_models()};
    const wire::Dispatcher dispatcher{catalogue, registry};
    Gateway gateway{{dispatcher, keys, workers, metrics, clock, random}, {}};
    NullSink null;
    RequestSink& sink = through_gateway ? static_cast<RequestSink&>(gateway) : null;
    HttpOptions options;
    options.listen.push_back({"127.0.0.1", 0});
    auto server = HttpServer::open(std::move(options), workers, sink, clock);
    CHECK(server.ok());
    std::thread loop{[&] { (*server)->run_loop(0); }};
    const std::uint16_t port = (*server)->ports().front();
    CHECK(::write(out, &port, sizeof port) == sizeof port);
    char byte;
    while (::read(in, &byte, 1) == 1) {
        const Used used = used_now();
        CHECK(::write(out, &used, sizeof used) == sizeof used);
    }
    (*server)->stop(Duration{0});
    loop.join();
    std::_Exit(0);
}

std::string plain_request() {
    std::string text =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:4566\r\nUser-Agent: aws-cli/2.9.19 Python/3.11.2\r\n";
    text += "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: 43\r\n";
    text += "X-Filler: " + std::string(330, 'f') + "\r\n\r\n";
    return text + "Action=GetCallerIdentity&Version=2011-06-15";
}

std::string signed_request() {
    const std::string body = "Action=GetCallerIdentity&Version=2011-06-15";
    std::vector<sigv4::Header> headers{{"Host", "127.0.0.1:4566"},
                                       {"User-Agent", "aws-cli/2.9.19 Python/3.11.2"},
                                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    const sigv4::Request request{"POST", "/", "", headers, {}};
    const auto head = sigv4::sign(request, {std::string{kKeyId}, SecretString{std::string{kSecret}}, {}},
                                  {"us-east-1", "sts"}, sha256(body).hex(), SystemClock{}.now());
    std::string text = "POST / HTTP/1.1\r\n";
    for (const auto& h : headers) text.append(h.name).append(": ").append(h.value).append("\r\n");
    for (const auto& [name, value] : head.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

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

/// Answers come whole on loopback: they are far smaller than a segment.
void load(std::uint16_t port, std::string_view request, int requests) {
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> fds;
    for (int i = 0; i < kConnections; ++i) {
        fds.push_back(connect_to(port));
        epoll_event event{.events = EPOLLIN, .data = {.fd = fds.back()}};
        CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fds.back(), &event) == 0);
        CHECK(::send(fds.back(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    }
    int answered = 0;
    std::array<epoll_event, kConnections> events;
    std::array<char, 16384> answer;
    while (answered < requests) {
        const int n = ::epoll_wait(epoll, events.data(), kConnections, 10'000);
        CHECK(n > 0);
        for (int i = 0; i < n; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            const ssize_t got = ::recv(fd, answer.data(), answer.size(), 0);
            const std::string_view text{answer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
            if (!text.starts_with("HTTP/1.1 200")) {
                std::fprintf(stderr, "not a 200: %.*s\n", static_cast<int>(text.size()), text.data());
                std::exit(1);
            }
            ++answered;
            CHECK(::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        }
    }
    for (const int fd : fds) ::close(fd);
    ::close(epoll);
}

/// The server in its own process.
class Child {
public:
    explicit Child(bool through_gateway) {
        int to_child[2];
        int to_us[2];
        CHECK(::pipe(to_child) == 0 && ::pipe(to_us) == 0);
        child_ = ::fork();
        CHECK(child_ >= 0);
        if (child_ == 0) {
            ::close(to_child[1]);
            ::close(to_us[0]);
            serve(to_child[0], to_us[1], through_gateway);
        }
        ::close(to_child[0]);
        ::close(to_us[1]);
        out_ = to_child[1];
        in_ = to_us[0];
        CHECK(::read(in_, &port_, sizeof port_) == sizeof port_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::close(out_);
        ::close(in_);
        ::waitpid(child_, nullptr, 0);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] Used used() const {
        Used used;
        CHECK(::write(out_, "u", 1) == 1);
        CHECK(::read(in_, &used, sizeof used) == sizeof used);
        return used;
    }

private:
    pid_t child_ = -1;
    int out_ = -1;
    int in_ = -1;
    std::uint16_t port_ = 0;
};

void measure(const char* name, bool through_gateway, const std::string& request, int requests) {
    const Child child{through_gateway};
    load(child.port(), request, requests / 10);  // models load, caches fill
    const Used before = child.used();
    const Moment start = SystemClock{}.moment();
    load(child.port(), request, requests);
    const double seconds = std::chrono::duration<double>(SystemClock{}.moment() - start).count();
    const Used after = child.used();
    const double n = requests;
    std::printf("%-34s user %5.2f  system %5.2f  total %5.2f us/request  %7.0f requests/s\n", name,
                (after.user_us - before.user_us) / n, (after.system_us - before.system_us) / n,
                (after.user_us - before.user_us + after.system_us - before.system_us) / n, n / seconds);
}

/// Memory of kept-alive connections that each have been used once.
void measure_idle(const std::string& request) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const auto wanted = static_cast<int>(std::min<rlim_t>(10'000, files.rlim_cur - 100));
    const Child child{true};
    load(child.port(), request, 10'000);
    const Used before = child.used();
    std::vector<int> fds;
    std::array<char, 16384> answer;
    for (int i = 0; i < wanted; ++i) {
        fds.push_back(connect_to(child.port()));
        CHECK(::send(fds.back(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        CHECK(::recv(fds.back(), answer.data(), answer.size(), 0) > 0);
    }
    const Used after = child.used();
    std::printf("%d idle connections: %.0f bytes each; the server %.1f MB before, %.1f MB with them\n",
                wanted, (after.resident_bytes - before.resident_bytes) / wanted, before.resident_bytes / 1e6,
                after.resident_bytes / 1e6);
    for (const int fd : fds) ::close(fd);
}

}  // namespace
}  // namespace landfall::front

int main(int argc, char** argv) {
    using namespace landfall::front;
    const int requests = argc > 1 ? std::atoi(argv[1]) : 300'000;
    measure("HTTP alone, 130-byte answer", false, plain_request(), requests);
    measure("signed STS GetCallerIdentity", true, signed_request(), requests);
    measure_idle(signed_request());
    return 0;
}
