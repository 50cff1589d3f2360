// LogBuffer: the bytes of a commit, in memory that the next commits use again.
//
// A commit of a hundred messages is some hundred KiB. In fresh memory each costs page faults, the zeros that
// a vector writes before the records, and copies as it grows; in memory that was just written it costs none.
//
// Invariants
//   1. Bytes that grow() gives hold anything: whoever asks writes each of them.
//   2. clear() keeps the memory.
// Threads: one at a time; it moves with its batch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/bytes.hpp"

namespace landfall::messages {

class LogBuffer {
public:
    [[nodiscard]] std::size_t size() const { return used_; }
    /// Bytes of memory.
    [[nodiscard]] std::size_t room() const { return room_.size(); }
    /// Behind what is there; earlier spans become invalid.
    [[nodiscard]] MutableByteSpan grow(std::size_t length) {
        const std::size_t at = used_;
        used_ += length;
        if (used_ > room_.size()) room_.resize(std::max(used_, 2 * room_.size()));
        return MutableByteSpan{room_}.subspan(at, length);
    }
    void clear() { used_ = 0; }

    [[nodiscard]] ByteSpan bytes() const { return ByteSpan{room_}.first(used_); }
    [[nodiscard]] MutableByteSpan bytes() { return MutableByteSpan{room_}.first(used_); }

private:
    std::vector<std::byte> room_;  ///< all of it written once, so that no byte is zeroed twice
    std::size_t used_ = 0;
};

}  // namespace landfall::messages
