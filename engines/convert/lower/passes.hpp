// Every pass of the lowering, in the order in which they run (lower.cpp). Who adds a pass declares it here,
// under the file that implements it, and puts it into kPasses.
#pragma once

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

// absent_objects.cpp; first: it sees names as the scripts write them
void note_absent_objects(Statement*& statement, LowerContext& context);

// owned_names.cpp; behind note_absent_objects, which tells names as they are written
void lower_owned_names(Statement*& statement, LowerContext& context);

// json_calls.cpp; before queries and expressions, which lower what stands within
void lower_json(Statement*& statement, LowerContext& context);

// object_methods.cpp; early: it knows the bindings of all names
void lower_methods(Statement*& statement, LowerContext& context);

// object_rows.cpp; behind lower_methods, which finds the constructors of a user's own
void lower_object_rows(Statement*& statement, LowerContext& context);

// query_pass.cpp
void lower_queries(Statement*& statement, LowerContext& context);
// expression_pass.cpp; behind lower_queries, which knows Oracle's pseudo-columns
void lower_expressions(Statement*& statement, LowerContext& context);

// table_statements.cpp
void lower_tables(Statement*& statement, LowerContext& context);

// definition_statements.cpp
void lower_definitions(Statement*& statement, LowerContext& context);

// code_units.cpp
void lower_units(Statement*& statement, LowerContext& context);

}  // namespace landfall::convert
