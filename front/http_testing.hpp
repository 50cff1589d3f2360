// A real server on 127.0.0.1 with its threads, and a client that sees bytes: for tests.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "front/http_server.hpp"
#include "front/worker_pool.hpp"

namespace landfall::front::testing {

/// A blocking TCP client. Every wait ends after ten seconds, as a failure.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    RawClient(RawClient&& other) noexcept;
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient();

    [[nodiscard]] int fd() const { return fd_; }
    /// False when the server closed the connection under us.
    bool send(std::string_view bytes);
    /// Everything until the server closes, or until the time limit ("<timeout>" is appended then).
    [[nodiscard]] std::string read_to_end();
    /// Until `mark` has been read; whatever follows stays for the next call.
    [[nodiscard]] std::string read_through(std::string_view mark);
    [[nodiscard]] std::string read_exactly(std::size_t n);

    struct Answer {
        int status = 0;
        std::string head;
        std::string body;
        [[nodiscard]] std::string header(std::string_view name) const;
    };
    enum class Body : bool { none, present };
    /// One answer; decodes chunks. status 0: the server closed, or nothing came in time.
    [[nodiscard]] Answer read_answer(Body body = Body::present);
    /// True when the server closes without sending anything more.
    [[nodiscard]] bool closed_by_server();
    void shut_sending();

private:
    [[nodiscard]] bool fill();
    int fd_ = -1;
    std::string buffer_;
};

/// Runs a sink behind a real server until it goes.
class RunningServer {
public:
    struct Setup {
        HttpOptions http{};
        std::size_t workers = 4;
        std::size_t queue_max = 64;
    };
    RunningServer(RequestSink& sink, Setup setup);
    explicit RunningServer(RequestSink& sink) : RunningServer(sink, Setup{}) {}
    ~RunningServer();

    [[nodiscard]] std::uint16_t port() const { return server_->ports().front(); }
    [[nodiscard]] HttpServer& server() { return *server_; }
    [[nodiscard]] WorkerPool& workers() { return workers_; }
    [[nodiscard]] RawClient connect() const { return RawClient{port()}; }
    /// stop(), and waits for the loops and workers to end.
    void stop_and_join(Duration grace);

private:
    SystemClock clock_;
    WorkerPool workers_;
    std::unique_ptr<HttpServer> server_;
    std::vector<std::thread> loops_;
    std::vector<std::thread> pool_;
};

/// Waits, up to ten seconds, until `holds()` is true.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

}  // namespace landfall::front::testing
