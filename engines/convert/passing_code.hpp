// Statements whose code nobody else reads: a routine that stands alone, a block, a statement of SQL. What
// they become lives in a tree that goes as soon as it is printed, so that the memory of a conversion follows
// its scripts and not all that their bodies become.
//
// Invariants
//   1. What other statements may ask for, the head of a routine, stands in the lasting tree and is as it was
//      declared once the statement has been converted: passes change heads in place and put nodes of the
//      passing tree into them.
//   2. Once converted, such a statement has no body.
// Threads: one tree, one thread.
#pragma once

#include <set>
#include <span>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

/// Names of routines that synonyms mean: what is made for those is made of the routine's head as it was
/// lowered, so that the routine has to stay.
[[nodiscard]] std::set<Text> synonym_targets(std::span<Statement* const> statements);

/// May the code of the statement go when it is printed?
[[nodiscard]] bool is_passing(const Statement& statement, const std::set<Text>& synonym_targets);

/// A passing statement while it is converted.
class PassingCode {
public:
    /// Before the statement is bound. `lasting`: the tree that the statement was parsed into.
    PassingCode(Statement& statement, Tree& lasting);
    PassingCode(const PassingCode&) = delete;
    PassingCode& operator=(const PassingCode&) = delete;
    /// The head is as it was, the body and all that was made in `tree` is gone.
    ~PassingCode();

    [[nodiscard]] Tree& tree() { return tree_; }

private:
    Statement& statement_;
    Routine* routine_ = nullptr;           ///< of the statement; passes may give it another
    const CreateRoutine* head_ = nullptr;  ///< a clone without the body
    Tree tree_;
};

}  // namespace landfall::convert
