// What DMS needs of others; apps/landfall connects the buckets and the secrets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/units.hpp"

namespace landfall::dms {

/// Whose buckets, and where.
struct BucketOwner {
    std::string account;
    std::string region;
};

/// The buckets of this server. Any thread; every call blocks on disk.
class Buckets {
public:
    virtual ~Buckets() = default;
    struct Listed {
        std::string key;
        Bytes size;
    };
    /// The objects whose keys begin with `prefix`, in byte order; exhausted where there are more than `max`.
    /// not_found: no such bucket; denied: another account's.
    [[nodiscard]] virtual Result<std::vector<Listed>> list(const BucketOwner& owner, std::string_view bucket,
                                                           std::string_view prefix, std::size_t max) = 0;
    /// not_found, denied; exhausted where it is larger than `max`.
    [[nodiscard]] virtual Result<std::string> read(const BucketOwner& owner, std::string_view bucket,
                                                   std::string_view key, Bytes max) = 0;
    /// Durable when it returns; what the key held is replaced.
    [[nodiscard]] virtual Status write(const BucketOwner& owner, std::string_view bucket,
                                       std::string_view key, std::string_view content,
                                       std::string_view content_type) = 0;
};

/// Who signs in to a database.
struct Credentials {
    std::string user;
    SecretString password;
};

/// What secrets hold that projects name. Any thread.
class Secrets {
public:
    virtual ~Secrets() = default;
    /// By name or ARN. not_found; invalid: it holds no "username".
    [[nodiscard]] virtual Result<Credentials> credentials(std::string_view account,
                                                          std::string_view secret_id) = 0;
};

/// Where a database is, as its provider's settings say it.
struct DatabaseAddress {
    std::string host;
    int port = 0;
    std::string database;
    std::string ssl_mode;  ///< as DMS writes it; empty: none
};

/// A session with a database that models are exported to. One thread at a time.
class TargetSession {
public:
    virtual ~TargetSession() = default;
    struct Failure {
        std::string sqlstate;
        std::string message;
    };
    /// Statements as one transaction: all of them or none. An error: the session is of no use any more.
    [[nodiscard]] virtual Result<std::vector<Failure>> run(const std::string& sql) = 0;
    /// The first column of each row.
    [[nodiscard]] virtual Result<std::vector<std::string>> ask(
        const std::string& sql, const std::vector<std::string>& parameters) = 0;
};

/// The databases that can be exported to. Any thread.
class TargetDatabases {
public:
    virtual ~TargetDatabases() = default;
    /// unavailable: no connection; invalid: not a server that can take what is exported. Messages hold
    /// neither password nor secret.
    [[nodiscard]] virtual Result<std::unique_ptr<TargetSession>> open(const DatabaseAddress& address,
                                                                      const Credentials& credentials) = 0;
};

}  // namespace landfall::dms
