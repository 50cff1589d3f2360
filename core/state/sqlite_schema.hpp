// The schema of the state store and its versions (docs/formats/state.md).
#pragma once

#include "base/result.hpp"
#include "core/state/sqlite_db.hpp"

namespace landfall::state {

inline constexpr int kSchemaVersion = 1;

/// Makes the schema in an empty database, upgrades an older one, refuses a newer one (precondition) and a
/// database that is not a state store (corrupt). The connection writes.
Status prepare_schema(Connection& db);

}  // namespace landfall::state
