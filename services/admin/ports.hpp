// What the administration needs of others; apps/landfall connects it.
#pragma once

#include <cstddef>
#include <string>

namespace landfall::admin {

class MachineCounts {
public:
    virtual ~MachineCounts() = default;
    /// Machines with a process now.
    [[nodiscard]] virtual std::size_t running() const = 0;
    /// "kvm", "tcg", or "none" where no machine can be run; never probes.
    [[nodiscard]] virtual std::string acceleration() const = 0;
};

}  // namespace landfall::admin
