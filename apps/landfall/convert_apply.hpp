// Runs what was converted on a PostgreSQL, by libpq.
//
// Invariants
//   1. An object is there whole or not at all: its statements are one transaction.
//   2. What fails is tried again after the others, as long as that gets any further; then it is a failure
//      that is told. Nothing is dropped or replaced to make room.
//   3. Neither the connection string nor a password is ever told; errors name host and database.
// Threads: one, which blocks on the server.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::app {

enum class Execution : std::uint8_t {
    done,
    empty,          ///< nothing but comments
    already_there,  ///< an object of this name is there, of an earlier run or somebody else's
    failed
};

struct AppliedObject {
    Execution execution = Execution::failed;
    std::string sqlstate;
    std::string message;
    std::size_t line = 0;  ///< within the object's SQL, of what the server did not like; 0: not told
};

/// A finding of plpgsql_check about a routine that was made.
struct CheckedFault {
    std::string routine;
    std::size_t line = 0;  ///< within its body
    std::string sqlstate;
    std::string message;
};

struct ApplyReport {
    std::vector<AppliedObject> objects;  ///< as Conversion::objects
    std::size_t checked = 0;             ///< routines that plpgsql_check looked at
    std::vector<CheckedFault> faults;
};

enum class RoutineCheck : std::uint8_t { none, plpgsql_check };

/// How many of how many objects are through, for people who wait.
using ApplyProgress = std::function<void(std::size_t done, std::size_t all)>;

/// `connection` is libpq's: "host=… dbname=…" or postgresql://…; what it leaves open comes from PGHOST and
/// the like. Errors: invalid (the string; a server before 15; plpgsql_check is not to be had), unavailable
/// (no connection, or lost), precondition (the runtime pack does not load).
[[nodiscard]] Result<ApplyReport> apply_conversion(const std::string& connection,
                                                   const convert::Conversion& conversion, RoutineCheck check,
                                                   const ApplyProgress& progress);

}  // namespace landfall::app
