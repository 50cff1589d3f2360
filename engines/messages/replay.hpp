// Replay: walks the log's frames, from a place where the chain is known to its end.
//
// Invariants
//   1. The log ends before the first frame that is torn. A frame that is damaged although a later one says
//      that it was durable is no end: its records whose heads are whole are kept, and where a head is lost
//      the error is corrupt, so that acknowledged messages never vanish silently.
//   2. What it answers is durable: the last commits are written and synced again.
//   3. Nothing that was written by an attempt before a crash, and not chained to, is taken.
// Threads: one. Reads a piece at a time: memory is for one, or for the longest commit.
#pragma once

#include <span>

#include "base/unique_function.hpp"
#include "engines/messages/commit.hpp"
#include "engines/messages/log_device.hpp"
#include "engines/messages/record.hpp"

namespace landfall::messages {

struct LogPosition {
    SegmentName segment;
    std::uint64_t offset = 0;
    Chain chain;
};

/// Called for each record in order, with the segment and the record's offset in it.
using OnRecord = UniqueFunction<Status(const SegmentName&, std::uint64_t, const Decoded&)>;

/// `segments`: sorted; those before start.segment are ignored. The answer is where the next frame goes.
[[nodiscard]] Result<LogPosition> replay(LogDevice& device, const KeyedHash& key,
                                         std::span<const SegmentName> segments, LogPosition start,
                                         OnRecord& on_record);

/// The records of one segment up to `end`, whatever their frames' chain: for indexes. Damaged frames are left
/// out.
[[nodiscard]] Status walk_segment(LogDevice& device, const KeyedHash& key, const SegmentName& segment,
                                  std::uint64_t end, OnRecord& on_record);

}  // namespace landfall::messages
