// Table mappings: which tables a task moves. JSON of rules, as the DMS user guide describes it.
//
// Invariants
//   1. A rule that cannot be followed is refused, with its rule-id: none acts otherwise than it says.
//   2. A table is moved when a rule that includes it is there and none that excludes it. Names match with
//      regard to case; % is any text, _ one character, [ab] and [a-d] one of a set.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/dms/model_fault.hpp"

namespace landfall::dms {

/// A schema's or a table's name with wildcards.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

struct MappingRule {
    enum class Action : std::uint8_t { include, exclude, explicit_ } action = Action::include;
    std::string schema;
    std::string table;
    bool operator==(const MappingRule&) const = default;
};

class TableMappings {
public:
    /// InvalidParameterValue: "Error in mapping rules. …".
    static Judged<TableMappings> parse(std::string_view text);
    [[nodiscard]] bool selects(std::string_view schema, std::string_view table) const;
    [[nodiscard]] const std::vector<MappingRule>& rules() const { return rules_; }

private:
    std::vector<MappingRule> rules_;
};

}  // namespace landfall::dms
