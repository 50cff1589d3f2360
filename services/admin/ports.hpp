// What the administration needs of others; apps/landfall connects it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "base/units.hpp"

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

struct QueueRow {
    std::string name;
    std::uint64_t visible = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t delayed = 0;
    Duration oldest_age{};
    std::uint64_t sent = 0;  ///< since the server started, as the next three
    std::uint64_t received = 0;
    std::uint64_t deleted = 0;
    std::uint64_t dead_lettered = 0;
};

struct PeekedMessage {
    std::string id;
    std::uint64_t sequence = 0;
    Instant sent;
    std::string group;  ///< empty: none
    Bytes size;
    std::string body;
};

/// The queues of an account in a region. Any thread; nothing here blocks.
class QueueView {
public:
    virtual ~QueueView() = default;
    /// In order of their names, at most `max`.
    [[nodiscard]] virtual std::vector<QueueRow> queues(std::string_view account, std::string_view region,
                                                       std::string_view prefix, std::size_t max) const = 0;
    using Peeked = UniqueFunction<void(Result<std::vector<PeekedMessage>>)>;
    /// Messages behind place `after`, in order; not_found: no such queue.
    virtual void peek(std::string_view account, std::string_view region, std::string_view name,
                      std::uint64_t after, std::uint32_t max, Peeked done) const = 0;
};

}  // namespace landfall::admin
