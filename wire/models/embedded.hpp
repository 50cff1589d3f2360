// The trimmed service models and their overlays, as bytes inside the program.
#pragma once

#include <span>
#include <string_view>

namespace landfall::wire {

struct EmbeddedModel {
    std::string_view name;     ///< "ec2", "sqs-query": the file's name
    std::string_view model;    ///< JSON; 64 readable bytes need not follow it
    std::string_view overlay;  ///< JSON
};

/// In the order of their names. Static storage.
[[nodiscard]] std::span<const EmbeddedModel> embedded_models();

}  // namespace landfall::wire
