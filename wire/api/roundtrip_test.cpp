// The gate of the wire layer: boto3 speaks every operation of every model to an echo server, full synthetic
// input and output, with Debian's botocore (given our models) and with a newer one where this machine has it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "wire/api/echo_server_testing.hpp"
#include "wire/models/embedded.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/text.hpp"

extern char** environ;

namespace landfall::wire {

EchoServer::EchoServer(const Catalogue& catalogue, const Dispatcher& dispatcher)
    : catalogue_{catalogue}, dispatcher_{dispatcher} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(listener_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(::listen(listener_, 64) == 0);
    CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
}

EchoServer::~EchoServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    for (std::thread& connection : connections_) connection.join();
    for (const int socket : sockets_) ::close(socket);
}

void EchoServer::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockets_.push_back(socket);
        connections_.emplace_back([this, socket] { serve(socket); });
    }
}

bool EchoServer::read_request(int socket, std::string& buffer, Request& request) {
    const auto more = [&] {
        char chunk[16384];
        const ssize_t n = ::read(socket, chunk, sizeof chunk);
        if (n > 0) buffer.append(chunk, static_cast<std::size_t>(n));
        return n > 0;
    };
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
        if (!more()) return false;
    const std::string head = buffer.substr(0, end + 2);
    buffer.erase(0, end + 4);
    std::size_t at = head.find("\r\n") + 2;
    const std::size_t space = head.find(' ');
    request.method = head.substr(0, space);
    std::string target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    std::size_t length = 0;
    while (at < head.size()) {
        const std::size_t line_end = head.find("\r\n", at);
        const std::string line = head.substr(at, line_end - at);
        at = line_end + 2;
        const std::size_t colon = line.find(':');
        request.headers.emplace_back(line.substr(0, colon),
                                     trimmed(std::string_view{line}.substr(colon + 1)));
        if (same_name(request.headers.back().first, "content-length"))
            length = static_cast<std::size_t>(std::atoll(request.headers.back().second.c_str()));
        if (same_name(request.headers.back().first, "expect")) {
            constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            if (::write(socket, kContinue.data(), kContinue.size()) < 0) return false;
        }
    }
    while (buffer.size() < length)
        if (!more()) return false;
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    return true;
}

void EchoServer::serve(int socket) {
    std::string buffer;
    for (;;) {
        Request request;
        if (!read_request(socket, buffer, request)) break;
        const HttpReply reply = answer(request);
        std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " OK\r\n";
        for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\r\n";
        const std::size_t length =
            reply.head_only ? reply.announced_length.value_or(Bytes{}).count : reply.body.size();
        if (reply.status != 204) out += "Content-Length: " + std::to_string(length) + "\r\n";
        out += "\r\n";
        if (!reply.head_only) out += reply.body;
        if (::send(socket, out.data(), out.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::shutdown(socket, SHUT_RDWR);
}

HttpReply EchoServer::answer(const Request& request) {
    std::vector<HeaderField> fields;
    for (const auto& [name, value] : request.headers) fields.push_back({name, value});
    const std::lock_guard lock{mutex_};
    HttpReply reply;
    if (request.path == "/landfall/next") {
        next_ = request.body;
        return reply;
    }
    if (request.path == "/landfall/fail") {
        fail_ = request.body;
        return reply;
    }
    if (request.path == "/landfall/last") {
        reply.body = last_;
        return reply;
    }
    last_ = "null";
    return answer_operation(
        request, {.method = request.method, .path = request.path, .query = request.query, .headers = fields});
}

HttpReply EchoServer::answer_operation(const Request& request, const RequestHead& head) {
    const std::string_view authorization = head.header("authorization").value_or("");
    // AWS4-HMAC-SHA256 Credential=key/date/region/service/aws4_request, …
    std::string_view scope = authorization.substr(0, authorization.find("/aws4_request"));
    scope = scope.substr(scope.rfind('/') + 1);
    const Face* face = dispatcher_.face(head, scope, request.body);
    const ErrorScene scene{.face = face, .head = &head, .request_id = "echo"};
    const auto fail = [&](const ApiError& error) { return dispatcher_.error_reply(scene, error); };
    if (face == nullptr) return fail({common_code(CommonError::unknown_operation), "no such service"});
    const auto routed = dispatcher_.route(*face, head, request.body);
    if (const auto* error = std::get_if<ApiError>(&routed)) return fail(*error);
    const Operation* op = std::get<const Operation*>(routed);
    auto opened = dispatcher_.open(*face, *op, head, request.body);
    if (const auto* error = std::get_if<ApiError>(&opened)) return fail(*error);
    const std::unique_ptr<Call> call = std::move(std::get<std::unique_ptr<Call>>(opened));
    if (!fail_.empty()) {
        const std::string code = std::exchange(fail_, {});
        return fail({ErrorCode{.name = code}, "told so"});
    }
    const Model& model = face->model();
    last_ = "{\"operation\":\"" + std::string{op->name} + "\",\"face\":\"" + std::string{face->name} +
            "\",\"input\":";
    if (call->input != nullptr)
        write_json(last_, model, *model.input_of(*op), *call->input, kPlainJson);
    else
        last_ += "{}";
    last_ += '}';
    call->context.request_id = "echo";
    if (call->output.root != nullptr) {
        const Status read =
            read_json(next_, model, *model.output_of(*op), *call->output.root, call->arena, kPlainJson);
        if (!read.ok()) return fail({common_code(CommonError::internal), read.error().message()});
    }
    return dispatcher_.reply(*call);
}

namespace {

/// The exit status of `python roundtrip.py …`; its report goes to our stdout.
int run_client(const char* python, int port) {
    const std::string script = LANDFALL_SOURCE_DIR "/wire/api/roundtrip.py";
    const std::string models = LANDFALL_SOURCE_DIR "/wire/models";
    const std::string at = std::to_string(port);
    const char* arguments[] = {python, script.c_str(), at.c_str(), models.c_str(), nullptr};
    pid_t child = 0;
    if (::posix_spawnp(&child, python, nullptr, nullptr, const_cast<char**>(arguments), environ) != 0)
        return -1;
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class RoundTrip : public ::testing::Test {
protected:
    Catalogue catalogue{embedded_models()};
    Registry registry;
    Dispatcher dispatcher{catalogue, registry};
    EchoServer server{catalogue, dispatcher};
};

TEST_F(RoundTrip, every_operation_survives_debians_boto3_in_both_directions) {
    EXPECT_EQ(run_client("/usr/bin/python3", server.port()), 0);
}

TEST_F(RoundTrip, every_operation_survives_a_newer_boto3_where_one_is_installed) {
    // 77: this python has no boto3, or it is the same as Debian's.
    const int status = run_client("python3", server.port());
    if (status == 77) GTEST_SKIP() << "no other boto3 here";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace landfall::wire
