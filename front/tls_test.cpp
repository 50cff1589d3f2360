#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "front/http_testing.hpp"
#include "front/tls_session.hpp"

namespace landfall::front {
namespace {

using testing::RawClient;
using testing::RunningServer;

const std::int64_t kNow = SystemClock{}.now().seconds();

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "landfall-tls-XXXXXX").string();
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string operator/(const char* name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

struct FreeSsl {
    void operator()(SSL* s) const { SSL_free(s); }
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
};

/// OpenSSL's own client over a RawClient's socket.
class TlsClient {
public:
    TlsClient(std::uint16_t port, const std::string& trusted)
        : tcp_{port}, ctx_{SSL_CTX_new(TLS_client_method())} {
        SSL_CTX_load_verify_locations(ctx_.get(), trusted.c_str(), nullptr);
        SSL_CTX_set_verify(ctx_.get(), SSL_VERIFY_PEER, nullptr);
        ssl_.reset(SSL_new(ctx_.get()));
        SSL_set1_host(ssl_.get(), "localhost");
        SSL_set_tlsext_host_name(ssl_.get(), "localhost");
        static constexpr unsigned char kOffered[] = "\x02h2\x08http/1.1";
        SSL_set_alpn_protos(ssl_.get(), kOffered, sizeof kOffered - 1);
        SSL_set_fd(ssl_.get(), tcp_.fd());
    }
    bool connect() { return SSL_connect(ssl_.get()) == 1; }
    std::string alpn() {
        const unsigned char* name = nullptr;
        unsigned int length = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &length);
        return {reinterpret_cast<const char*>(name), length};
    }
    bool send(std::string_view bytes) {
        std::size_t n = 0;
        return SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n) == 1 && n == bytes.size();
    }
    /// Until `n` bytes are there or the server ends.
    std::string read(std::size_t n) {
        std::string all(n, '\0');
        std::size_t at = 0;
        std::size_t got = 0;
        while (at < n && SSL_read_ex(ssl_.get(), all.data() + at, n - at, &got) == 1) at += got;
        all.resize(at);
        return all;
    }
    std::string read_head() {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            const std::string byte = read(1);
            if (byte.empty()) break;
            head += byte;
        }
        return head;
    }
    RawClient& tcp() { return tcp_; }

private:
    RawClient tcp_;
    std::unique_ptr<SSL_CTX, FreeSsl> ctx_;
    std::unique_ptr<SSL, FreeSsl> ssl_;
};

class Zeros final : public BodySource {
public:
    explicit Zeros(std::size_t n) : left_{n} {}
    Result<std::size_t> read(MutableByteSpan into) override {
        const std::size_t n = std::min(left_, into.size());
        std::fill_n(into.begin(), n, std::byte{'0'});
        left_ -= n;
        return n;
    }

private:
    std::size_t left_;
};

class TlsSink final : public RequestSink {
public:
    void on_request(Exchange e) override {
        if (e.head().target == "/stream") {
            return std::move(e).stream(
                {ResponseHead{200}, Bytes{5'000'000}, std::make_unique<Zeros>(5'000'000), {}});
        }
        if (e.head().target == "/upload") {
            Task task = [e = std::move(e)]() mutable {
                std::vector<std::byte> buffer(65536);
                std::size_t total = 0;
                while (true) {
                    const auto n = e.read(buffer);
                    if (!n.ok() || *n == 0) break;
                    total += *n;
                }
                std::move(e).respond({ResponseHead{200}, std::to_string(total), {}});
            };
            if (!workers->submit(task)) std::abort();
            return;
        }
        std::string secure = e.peer().secure ? "secure" : "plain";
        std::move(e).respond({ResponseHead{200}, std::move(secure), {}});
    }
    WorkerPool* workers = nullptr;
};

class Tls : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(ensure_self_signed(folder / "cert.pem", folder / "key.pem", "host.example", kNow).ok());
        auto loaded = TlsContext::load(folder / "cert.pem", folder / "key.pem");
        ASSERT_TRUE(loaded.ok());
        context = std::move(loaded).value();
        RunningServer::Setup setup;
        setup.http.tls = context.get();
        server.emplace(sink, std::move(setup));
        sink.workers = &server->workers();
    }
    Folder folder;
    std::unique_ptr<TlsContext> context;
    TlsSink sink;
    std::optional<RunningServer> server;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(Tls, one_port_serves_both) {
    TlsClient secure{server->port(), folder / "cert.pem"};
    ASSERT_TRUE(secure.connect());
    EXPECT_EQ(secure.alpn(), "http/1.1");
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(secure.send(kGet));
        EXPECT_TRUE(secure.read_head().starts_with("HTTP/1.1 200 OK\r\n"));
        EXPECT_EQ(secure.read(6), "secure");
    }
    RawClient plain = server->connect();
    ASSERT_TRUE(plain.send(kGet));
    EXPECT_EQ(plain.read_answer().body, "plain");
}

TEST_F(Tls, large_bodies_pass_both_ways) {
    TlsClient c{server->port(), folder / "cert.pem"};
    ASSERT_TRUE(c.connect());
    ASSERT_TRUE(c.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n"));
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(c.send(std::string(100'000, 'x')));
    EXPECT_NE(c.read_head().find("Content-Length: 7"), std::string::npos);
    EXPECT_EQ(c.read(7), "3000000");
    ASSERT_TRUE(c.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_NE(c.read_head().find("Content-Length: 5000000"), std::string::npos);
    EXPECT_TRUE(c.read(5'000'000) == std::string(5'000'000, '0'));
}

TEST_F(Tls, a_handshake_in_single_bytes_is_a_handshake) {
    // The server sees a ClientHello whose bytes come one by one: a memory BIO stands between.
    const std::unique_ptr<SSL_CTX, FreeSsl> ctx{SSL_CTX_new(TLS_client_method())};
    const std::unique_ptr<SSL, FreeSsl> ssl{SSL_new(ctx.get())};
    BIO* out = BIO_new(BIO_s_mem());
    BIO* in = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl.get(), in, out);
    SSL_set_connect_state(ssl.get());
    EXPECT_NE(SSL_do_handshake(ssl.get()), 1);
    char* hello = nullptr;
    const long n = BIO_get_mem_data(out, &hello);
    RawClient c = server->connect();
    for (long i = 0; i < n; ++i) ASSERT_TRUE(c.send({hello + i, 1}));
    EXPECT_EQ(c.read_exactly(1), "\x16");
}

TEST_F(Tls, bytes_that_are_no_handshake_end_the_connection) {
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(std::string{"\x16\x03\x01\xff\xff garbage", 13}));
    EXPECT_EQ(c.read_to_end().find("<timeout>"), std::string::npos);
}

TEST_F(Tls, the_certificate_is_made_once_and_its_key_is_private) {
    struct stat key {};
    ASSERT_EQ(::stat((folder / "key.pem").c_str(), &key), 0);
    EXPECT_EQ(key.st_mode & 0777u, 0600u);
    ASSERT_TRUE(ensure_self_signed(folder / "cert.pem", folder / "key.pem", "other", kNow).ok());
    const auto again = TlsContext::load(folder / "cert.pem", folder / "key.pem");
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value()->fingerprint(), context->fingerprint());
    EXPECT_EQ(context->fingerprint().size(), 95u);
}

TEST_F(Tls, a_key_of_another_certificate_is_refused) {
    ASSERT_TRUE(ensure_self_signed(folder / "c2.pem", folder / "k2.pem", "", kNow).ok());
    EXPECT_TRUE(TlsContext::load(folder / "cert.pem", folder / "k2.pem").is(Errc::invalid));
    EXPECT_TRUE(TlsContext::load(folder / "none.pem", folder / "k2.pem").is(Errc::invalid));
}

}  // namespace
}  // namespace landfall::front
