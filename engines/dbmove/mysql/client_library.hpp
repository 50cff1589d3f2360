// libmariadb, as the parts of this folder use it: connecting, and what its errors mean. Not for others: it
// brings mysql.h.
#pragma once

#include <mysql.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "engines/dbmove/mysql/server_address.hpp"

namespace landfall::dbmove::mysql {

struct ResultFree {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using StoredResult = std::unique_ptr<MYSQL_RES, ResultFree>;

/// It prepares itself once a process. Any thread.
[[nodiscard]] bool library_is_ready();

/// `number` and `text` are libmariadb's, of a server or of its own.
[[nodiscard]] Error error_of(unsigned number, std::string_view text, std::string_view doing);
[[nodiscard]] Error error_of(MYSQL& connection, std::string_view doing);

struct Patience {
    std::chrono::seconds connect, silence;
};
/// `connection` is fresh from mysql_init. Errors: Errc::denied (credentials, rights, TLS), Errc::unavailable.
Status connect(MYSQL& connection, const ServerAddress& server, Patience patience);

}  // namespace landfall::dbmove::mysql
