// Parses the statements of a script into trees.
//
// Invariants
//   1. Every statement of the script gives one Statement, in order. What does not parse is a RawStatement (a
//      RawCode within a routine, where only one statement or declaration of it does not fit), with a finding:
//      code 9001, the place of the token that did not fit and what would have.
//   2. Nesting deeper than kNestingMax is such a failure. Time and memory are linear in the number of tokens.
// Threads: pure; one tree, one thread.
#pragma once

#include <vector>

#include "engines/convert/syntax/unit.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

struct Parsed {
    std::vector<Statement*> statements;
    std::vector<Finding> findings;
};

/// Oracle's SQL and PL/SQL. `tree` owns the nodes; the script must outlive it.
[[nodiscard]] Parsed parse_oracle(const Script& script, Tree& tree);
/// MySQL's and MariaDB's SQL. `tree` owns the nodes; the script must outlive it.
[[nodiscard]] Parsed parse_mysql(const Script& script, Tree& tree, const MysqlSettings& settings);

}  // namespace landfall::convert
