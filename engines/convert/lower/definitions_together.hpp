// What definitions need of each other before each is lowered by itself: keys and what refers to them, keys
// and the indexes that stand for them.
//
// Threads: one tree, one thread. Time: n log n in the number of definitions.
#pragma once

#include <set>
#include <span>

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// 1. The columns of a foreign key get the types of the key that they refer to: NUMBER refers to NUMBER(10)
///    in Oracle, but numeric not to integer in PostgreSQL.
/// 2. A schema that no script makes anything in is left out of names where the object is made without one.
/// 3. Constraints get the state that they have in the end (constraint_states.hpp).
/// 4. An index on the very columns of a key, of its name or named by its USING INDEX, is marked by
///    `made_by_key`: the key makes it.
/// 5. A partitioned table that PostgreSQL cannot partition so says why (`unpartitioned_because`).
/// `statements` do not hold those that are superseded.
void relate_definitions(std::span<Statement* const> statements, Tree& tree);

/// Definitions that do not count: of what is dropped later, of what stands already (Oracle refuses those), of
/// what is replaced later.
[[nodiscard]] std::set<const Statement*> superseded_definitions(std::span<Statement* const> statements);

}  // namespace landfall::convert
