// In which order objects load: what others need comes first.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engines/convert/syntax/unit.hpp"

namespace landfall::convert {

/// Stages are in this order; what another stage's statement needs comes before it all the same.
enum class LoadStage : std::uint8_t {
    schemas,
    types,
    sequences,
    tables,
    partitions,
    routines,
    rows,
    keys,
    indexes,
    foreign_keys,
    views,
    triggers,
    blocks,
    comments,
    grants
};

/// Of a statement of PostgreSQL, that is, a lowered one.
[[nodiscard]] LoadStage load_stage(const Statement& statement);

/// A name that a statement makes, or that must be there when it is executed.
struct LoadName {
    enum class What : std::uint8_t { relation, routine, type, any };
    What what = What::any;
    Text schema = {}, name = {};  ///< schema: empty where none is written
};

/// Statements that stay together, and what PostgreSQL looks up while it executes them. It looks up nothing
/// that bodies of routines say, but the types of their variables.
struct LoadItem {
    LoadStage stage = LoadStage::blocks;
    Text schema = {};  ///< of the object: where unqualified names are looked for first
    std::vector<LoadName> makes = {}, needs = {};
};

/// Adds the names of a lowered statement.
void note_names(Statement& statement, LoadItem& item);

struct LoadOrder {
    std::vector<std::size_t> items;  ///< all of them, as indexes
    /// Circles: the first needs the second, which comes behind it since it needs the first.
    std::vector<std::pair<std::size_t, std::size_t>> broken;
};

/// By stages, then as given, but whatever an item needs comes before it. Linear in items and names.
[[nodiscard]] LoadOrder load_order(const std::vector<LoadItem>& items);

}  // namespace landfall::convert
