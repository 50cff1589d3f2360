// Amounts as people read them.
#pragma once

#include <string>

#include "base/units.hpp"

namespace landfall::app {

/// "17 B", "1.5 GiB".
[[nodiscard]] std::string human(Bytes bytes);

}  // namespace landfall::app
