// Rules: which models an operation is about (selection), and how names and types change (transformation).
//
// Invariants
//   1. A rule that parsed names a server; what its locator leaves out covers everything below.
//   2. Names compare without regard to case; in include and exclude rules % is any run of characters.
//   3. A name is selected when an explicit or include rule covers it and no exclude rule does.
// Pure functions; any thread.
// Source: "Selection rules in DMS Schema Conversion" and "Transformation rules …" of the DMS user guide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/dms/model_fault.hpp"

namespace landfall::dms {

/// A place in a metadata tree: server ▸ schema ▸ category ▸ object, as deep as its names are given.
struct Place {
    std::string server;
    std::string schema;
    std::string category;  ///< "Tables"; with an object always given
    std::string object;
    bool operator==(const Place&) const = default;
};

enum class RuleAction : std::uint8_t { explicit_, include, exclude };

struct SelectionRule {
    std::string id;
    std::string name;
    RuleAction action = RuleAction::explicit_;
    Place place;
    bool schemas = false;  ///< the category "Schemas" of a server: its place has the server alone
    bool operator==(const SelectionRule&) const = default;
};

struct Selection {
    std::vector<SelectionRule> rules;

    /// An object, or a schema (category and object empty).
    [[nodiscard]] bool covers(const Place& place) const;
};

/// The category whose objects a locator names by that key ("table-name"); empty: none does.
[[nodiscard]] std::string_view category_of_key(std::string_view key);
/// "table-name" of "Tables".
[[nodiscard]] std::string_view key_of_category(std::string_view category);
/// "Table" of "Tables".
[[nodiscard]] std::string_view type_of_category(std::string_view category);
/// The category that holds a kind of the converter's objects; empty: they belong to the model of their name.
[[nodiscard]] std::string_view category_of_kind(std::string_view kind);

/// InvalidParameterValue with the rule and what is wrong with it.
[[nodiscard]] Judged<Selection> parse_selection(std::string_view json);
/// One explicit rule, as DescribeMetadataModel and its like want it.
[[nodiscard]] Judged<SelectionRule> parse_one_explicit(std::string_view json);
/// Rules that name exactly this place; `schemas` as in SelectionRule.
enum class Below : std::uint8_t { itself, schemas };
[[nodiscard]] std::string selection_of(const Place& place, Below below = Below::itself);
[[nodiscard]] std::string selection_of(const std::vector<Place>& places);

struct TransformationRule {
    std::string id;
    std::string action;
    std::string target;
    bool operator==(const TransformationRule&) const = default;
};
/// Validated: type, id, name, action, target, the value that the action needs.
[[nodiscard]] Judged<std::vector<TransformationRule>> parse_transformations(std::string_view json);

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);  ///< A is a (ASCII)

}  // namespace landfall::dms
