// libmariadb, as the parts of this folder use it: connecting, and what its errors mean.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "engines/dbmove/mysql/server_address.hpp"

struct st_mysql;      // MYSQL
struct st_mysql_res;  // MYSQL_RES

namespace landfall::dbmove::mysql {

struct ResultFree {
    void operator()(st_mysql_res* result) const;
};
using StoredResult = std::unique_ptr<st_mysql_res, ResultFree>;

/// It prepares itself once a process. Any thread.
[[nodiscard]] bool library_is_ready();

/// `number` and `text` are libmariadb's, of a server or of its own.
[[nodiscard]] Error error_of(unsigned number, std::string_view text, std::string_view doing);
[[nodiscard]] Error error_of(st_mysql& connection, std::string_view doing);

struct Patience {
    std::chrono::seconds connect, silence;
};
/// `connection` is fresh from mysql_init. Errors: Errc::denied (credentials, rights, TLS), Errc::unavailable.
Status connect(st_mysql& connection, const ServerAddress& server, Patience patience);

}  // namespace landfall::dbmove::mysql
