// DMS: schema conversion behind the API of AWS's Database Migration Service. README.md says what is promised.
//
//     auto dms = std::make_unique<dms::Dms>(parts);
//     dms->register_jobs(jobs);               // before jobs.start()
//     dms->register_operations(registry);     // before the first request
//
// Threads: any. Operations read and write disk.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/state/page_token.hpp"
#include "services/dms/work_catalogue.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::dms {

/// Everything that it depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    Clock& clock;
    Random& random;
};

class Dms {
public:
    explicit Dms(const Parts& parts) : parts_{parts}, catalogue_{parts.state, parts.clock, parts.random} {}

    void register_operations(wire::Registry& registry);

    // For the operations.
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] Catalogue& catalogue() { return catalogue_; }

private:
    Parts parts_;
    Catalogue catalogue_;
};

}  // namespace landfall::dms
