// Compaction: a sealed segment written again with only the messages that are alive, under its number's next
// generation.
//
// A message that went to many queues keeps its body once and only the targets that are alive. The old
// generation stays until a checkpoint names the new one. Blocks; runs beside the owner, on what it was given.
#pragma once

#include <map>
#include <vector>

#include "engines/messages/keyed_hash.hpp"
#include "engines/messages/log_device.hpp"
#include "engines/messages/segment.hpp"

namespace landfall::messages {

struct Survivor {
    QueueId queue;
    Entry entry;
};

struct Compacted {
    struct NewRun {
        std::uint64_t base = 0;
        std::vector<Entry> entries;
    };
    SegmentName name;
    std::uint64_t end = 0;
    std::uint64_t total = 0;
    std::map<std::uint64_t, NewRun> runs;  ///< by queue; none is empty
};

/// Messages whose text is damaged are left out. Errors: exhausted, io, corrupt.
[[nodiscard]] Result<Compacted> compact_segment(LogDevice& device, const KeyedHash& key,
                                                const SegmentName& from, std::vector<Survivor> survivors);

}  // namespace landfall::messages
