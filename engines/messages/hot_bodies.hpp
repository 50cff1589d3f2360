// HotBodies: the last commits' bytes, so that a message that is received soon after its send touches no disk.
//
// Bounded by bytes; the oldest commits leave first. Threads: the broker's owner only.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "engines/messages/log_device.hpp"

namespace landfall::messages {

class HotBodies {
public:
    explicit HotBodies(Bytes limit) : limit_{limit} {}

    /// Commits come in the order of the log.
    void add(SegmentName segment, std::uint64_t at, std::vector<std::byte> bytes) {
        // A buffer that grew by doubling would hold twice what is counted.
        if (bytes.capacity() > bytes.size() + bytes.size() / 4) bytes.shrink_to_fit();
        held_ += Bytes{bytes.size()};
        chunks_.push_back({segment, at, std::move(bytes)});
        while (held_ > limit_ && !chunks_.empty()) {
            held_ -= Bytes{chunks_.front().bytes.size()};
            chunks_.pop_front();
        }
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
        if (it->segment != segment || at + length > it->at + it->bytes.size()) return std::nullopt;
        return ByteSpan{it->bytes}.subspan(at - it->at, length);
    }
    [[nodiscard]] Bytes held() const { return held_; }

private:
    struct Chunk {
        SegmentName segment;
        std::uint64_t at;
        std::vector<std::byte> bytes;
    };
    const Bytes limit_;
    Bytes held_;
    std::deque<Chunk> chunks_;
};

}  // namespace landfall::messages
