// What stands in the way of an object that is exported to a database, and how it is taken away.
//
// Invariants
//   1. Nothing that holds what people put there is named for removal without a question that finds it: tables
//      with rows and sequences that were used are kept.
//   2. No removal cascades: what others depend on stays, and the database says so.
// Pure; any thread. It reads what the converter printed, not any SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace landfall::dms {

struct Removal {
    std::string sql;
    std::string holds;  ///< a query that answers a row where the object holds something; empty: never
    bool operator==(const Removal&) const = default;
};

/// The statements of a text: strings, quoted names, bodies between dollars and comments are seen through.
[[nodiscard]] std::vector<std::string_view> statements_of(std::string_view sql);

/// How to take away what the statements of `sql` make, the last first.
[[nodiscard]] std::vector<Removal> removals_of(std::string_view sql);

/// Is there nothing but comments?
[[nodiscard]] bool is_comment_only(std::string_view sql);

}  // namespace landfall::dms
