// What DMS keeps of the databases that tasks move: endpoints, certificates, connections, lists of schemas.
//
// Invariants
//   1. A password is kept sealed, and nowhere else: no other member, message or setting holds one.
//   2. Where a database is and who signs in stands in the endpoint itself; `settings` holds the engine's
//      other settings, which are told as they were given.
// Pure values; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model.hpp"
#include "services/dms/model_instance.hpp"

namespace landfall::dms {

struct EndpointEngine {
    std::string_view name;      ///< as EngineName writes it
    std::string_view shown;     ///< for people
    std::string_view settings;  ///< the member of the API that holds its settings
    int port = 0;
};
[[nodiscard]] std::span<const EndpointEngine> endpoint_engines();
/// nullptr: there are no endpoints of that engine here.
[[nodiscard]] const EndpointEngine* find_engine(std::string_view name);

struct Endpoint {
    static constexpr std::string_view kThing = "endpoint";
    static constexpr std::string_view kWords = "Endpoint";
    Identity self;
    std::string name;  ///< its identifier
    std::string status{status::kActive};
    std::string type;  ///< "source", "target"
    std::string engine;
    std::string host;
    std::int64_t port = 0;  ///< 0: the engine's
    std::string database;
    std::string user;
    std::string sealed_password;  ///< empty: none
    std::string secret_id;        ///< what holds user and password instead
    std::string secret_role;
    std::string ssl_mode;
    std::string certificate;  ///< its ARN
    std::string attributes;   ///< ExtraConnectionAttributes
    std::string kms_key;
    std::string service_role;
    ProviderSettings settings;
    Instant created;
    Tags tags;
    bool operator==(const Endpoint&) const = default;

    [[nodiscard]] bool is_source() const { return type == "source"; }
};
[[nodiscard]] Verdict check(const Endpoint& endpoint);

struct Certificate {
    static constexpr std::string_view kThing = "cert";
    static constexpr std::string_view kWords = "Certificate";
    Identity self;
    std::string name;
    std::string pem;
    std::string owner;
    Instant valid_from, valid_to;
    std::string algorithm;
    int key_bits = 0;
    std::string kms_key;
    Instant created;
    Tags tags;
    bool operator==(const Certificate&) const = default;
};
[[nodiscard]] Verdict check(const Certificate& certificate);
/// Reads what a PEM's first certificate says. InvalidCertificateFault: it is none, or holds a private key.
[[nodiscard]] Judged<Certificate> read_certificate(std::string_view pem);

/// What the last test of an endpoint from an instance found. Its id is both ids.
struct Connection {
    Identity self;
    std::string instance;  ///< ids
    std::string endpoint;
    std::string status;
    std::string failure;
    std::string test;  ///< which test the status is of: only that one ends it
    bool operator==(const Connection&) const = default;
};
[[nodiscard]] Identity connection_id(const Scope& scope, std::string_view instance,
                                     std::string_view endpoint);

/// What the last look into an endpoint's database found. Its id is the endpoint's.
struct SchemaList {
    Identity self;
    std::string instance;
    std::string status;
    std::string failure;
    std::string look;
    Instant refreshed;
    std::vector<std::string> schemas;
    bool operator==(const SchemaList&) const = default;
};

}  // namespace landfall::dms
