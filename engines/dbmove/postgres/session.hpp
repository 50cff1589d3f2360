// Session: one connection to a PostgreSQL, set so that values print exactly and names mean what they say.
//
// Invariants
//   1. The settings that values depend on are fixed: ISO dates, UTC, 17 digits of floats, UTF-8, an empty
//      search_path.
//   2. No error, log or name of ours holds a password or the connection string.
//   3. After an error of the connection itself every call answers `unavailable`.
// Threads: one at a time; interrupt() any.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

struct pg_conn;
struct pg_result;

namespace landfall::dbmove::postgres {

/// Where a database is: libpq's connection string, "postgresql://…" or "host=… dbname=…".
struct Address {
    Secret<std::string> connection;
    std::string role;  ///< for errors: "source" or "target"
};

enum class Purpose : std::uint8_t { queries, replication };

/// What a server refused: its code and its words.
struct Refusal {
    std::string sqlstate;
    std::string message;
    std::string detail;
};

/// One answer's rows.
class Answer {
public:
    explicit Answer(pg_result* result) : result_{result} {}
    [[nodiscard]] std::size_t size() const;
    /// nullopt: NULL. Valid as long as the answer.
    [[nodiscard]] std::optional<std::string_view> at(std::size_t row, std::size_t column) const;
    /// Empty where it is NULL.
    [[nodiscard]] std::string text(std::size_t row, std::size_t column) const;
    /// Rows that the command changed.
    [[nodiscard]] std::uint64_t affected() const;
    [[nodiscard]] const pg_result* raw() const { return result_.get(); }

private:
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

class Session {
public:
    /// Errors: invalid (no connection string), unavailable, denied (password, role).
    static Result<Session> open(const Address& address, Purpose purpose = Purpose::queries);
    Session(Session&&) noexcept = default;
    Session& operator=(Session&&) noexcept = default;
    ~Session() = default;

    /// One or several statements without rows. Errors: unavailable, else precondition with the server's
    /// words; refusal() has its code.
    Status run(const std::string& sql);
    Result<Answer> ask(const std::string& sql, const std::vector<std::string>& parameters = {});
    /// Of the replication protocol, which knows no parameters.
    Result<Answer> ask_simply(const std::string& sql);
    /// Of the last error; empty where it was none of the server's.
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }

    using Bytes = std::span<const char>;
    /// Runs a COPY … TO STDOUT; `take` gets each row (text) or piece (binary) as it comes and may end it by
    /// an error.
    Status copy_out(const std::string& sql, const std::function<Status(Bytes)>& take);
    /// The same to be pulled: nullopt behind the last piece. A piece is valid until the next call.
    Status begin_copy_out(const std::string& sql);
    Result<std::optional<Bytes>> next_piece();
    /// COPY … FROM STDIN: begin, put any number of times, then end, which answers how many rows came.
    Status begin_copy_in(const std::string& sql);
    Status put(Bytes bytes);
    Result<std::uint64_t> end_copy_in();
    /// The server forgets what was put.
    void give_up_copy_in(const std::string& why);

    /// Asks the server to end what this session runs. Any thread.
    void interrupt();

    /// 150018 for 15.18.
    [[nodiscard]] int version() const;
    /// The database's name and host, for people.
    [[nodiscard]] std::string place() const;
    [[nodiscard]] pg_conn* raw() const { return connection_.get(); }
    /// The error of the connection or of a result, as this class tells it.
    [[nodiscard]] Error error_of(const pg_result* result);

private:
    struct Finish {
        void operator()(pg_conn* connection) const;
    };
    explicit Session(pg_conn* connection, std::string role);
    [[nodiscard]] Status good(const pg_result* result);

    struct Free {
        void operator()(char* piece) const;
    };
    Status end_copy_out();

    std::unique_ptr<pg_conn, Finish> connection_;
    std::unique_ptr<char, Free> piece_;
    std::string role_;
    Refusal refusal_;
};

}  // namespace landfall::dbmove::postgres
