// HttpServer: HTTP/1.1 and HTTPS on one port, on a few event-loop threads that the program starts.
//
// Invariants
//   1. It starts no thread: the program calls run_loop(i) for every i < loops() on a thread each, and gives
//      the WorkerPool its own threads.
//   2. RequestSink::on_request() runs on a loop thread and must not block.
//   3. What it holds is bounded: connections, bytes a connection (see Exchange), time for each part of a
//      request.
//   4. stop() finishes what is in flight until its deadline, then closes the rest; run_loop() returns after
//      that.
//
// An idle kept-alive connection holds no buffer; front/http_load_bench.cpp weighs it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "front/http_exchange.hpp"
#include "front/worker_pool.hpp"

namespace landfall::front {

class TlsContext;

class RequestSink {
public:
    virtual ~RequestSink() = default;
    virtual void on_request(Exchange exchange) = 0;
};

struct ListenAddress {
    std::string host;        ///< numeric IPv4 or IPv6, or "localhost"
    std::uint16_t port = 0;  ///< 0: any free one
};

struct Timeouts {
    Duration idle = std::chrono::seconds{75};   ///< between requests
    Duration head = std::chrono::seconds{20};   ///< from a request's first byte to the end of its head
    Duration stall = std::chrono::seconds{60};  ///< no byte of a body came in, or went out, for so long
    Duration linger = std::chrono::seconds{3};  ///< for a client to read a refusal while it still uploads
};

struct HttpOptions {
    std::vector<ListenAddress> listen;
    std::size_t loops = 1;
    std::size_t connections_max = 20'000;
    Timeouts timeouts;
    const TlsContext* tls = nullptr;  ///< must outlive the server; nullptr: plain HTTP only
};

struct HttpCounters {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};  ///< over connections_max
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> malformed{0};  ///< answered by the server itself with 4xx
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
};

class HttpServer {
public:
    /// Binds and listens; nothing is accepted before run_loop(). Everything referenced must outlive the
    /// server. Errors: already_exists (the port is in use), denied, invalid (not an address), io.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(HttpOptions options, WorkerPool& workers,
                                                                  RequestSink& sink, const Clock& clock);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::size_t loops() const;
    /// The ports bound, in the order of options.listen.
    [[nodiscard]] const std::vector<std::uint16_t>& ports() const;
    [[nodiscard]] const HttpCounters& counters() const;

    /// Runs event loop `i` on the calling thread until stop() has finished.
    void run_loop(std::size_t i);
    /// Any thread, once; returns at once. Order for the program: stop(), join the loops, then
    /// WorkerPool::stop().
    void stop(Duration grace);

    struct Core;
    /// For open().
    explicit HttpServer(std::unique_ptr<Core> core);

private:
    std::unique_ptr<Core> core_;
};

}  // namespace landfall::front
