// HotBodies: the last commits' bytes, so that a message that is received soon after its send touches no disk.
//
// Invariants
//   1. The bytes lie in one ring of fixed size, of which only what was used once is in memory: no allocation
//      by commit, and never more memory than was allowed.
//   2. The oldest commits leave first: those that the newest one is written over. One that is larger than the
//      ring is not kept.
// Threads: the broker's owner only.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "engines/messages/log_device.hpp"

namespace landfall::messages {

class HotBodies {
public:
    explicit HotBodies(Bytes limit) : size_{limit.count} {}

    /// Commits come in the order of the log. The bytes are copied.
    void add(SegmentName segment, std::uint64_t at, ByteSpan bytes) {
        if (bytes.empty() || bytes.size() > size_) return;
        if (!ring_) ring_ = std::make_unique_for_overwrite<std::byte[]>(size_);  // touched as it is used
        if (bytes.size() > size_ - end_) {
            drop_within(end_, size_);
            end_ = 0;
        }
        drop_within(end_, end_ + bytes.size());
        std::copy(bytes.begin(), bytes.end(), ring_.get() + end_);
        chunks_.push_back({segment, at, end_, bytes.size()});
        end_ += bytes.size();
        held_ += Bytes{bytes.size()};
    }
    /// Valid until the next add().
    [[nodiscard]] std::optional<ByteSpan> find(SegmentName segment, std::uint64_t at,
                                               std::size_t length) const {
        auto it = std::upper_bound(chunks_.begin(), chunks_.end(), std::pair{segment, at},
                                   [](const auto& key, const Chunk& chunk) {
                                       return key < std::pair{chunk.segment, chunk.at};
                                   });
        if (it == chunks_.begin()) return std::nullopt;
        --it;
        if (it->segment != segment || at + length > it->at + it->size) return std::nullopt;
        return ByteSpan{ring_.get() + it->place + (at - it->at), length};
    }
    [[nodiscard]] Bytes held() const { return held_; }

private:
    struct Chunk {
        SegmentName segment;
        std::uint64_t at;
        std::size_t place;  ///< in the ring
        std::size_t size;
    };

    /// The oldest chunks are those behind the end of the newest, so they are what lies there.
    void drop_within(std::size_t from, std::size_t to) {
        while (!chunks_.empty() && chunks_.front().place >= from && chunks_.front().place < to) {
            held_ -= Bytes{chunks_.front().size};
            chunks_.pop_front();
        }
    }

    const std::size_t size_;
    std::unique_ptr<std::byte[]> ring_;
    std::size_t end_ = 0;  ///< of the newest chunk
    Bytes held_;
    std::deque<Chunk> chunks_;
};

}  // namespace landfall::messages
