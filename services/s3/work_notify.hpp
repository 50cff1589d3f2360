// Notifier: takes what changes posted (Catalog::notices) to queues and topics.
//
// Invariants
//   1. A notice is posted in the transaction of its change and erased only after its target has it durably:
//      it arrives at least once, also across kill -9. Duplicates have the same sequencer.
//   2. Notices are delivered in the order of their changes. One whose target is gone, or refuses, is dropped
//      with an event that says so; while targets are not able to take any (a full disk), all wait.
// Threads: any; start() makes one of its own ("s3.notify").
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/thread_starter.hpp"
#include "services/s3/ports.hpp"
#include "services/s3/store.hpp"

namespace landfall::s3 {

/// An error of a target that trying again does not mend.
[[nodiscard]] bool is_final(const Error& error);

class Notifier {
public:
    /// Both outlive it.
    Notifier(Catalog& catalog, NoticeTargets& targets) : catalog_{catalog}, targets_{targets} {}
    ~Notifier();

    [[nodiscard]] NoticeTargets& targets() { return targets_; }
    /// Something was posted, durably. Returns at once.
    void wake();
    /// Everything that waits, on this thread. An error: the first target that could not take its notice now.
    [[nodiscard]] Status drain();

    /// Delivers what an earlier run left, then as work comes. The targets must be able to work by now.
    void start(ThreadStarter& threads);
    /// Joins; what waits is delivered by the next run. Before the targets stop. Idempotent.
    void stop();

    /// Prometheus text.
    [[nodiscard]] std::string metrics_text() const;

private:
    void run();
    [[nodiscard]] bool wait_for_work(bool failed);
    [[nodiscard]] Status deliver(std::span<const PostedNotice> posted);

    Catalog& catalog_;
    NoticeTargets& targets_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    bool pending_ = true;
    bool stopping_ = false;
    std::uint64_t delivered_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t retried_ = 0;
    std::mutex draining_;  ///< one at a time, so that the order holds
    std::thread thread_;
};

}  // namespace landfall::s3
