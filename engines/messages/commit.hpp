// CommitQueue: what the owner has decided, on its way to the log. Two batches: one fills while the other is
// written.
//
// Invariants
//   1. Batches become durable in the order in which they were filled, each as a whole before the next is
//      written.
//   2. Whatever has queued while a batch was written is the next batch: no timer, no bound on its size but
//      memory.
//   3. After the first failed append every batch is answered with that error, and nothing is written any
//      more.
// Threads: the owner fills; the committer's own thread writes and calls `done` for each batch in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"
#include "engines/messages/keyed_hash.hpp"
#include "engines/messages/log_buffer.hpp"
#include "engines/messages/log_device.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

/// Where a chain of frames stands: the last frame's number and mac.
struct Chain {
    std::uint64_t serial = 0;
    std::uint64_t mac = 0;
    constexpr bool operator==(const Chain&) const = default;
};

struct Batch {
    /// Bytes for one segment, with room for a frame's header wherever `frames` says.
    struct Part {
        SegmentName segment;
        std::uint64_t at = 0;
        LogBuffer bytes;
        std::vector<std::size_t> frames;
        bool has_messages = false;
    };
    using Completion = UniqueFunction<void(const Status&)>;

    std::vector<Part> parts;
    std::vector<Completion> completions;
    std::vector<std::pair<QueueId, Sequence>> watermarks;  ///< messages that can be received now
    std::uint64_t bytes = 0;
    /// A checkpoint begins behind so many frames of this batch; it needs to know the chain there.
    struct Mark {
        std::size_t frames = 0;
        UniqueFunction<void(Chain)> reached;
    };
    std::optional<Mark> mark;
    std::vector<Chain> chains;  ///< once written: before the first frame, and behind each

    [[nodiscard]] bool empty() const { return parts.empty() && completions.empty() && !mark; }
    [[nodiscard]] std::size_t frame_count() const {
        std::size_t count = 0;
        for (const Part& part : parts) count += part.frames.size();
        return count;
    }
};

class CommitQueue {
public:
    using Done = UniqueFunction<void(Batch, Status)>;
    CommitQueue(LogDevice& device, KeyedHash key, std::uint32_t epoch, Chain chain, Done done);
    ~CommitQueue() { stop(); }
    CommitQueue(const CommitQueue&) = delete;
    CommitQueue& operator=(const CommitQueue&) = delete;

    void start(ThreadStarter& threads);
    /// Writes what has been filled, then ends the thread.
    void stop();

    /// The owner adds to the batch that fills. `add(Batch&)` must not block.
    template <class Add>
    void fill(Add add) {
        const std::lock_guard lock{mutex_};
        add(filling_);
    }
    /// Wakes the committer when it has nothing to do. True: a commit is on its way, and `done` will be
    /// called.
    bool kick();
    /// True when nothing is being filled or written.
    [[nodiscard]] bool idle();
    /// Bytes that are being filled and written.
    [[nodiscard]] std::uint64_t pending();
    /// Where the chain stands behind all that was written. Only when idle, or after stop().
    [[nodiscard]] Chain chain();
    [[nodiscard]] std::uint64_t commits();

private:
    void work();
    Status write(Batch& batch);
    void seal(Batch& batch, Batch::Part& part);

    LogDevice& device_;
    const KeyedHash key_;
    const std::uint32_t epoch_;
    Done done_;

    std::mutex mutex_;
    std::condition_variable wake_;
    Batch filling_;
    bool writing_ = false;
    bool stopping_ = false;
    std::uint64_t writing_bytes_ = 0;
    std::uint64_t commits_ = 0;
    Chain chain_;

    // The thread's own.
    std::uint64_t durable_;
    std::optional<Error> failed_;
    std::thread thread_;
};

}  // namespace landfall::messages
