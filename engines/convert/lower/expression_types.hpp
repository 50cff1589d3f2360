// What kind of value an expression of Oracle's has: what the binder says, and where it says nothing what the
// expression shows by itself (literals, operators, built-ins).
#pragma once

#include "engines/convert/meaning/types.hpp"
#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

using Family = TypeOf::Family;

[[nodiscard]] Family family_of(const Expr* expr);
[[nodiscard]] bool is_text(Family family);
[[nodiscard]] bool is_number(Family family);
[[nodiscard]] bool is_moment(Family family);  ///< DATE and the timestamps
[[nodiscard]] bool is_interval(Family family);

/// Is the value's type one that PostgreSQL divides without a fraction, as far as known? Integer literals are.
[[nodiscard]] bool may_be_integer(const Expr* expr);

/// The name of a built-in that is called or named without parentheses: one part, in lower case; empty: it is
/// bound to something else, qualified, or no name.
[[nodiscard]] Text built_in_name(const Expr* callee);

}  // namespace landfall::convert
