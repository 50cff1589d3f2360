// In which order objects load: what others need comes first.
#pragma once

#include <cstdint>

#include "engines/convert/syntax/unit.hpp"

namespace landfall::convert {

/// Statements of one stage keep the order of the input; stages are in this order.
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

}  // namespace landfall::convert
