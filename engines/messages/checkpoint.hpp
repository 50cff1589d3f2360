// Checkpoint: what the log before a place means, so that only the log behind it is read again.
//
// Also the list of segments: a segment that stands before the place and not in the list holds nothing any
// more. Format: docs/formats/messages.md. Threads: pure functions.
#pragma once

#include <vector>

#include "engines/messages/queue_machine.hpp"
#include "engines/messages/replay.hpp"

namespace landfall::messages {

struct SegmentRow {
    SegmentName name;
    std::uint64_t end = 0;
    std::uint64_t total = 0;
};

struct RunRow {
    std::uint64_t segment = 0;
    Sequence first;
    Sequence last;
    std::uint64_t count = 0;
    Millis newest;
    std::uint64_t base = 0;  ///< in the segment's index
    bool indexed = false;    ///< else its entries are found by walking the segment
    std::vector<std::uint64_t> dead;
};

struct QueueRow {
    QueueId id;
    Sequence last;
    Sequence cursor;
    std::vector<RunRow> runs;
    std::vector<std::pair<std::uint64_t, InFlight>> in_flight;
    std::vector<std::pair<std::uint64_t, InFlight>> received;
    std::vector<std::pair<std::uint64_t, Millis>> delayed;
    std::vector<DedupRow> dedup;
    std::vector<AttemptRow> attempts;
};

struct Checkpoint {
    std::uint64_t number = 0;  ///< the higher one of the two slots is the newer
    LogPosition position;      ///< the first frame that is not covered
    std::vector<SegmentRow> segments;
    std::vector<QueueRow> queues;
};

[[nodiscard]] std::vector<std::byte> encode(const Checkpoint& checkpoint);
/// The chain is known only when the commits before the place are written.
void set_chain(std::vector<std::byte>& encoded, Chain chain);
/// Errors: corrupt, precondition (a newer format). Bounded by the input's size whatever it says.
[[nodiscard]] Result<Checkpoint> decode_checkpoint(ByteSpan bytes);

}  // namespace landfall::messages
