// Instances as machines: the jobs that launch one, and what follows from its machine's news.
//
//   ec2.launch:  volumes (fill the files from the snapshots) ──► boot (define, start)
//
// Invariants
//   1. An instance's record says what its machine last said; a machine's change is applied at most once per
//      state.
//   2. terminated is written only when the machine and its disks are gone.
//   3. A terminated instance is forgotten kEndedIsShown after it ended, by the clock, also by a later server;
//      its volumes, its interface and its address are free as soon as it is terminated.
//   4. After a restart of the server every instance is compared with its machine: one that went away
//      meanwhile is stopped, one that was to be terminated is terminated.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"
#include "engines/machines/host.hpp"
#include "services/ec2/store.hpp"

namespace landfall::ec2 {

inline constexpr std::string_view kLaunchJob = "ec2.launch";

/// What MachineWork stands on; all outlive it.
struct MachineParts {
    Records records;
    blocks::Store& blocks;
    Disk& disk;  ///< where the volumes' files are
    Clock& clock;
};

/// Launches, starts, stops and ends machines, and keeps the records in step. Any thread may call.
class MachineWork {
public:
    explicit MachineWork(MachineParts parts) : parts_{parts} {}
    ~MachineWork();
    MachineWork(const MachineWork&) = delete;
    MachineWork& operator=(const MachineWork&) = delete;

    [[nodiscard]] jobs::JobKind kind();

    /// `host` outlives the next stop(). Brings every record in step with its machine, then follows changes on
    /// the thread "ec2.machines".
    Status start(machines::MachineHost& host, ThreadStarter& threads);
    void stop();

    /// The host's listener: quick, remembers the latest news of each machine.
    void machine_changed(const machines::MachineView& view);

    /// nullptr where this server runs no machines (no QEMU).
    [[nodiscard]] machines::MachineHost* host() const { return host_.load(); }

    // What a caller wishes. The record already has the new state; errors are of the host.
    Status power_on(const Stored<Instance>& instance);
    Status power_off(const Instance& instance, Duration grace);
    Status reboot(const Instance& instance);
    Status destroy(const Instance& instance);

    /// Erases the instances whose hour is over, and what is left of their folders. Answers how many.
    Result<std::size_t> forget_ended();

private:
    jobs::StepResult volumes(jobs::JobContext& job);
    jobs::StepResult boot(jobs::JobContext& job);
    jobs::StepResult undo(jobs::JobContext& job);
    Status fill_volumes(jobs::JobContext& job);
    Status define_and_start(jobs::JobContext& job);
    void end_launch(const jobs::Job& job, state::Tx& tx);

    void follow();
    void apply(const machines::MachineView& view);
    Status reconcile();
    [[nodiscard]] std::string volume_path(const Instance& instance, const BlockDevice& device) const;
    [[nodiscard]] Result<machines::MachineSpec> spec_of(const Stored<Instance>& instance) const;
    [[nodiscard]] Status end_of_life(Stored<Instance>& instance, state::Tx& tx) const;

    MachineParts parts_;
    std::atomic<machines::MachineHost*> host_{nullptr};

    std::mutex mutex_;
    std::condition_variable news_arrived_;
    std::map<std::string, machines::MachineView>
        news_;  ///< the latest of each machine: bounded by their number
    bool stopping_ = false;
    std::thread follower_;
};

}  // namespace landfall::ec2
