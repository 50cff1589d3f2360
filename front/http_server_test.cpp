#include "front/http_server.hpp"
#include "front/request_parser.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "front/http_testing.hpp"

namespace landfall::front {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::RunningServer;
using Body = RawClient::Body;

std::string pattern(std::size_t n, std::size_t from = 0) {
    std::string text(n, '\0');
    for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<char>('a' + (from + i) % 23);
    return text;
}

/// `n` bytes of the pattern, in pieces of an odd size; fails at `fail_at`.
class PatternSource final : public BodySource {
public:
    explicit PatternSource(std::size_t n, std::size_t fail_at = SIZE_MAX) : n_{n}, fail_at_{fail_at} {}
    Result<std::size_t> read(MutableByteSpan into) override {
        if (at_ >= fail_at_) return Error{Errc::io, "the disk is gone"};
        const std::size_t n = std::min({into.size(), n_ - at_, std::size_t{70'001}});
        const std::string piece = pattern(n, at_);
        std::memcpy(into.data(), piece.data(), n);
        at_ += n;
        return n;
    }

private:
    std::size_t n_;
    std::size_t fail_at_;
    std::size_t at_ = 0;
};

Response text(int status, std::string body) {
    return {ResponseHead{status}.add("Content-Type", "text/plain"), std::move(body), {}};
}

/// What a target means is written in its path.
class TestSink final : public RequestSink {
public:
    void on_request(Exchange e) override {
        const std::string target{e.head().target};
        ++requests;
        if (target == "/null") return std::move(e).respond(text(200, "ok"));
        if (target == "/head") {
            return std::move(e).respond({ResponseHead{200}
                                             .add("X-Method", e.head().method)
                                             .add("X-Secure", e.peer().secure ? "1" : "0"),
                                         std::string{e.head().method},
                                         {}});
        }
        if (target == "/refuse") return std::move(e).respond(text(403, "no"));
        if (target == "/status/204") return std::move(e).respond(text(204, "never sent"));
        if (target == "/status/304") return std::move(e).respond(text(304, "never sent"));
        if (target == "/drop") return;
        if (target == "/park") return park(std::move(e));
        if (target == "/upload") return upload(std::move(e));
        if (target.starts_with("/stream/")) return stream(std::move(e), std::stoull(target.substr(8)), true);
        if (target.starts_with("/chunked/"))
            return stream(std::move(e), std::stoull(target.substr(9)), false);
        if (target == "/broken") {
            return std::move(e).stream({ResponseHead{200},
                                        Bytes{3'000'000},
                                        std::make_unique<PatternSource>(3'000'000, 1'000'000),
                                        {}});
        }
        Exchange::read_all(std::move(e), 1_MiB, [](Exchange on, Result<std::string_view> body) {
            if (!body.ok()) {
                const int status = body.is(Errc::exhausted) ? 413 : body.is(Errc::timeout) ? 408 : 400;
                return std::move(on).respond(text(status, body.error().message()));
            }
            std::string all{*body};
            std::move(on).respond(text(200, std::move(all)));
        });
    }

    void park(Exchange e) {
        e.on_disconnect([this] { ++gone; });
        const std::lock_guard lock{mutex};
        parked.push_back(std::move(e));
    }

    void upload(Exchange e) {
        // Tasks own exchanges; the shared_ptr-free way is to move one into the task.
        Task task = [this, e = std::move(e)]() mutable {
            std::string head{e.head().method};
            std::vector<std::byte> buffer(100'000);
            std::size_t total = 0;
            std::uint64_t sum = 0;
            while (true) {
                {
                    std::unique_lock lock{mutex};
                    let_read.wait(lock, [this] { return !hold_readers; });
                }
                const auto n = e.read(buffer);
                if (!n.ok()) {
                    ++failed_reads;
                    return std::move(e).respond(text(400, n.error().message()));
                }
                if (*n == 0) break;
                for (std::size_t i = 0; i < *n; ++i) sum += static_cast<unsigned char>(buffer[i]);
                total += *n;
            }
            std::move(e).respond(text(200, head + " " + std::to_string(total) + " " + std::to_string(sum)));
        };
        if (workers->submit(task)) return;
        std::abort();
    }

    static void stream(Exchange e, std::size_t n, bool with_length) {
        std::optional<Bytes> length;
        if (with_length) length = Bytes{n};
        std::move(e).stream({ResponseHead{200}, length, std::make_unique<PatternSource>(n), {}});
    }

    std::size_t parked_count() {
        const std::lock_guard lock{mutex};
        return parked.size();
    }
    Exchange take_parked() {
        const std::lock_guard lock{mutex};
        Exchange e = std::move(parked.front());
        parked.erase(parked.begin());
        return e;
    }

    std::mutex mutex;
    std::condition_variable let_read;
    bool hold_readers = false;
    std::vector<Exchange> parked;
    std::atomic<int> requests{0};
    std::atomic<int> gone{0};
    std::atomic<int> failed_reads{0};
    WorkerPool* workers = nullptr;
};

class HttpServerTest : public ::testing::Test {
protected:
    void start(RunningServer::Setup setup = {}) {
        server.emplace(sink, std::move(setup));
        sink.workers = &server->workers();
    }
    void TearDown() override {
        {
            const std::lock_guard lock{sink.mutex};
            sink.hold_readers = false;
            sink.let_read.notify_all();
            sink.parked.clear();
        }
        server.reset();
    }
    std::uint64_t sum_of(std::string_view bytes) {
        return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0},
                               [](std::uint64_t s, char c) { return s + static_cast<unsigned char>(c); });
    }
    TestSink sink;
    std::optional<RunningServer> server;
};

constexpr std::string_view kNull = "GET /null HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(HttpServerTest, answers_and_keeps_the_connection) {
    start();
    RawClient c = server->connect();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(c.send(kNull));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "ok");
        EXPECT_EQ(answer.header("Content-Length"), "2");
        EXPECT_TRUE(parse_http_date(answer.header("Date")).has_value());
    }
}

TEST_F(HttpServerTest, a_request_split_at_every_byte_is_the_same_request) {
    start();
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
    RawClient c = server->connect();
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
        ASSERT_TRUE(c.send(std::string_view{request}.substr(0, cut)));
        ASSERT_TRUE(c.send(std::string_view{request}.substr(cut)));
        ASSERT_EQ(c.read_answer().body, "hello world") << cut;
    }
    for (const char& byte : request) ASSERT_TRUE(c.send({&byte, 1}));
    EXPECT_EQ(c.read_answer().body, "hello world");
}

TEST_F(HttpServerTest, pipelined_requests_are_answered_in_order) {
    start();
    std::string all;
    for (int i = 0; i < 1000; ++i) {
        const std::string body = std::to_string(i);
        all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    RawClient c = server->connect();
    std::thread sender{[&] { EXPECT_TRUE(c.send(all)); }};
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(c.read_answer().body, std::to_string(i));
    sender.join();
}

TEST_F(HttpServerTest, a_pipelined_request_waits_for_the_parked_one_before_it) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n" + std::string{kNull}));
    ASSERT_TRUE(eventually([&] { return sink.parked_count() == 1; }));
    EXPECT_EQ(sink.requests, 1);
    sink.take_parked().respond(text(200, "first"));
    EXPECT_EQ(c.read_answer().body, "first");
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, a_parked_request_is_dropped_when_the_client_goes) {
    start();
    {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n"));
        ASSERT_TRUE(eventually([&] { return sink.parked_count() == 1; }));
        EXPECT_EQ(sink.gone, 0);
    }
    EXPECT_TRUE(eventually([&] { return sink.gone == 1; }));
    { const Exchange dropped = sink.take_parked(); }
    EXPECT_TRUE(eventually([&] { return server->server().counters().open == 0; }));
}

TEST_F(HttpServerTest, a_client_that_goes_behind_a_pipelined_request_is_noticed) {
    start();
    {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n"));
        ASSERT_TRUE(eventually([&] { return sink.parked_count() == 1; }));
        ASSERT_TRUE(c.send(kNull));
    }
    EXPECT_TRUE(eventually([&] { return sink.gone == 1; }));
}

TEST_F(HttpServerTest, a_client_that_only_shut_its_sending_side_still_gets_its_answer) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n"));
    c.shut_sending();
    ASSERT_TRUE(eventually([&] { return sink.gone == 1; }));
    sink.take_parked().respond(text(200, "still"));
    EXPECT_EQ(c.read_answer().body, "still");
    EXPECT_TRUE(c.closed_by_server());
}

TEST_F(HttpServerTest, an_exchange_that_nobody_answers_is_a_500) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /drop HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(c.read_answer().status, 500);
    EXPECT_TRUE(c.closed_by_server());
}

TEST_F(HttpServerTest, a_refused_upload_is_never_asked_for) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(
        "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n"));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(c.closed_by_server());
    RawClient again = server->connect();
    ASSERT_TRUE(again.send(kNull));
    EXPECT_EQ(again.read_answer().status, 200);
}

TEST_F(HttpServerTest, a_reader_of_the_body_lets_the_client_continue) {
    start();
    for (const std::string target : {"/upload", "/echo"}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("PUT " + target +
                           " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
        EXPECT_EQ(c.read_answer().status, 100);
        ASSERT_TRUE(c.send("hello"));
        EXPECT_EQ(c.read_answer().status, 200);
        ASSERT_TRUE(c.send(kNull));
        EXPECT_EQ(c.read_answer().status, 200);
    }
}

TEST_F(HttpServerTest, a_connection_never_goes_on_without_the_continue_that_was_asked_for) {
    start();
    const std::string rest = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ";
    RawClient c = server->connect();
    for (const std::string target : {"/upload", "/echo", "/null", "/refuse", "/stream/5"}) {
        ASSERT_TRUE(c.send("PUT " + target + rest + "0\r\n\r\n"));
        EXPECT_EQ(c.read_answer().status, 100) << target << ", nothing to send";
        EXPECT_EQ(c.read_answer().status, target == "/refuse" ? 403 : 200) << target;
    }
    for (const std::string target : {"/upload", "/echo"}) {
        ASSERT_TRUE(c.send("PUT " + target + rest + "5\r\n\r\nhello"));
        EXPECT_EQ(c.read_answer().status, 100) << target << ", sent without waiting";
        EXPECT_EQ(c.read_answer().status, 200) << target;
    }
    ASSERT_TRUE(c.send("PUT /refuse" + rest + "5\r\n\r\nhello"));
    EXPECT_EQ(c.read_answer().header("Connection"), "close");
}

TEST_F(HttpServerTest, a_small_unread_body_is_drained_and_the_connection_lives) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"));
    EXPECT_EQ(c.read_answer().status, 403);
    ASSERT_TRUE(c.send(pattern(100'000) + std::string{kNull}));
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, a_large_unread_body_closes_but_the_answer_arrives) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n"));
    ASSERT_TRUE(c.send(pattern(1'000'000)));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.header("Connection"), "close");
}

TEST_F(HttpServerTest, bodies_at_and_over_the_limit) {
    start();
    RawClient c = server->connect();
    const std::string most = pattern(1 << 20);
    ASSERT_TRUE(c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + most));
    EXPECT_EQ(c.read_answer().body, most);
    ASSERT_TRUE(c.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" +
                       most + "\r\n0\r\n\r\n"));
    EXPECT_EQ(c.read_answer().body, most);
    ASSERT_TRUE(c.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n"));
    EXPECT_EQ(c.read_answer().status, 413);
    RawClient chunked = server->connect();
    ASSERT_TRUE(
        chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n"));
    (void)chunked.send(most + "x");
    EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST_F(HttpServerTest, streamed_uploads_arrive_whole) {
    start();
    RawClient c = server->connect();
    const std::string body = pattern(5'000'000);
    ASSERT_TRUE(c.send("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + body +
                       std::string{kNull}));
    EXPECT_EQ(c.read_answer().body, "PUT 5000000 " + std::to_string(sum_of(body)));
    EXPECT_EQ(c.read_answer().body, "ok");
    std::string chunked = "PUT /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < 300'000; at += 1000) chunked += "3e8\r\n" + body.substr(at, 1000) + "\r\n";
    ASSERT_TRUE(c.send(chunked + "0\r\n\r\n" + std::string{kNull}));
    EXPECT_EQ(c.read_answer().body, "PUT 300000 " + std::to_string(sum_of(body.substr(0, 300'000))));
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, a_slow_reader_of_an_upload_stops_the_socket_from_being_read) {
    start();
    sink.hold_readers = true;
    RawClient c = server->connect();
    const std::string body = pattern(64 << 20);
    std::atomic<bool> sent{false};
    ASSERT_TRUE(c.send("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n"));
    std::thread sender{[&] {
        EXPECT_TRUE(c.send(body));
        sent = true;
    }};
    const auto& counters = server->server().counters();
    std::uint64_t before = 1;
    // Nothing is read before somebody asks for the body.
    EXPECT_TRUE(
        eventually([&] { return std::exchange(before, counters.bytes_in.load()) == counters.bytes_in; }));
    EXPECT_LT(counters.bytes_in, 4u << 20);
    EXPECT_FALSE(sent);
    {
        const std::lock_guard lock{sink.mutex};
        sink.hold_readers = false;
        sink.let_read.notify_all();
    }
    EXPECT_EQ(c.read_answer().body, "PUT 67108864 " + std::to_string(sum_of(body)));
    sender.join();
}

TEST_F(HttpServerTest, a_client_that_breaks_an_upload_off_fails_the_reader) {
    start();
    {
        RawClient c = server->connect();
        ASSERT_TRUE(
            c.send("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + pattern(100'000)));
        ASSERT_TRUE(eventually([&] { return server->server().counters().bytes_in > 100'000; }));
    }
    EXPECT_TRUE(eventually([&] { return sink.failed_reads == 1; }));
}

TEST_F(HttpServerTest, a_reader_that_starts_after_the_server_stopped_is_told_so) {
    RunningServer::Setup setup;
    setup.workers = 1;
    start(std::move(setup));
    sink.hold_readers = true;
    RawClient first = server->connect();
    RawClient second = server->connect();
    const std::string head = "PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n";
    ASSERT_TRUE(first.send(head));
    ASSERT_TRUE(second.send(head));
    ASSERT_TRUE(eventually([&] { return sink.requests == 2; }));
    std::thread stopper{[&] { server->stop_and_join(Duration{0}); }};
    EXPECT_TRUE(eventually([&] { return server->server().counters().open == 0; }));
    {
        const std::lock_guard lock{sink.mutex};
        sink.hold_readers = false;
        sink.let_read.notify_all();
    }
    stopper.join();
    EXPECT_EQ(sink.failed_reads, 2);
}

TEST_F(HttpServerTest, malformed_chunks_fail_the_reader_and_close) {
    start();
    for (const std::string target : {"/upload", "/echo"}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("PUT " + target +
                           " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXXXX"));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, 400) << target;
        EXPECT_EQ(answer.header("Connection"), "close");
    }
}

TEST_F(HttpServerTest, streamed_answers_with_a_length_and_in_chunks) {
    start();
    RawClient c = server->connect();
    for (const std::size_t n :
         {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20, std::size_t{9'999'999}}) {
        for (const std::string how : {"/stream/", "/chunked/"}) {
            ASSERT_TRUE(c.send("GET " + how + std::to_string(n) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
            const auto answer = c.read_answer();
            EXPECT_EQ(answer.status, 200);
            EXPECT_TRUE(answer.body == pattern(n)) << how << n;
        }
    }
    ASSERT_TRUE(c.send("HEAD /stream/12345 HTTP/1.1\r\nHost: a\r\n\r\n" + std::string{kNull}));
    EXPECT_EQ(c.read_answer(Body::none).header("Content-Length"), "12345");
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, http_1_0_gets_an_unknown_length_until_the_close) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /chunked/100000 HTTP/1.0\r\n\r\n"));
    const std::string all = c.read_to_end();
    EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
    EXPECT_TRUE(all.ends_with(pattern(100'000)));
}

TEST_F(HttpServerTest, a_source_that_fails_breaks_the_connection) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string all = c.read_to_end();
    EXPECT_LT(all.size(), 3'000'000u);
}

TEST_F(HttpServerTest, a_slow_reader_holds_no_worker) {
    RunningServer::Setup setup;
    setup.workers = 1;
    start(std::move(setup));
    std::vector<RawClient> slow;
    for (int i = 0; i < 8; ++i) {
        slow.push_back(server->connect());
        ASSERT_TRUE(slow.back().send("GET /stream/100000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    RawClient quick = server->connect();
    ASSERT_TRUE(quick.send("GET /stream/100000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(quick.read_answer().body.size(), 100'000u);
    EXPECT_EQ(slow[3].read_answer().body.size(), 100'000'000u);
}

TEST_F(HttpServerTest, answers_that_may_have_no_body_have_none) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto no_content = c.read_answer(Body::none);
    EXPECT_EQ(no_content.status, 204);
    EXPECT_EQ(no_content.header("Content-Length"), "");
    ASSERT_TRUE(c.send("GET /status/304 HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(c.read_answer(Body::none).status, 304);
    ASSERT_TRUE(c.send("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n" + std::string{kNull}));
    EXPECT_EQ(c.read_answer(Body::none).header("Content-Length"), "4");
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, connection_close_and_http_1_0_are_honoured) {
    start();
    for (const std::string request :
         {"GET /null HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /null HTTP/1.0\r\n\r\n"}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send(request));
        EXPECT_EQ(c.read_answer().body, "ok");
        EXPECT_TRUE(c.closed_by_server());
    }
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /null HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_EQ(c.read_answer().header("Connection"), "keep-alive");
    ASSERT_TRUE(c.send(kNull));
    EXPECT_EQ(c.read_answer().body, "ok");
}

TEST_F(HttpServerTest, a_header_value_cannot_add_a_header) {
    ResponseHead head{200};
    head.add("X-A", "1\r\nX-B: 2");
    EXPECT_EQ(head.fields(), "X-A: 1  X-B: 2\r\n");
}

TEST_F(HttpServerTest, time_limits_close_idle_and_half_sent_and_stalled_requests) {
    RunningServer::Setup setup;
    setup.http.timeouts = {std::chrono::milliseconds{100}, std::chrono::milliseconds{100},
                           std::chrono::milliseconds{100}, std::chrono::milliseconds{100}};
    start(std::move(setup));
    RawClient idle = server->connect();
    RawClient half = server->connect();
    RawClient stalled = server->connect();
    ASSERT_TRUE(half.send("GET /null HT"));
    ASSERT_TRUE(stalled.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"));
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
    EXPECT_EQ(stalled.read_answer().status, 408);
}

TEST_F(HttpServerTest, connections_over_the_limit_are_told_so) {
    RunningServer::Setup setup;
    setup.http.connections_max = 2;
    start(std::move(setup));
    std::vector<RawClient> clients;
    for (int i = 0; i < 2; ++i) {
        clients.push_back(server->connect());
        ASSERT_TRUE(clients.back().send(kNull));
        EXPECT_EQ(clients.back().read_answer().status, 200);
    }
    RawClient third = server->connect();
    EXPECT_EQ(third.read_answer().status, 503);
    clients.clear();
    EXPECT_TRUE(eventually([&] {
        RawClient later = server->connect();
        return later.send(kNull) && later.read_answer().status == 200;
    }));
}

TEST_F(HttpServerTest, two_thousand_connections_are_served) {
    RunningServer::Setup setup;
    setup.http.loops = 2;
    start(std::move(setup));
    std::vector<RawClient> clients;
    for (int i = 0; i < 2000; ++i) clients.push_back(server->connect());
    for (int round = 0; round < 2; ++round) {
        for (RawClient& c : clients) ASSERT_TRUE(c.send(kNull));
        for (RawClient& c : clients) ASSERT_EQ(c.read_answer().status, 200);
    }
    EXPECT_EQ(server->server().counters().open, 2000u);
}

TEST_F(HttpServerTest, stop_lets_a_transfer_finish_and_closes_idle_connections) {
    start();
    RawClient idle = server->connect();
    ASSERT_TRUE(idle.send(kNull));
    EXPECT_EQ(idle.read_answer().status, 200);
    RawClient busy = server->connect();
    ASSERT_TRUE(busy.send("GET /stream/50000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    (void)busy.read_exactly(1000);
    std::thread stopper{[&] { server->stop_and_join(std::chrono::seconds{20}); }};
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_GT(busy.read_to_end().size(), 49'000'000u);
    stopper.join();
}

TEST_F(HttpServerTest, stop_ends_what_is_over_its_grace) {
    start();
    RawClient parked = server->connect();
    ASSERT_TRUE(parked.send("GET /park HTTP/1.1\r\nHost: a\r\n\r\n"));
    RawClient uploading = server->connect();
    ASSERT_TRUE(uploading.send("PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nabc"));
    RawClient reading = server->connect();
    ASSERT_TRUE(reading.send("GET /stream/500000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    (void)reading.read_exactly(1000);
    ASSERT_TRUE(eventually([&] { return sink.parked_count() == 1 && sink.requests == 3; }));
    server->stop_and_join(std::chrono::milliseconds{50});
    EXPECT_EQ(sink.gone, 1);
    EXPECT_EQ(sink.failed_reads, 1);
    EXPECT_LT(reading.read_to_end().size(), 500'000'000u);
}

/// A request that is refused, and the status that says why.
struct Refused {
    const char* name;
    std::string bytes;
    int status;
};

TEST_F(HttpServerTest, ambiguous_and_oversized_requests_are_refused_and_closed) {
    start();
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    const std::string post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
    const std::vector<Refused> all{
        {"CL and TE", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"TE and CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
        {"two CL", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
        {"two equal CL", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"CL list", post + "Content-Length: 5, 5\r\n\r\nhello", 400},
        {"signed CL", post + "Content-Length: +5\r\n\r\nhello", 400},
        {"huge CL", post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {"empty CL", post + "Content-Length: \r\n\r\n", 400},
        {"two TE", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"gzip TE", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        {"identity TE", post + "Transfer-Encoding: identity\r\n\r\n", 501},
        {"TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"obs-fold", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400},
        {"obs-fold tab", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n", 400},
        {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"bare LF in a header", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400},
        {"bare CR", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n", 400},
        {"NUL in a value", std::string{"GET / HTTP/1.1\r\nHost: a\r\nX: 1"} + '\0' + "\r\n\r\n", 400},
        {"blank before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400},
        {"blank before the name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
        {"no host", "GET / HTTP/1.1\r\nX: 1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 505},
        {"HTTP/0.9", "GET /\r\n\r\n", 400},
        {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"a control in the target", "GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"empty lines only", "\r\n\r\n\r\n\r\n", 400},
        {"unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
        {"101 headers", many + "\r\n", 431},
        {"head over 64 KiB", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", 431},
        {"target over 64 KiB", "GET /" + std::string(70'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
        {"TLS without TLS", std::string{"\x16\x03\x01\x00\x05\r\n\r\n", 9}, 400},
    };
    const int before = sink.requests;
    for (const Refused& r : all) {
        RawClient c = server->connect();
        (void)c.send(r.bytes);
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, r.status) << r.name << "\n" << answer.head << answer.body;
        EXPECT_EQ(answer.header("Connection"), "close") << r.name;
        EXPECT_TRUE(c.closed_by_server()) << r.name;
    }
    EXPECT_EQ(sink.requests, before);
}

TEST_F(HttpServerTest, malformed_chunked_bodies_are_refused) {
    start();
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string body : {"x\r\n", "-1\r\n", "5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n",
                                   "fffffffffffffffff\r\n", "\r\n", " 5\r\nhello\r\n", "5 5\r\nhello\r\n",
                                   "0\r\nContent-Length: 5\r\n\r\n", "0\r\nbad trailer\r\n\r\n"}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send(head + body));
        EXPECT_EQ(c.read_answer().status, 400) << body;
        EXPECT_TRUE(c.closed_by_server()) << body;
    }
    RawClient endless = server->connect();
    (void)endless.send(head + "5;" + std::string(100'000, 'x'));
    EXPECT_EQ(endless.read_answer().status, 400);
}

TEST_F(HttpServerTest, the_largest_allowed_head_is_served) {
    start();
    RawClient c = server->connect();
    std::string head = "GET /null HTTP/1.1\r\nHost: a\r\nX: ";
    head += std::string((64 << 10) - head.size() - 4, 'x') + "\r\n\r\n";
    ASSERT_TRUE(c.send(head));
    EXPECT_EQ(c.read_answer().status, 200);
    ASSERT_TRUE(c.send(kNull));
    EXPECT_EQ(c.read_answer().status, 200);
}

TEST_F(HttpServerTest, one_empty_line_before_a_request_is_forgiven) {
    start();
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("\r\n" + std::string{kNull}));
    EXPECT_EQ(c.read_answer().status, 200);
}

}  // namespace
}  // namespace landfall::front
