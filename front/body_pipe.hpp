// BodyPipe: a request's body on its way from the event loop to the one worker that reads it.
//
// Invariants
//   1. The loop never blocks: push() always takes the block and says whether to go on reading the socket.
//   2. At most kBodyInFlightMax plus one block are held, because a full pipe stops the reading.
//   3. The reader sees every byte in order, then the end or the failure; after a failure nothing more.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "base/units.hpp"

namespace landfall::front {

inline constexpr Bytes kBodyInFlightMax = 1_MiB;

/// Owned bytes, of which [begin, end) are not yet used.
struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] static Block of(std::size_t capacity) {
        return {std::make_unique_for_overwrite<std::byte[]>(capacity), 0, 0};
    }
    [[nodiscard]] std::size_t size() const { return end - begin; }
};

class BodyPipe {
public:
    enum class Flow : bool { pause, go_on };

    /// Loop side.
    Flow push(Block block);
    void finish();
    /// The first failure stays; ignored after finish().
    void fail(Error error);
    /// Called on the reader's thread when a paused pipe has room again. Set once, before the first push.
    void on_room(UniqueFunction<void()> resume) { resume_ = std::move(resume); }

    /// Reader side, one thread: waits for at least one byte. 0 is the end of the body. Errors: cancelled (the
    /// client or the server went away), timeout (the client stalled), invalid (malformed chunks).
    /// `closed`: true once the connection's end is final, also when no loop is left to fail this pipe.
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into, const std::atomic<bool>& closed);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Block> blocks_;
    std::size_t held_ = 0;
    bool paused_ = false;
    bool finished_ = false;
    std::optional<Error> failure_;
    UniqueFunction<void()> resume_;
};

}  // namespace landfall::front
