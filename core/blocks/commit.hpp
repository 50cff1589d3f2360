// Commits: groups of root changes made durable together.
//
// Invariants
//   1. One thread leads at a time; it settles the packs once, checks every request of its group against the
//      refs as they are, writes one log record, syncs it, and only then changes the index and answers.
//   2. A request is applied whole or not at all; requests of a group see each other's changes in queue order.
//   3. After a failure nothing is committed before the log is known again: the change in doubt is left out by
//      a new log, or, where it was durable and only the index refused it, applied. Tried by the 1st, 2nd, 4th
//      … commit that comes, so that a disk that is gone costs little.
//   4. A checkpoint is written in pieces by the commits that come meanwhile; none waits for more than its
//      share.
// Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <span>

#include "core/blocks/block_io.hpp"
#include "core/blocks/root_log.hpp"
#include "core/blocks/store.hpp"

namespace landfall::blocks {

class Commits {
public:
    struct Parts {
        BlockIo& blocks;
        LeaseTable& leases;
        RootLog& log;
        Duration wait_max;
        /// Frees the reserve; false when it is gone already.
        std::function<bool()> free_reserve;
    };
    explicit Commits(Parts parts) : parts_{std::move(parts)} {}

    /// Applies the log to the index; how far the index is, is in it.
    [[nodiscard]] Status replay();
    [[nodiscard]] Result<std::uint64_t> commit(std::uint64_t lease, std::span<const RefChange> changes);
    [[nodiscard]] Result<std::optional<RefRecord>> find(const RefKey& key);

    /// An error when a commit is in doubt: it may have happened. Nothing that it may name can be collected
    /// until the log was begun anew without it, or the store is opened again. Commits try that by themselves.
    [[nodiscard]] Status certain();

private:
    struct Request {
        std::uint64_t lease = 0;
        std::span<const RefChange> changes;
        std::optional<Result<std::uint64_t>> answer;
    };
    using Overlay = std::map<std::string, std::optional<RefRecord>>;

    void lead(std::unique_lock<std::mutex>& lock);
    void apply_group(const std::deque<Request*>& group);
    [[nodiscard]] Status admit(const Request& request, Overlay& seen, RootRecord& record);
    [[nodiscard]] Result<std::optional<RefRecord>> current(const std::string& key);
    [[nodiscard]] Status make_durable(const RootRecord& record);
    [[nodiscard]] Status write_index(const RootRecord& record);
    [[nodiscard]] Status clear_refs();
    void checkpoint_if_due(const RootRecord& newest);
    [[nodiscard]] RootLog::Next live_refs();
    /// After a failure; an error: not yet.
    [[nodiscard]] Status recover();
    [[nodiscard]] Status begin_anew();

    Parts parts_;
    // The leader's.
    std::uint64_t version_ = 0;
    std::optional<Error> failed_;
    std::optional<RootRecord> unapplied_;  ///< durable, and refused by the index
    std::uint64_t refused_ = 0;            ///< groups since the last try to recover
    std::uint64_t patience_ = 0;           ///< how many to refuse before the next

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Request*> queue_;
    bool leading_ = false;
    std::optional<Error> in_doubt_;
    std::size_t last_group_ = 1;
};

}  // namespace landfall::blocks
