// What the administration needs of others; apps/landfall connects it.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "core/jobs/job.hpp"
#include "core/state/resource.hpp"

namespace landfall::admin {

class MachineCounts {
public:
    virtual ~MachineCounts() = default;
    /// Machines with a process now.
    [[nodiscard]] virtual std::size_t running() const = 0;
    /// "kvm", "tcg", or "none" where no machine can be run; never probes.
    [[nodiscard]] virtual std::string acceleration() const = 0;
};

/// Work on the block store that runs by itself, and may be asked for.
class StoreUpkeep {
public:
    virtual ~StoreUpkeep() = default;
    /// "scrub" or "collect"; the job that does it, which may have been under way already. invalid: no such
    /// task.
    [[nodiscard]] virtual Result<jobs::JobId> begin(std::string_view task, state::Cause cause) = 0;
};

}  // namespace landfall::admin
