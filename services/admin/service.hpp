// Admin: what the server is doing and how it stands, as a service of our own model
// (wire/models/landfall.json), signed and routed like every other: the commands `landfall status`, `landfall
// jobs` and `landfall access` are its clients. Threads: any. Reads disk.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "core/access/keys.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "services/admin/ports.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::admin {

/// Everything that it depends on; all outlive it.
struct Parts {
    jobs::Jobs& jobs;
    blocks::Store& blocks;
    const state::PageTokens& tokens;
    MachineCounts& machines;
    access::AccessKeys& keys;
    StoreUpkeep& upkeep;
    const QueueView& queues;
    Instant started;
};

class Admin {
public:
    explicit Admin(const Parts& parts) : parts_{parts} {}
    void register_operations(wire::Registry& registry);

    // For the operations.
    [[nodiscard]] const Parts& parts() const { return parts_; }

private:
    void register_access(wire::Registry& registry);
    void register_queues(wire::Registry& registry);

    Parts parts_;
};

}  // namespace landfall::admin
