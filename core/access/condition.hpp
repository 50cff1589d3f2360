// The conditions of a statement: operators by name, the values that they take, and whether a value satisfies
// them.
//
// Invariants
//   1. A condition value is read once, when its policy is; a value of the request that is not of the
//      operator's type (a number that is none) satisfies nothing, so that only negated operators hold of it.
// Facts: the IAM User Guide's "Condition operators". Threads: any. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "core/access/policy.hpp"

namespace landfall::access {

/// "ForAllValues:StringNotLikeIfExists" as a Condition without key and values; nullopt: there is no such
/// operator.
[[nodiscard]] std::optional<Condition> condition_named(std::string_view operator_name);

/// invalid: not a value of that type; the message says what is expected.
[[nodiscard]] Result<ConditionValue> condition_value(Comparison comparison, std::string_view text);

/// True where the operator compares text, in which variables and (like) patterns stand.
[[nodiscard]] bool takes_variables(Comparison comparison);

/// Whether one value of the request satisfies one of the condition; negation is not seen here. `expected` is
/// the condition value's text with its variables replaced. Not for `null`.
[[nodiscard]] bool satisfies(Comparison comparison, std::string_view value, const ConditionValue& against,
                             std::string_view expected);

}  // namespace landfall::access
