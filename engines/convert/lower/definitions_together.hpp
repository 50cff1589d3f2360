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
/// 3. An index on the very columns of a key and of its name is marked by `made_by_key`: the key
///    makes it.
/// 4. A partitioned table whose key lacks a column of the partitioning loses that (see lower_tables).
void relate_definitions(std::span<Statement* const> statements, Tree& tree);

/// Definitions that do not count: of what is dropped later, of what stands already (Oracle refuses those), of
/// what is replaced later.
[[nodiscard]] std::set<const Statement*> superseded_definitions(std::span<Statement* const> statements);

}  // namespace landfall::convert
