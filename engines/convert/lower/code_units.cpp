// Units come apart into statements of PostgreSQL.
#include "engines/convert/lower/passes.hpp"

namespace landfall::convert {

/// A routine of a schema is written in PL/pgSQL.
void lower_units(Statement*& statement, LowerContext&) {
    if (auto* routine = as<CreateRoutine>(statement); routine != nullptr && routine->language.empty())
        routine->language = "plpgsql";
}

}  // namespace landfall::convert
