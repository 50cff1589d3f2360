// Ec2: images, snapshots, imports and instances, as EC2's API speaks of them.
//
//     Ec2 ec2{parts};
//     ec2.register_jobs(jobs);                     // before jobs.start()
//     ec2.register_operations(registry);           // before the first request
//     auto host = MachineHost::open(…, [&](const MachineView& v) { ec2.machine_changed(v); });
//     ec2.start(host, threads); … ec2.stop();
#pragma once

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"
#include "core/state/page_token.hpp"
#include "core/state/store.hpp"
#include "engines/machines/host.hpp"
#include "services/ec2/ports.hpp"
#include "services/ec2/store.hpp"
#include "services/ec2/work_import.hpp"
#include "services/ec2/work_machine.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::ec2 {

/// Everything that EC2 depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    const state::PageTokens& tokens;
    jobs::Jobs& jobs;
    blocks::Store& blocks;
    ObjectReader& objects;
    Disk& disk;  ///< where the volumes' files are
    Clock& clock;
    Random& random;
    ThreadStarter& threads;
    unsigned import_threads = 0;  ///< decoders of one disk; 0: one a core
};

class Ec2 {
public:
    explicit Ec2(const Parts& parts);
    Ec2(const Ec2&) = delete;
    Ec2& operator=(const Ec2&) = delete;

    void register_operations(wire::Registry& registry);
    void register_jobs(jobs::Jobs& jobs);

    /// Drops the roots of snapshots that nothing speaks of (a crash between the store and the state), and
    /// brings the instances in step with their machines. `host` may be null: then nothing can be launched.
    /// Reads disk.
    Status start(machines::MachineHost* host, ThreadStarter& threads);
    void stop();
    /// The machine host's listener.
    void machine_changed(const machines::MachineView& view) { machines_.machine_changed(view); }

    // For the operations (api*.cpp).
    [[nodiscard]] const Parts& parts() const { return parts_; }
    [[nodiscard]] const Records& records() const { return records_; }
    [[nodiscard]] MachineWork& machines() { return machines_; }

private:
    Status drop_orphans();

    Parts parts_;
    Records records_;
    ImportWork imports_;
    MachineWork machines_;
};

}  // namespace landfall::ec2
