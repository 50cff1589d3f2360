// The numbers that findings carry: what each is about, what a person does about it, and what that costs.
//
// Source of the numbers below 9000: AWS SCT's list for Oracle to PostgreSQL, used where the meaning is the
// same; the texts and hours are ours. From 9000 on they are our own.
#pragma once

#include <span>
#include <string_view>

#include "engines/convert/finding.hpp"

namespace landfall::convert {

struct ActionCode {
    int number = 0;
    std::string_view group;  ///< SCT's category: SQL, Creating tables, Triggers …
    std::string_view subject;
    std::string_view advice;                     ///< what to do about it
    Complexity complexity = Complexity::medium;  ///< where a finding has no reason for another
    double hours_to_learn = 0;                   ///< once, however often it occurs
    double hours_each = 0;                       ///< for each occurrence
};

/// In the order of their numbers.
[[nodiscard]] std::span<const ActionCode> action_codes();
/// nullptr: no such number.
[[nodiscard]] const ActionCode* find_action_code(int number);

/// "info", "simple", "medium", "complex".
[[nodiscard]] std::string_view name_of(Complexity complexity);

}  // namespace landfall::convert
