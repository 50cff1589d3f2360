// Forms (AWS Query and EC2) → slots: "Filter.1.Value.2=x", "Attribute.entry.1.key=…", "Tags.member.10.Key=…".
//
// Invariants
//   1. Parameters may come in any order; list items are ordered by their number, gaps are closed.
//   2. Work is n·log n in the number of parameters, whatever their numbers say: "X.999999999.Y" is one item.
//   3. Both the flattened and the wrapped form of a list or map are understood, whichever the model says.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

struct FormField {
    std::string_view key;
    std::string_view value;
};

/// Decoded pairs in the order of the text. invalid: a bad escape, or more than 10,000 pairs.
[[nodiscard]] Result<std::vector<FormField>> parse_form(std::string_view form, Arena& arena);
/// The value of a key in a raw form or query string, decoded ("Action"); empty where absent.
[[nodiscard]] std::string_view form_value(std::string_view form, std::string_view key, Arena& arena);

/// Sorts `fields`. invalid: a value of the wrong type, with its key.
[[nodiscard]] Status read_form(std::vector<FormField>& fields, const Model& model, const Structure& structure,
                               Record& record, Arena& arena);

}  // namespace landfall::wire
