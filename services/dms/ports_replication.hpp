// What replication needs of others: the databases that it moves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::dms {

/// A database as an endpoint tells of it, with who signs in.
struct DatabasePlace {
    std::string role;    ///< for errors: "source" or "target"
    std::string engine;  ///< as the endpoint's EngineName
    std::string host;
    int port = 0;
    std::string database;  ///< may be empty, for engines whose schemas are databases
    std::string user;
    SecretString password;
    std::string ssl_mode;     ///< none, require, verify-ca, verify-full
    std::string authorities;  ///< PEM; empty: those of the system
};

/// Looks into databases. Any thread; every call blocks on the network, for half a minute at most.
class Databases {
public:
    virtual ~Databases() = default;
    /// Signs in and asks the server who it is. Errors in words for people, without the password:
    /// unavailable, denied, invalid.
    [[nodiscard]] virtual Status test(const DatabasePlace& place) = 0;
    /// The schemas that may be moved, in the order of their names.
    [[nodiscard]] virtual Result<std::vector<std::string>> schemas(const DatabasePlace& place) = 0;
};

}  // namespace landfall::dms
