#include "apps/landfall/client.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "base/hash.hpp"

namespace landfall::app {
namespace {

constexpr timeval kPatience{.tv_sec = 30, .tv_usec = 0};
constexpr std::size_t kReplyMax = 16 << 20;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The section of an AWS shared-credentials file, as key = value.
std::map<std::string, std::string> profile_of(const std::filesystem::path& file, const std::string& profile) {
    std::map<std::string, std::string> found;
    std::ifstream in{file};
    std::string section;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('[')) section = line.substr(1, line.find(']') - 1);
        const std::size_t equals = line.find('=');
        if (section != profile || equals == std::string::npos) continue;
        const auto trimmed = [](std::string text) {
            const std::size_t begin = text.find_first_not_of(" \t");
            const std::size_t end = text.find_last_not_of(" \t\r");
            return begin == std::string::npos ? std::string{} : text.substr(begin, end - begin + 1);
        };
        found[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
    }
    return found;
}

Result<sigv4::Credentials> find_credentials(const Settings& settings) {
    const std::string id = environment("AWS_ACCESS_KEY_ID");
    if (!id.empty()) return sigv4::Credentials{id, SecretString{environment("AWS_SECRET_ACCESS_KEY")}, {}};
    std::filesystem::path file = environment("AWS_SHARED_CREDENTIALS_FILE");
    if (file.empty() && !settings.data_directory.empty()) file = settings.data_directory / "credentials";
    if (file.empty())
        return Error{Errc::not_found, "no credentials: give --data DIR, or set AWS_SHARED_CREDENTIALS_FILE"};
    const std::string profile = environment("AWS_PROFILE");
    const auto values = profile_of(file, profile.empty() ? "landfall" : profile);
    const auto key = values.find("aws_access_key_id");
    const auto secret = values.find("aws_secret_access_key");
    if (key == values.end() || secret == values.end())
        return Error{Errc::not_found, "no credentials in " + file.string()};
    return sigv4::Credentials{key->second, SecretString{secret->second}, {}};
}

class Socket {
public:
    static Result<Socket> connect(const std::string& host, const std::string& port) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
            return Error{Errc::invalid, "no such host: " + host};
        int fd = -1;
        for (const addrinfo* at = found; at != nullptr && fd < 0; at = at->ai_next) {
            fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);
            if (fd >= 0 && ::connect(fd, at->ai_addr, at->ai_addrlen) != 0) ::close(fd), fd = -1;
        }
        ::freeaddrinfo(found);
        if (fd < 0) return Error{Errc::unavailable, "no server answers at " + host + ":" + port};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        return Socket{fd};
    }
    explicit Socket(int fd) : fd_{fd} {}
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }

    Status send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return Error{Errc::unavailable, "the server closed the connection"};
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return {};
    }
    Result<std::string> receive_all() const {
        std::string received;
        char buffer[16384];
        while (true) {
            const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
            if (n < 0) return Error{Errc::timeout, "the server did not answer in time"};
            if (n == 0) return received;
            received.append(buffer, static_cast<std::size_t>(n));
            if (received.size() > kReplyMax) return Error{Errc::exhausted, "the reply is too large"};
        }
    }

private:
    int fd_;
};

/// The body of a reply that was sent with Connection: close.
Result<std::string> body_of(const std::string& reply) {
    const std::size_t end = reply.find("\r\n\r\n");
    int status = 0;
    if (reply.size() > 12) std::from_chars(reply.data() + 9, reply.data() + 12, status);
    if (end == std::string::npos || status == 0) return Error{Errc::invalid, "that is no Landfall server"};
    std::string body = reply.substr(end + 4);
    if (status == 200) return body;
    if (status == 401 || status == 403) return Error{Errc::denied, "the server refused: " + body};
    return Error{Errc::invalid, "the server answered " + std::to_string(status) + ": " + body};
}

}  // namespace

Result<Client> Client::make(const Settings& settings, const std::string& endpoint) {
    Client client;
    client.endpoint_ = endpoint;
    if (endpoint.empty())
        client.endpoint_ = "http://" + settings.listen_host + ":" + std::to_string(settings.listen_port);
    std::string_view rest = client.endpoint_;
    if (!rest.starts_with("http://"))
        return Error{Errc::invalid, client.endpoint_ + " is not http://HOST:PORT"};
    rest.remove_prefix(7);
    rest = rest.substr(0, rest.find('/'));
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) return Error{Errc::invalid, client.endpoint_ + " names no port"};
    client.host_ = rest.substr(0, colon);
    client.port_ = rest.substr(colon + 1);
    client.region_ = settings.region;
    client.credentials_ = TRY(find_credentials(settings));
    return client;
}

Result<std::string> Client::call(std::string_view operation, std::string_view json) const {
    return call_target("landfall", "Landfall_20261122." + std::string{operation}, json);
}

Result<std::string> Client::call_sqs(std::string_view operation, std::string_view json) const {
    return call_target("sqs", "AmazonSQS." + std::string{operation}, json);
}

Result<std::string> Client::call_target(std::string_view service, const std::string& target,
                                        std::string_view json) const {
    const std::string host = host_ + ":" + port_;
    const std::vector<sigv4::Header> signed_headers{
        {"host", host}, {"content-type", "application/x-amz-json-1.0"}, {"x-amz-target", target}};
    const sigv4::Request request{
        .method = "POST", .path = "/", .query = {}, .headers = signed_headers, .host = {}};
    const std::string hash = sha256(json).hex();
    const sigv4::SignedHead head =
        sigv4::sign(request, credentials_, {region_, std::string{service}}, hash, SystemClock{}.now());
    std::string text =
        "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
    for (const sigv4::Header& header : signed_headers)
        text += std::string{header.name} + ": " + std::string{header.value} + "\r\n";
    for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
    text += "\r\n";
    text += json;
    const Socket socket = TRY(Socket::connect(host_, port_));
    TRY(socket.send(text));
    return body_of(TRY(socket.receive_all()));
}

}  // namespace landfall::app
