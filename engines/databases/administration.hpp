// Administration: what this server does inside of a running database, over the folder's own socket, as the
// administrator whom the operating system vouches for: no password is needed, none is kept.
//
// Invariants
//   1. A password leaves this process only as a verifier (SCRAM-SHA-256, or MariaDB's double SHA-1), and the
//      session that carries it is kept out of the database's own logs.
//   2. Every call may be made again after it was cut short at any point.
// Threads: any. Calls block, at most some seconds each.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "engines/databases/product.hpp"

namespace landfall::databases {

/// How to reach a running server.
struct AdminPlace {
    Product product = Product::postgres;
    std::string folder;  ///< as this process sees it
    std::uint16_t port = 0;
    std::string administrator;
};

struct MasterPlan {
    std::string user;
    SecretString password;
    std::string database;  ///< to make; empty: none but what the product comes with
    std::string group;     ///< of roles: what PostgreSQL calls the owner's rights; made where missing
};

/// Whether the server answers. unavailable: not now.
Status greet(const AdminPlace& place);
/// The master user with its password and rights, and the database. invalid: a name that the server refuses.
Status make_master(const AdminPlace& place, const MasterPlan& plan);
Status set_password(const AdminPlace& place, const std::string& user, const SecretString& password);

/// New values for a running MariaDB, whose files it reads only when it starts; no value: its default.
/// invalid: the server refuses one; those before it are set.
Status set_live(const AdminPlace& place, const std::map<std::string, std::optional<std::string>>& values);

/// '*' and 40 hexadecimal digits: what MariaDB's mysql_native_password keeps of a password.
[[nodiscard]] std::string native_verifier(const SecretString& password);

}  // namespace landfall::databases
