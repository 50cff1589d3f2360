// ServerSession: a connection to a MariaDB or MySQL that asks, set so that values print exactly.
//
// Invariants
//   1. The settings that values depend on are fixed: UTC, an empty sql_mode, utf8mb4. So a cell is what
//      row_image.hpp makes of the same value in the log, but for FLOAT (six digits) and ZEROFILL.
//   2. No error holds the password.
// Threads: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/dbmove/mysql/server_address.hpp"
#include "engines/dbmove/row.hpp"

namespace landfall::dbmove::mysql {

class ServerSession {
public:
    /// Errors: Errc::denied, Errc::unavailable.
    static Result<ServerSession> open(const ServerAddress& server);
    ServerSession(ServerSession&&) noexcept;
    ServerSession& operator=(ServerSession&&) noexcept;
    ~ServerSession();

    /// A statement without rows. Errors: Errc::denied, Errc::unavailable, else Errc::invalid with the
    /// server's words.
    Status run(const std::string& statement);
    /// All rows of an answer; nullopt: NULL.
    using AnswerRow = std::vector<std::optional<std::string>>;
    Result<std::vector<AnswerRow>> ask(const std::string& statement);
    /// One row at a time, as the server sends them: nothing else can be asked until the last one was taken,
    /// or end_rows().
    Status begin_rows(const std::string& statement);
    /// False behind the last row. `row` is cleared before.
    Result<bool> next_row(Row& row);
    /// Takes what is left.
    void end_rows();

    /// 'it''s', as this session's statements take it.
    [[nodiscard]] static std::string literal(std::string_view text);
    /// `a``b`
    [[nodiscard]] static std::string quoted(std::string_view name);
    /// "10.11.6-MariaDB…"
    [[nodiscard]] const std::string& version() const;
    [[nodiscard]] bool is_mariadb() const { return version().find("MariaDB") != std::string::npos; }
    /// Host and port, for people.
    [[nodiscard]] const std::string& place() const;

private:
    struct Connection;
    explicit ServerSession(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace landfall::dbmove::mysql
