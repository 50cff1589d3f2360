// The rules about single expressions: each answers what stands for a node in PostgreSQL, mostly the node
// itself. Operands are lowered already; built-ins are known by their names (expression_types.hpp).
#pragma once

#include "engines/convert/lower/build.hpp"
#include "engines/convert/lower/expression_types.hpp"
#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// May the expression stand in an index or a generated column, where PostgreSQL wants immutable functions?
enum class Purity : std::uint8_t { any, immutable };

/// NVL, DECODE, SUBSTR, TO_CHAR …: native where exactly equal, else of the pack. (expression_functions.cpp)
[[nodiscard]] Expr* lower_call(Call* call, LowerContext& context);
/// The arguments of the built-in `name` in the types that the pack's function of that name takes: Oracle
/// converts texts by itself. (expression_arguments.cpp)
void fit_arguments(Call& call, Text name, Tree& tree);
/// The value in the type of the place that holds it (a variable, a column, a result), where PostgreSQL would
/// convert it otherwise. (expression_storing.cpp)
[[nodiscard]] Expr* as_stored(Expr* value, Family place, Tree& tree);
/// The same for INSERT … VALUES into a table that `schema` sees and a script declares.
/// (expression_storing.cpp)
void store_values(Insert& insert, Text schema, LowerContext& context);
/// SYSDATE, USER, s.NEXTVAL …: names that are calls. (expression_functions.cpp)
[[nodiscard]] Expr* lower_name(Name* name, LowerContext& context);
/// LISTAGG, KEEP, RATIO_TO_REPORT, MEDIAN …; `call` where it is none of them. (expression_aggregates.cpp)
[[nodiscard]] Expr* lower_aggregate(Call* call, LowerContext& context);
/// Division, DATE arithmetic, powers. (expression_operators.cpp)
[[nodiscard]] Expr* lower_binary(Binary* binary, LowerContext& context);
/// a || b || c: NULL counts as ''. The operands are the whole chain's. (expression_operators.cpp)
[[nodiscard]] Expr* lower_concat(const List<Expr*>& operands, Span at, Purity purity, LowerContext& context);
/// IS NAN, IS EMPTY, IS JSON … (expression_operators.cpp)
[[nodiscard]] Expr* lower_test(IsTest* test, LowerContext& context);
/// '' is NULL, DATE has a time, intervals have PostgreSQL's fields. (expression_operators.cpp)
[[nodiscard]] Expr* lower_literal(Literal* literal, LowerContext& context);

/// The name of a relation or sequence as text of a string: schema.name, quoted where needed.
[[nodiscard]] std::string spelled(const List<Identifier>& parts);

}  // namespace landfall::convert
