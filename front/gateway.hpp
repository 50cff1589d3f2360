// Gateway: from an HTTP request to a service's answer: routes it, verifies who asks, asks whether they may,
// has the wire layer parse it, runs the operation, and writes the reply in the client's protocol.
//
// Invariants
//   1. Nothing of a body is read before the head is found right: a wrong signature, an unknown key, a denied
//      or unknown operation is answered while the client still waits with its upload. (Two exceptions:
//      clients that sign the body's hash without sending it, and forms, whose bodies are small and bounded.)
//   2. No operation runs for a caller that was not verified and allowed. Unsigned requests reach only the
//      operations that the wire layer says to serve unsigned; those ask the resource's own policy.
//   3. Every scope's region is one that this server answers for (iam and sts, which are global: us-east-1
//      too).
//   4. Every request is answered once, with a Date and a request id, and logged once.
//   5. Buffered bodies hold at most Limits::buffered_bytes in all; requests in hand are bounded per service.
// Order of routing: own paths, credential scope, X-Amz-Target, Action and Version, Host, presigned or
// anonymous S3.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/units.hpp"
#include "core/access/decide.hpp"
#include "front/admission.hpp"
#include "front/http_server.hpp"
#include "front/metrics.hpp"

namespace landfall::wire {
class Dispatcher;
}

namespace landfall::front {

/// What the gateway must know of an access key. The seam to core/access.
struct KnownKey {
    enum class State : std::uint8_t { active, inactive, bad_token, expired_token };
    State state = State::active;
    access::Principal principal;
    SecretString secret;
};
class KeyTable {
public:
    virtual ~KeyTable() = default;
    /// Any thread; does not block on disk. `token` is empty for a long-lived key. nullopt: no such key.
    [[nodiscard]] virtual std::optional<KnownKey> find(std::string_view key_id,
                                                       std::string_view token) const = 0;
};

/// One line of the access log. Views are valid for the call.
struct RequestLine {
    std::string_view request_id;
    std::string_view access_key;  ///< the id; empty for anonymous
    std::string_view principal;
    std::string_view source_ip;
    std::string_view service;
    std::string_view operation;
    std::string_view method;
    std::string_view path;  ///< without its query, which may hold a signature
    int status = 0;
    std::string_view code;   ///< "OK" or the error's code
    std::string_view cause;  ///< of an internal error: for the log, never for the client
    Duration took{};         ///< from the head to the answer; of a stream, to its last byte
    Bytes sent;
    bool complete = true;
};
using RequestLog = std::function<void(const RequestLine&)>;  ///< any thread

/// A path of our own: unsigned requests only, answered on the event loop.
struct OwnPath {
    std::string path;  ///< a trailing '*' stands for any rest
    /// nullopt: there is nothing of ours at that path.
    std::function<std::optional<Response>(std::string_view path)> answer;
};

struct GatewayLimits {
    Bytes body = 16_MiB;             ///< of a request that is buffered
    Bytes buffered_bytes = 512_MiB;  ///< in all
    Admission::Limits admission{};
};

/// What becomes of a request for a region that is not listed.
enum class OtherRegions : std::uint8_t { refused, served };

struct GatewayOptions {
    std::string default_region = "us-east-1";  ///< of requests that name none
    std::vector<std::string> regions;          ///< that are answered for; empty: the default one
    OtherRegions other_regions = OtherRegions::refused;
    std::string account = "000000000000";
    std::vector<std::string> domains{"localhost"};  ///< "<bucket>.<domain>" is a bucket
    std::vector<std::string> trusted_proxies;       ///< addresses whose X-Forwarded-… are believed
    std::vector<OwnPath> own_paths;
    std::function<std::string()> more_metrics;  ///< lines for /metrics; may be empty
    GatewayLimits limits;
    RequestLog log;  ///< may be empty
};

class Gateway final : public RequestSink {
public:
    /// All outlive the gateway, and the gateway outlives the server and the workers.
    struct Parts {
        const wire::Dispatcher& dispatcher;
        const KeyTable& keys;
        WorkerPool& workers;
        Metrics& metrics;
        const Clock& clock;
        Random& random;
    };
    Gateway(Parts parts, GatewayOptions options);
    ~Gateway() override;

    /// For /metrics: the server that calls us. Before its loops run.
    void show_counters_of(const HttpServer& server);

    void on_request(Exchange exchange) override;

private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace landfall::front
