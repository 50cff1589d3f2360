// Validation of a parsed request against the model's constraints.
//
// Invariants
//   1. What passes has every required member, at every depth; views rely on it.
//   2. Lengths of text count Unicode characters, of blobs bytes, of lists and maps items.
//   3. Patterns are not checked (they are regular expressions of Java's; services check what they need).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

/// Which constraints the real service checks before the operation runs. Required members always are.
enum class Strictness : std::uint8_t { required_only, all };

struct Violation {
    bool missing;      ///< a required member
    std::string path;  ///< "tags.1.member.key" as AWS spells it: first letter small
    std::string member;
    std::string message;  ///< "Value 'x' at 'path' failed to satisfy constraint: …"
};

/// At most 10 violations, in the model's order; empty = valid. `record` may be null: nothing was sent.
[[nodiscard]] std::vector<Violation> validate(const Model& model, const Structure& structure,
                                              const Record* record, Strictness strictness);

}  // namespace landfall::wire
