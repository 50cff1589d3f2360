// Texts of dynamic SQL that are known when the code is converted: EXECUTE IMMEDIATE 'CREATE TABLE …'. Each is
// read, bound, lowered and printed as a statement of a script of its own.
//
// Invariants
//   1. A text is answered only where the whole of it has a form in PostgreSQL; else nothing is, and the
//      caller keeps the text as it is, with a finding.
//   2. :a, :b are $1, $2 by their place in the text, which is Oracle's rule for SQL.
//   3. Findings within the text stand at the place of the statement that executes it.
// Threads: one tree, one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

class DynamicTexts {
public:
    DynamicTexts(Tree& tree, const Catalog& catalog, const Settings& settings)
        : tree_{tree}, catalog_{catalog}, settings_{settings} {}

    /// `around`: the statement whose code executes `text` at `at`. Empty: nothing is left to execute.
    [[nodiscard]] std::optional<std::string> converted(Text text, Span at, LowerContext& around);

private:
    [[nodiscard]] std::optional<std::string> printed(const Script& script,
                                                     const std::vector<Statement*>& made,
                                                     const LowerContext& context);

    Tree& tree_;
    const Catalog& catalog_;
    const Settings& settings_;
    std::deque<Script> scripts_;  ///< trees hold views of their texts
};

}  // namespace landfall::convert
