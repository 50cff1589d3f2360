// What the scripts make of each constraint in the end: enabled, disabled, renamed, dropped.
#pragma once

#include "engines/convert/lower/known_tables.hpp"

namespace landfall::convert {

/// Scripts make a constraint disabled and enable it later, drop it to load rows, name it anew. In PostgreSQL
/// keys and foreign keys come after all rows, so each constraint is made once, as it stands in the end: the
/// state is written to the Constraint itself, and the change that said it gets its fate.
///
/// A table that a later script drops for good (one that takes everything away) keeps the constraints that it
/// has until then.
void settle_constraint_states(std::span<Statement* const> statements, KnownTables& tables);

}  // namespace landfall::convert
