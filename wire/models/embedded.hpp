// The trimmed service models and their overlays, as bytes inside the program.
#pragma once

#include <span>

#include "wire/model/catalogue.hpp"

namespace landfall::wire {

/// In the order of their names. Static storage.
[[nodiscard]] std::span<const ModelText> embedded_models();

}  // namespace landfall::wire
