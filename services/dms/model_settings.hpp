// The conversion configuration of a project: JSON of sections, as DescribeConversionConfiguration shows it,
// and what the converter makes of it.
//
// Invariants
//   1. A change names sections and keys; all others stay as they are.
//   2. Keys that the converter knows hold one of their values, or the change is refused; keys that it does
//      not know are kept and act on nothing (AWS has many that are about its own functions).
// Pure; any thread. The table of the keys is in README.md.
#pragma once

#include <string>
#include <string_view>

#include "engines/convert/converter.hpp"
#include "services/dms/model_fault.hpp"

namespace landfall::dms {

/// The whole configuration of a project that stores `changes` (empty: none).
[[nodiscard]] Judged<std::string> shown_configuration(std::string_view changes);
/// `changes` with `more` laid over it. InvalidParameterValue.
[[nodiscard]] Judged<std::string> merged_configuration(std::string_view changes, std::string_view more);
[[nodiscard]] Judged<convert::Settings> settings_of(std::string_view changes);

}  // namespace landfall::dms
