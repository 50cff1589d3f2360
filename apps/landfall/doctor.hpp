// Doctor: looks at what a server needs of its machine and says what to do about what is missing.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "apps/landfall/settings.hpp"

namespace landfall::app {

enum class Health { good, weak, bad };

struct Finding {
    std::string subject;
    Health health;
    std::string told;    ///< what was found
    std::string advice;  ///< what to do; empty when good
};

/// Touches disk, processes and the listening port; changes nothing. Takes up to a few seconds.
std::vector<Finding> examine(const Settings& settings);

/// Prints a table; returns the exit code: 0, or 1 when something is bad.
int print_findings(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace landfall::app
