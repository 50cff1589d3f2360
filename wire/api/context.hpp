// CallContext: who asks, and how the request arrived. Everything a handler may know besides its input.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/clock.hpp"

namespace landfall::wire {

enum class Transport : std::uint8_t { plain, tls };

/// The verified identity behind the signature; all empty for an anonymous request.
struct Caller {
    std::string account;     ///< 12 digits
    std::string arn;         ///< arn:aws:iam::000000000000:root, :user/x, arn:aws:sts::…:assumed-role/r/s
    std::string user_id;     ///< AIDA…, or the account for root, or AROA…:session
    std::string access_key;  ///< the id, never the secret
    [[nodiscard]] bool anonymous() const { return arn.empty(); }
};

/// Owned by the call; valid until it is completed. Immutable while a handler runs.
struct CallContext {
    Caller caller;
    std::string account;  ///< the account whose resources are meant: the caller's, 12 digits
    std::string region;   ///< of the credential scope; the default region for anonymous requests
    std::span<const std::string> regions{};  ///< that the server lists; it may answer for more
    std::string request_id;                  ///< one id in reply, log, event and job
    std::string host;  ///< Host as sent, with port: build URLs and ARN-bearing links from this
    Transport transport = Transport::plain;
    std::string source_ip;
    std::string user_agent;
    Instant received;
    std::string path;  ///< the raw request target's path, as old SQS clients name the queue by it

    /// "https://host:port" as this client reached us.
    [[nodiscard]] std::string base_url() const {
        return (transport == Transport::tls ? "https://" : "http://") + host;
    }
};

}  // namespace landfall::wire
