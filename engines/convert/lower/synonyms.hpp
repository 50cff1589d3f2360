// Synonyms: what a second name of something becomes where PostgreSQL has no such thing.
#pragma once

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// Of a relation or a sequence a view; of a function or procedure one that calls it; of a type a domain; of a
/// package a schema whose routines call the package's, with a view that lists them. Names in the scripts are
/// bound to what synonyms mean, so that these serve who comes from outside. A synonym of its own name is left
/// out, and one of another database is told.
void lower_synonym(Statement*& statement, const CreateSynonym& synonym, LowerContext& context);

}  // namespace landfall::convert
