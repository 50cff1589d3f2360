// What replication needs of others: the databases that it moves, and what moves them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::dms {

/// Topics of this server that notices of events go to. Any thread.
class Topics {
public:
    virtual ~Topics() = default;
    /// not_found; invalid: not a topic's ARN.
    [[nodiscard]] virtual Status check(std::string_view topic_arn) const = 0;
    /// Durable when it returns. Errors as of check(); anything else: not now.
    [[nodiscard]] virtual Status publish(std::string_view topic_arn, const std::string& text) = 0;
};

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

enum class MigrationType : std::uint8_t { full_load, cdc, full_load_and_cdc };

/// One task's move, as all of its runs are given it.
struct MovePlan {
    std::string name;  ///< letters, digits, underscores: what is left at both databases bears it
    DatabasePlace source, target;
    MigrationType type = MigrationType::full_load;
    std::function<bool(std::string_view schema, std::string_view table)> selected;
    enum class Existing : std::uint8_t { kept, emptied, dropped } existing = Existing::kept;
    enum class Check : std::uint8_t { none, rows } check = Check::none;
    /// Definitions that change at the source; or they end the run.
    enum class Definitions : std::uint8_t { followed, stop } definitions = Definitions::followed;
    /// What one table does not take ends the run, or suspends that table until it is loaded anew.
    enum class OnError : std::uint8_t { stop, suspend_table } on_error = OnError::stop;
    unsigned workers = 1;
    struct Name {
        std::string schema, table;
        auto operator<=>(const Name&) const = default;
    };
    std::vector<Name> reload;  ///< tables whose rows this run loads anew
};

struct MovedTable {
    MovePlan::Name name;
    enum class State : std::uint8_t { waits, loads, loaded, suspended } state = State::waits;
    std::uint64_t rows = 0;                                         ///< loaded
    std::uint64_t inserts = 0, updates = 0, deletes = 0, ddls = 0;  ///< applied by this run
    bool operator==(const MovedTable&) const = default;
};

struct MoveProgress {
    enum class Doing : std::uint8_t { loads, compares, follows, stopped, done } doing = Doing::loads;
    std::vector<MovedTable> tables;
    std::string position;    ///< of the source's log, up to which the target has everything; may be empty
    bool caught_up = false;  ///< with what was committed while tables were loaded
    bool validated = false;  ///< all rows were compared, and are the same
};

/// Moves databases. Any thread. What a run has done is kept in the target: the next run of that name goes on.
class Movers {
public:
    virtual ~Movers() = default;
    /// invalid, in words: nothing moves from this engine to that one in this way.
    [[nodiscard]] virtual Status can(std::string_view source_engine, std::string_view target_engine,
                                     MigrationType type) const = 0;
    /// Until all is loaded (full_load), or `stop` is set: cancelled. `tell` comes about once a second, on
    /// this thread. already_exists: an earlier run had loaded all. unavailable, timeout, io, exhausted: it
    /// may go on later. All else is for good.
    [[nodiscard]] virtual Status run(const MovePlan& plan, const std::atomic<bool>& stop,
                                     const std::function<void(const MoveProgress&)>& tell) = 0;
    /// Takes back what a move of this name left at its source and, but for the rows, at its target.
    [[nodiscard]] virtual Status forget(const MovePlan& plan) = 0;
};

}  // namespace landfall::dms
