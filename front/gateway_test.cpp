#include "front/gateway.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "front/http_testing.hpp"
#include "wire/api/dispatcher.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/sigv4/signer.hpp"
#include "wire/views/s3.hpp"
#include "wire/views/sns.hpp"
#include "wire/views/sqs.hpp"
#include "wire/views/sts.hpp"

namespace landfall::front {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::RunningServer;
using wire::Answer;
using wire::CallContext;

constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

class TestKeys final : public KeyTable {
public:
    std::optional<KnownKey> find(std::string_view key_id, std::string_view) const override {
        if (key_id != kKeyId) return std::nullopt;
        return KnownKey{
            KnownKey::State::active,
            {access::Principal::Kind::root, "000000000000", "arn:aws:iam::000000000000:root", "000000000000"},
            SecretString{std::string{kSecret}}};
    }
};

class TextSource final : public wire::BodySource {
public:
    explicit TextSource(std::string text) : text_{std::move(text)} {}
    Result<std::size_t> read(MutableByteSpan into) override {
        const std::size_t n = std::min(into.size(), text_.size() - at_);
        std::memcpy(into.data(), text_.data() + at_, n);
        at_ += n;
        return n;
    }

private:
    std::string text_;
    std::size_t at_ = 0;
};

/// What the operations under the gateway saw.
struct Stored {
    std::mutex mutex;
    std::map<std::string, std::string> objects;
    std::string trailer;
    std::string queue;
    std::optional<Bytes> declared;
    CallContext last;
    std::optional<wire::Deferred> parked;
    std::atomic<int> put_calls{0};
    std::atomic<int> gone{0};
};

void register_s3(wire::Registry& registry, Stored& stored) {
    namespace s3 = wire::s3;
    registry.on<s3::PutObject>(
        wire::Runs::worker,
        [&](const CallContext& context, s3::PutObject::In in, s3::PutObject::Out out) -> Answer {
            ++stored.put_calls;
            std::string body;
            std::array<std::byte, 10'000> piece;
            wire::BodyReader* reader = in.body();
            while (reader != nullptr) {
                const std::size_t n = TRY(reader->read(piece));
                if (n == 0) break;
                body.append(reinterpret_cast<const char*>(piece.data()), n);
            }
            const std::lock_guard lock{stored.mutex};
            stored.objects[std::string{in.bucket()} + "/" + std::string{in.key()}] = std::move(body);
            stored.last = context;
            if (reader != nullptr) {
                stored.trailer = reader->trailer("x-amz-checksum-crc32").value_or("");
                stored.declared = reader->declared_length();
            }
            out.set_e_tag("\"e\"");
            return Answer::success();
        });
    registry.on<s3::GetObject>(
        wire::Runs::worker, [&](const CallContext&, s3::GetObject::In in, s3::GetObject::Out out) -> Answer {
            const std::lock_guard lock{stored.mutex};
            const auto it = stored.objects.find(std::string{in.bucket()} + "/" + std::string{in.key()});
            if (it == stored.objects.end())
                return wire::ApiError{s3::errors::kNoSuchKey, "The key is not there."};
            out.set_body(std::make_unique<TextSource>(it->second), Bytes{it->second.size()});
            return Answer::success();
        });
}

void register_others(wire::Registry& registry, Stored& stored) {
    namespace sts = wire::sts;
    namespace sqs = wire::sqs;
    registry.on<sts::GetCallerIdentity>(wire::Runs::inline_,
                                        [&](const CallContext& context, sts::GetCallerIdentity::In,
                                            sts::GetCallerIdentity::Out out) -> Answer {
                                            const std::lock_guard lock{stored.mutex};
                                            stored.last = context;
                                            out.set_account(context.caller.account);
                                            out.set_arn(context.caller.arn);
                                            return Answer::success();
                                        });
    registry.on<sqs::SendMessage>(
        wire::Runs::inline_,
        [&](const CallContext& context, sqs::SendMessage::In in, sqs::SendMessage::Out out) -> Answer {
            const std::lock_guard lock{stored.mutex};
            stored.last = context;
            stored.queue = in.queue_url();
            out.set_message_id(in.message_body());
            return Answer::success();
        });
    registry.serve_unsigned<sqs::SendMessage>();
    registry.on<wire::sns::ConfirmSubscription>(wire::Runs::inline_,
                                                [](const CallContext&, wire::sns::ConfirmSubscription::In in,
                                                   wire::sns::ConfirmSubscription::Out out) -> Answer {
                                                    out.set_subscription_arn(in.token());
                                                    return Answer::success();
                                                });
    registry.serve_unsigned<wire::sns::ConfirmSubscription>();
    registry.on_deferred<sqs::ReceiveMessage>(
        wire::Runs::inline_, [&](wire::Deferred call, sqs::ReceiveMessage::In, sqs::ReceiveMessage::Out) {
            call.on_client_gone([&stored] { ++stored.gone; });
            const std::lock_guard lock{stored.mutex};
            stored.parked.emplace(std::move(call));
        });
}

/// A request before it is signed.
struct Draft {
    std::string method = "GET";
    std::string path = "/";
    std::string query;
    std::string body;
    std::string service = "s3";
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string payload_hash{};  ///< empty: of the body
    std::string host = "127.0.0.1:4566";
    std::string secret{kSecret};
    std::string key_id{kKeyId};
    Duration clock_off{};
    std::string region = "us-east-1";
    bool send_body = true;
};

class GatewayTest : public ::testing::Test {
protected:
    void start(GatewayOptions options = {}, std::size_t queue_max = 64) {
        register_s3(registry, stored);
        register_others(registry, stored);
        catalogue.emplace(wire::embedded_models());
        dispatcher.emplace(*catalogue, registry);
        workers_to_be.emplace(*this);
        options.log = [this](const RequestLine& line) {
            const std::lock_guard lock{stored.mutex};
            log.push_back(std::string{line.service} + " " + std::string{line.operation} + " " +
                          std::to_string(line.status) + " " + std::string{line.code});
        };
        RunningServer::Setup setup;
        setup.queue_max = queue_max;
        server.emplace(*workers_to_be, std::move(setup));
        gateway.emplace(Gateway::Parts{*dispatcher, keys, server->workers(), metrics, clock, random},
                        std::move(options));
        gateway->show_counters_of(server->server());
    }
    void TearDown() override {
        {
            std::optional<wire::Deferred> parked;  // goes after the lock: its end is logged
            const std::lock_guard lock{stored.mutex};
            std::swap(parked, stored.parked);
        }
        server.reset();
    }

    /// The server is there before the gateway, which wants its workers.
    class Relay final : public RequestSink {
    public:
        explicit Relay(GatewayTest& test) : test_{test} {}
        void on_request(Exchange exchange) override { test_.gateway->on_request(std::move(exchange)); }

    private:
        GatewayTest& test_;
    };

    [[nodiscard]] std::string sign(const Draft& d, sigv4::ChunkSeed* seed = nullptr) const {
        std::vector<sigv4::Header> headers{{"Host", d.host}};
        for (const auto& [name, value] : d.headers) headers.push_back({name, value});
        const sigv4::Request request{d.method, d.path, d.query, headers, {}};
        const std::string hash = d.payload_hash.empty() ? sha256(d.body).hex() : d.payload_hash;
        const auto head = sigv4::sign(request, {d.key_id, SecretString{d.secret}, {}}, {d.region, d.service},
                                      hash, clock.now() + d.clock_off);
        if (seed != nullptr) *seed = head.chunks;
        std::string text = d.method + " " + d.path + (d.query.empty() ? "" : "?" + d.query) + " HTTP/1.1\r\n";
        for (const auto& h : headers) text.append(h.name).append(": ").append(h.value).append("\r\n");
        for (const auto& [name, value] : head.headers)
            text.append(name).append(": ").append(value).append("\r\n");
        if (!d.body.empty() || d.method == "POST") {
            text += "Content-Length: " + std::to_string(d.body.size()) + "\r\n";
        }
        return text + "\r\n" + (d.send_body ? d.body : "");
    }
    [[nodiscard]] RawClient::Answer ask(const Draft& d) {
        RawClient c = server->connect();
        EXPECT_TRUE(c.send(sign(d)));
        return c.read_answer(d.method == "HEAD" ? RawClient::Body::none : RawClient::Body::present);
    }
    [[nodiscard]] Draft put(std::string key, std::string body) const {
        Draft d;
        d.method = "PUT";
        d.path = "/bucket/" + key;
        d.body = std::move(body);
        return d;
    }
    [[nodiscard]] std::string object(const std::string& name) {
        const std::lock_guard lock{stored.mutex};
        const auto it = stored.objects.find(name);
        return it == stored.objects.end() ? "<none>" : it->second;
    }

    [[nodiscard]] std::size_t object_count() {
        const std::lock_guard lock{stored.mutex};
        return stored.objects.size();
    }

    SystemClock clock;
    OsRandom random;
    TestKeys keys;
    Metrics metrics;
    Stored stored;
    std::vector<std::string> log;
    wire::Registry registry;
    std::optional<wire::Catalogue> catalogue;
    std::optional<wire::Dispatcher> dispatcher;
    std::optional<Relay> workers_to_be;
    std::optional<Gateway> gateway;
    std::optional<RunningServer> server;
};

Draft identity() {
    Draft d;
    d.method = "POST";
    d.service = "sts";
    d.body = "Action=GetCallerIdentity&Version=2011-06-15";
    d.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    return d;
}

TEST_F(GatewayTest, a_signed_query_call_is_answered_with_its_caller) {
    start();
    const auto answer = ask(identity());
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find("<Arn>arn:aws:iam::000000000000:root</Arn>"), std::string::npos);
    EXPECT_NE(answer.head.find("Date: "), std::string::npos);
    const std::lock_guard lock{stored.mutex};
    EXPECT_EQ(stored.last.host, "127.0.0.1:4566");
    EXPECT_EQ(stored.last.region, "us-east-1");
    EXPECT_EQ(stored.last.source_ip, "127.0.0.1");
    EXPECT_EQ(log, std::vector<std::string>{"sts GetCallerIdentity 200 OK"});
}

TEST_F(GatewayTest, a_body_hash_that_is_signed_but_not_sent_is_computed) {
    start();
    Draft d = identity();
    std::string text = sign(d);
    // The signature covers x-amz-content-sha256 here; the form without that header is the SDKs' usual one.
    EXPECT_EQ(ask(d).status, 200);
    d.body += "&x=y";
    const std::string other = sign(identity());
    const std::size_t at = other.rfind("Action=");
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(other.substr(0, at) + "Action=GetCallerIdentitY&Version=2011-06-15"));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status / 100, 4);
    EXPECT_EQ(answer.body.find("<Arn>"), std::string::npos) << answer.body;
}

TEST_F(GatewayTest, both_faces_of_sqs_are_told_apart) {
    start();
    Draft json;
    json.method = "POST";
    json.service = "sqs";
    json.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                    {"X-Amz-Target", "AmazonSQS.SendMessage"}};
    json.body = R"({"QueueUrl":"http://x/000000000000/q","MessageBody":"hello"})";
    auto answer = ask(json);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find("\"MessageId\":\"hello\""), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("x-amzn-RequestId").size(), 36u);
    Draft query = json;
    query.path = "/000000000000/q";
    query.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    query.body =
        "Action=SendMessage&Version=2012-11-05&MessageBody=hello&QueueUrl=http%3A%2F%2Fx%2F000000000000%2Fq";
    answer = ask(query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find("<MessageId>hello</MessageId>"), std::string::npos) << answer.body;
}

TEST_F(GatewayTest, objects_go_in_and_out_whole) {
    start();
    std::string body(3'000'000, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 % 251);
    EXPECT_EQ(ask(put("k", body)).status, 200);
    EXPECT_TRUE(object("bucket/k") == body);
    Draft get;
    get.path = "/bucket/k";
    const auto answer = ask(get);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == body);
    EXPECT_EQ(answer.header("x-amz-request-id").size(), 16u) << answer.head;
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock{stored.mutex};
        return log.size() == 2 && log[1] == "s3 GetObject 200 OK";
    }));
}

TEST_F(GatewayTest, a_virtual_host_names_the_bucket) {
    start();
    for (const std::string host : {"bucket.s3.localhost:4566", "bucket.localhost:4566"}) {
        Draft d = put("", "x");
        d.path = "/deep/key";
        d.host = host;
        EXPECT_EQ(ask(d).status, 200) << host;
        EXPECT_EQ(object("bucket/deep/key"), "x");
        stored.objects.clear();
    }
}

TEST_F(GatewayTest, a_body_that_is_not_what_was_signed_is_not_stored) {
    start();
    std::string text = sign(put("k", std::string(100'000, 'a')));
    text.back() = 'b';
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(text));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("<Code>XAmzContentSHA256Mismatch</Code>"), std::string::npos) << answer.body;
    EXPECT_EQ(object("bucket/k"), "<none>");
}

TEST_F(GatewayTest, a_wrong_signature_on_a_gigabyte_is_refused_before_the_upload) {
    start();
    Draft d = put("k", "");
    d.secret = "wrong";
    d.payload_hash = std::string(64, 'a');
    std::string head = sign(d);
    head.resize(head.size() - 2);
    head += "Content-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n";
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(head));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos) << answer.body;
    EXPECT_TRUE(c.closed_by_server());
    EXPECT_EQ(stored.put_calls, 0);
    EXPECT_EQ(ask(put("k", "now")).status, 200);
}

/// aws-chunked in all its signed and unsigned forms, over HTTP chunks or a length.
TEST_F(GatewayTest, aws_chunked_bodies_are_decoded_and_their_trailers_shown) {
    start();
    for (const std::string form : {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                   "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"}) {
        const bool is_signed = form.find("AWS4") != std::string::npos;
        const bool trailer = form.ends_with("TRAILER");
        Draft d = put("k", "");
        d.payload_hash = form;
        d.headers = {{"X-Amz-Decoded-Content-Length", "130000"}, {"Content-Encoding", "aws-chunked"}};
        if (trailer) d.headers.push_back({"X-Amz-Trailer", "x-amz-checksum-crc32"});
        sigv4::ChunkSeed seed{HmacSha256{ByteSpan{}}, {}, {}, {}};
        std::string head = sign(d, &seed);
        head.resize(head.size() - 2);
        sigv4::AwsChunkedWriter writer{is_signed ? std::optional{seed} : std::nullopt};
        const std::string one(65'000, 'x');
        std::string body = writer.chunk(bytes_of(one));
        body += writer.chunk(bytes_of(one));
        body += writer.last(
            trailer ? std::vector<std::pair<std::string, std::string>>{{"x-amz-checksum-crc32", "AAAAAA=="}}
                    : std::vector<std::pair<std::string, std::string>>{});
        RawClient c = server->connect();
        ASSERT_TRUE(c.send(head + "Transfer-Encoding: chunked\r\n\r\n"));
        for (std::size_t at = 0; at < body.size(); at += 7777) {
            const std::string piece = body.substr(at, 7777);
            char size[16];
            std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
            ASSERT_TRUE(c.send(size + piece + "\r\n"));
        }
        ASSERT_TRUE(c.send("0\r\n\r\n"));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, 200) << form << answer.body;
        EXPECT_TRUE(object("bucket/k") == one + one) << form;
        EXPECT_EQ(stored.trailer, trailer ? "AAAAAA==" : "") << form;
        EXPECT_EQ(stored.declared, Bytes{130'000});
        stored.objects.clear();
    }
}

TEST_F(GatewayTest, a_chunk_with_a_wrong_signature_is_not_stored) {
    start();
    Draft d = put("k", "");
    d.payload_hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    d.headers = {{"X-Amz-Decoded-Content-Length", "5"}};
    sigv4::ChunkSeed seed{HmacSha256{ByteSpan{}}, {}, {}, {}};
    std::string head = sign(d, &seed);
    head.resize(head.size() - 2);
    sigv4::AwsChunkedWriter writer{seed};
    std::string body = writer.chunk(bytes_of("hello"));
    body += writer.last({});
    body[body.find("hello")] = 'j';
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 403) << answer.body;
    EXPECT_NE(answer.body.find("SignatureDoesNotMatch"), std::string::npos) << answer.body;
    EXPECT_EQ(object("bucket/k"), "<none>");
}

TEST_F(GatewayTest, refusals_speak_the_protocol_of_the_client) {
    start();
    Draft wrong = identity();
    wrong.secret = "wrong";
    auto answer = ask(wrong);
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.body.find("<ErrorResponse"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos) << answer.body;
    Draft unknown_key;
    unknown_key.path = "/bucket/k";
    unknown_key.key_id = "AKIAUNKNOWNUNKNOWN00";
    answer = ask(unknown_key);
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.body.find("<Code>InvalidAccessKeyId</Code>"), std::string::npos) << answer.body;
    Draft late;
    late.path = "/bucket/k";
    late.clock_off = -std::chrono::minutes{20};
    answer = ask(late);
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.body.find("<Code>RequestTimeTooSkewed</Code>"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("<ServerTime>"), std::string::npos) << answer.body;
    Draft ec2;
    ec2.method = "POST";
    ec2.service = "ec2";
    ec2.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    ec2.body = "Action=DescribeRegions&Version=2016-11-15";
    answer = ask(ec2);
    EXPECT_EQ(answer.status, 501);
    EXPECT_NE(answer.body.find("<Response><Errors><Error><Code>NotImplemented</Code>"), std::string::npos)
        << answer.body;
    ec2.service = "nothing";
    answer = ask(ec2);
    EXPECT_EQ(answer.status / 100, 4) << answer.body;
    ec2.service = "ec2";
    ec2.body = "Action=NoSuchThing&Version=2016-11-15";
    answer = ask(ec2);
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("InvalidAction"), std::string::npos) << answer.body;
}

TEST_F(GatewayTest, nobody_may_do_nothing) {
    start();
    for (const std::string request : {"GET /bucket/k HTTP/1.1\r\nHost: localhost:4566\r\n\r\n",
                                      "PUT /bucket/k HTTP/1.1\r\nHost: localhost:4566\r\nContent-Length: "
                                      "1073741824\r\nExpect: 100-continue\r\n\r\n"}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send(request));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, 403);
        EXPECT_NE(answer.body.find("<Code>AccessDenied</Code>"), std::string::npos) << answer.body;
    }
    RawClient c = server->connect();
    ASSERT_TRUE(
        c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
               "Content-Length: 43\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15"));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.body.find("MissingAuthenticationToken"), std::string::npos) << answer.body;
    EXPECT_EQ(stored.put_calls, 0);
}

TEST_F(GatewayTest, a_presigned_url_is_a_signature) {
    start();
    EXPECT_EQ(ask(put("k", "presigned")).status, 200);
    const std::vector<sigv4::Header> headers{{"Host", "localhost:4566"}};
    const sigv4::Request request{"GET", "/bucket/k", "", headers, {}};
    const sigv4::Credentials credentials{std::string{kKeyId}, SecretString{std::string{kSecret}}, {}};
    for (const auto& [age, status] : {std::pair{0, 200}, std::pair{120, 403}}) {
        const std::string query = sigv4::presign(request, credentials, {"us-east-1", "s3"}, 60,
                                                 clock.now() - std::chrono::seconds{age});
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("GET /bucket/k?" + query + " HTTP/1.1\r\nHost: localhost:4566\r\n\r\n"));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, status) << answer.body;
        if (status == 200) {
            EXPECT_EQ(answer.body, "presigned");
        }
    }
}

TEST_F(GatewayTest, a_region_that_is_not_listed_is_refused_in_the_words_of_each_protocol) {
    GatewayOptions options;
    options.regions = {"us-east-1", "eu-west-1"};
    start(std::move(options));
    Draft query = identity();
    query.region = "eu-west-1";
    EXPECT_EQ(ask(query).status, 200);
    {
        const std::lock_guard lock{stored.mutex};
        EXPECT_EQ(stored.last.region, "eu-west-1");
        EXPECT_EQ(stored.last.regions.size(), 2U);
    }
    query.region = "ap-south-1";
    const auto refused = ask(query);
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos) << refused.body;
    EXPECT_NE(refused.body.find("Credential should be scoped to a valid region, not 'ap-south-1'."),
              std::string::npos)
        << refused.body;
    Draft object = put("k", "v");
    object.region = "ap-south-1";
    const auto moved = ask(object);
    EXPECT_EQ(moved.status, 400);
    EXPECT_NE(moved.body.find("the region 'ap-south-1' is wrong; expecting 'us-east-1'"), std::string::npos);
    EXPECT_NE(moved.body.find("<Region>us-east-1</Region>"), std::string::npos) << moved.body;
    EXPECT_EQ(object_count(), 0U);
}

TEST_F(GatewayTest, any_region_means_any_that_is_a_name) {
    GatewayOptions options;
    options.default_region = "eu-west-1";
    options.other_regions = OtherRegions::served;
    start(std::move(options));
    Draft query = identity();
    for (const std::string_view region : {"ap-south-1", "us-east-1", "eu-west-1", "us-gov-west-1"}) {
        query.region = region;
        EXPECT_EQ(ask(query).status, 200) << region;
    }
    for (const std::string_view region : {"Upper-1", "nowhere", "-a", "a.b-1"}) {
        query.region = region;
        EXPECT_NE(ask(query).status, 200) << region;
    }
}

TEST_F(GatewayTest, an_unsigned_request_reaches_only_what_serves_it) {
    start();
    const auto raw = [this](const std::string& request) {
        RawClient c = server->connect();
        EXPECT_TRUE(c.send(request));
        return c.read_answer();
    };
    const auto post = [&](const std::string& path, const std::string& body, const std::string& more) {
        return raw("POST " + path + " HTTP/1.1\r\nHost: h\r\n" + more +
                   "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    };
    const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
    const auto by_path = post("/000000000000/q", "Action=SendMessage&MessageBody=hi", form);
    EXPECT_EQ(by_path.status, 200) << by_path.body;
    {
        const std::lock_guard lock{stored.mutex};
        EXPECT_EQ(stored.queue, "/000000000000/q");
        EXPECT_TRUE(stored.last.caller.anonymous());
        EXPECT_EQ(stored.last.region, "us-east-1");
    }
    EXPECT_EQ(post("/", "Action=SendMessage&Version=2012-11-05&MessageBody=hi&QueueUrl=u", form).status, 200);
    EXPECT_EQ(raw("GET /000000000000/q?Action=SendMessage&MessageBody=x HTTP/1.1\r\nHost: h\r\n\r\n").status,
              200);
    const auto json =
        post("/", R"({"QueueUrl":"http://h/000000000000/q","MessageBody":"hi"})",
             "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n");
    EXPECT_EQ(json.status, 200) << json.body;
    const auto link =
        raw("GET /?Action=ConfirmSubscription&TopicArn=t&Token=tok HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(link.status, 200);
    EXPECT_NE(link.body.find("<SubscriptionArn>tok</SubscriptionArn>"), std::string::npos) << link.body;
    const auto purge = post("/000000000000/q", "Action=PurgeQueue", form);
    EXPECT_EQ(purge.status, 403);
    EXPECT_NE(purge.body.find("MissingAuthenticationToken"), std::string::npos) << purge.body;
    const auto list = raw("GET /?Action=ListTopics&Version=2010-03-31 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(list.status, 403);
    EXPECT_NE(list.body.find("MissingAuthenticationToken"), std::string::npos) << list.body;
}

TEST_F(GatewayTest, a_queue_is_named_by_its_path_where_the_request_leaves_it_out) {
    start();
    Draft d;
    d.service = "sqs";
    d.path = "/000000000000/q";
    d.query = "Action=SendMessage&MessageBody=hi";
    EXPECT_EQ(ask(d).status, 200);
    const auto queue = [this] {
        const std::lock_guard lock{stored.mutex};
        return stored.queue;
    };
    EXPECT_EQ(queue(), "/000000000000/q");
    d.query += "&QueueUrl=http%3A%2F%2Fh%2F000000000000%2Fother";
    EXPECT_EQ(ask(d).status, 200);
    EXPECT_EQ(queue(), "http://h/000000000000/other");
    d.method = "POST";
    d.query.clear();
    d.headers = {{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amz-Target", "AmazonSQS.SendMessage"}};
    d.body = R"({"MessageBody":"hi"})";
    EXPECT_EQ(ask(d).status, 200);
    EXPECT_EQ(queue(), "/000000000000/q");
    d.path = "/";
    EXPECT_EQ(ask(d).status, 400);
}

TEST_F(GatewayTest, a_host_tells_the_region_of_a_request_that_nothing_else_tells) {
    GatewayOptions options;
    options.regions = {"us-east-1", "eu-west-1"};
    start(std::move(options));
    RawClient c = server->connect();
    for (const auto& [host, region] :
         {std::pair{"sqs.eu-west-1.example.org:4566", "eu-west-1"},
          std::pair{"sqs.ap-south-1.example.org", "us-east-1"}, std::pair{"h", "us-east-1"}}) {
        EXPECT_TRUE(
            c.send(std::string{"GET /000000000000/q?Action=SendMessage&MessageBody=x HTTP/1.1\r\nHost: "} +
                   host + "\r\n\r\n"));
        EXPECT_EQ(c.read_answer().status, 200) << host;
        const std::lock_guard lock{stored.mutex};
        EXPECT_EQ(stored.last.region, region) << host;
    }
}

TEST_F(GatewayTest, a_parked_call_is_answered_later_from_another_thread) {
    start();
    Draft d;
    d.method = "POST";
    d.service = "sqs";
    d.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                 {"X-Amz-Target", "AmazonSQS.ReceiveMessage"}};
    d.body = R"({"QueueUrl":"http://x/000000000000/q"})";
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(sign(d)));
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock{stored.mutex};
        return stored.parked.has_value();
    }));
    std::thread later{[&] {
        std::optional<wire::Deferred> parked;
        {
            const std::lock_guard lock{stored.mutex};
            std::swap(parked, stored.parked);
        }
        parked->complete(Answer::success());
    }};
    EXPECT_EQ(c.read_answer().status, 200);
    later.join();
}

TEST_F(GatewayTest, an_operation_that_waits_is_told_when_its_client_goes) {
    start();
    Draft d;
    d.method = "POST";
    d.service = "sqs";
    d.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                 {"X-Amz-Target", "AmazonSQS.ReceiveMessage"}};
    d.body = R"({"QueueUrl":"http://x/000000000000/q"})";
    {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send(sign(d)));
        ASSERT_TRUE(eventually([&] {
            const std::lock_guard lock{stored.mutex};
            return stored.parked.has_value();
        }));
        EXPECT_EQ(stored.gone, 0);
    }
    EXPECT_TRUE(eventually([&] { return stored.gone == 1; }));
}

TEST_F(GatewayTest, over_the_limit_of_a_service_the_answer_is_its_throttling_error) {
    GatewayOptions options;
    options.limits.admission.of = {{"s3", 0}, {"sqs", 0}, {"sts", 0}, {"ec2", 0}};
    start(std::move(options));
    auto answer = ask(put("k", "x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_NE(answer.body.find("<Code>SlowDown</Code>"), std::string::npos) << answer.body;
    answer = ask(identity());
    EXPECT_NE(answer.body.find("<Code>Throttling</Code>"), std::string::npos) << answer.body;
    Draft json;
    json.method = "POST";
    json.service = "sqs";
    json.headers = {{"X-Amz-Target", "AmazonSQS.SendMessage"}};
    json.body = "{}";
    EXPECT_NE(ask(json).body.find("ThrottlingException"), std::string::npos);
    Draft ec2 = identity();
    ec2.service = "ec2";
    ec2.body = "Action=DescribeRegions&Version=2016-11-15";
    EXPECT_NE(ask(ec2).body.find("<Code>RequestLimitExceeded</Code>"), std::string::npos);
}

TEST_F(GatewayTest, bodies_over_the_limits_are_refused) {
    GatewayOptions options;
    options.limits.body = 1_KiB;
    options.limits.buffered_bytes = 2_KiB;
    start(std::move(options));
    Draft d = identity();
    d.body += "&x=" + std::string(2000, 'x');
    EXPECT_EQ(ask(d).status, 413);
}

TEST_F(GatewayTest, our_own_paths_are_served_and_do_not_hide_buckets) {
    GatewayOptions options;
    const auto greet = [](std::string_view path) -> std::optional<Response> {
        if (path == "/hello-no") return std::nullopt;
        return Response{ResponseHead{200}, "own", {}};
    };
    options.own_paths.push_back({"/hello", greet});
    options.own_paths.push_back({"/hello-*", greet});
    start(std::move(options));
    EXPECT_EQ(ask(identity()).status, 200);
    for (const auto& [path, text] :
         {std::pair{"/healthz", "ok\n"}, std::pair{"/hello", "own"}, std::pair{"/hello-you", "own"},
          std::pair{"/metrics", "landfall_request_seconds_count{service=\"sts\""}}) {
        RawClient c = server->connect();
        ASSERT_TRUE(c.send("GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n"));
        const auto answer = c.read_answer();
        EXPECT_EQ(answer.status, 200);
        EXPECT_NE(answer.body.find(text), std::string::npos) << answer.body;
    }
    RawClient c = server->connect();
    ASSERT_TRUE(c.send("GET /hello-no HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_NE(c.read_answer().status, 200);
    Draft get;
    get.path = "/healthz/k";
    EXPECT_NE(ask(get).body.find("NoSuchKey"), std::string::npos);
}

TEST_F(GatewayTest, forwarded_headers_are_believed_from_trusted_proxies_only) {
    GatewayOptions options;
    start(std::move(options));
    Draft d = identity();
    d.headers.push_back({"X-Forwarded-Host", "public.example"});
    d.headers.push_back({"X-Forwarded-For", "203.0.113.9"});
    EXPECT_EQ(ask(d).status, 200);
    const std::lock_guard lock{stored.mutex};
    EXPECT_EQ(stored.last.host, "127.0.0.1:4566");
    EXPECT_EQ(stored.last.source_ip, "127.0.0.1");
}

TEST_F(GatewayTest, a_trusted_proxy_tells_host_scheme_and_address) {
    GatewayOptions options;
    options.trusted_proxies = {"127.0.0.1"};
    start(std::move(options));
    Draft d = identity();
    d.host = "public.example";
    std::string text = sign(d);
    const std::size_t at = text.find("Host: public.example\r\n");
    text.replace(at, 22,
                 "Host: 10.0.0.1:80\r\nX-Forwarded-Host: public.example\r\nX-Forwarded-Proto: https\r\n"
                 "X-Forwarded-For: 203.0.113.9\r\n");
    RawClient c = server->connect();
    ASSERT_TRUE(c.send(text));
    const auto answer = c.read_answer();
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::lock_guard lock{stored.mutex};
    EXPECT_EQ(stored.last.base_url(), "https://public.example");
    EXPECT_EQ(stored.last.source_ip, "203.0.113.9");
}

}  // namespace
}  // namespace landfall::front
