// WriterQueue: transactions on their way to the one writer, in order, bounded, taken in batches.
//
// Invariants
//   1. Whatever was accepted is handed out exactly once, in order, also after close().
//   2. A batch has at most kBatchMax transactions. It waits at most kGatherMax for more of them, and only
//      while the batch before had several: one committer alone never waits for company.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "core/state/store.hpp"

namespace landfall::state {

struct Pending {
    Tx tx;
    Done done;
};

class WriterQueue {
public:
    static constexpr std::size_t kBatchMax = 256;
    static constexpr Duration kGatherMax = std::chrono::milliseconds{2};

    WriterQueue(std::size_t count_max, std::size_t weight_max)
        : count_max_{count_max}, weight_max_{weight_max} {}

    /// Takes `pending` where there is room within `wait`. unavailable: no room, or not opened; cancelled:
    /// closed. A refused `pending` is left as it was.
    Status push(Pending& pending, Duration wait);
    /// Blocks; empty only when closed and drained.
    std::vector<Pending> take_batch();
    void open();
    void close();

private:
    [[nodiscard]] bool has_room(std::size_t weight) const;

    const std::size_t count_max_;
    const std::size_t weight_max_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable room_;
    std::deque<Pending> waiting_;
    std::size_t weight_ = 0;
    std::size_t last_batch_ = 0;
    std::size_t gather_goal_ = 1;
    bool opened_ = false;
    bool closed_ = false;
};

}  // namespace landfall::state
