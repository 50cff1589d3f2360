// One SQLite connection with its prepared statements; sqlite3.h stays in the .cpp.
//
// Invariants
//   1. A connection is for one thread at a time.
//   2. A statement is prepared once per connection and text; two runs of one text never overlap.
//   3. Every failure of SQLite becomes an Error: FULL exhausted, CORRUPT/NOTADB corrupt, CONSTRAINT
//      already_exists, BUSY unavailable, READONLY denied, all else io.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace landfall::state {

enum class Access : std::uint8_t { write, read };

/// Text and bytes columns hold any bytes; they bind as text, so that people can read them in a shell.
class Run {
public:
    Run(sqlite3* db, sqlite3_stmt* statement, bool* busy) : db_{db}, statement_{statement}, busy_{busy} {}
    Run(Run&& other) noexcept;
    Run& operator=(Run&&) = delete;
    Run(const Run&) = delete;
    ~Run();

    Run& bind(std::string_view text);
    Run& bind(std::int64_t number);
    Run& bind(std::uint64_t number);
    Run& bind(std::nullopt_t);
    template <class T>
    Run& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind(std::nullopt);
    }
    /// True: there is a row to read.
    Result<bool> step();
    /// Steps to the end.
    Status finish();

    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::uint64_t count(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    sqlite3* db_;
    sqlite3_stmt* statement_;
    bool* busy_;
    int bound_ = 0;
};

class Connection {
public:
    static Result<std::unique_ptr<Connection>> open(const std::string& file, const std::string& vfs,
                                                    Access access);
    /// Takes what sqlite3_open made; see open().
    explicit Connection(sqlite3* db) : db_{db} {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Texts come from a small fixed set (never with values inside), so the cache stays small.
    Result<Run> prepare(std::string_view sql);
    template <class... Args>
    Result<Run> run(std::string_view sql, const Args&... args) {
        Run run = TRY(prepare(sql));
        (run.bind(args), ...);
        return run;
    }
    template <class... Args>
    Status change(std::string_view sql, const Args&... args) {
        Run run = TRY(prepare(sql));
        (run.bind(args), ...);
        return run.finish();
    }
    /// Any number of statements, without arguments.
    Status script(const char* sql);
    [[nodiscard]] std::int64_t last_rowid() const;
    [[nodiscard]] std::uint64_t changes() const;
    /// False inside of a transaction.
    [[nodiscard]] bool autocommit() const;
    /// Pages of the log at the last commit of this connection.
    [[nodiscard]] int log_pages() const { return log_pages_; }
    /// Moves the log into the database as far as readers allow; `truncate` also gives its space back. Answers
    /// how many pages of the log are now in the database.
    enum class Checkpoint : std::uint8_t { passive, truncate };
    Result<int> checkpoint(Checkpoint how);

private:
    struct Cached {
        sqlite3_stmt* statement = nullptr;
        bool busy = false;
    };
    static int on_commit(void* self, sqlite3* db, const char* schema, int pages);

    sqlite3* db_;
    int log_pages_ = 0;
    std::unordered_map<std::string, std::unique_ptr<Cached>> statements_;
};

}  // namespace landfall::state
