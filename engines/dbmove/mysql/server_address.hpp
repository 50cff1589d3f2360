// Where a MariaDB or MySQL is, and who we are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::dbmove::mysql {

struct ServerAddress {
    enum class Tls : std::uint8_t {
        none,
        required,  ///< encrypted, whoever answers
        verified,  ///< the certificate's chain and name hold against `ca_file`
    };
    std::string host;  ///< name or address; unused with a socket
    std::uint16_t port = 3306;
    std::string socket;  ///< of a server on this machine; empty for TCP
    std::string user;
    SecretString password;
    Tls tls = Tls::none;
    std::string ca_file;
};

/// A server, and the database of it that is meant; empty: all.
struct DatabaseAddress {
    ServerAddress server;
    std::string database;
};
/// "mysql://user:password@host:port/database?ssl-mode=REQUIRED" (or mariadb://), percent-encoded where a
/// character has a meaning. `socket` gives a socket's path, `ssl-mode` DISABLED, REQUIRED or VERIFY_IDENTITY,
/// `ssl-ca` a file. Errors: Errc::invalid, naming the part and never the password.
[[nodiscard]] Result<DatabaseAddress> parse_address(std::string_view url);
/// Whether the text is such a URL at all.
[[nodiscard]] bool is_address(std::string_view text);

}  // namespace landfall::dbmove::mysql
