// What definitions need of each other before each is lowered by itself: keys and what refers to them, keys and
// the indexes that stand for them.
//
// Threads: one tree, one thread. Time: n log n in the number of definitions.
#pragma once

#include <span>

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// 1. The columns of a foreign key get the types of the key that they refer to: NUMBER refers to NUMBER(10)
///    in Oracle, but numeric not to integer in PostgreSQL.
/// 2. An index on the very columns of a key is marked by `made_by_key`: the key makes it.
/// 3. A partitioned table whose key lacks a column of the partitioning loses that (see lower_tables).
void relate_definitions(std::span<Statement* const> statements, Tree& tree);

}  // namespace landfall::convert
