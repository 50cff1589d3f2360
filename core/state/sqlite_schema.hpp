// The schema of the state store and its versions (docs/formats/state.md).
#pragma once

#include "base/result.hpp"
#include "core/state/sqlite_db.hpp"

namespace landfall::state {

inline constexpr int kSchemaVersion = 1;

/// The stored version, 0 in an empty database. Refuses a newer one (precondition) and a database that is not
/// a state store (corrupt); changes nothing, so that what is refused stays as it was.
Result<int> check_schema(Connection& db);
/// Makes the schema in an empty database, upgrades an older one. The connection writes.
Status upgrade_schema(Connection& db, int stored);

}  // namespace landfall::state
