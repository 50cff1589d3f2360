// Parameters: which settings of a database server its owner may choose, and what values each takes.
//
// Invariants
//   1. A value that check() passes is one value of one setting; the server may still refuse it when it starts
//      (a combination, more memory than there is), and then says so.
//   2. What confines a server (folders, addresses, programs that it would run) is never among them.
// Pure, but for parameters_of, which asks the installed PostgreSQL for its own list; MariaDB's is the table
// in parameters.cpp, from information_schema.system_variables of 10.11.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/databases/product.hpp"

namespace landfall::databases {

struct Parameter {
    std::string name;
    enum class Kind : std::uint8_t { text, boolean, integer, real } kind = Kind::text;
    std::string initial;  ///< the server's own default; may be empty
    std::string least, most;
    std::string choices;  ///< of a text, by commas; empty: any
    enum class Takes : std::uint8_t { live, restart } takes = Takes::live;
    std::string description;
};

/// In the order of their names.
[[nodiscard]] Result<std::vector<Parameter>> parameters_of(const Installed& installed);
/// The lines of `postgres --describe-config`.
[[nodiscard]] std::vector<Parameter> described_parameters(std::string_view lines);
/// "1-10", "0,1", "a,b", or empty: what a person is told.
[[nodiscard]] std::string allowed_values(const Parameter& parameter);
/// Whether the value may be asked for.
[[nodiscard]] bool is_allowed(const Parameter& parameter, std::string_view value);

}  // namespace landfall::databases
