// Oracle's types as PostgreSQL's: the built-in ones. Named types (of packages, of schemas) and anchors
// (%TYPE) are the business of who knows what they name.
//
// Invariants
//   1. A type is changed once: `lowered` says that it is done.
//   2. VARCHAR2(n) keeps n as characters, whatever the unit; DATE has its time: timestamp(0).
#pragma once

#include "engines/convert/converter.hpp"
#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

enum class TypeUse : std::uint8_t {
    column,    ///< of a table: NUMBER(p) as an integer, where the settings say so
    variable,  ///< of code: NUMBER(p) stays numeric, so that a division keeps its fraction
    parameter  ///< without length and precision, which PostgreSQL ignores there
};

/// True where `type` is a built-in type and is PostgreSQL's now; a named or an anchored type is left alone.
bool lower_builtin_type(DataType& type, TypeUse use, const Settings& settings, Tree& tree);

}  // namespace landfall::convert
