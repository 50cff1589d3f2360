// Segments and runs: which messages are where in the log, and which of them are gone.
//
// A run is one queue's messages in one segment, in the order of their sequences. While the segment is open
// its entries are in memory; afterwards in the segment's index file, and what stays in memory is one bit a
// message.
//
// Invariants
//   1. A segment's `live` is the sum of its runs' live entries. A segment without live entries holds nothing
//      that a checkpoint behind it needs.
//   2. A message that is dead stays dead. Entries below a run's first sequence are dead.
//   3. Runs of a queue do not overlap and stand in the order of sequences.
// Threads: the broker's owner only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engines/messages/engine_time.hpp"
#include "engines/messages/log_device.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

/// Where one message is in its segment, and what deciding needs to know of it.
struct Entry {
    Sequence sequence;
    std::uint64_t group = 0;  ///< hash; 0: none
    Millis stored;
    std::uint32_t offset = 0;   ///< of its record
    std::uint32_t length = 0;   ///< of its record
    std::uint32_t ordinal = 0;  ///< which target of the record
    constexpr bool operator==(const Entry&) const = default;
};

/// A pin keeps a segment's file from being trimmed while bodies are read from it.
// Shared: the owner and any number of reads hold it, in no fixed order.
using SegmentPin = std::shared_ptr<const SegmentName>;

struct Segment {
    SegmentPin name;
    std::uint64_t end = 0;      ///< offset behind its last record
    std::uint64_t written = 0;  ///< durable up to here
    std::uint64_t live = 0;
    std::uint64_t total = 0;  ///< messages when it was sealed
    bool sealed = false;
    bool indexed = false;  ///< its index file is there
    bool busy = false;     ///< upkeep works on it
};

class Bits {
public:
    [[nodiscard]] bool test(std::size_t i) const {
        return i / 64 < words_.size() && (words_[i / 64] >> (i % 64) & 1);
    }
    void set(std::size_t i) {
        if (i / 64 >= words_.size()) words_.resize(i / 64 + 1);
        words_[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    /// The first clear bit at or after i; may lie behind the last word.
    [[nodiscard]] std::size_t next_clear(std::size_t i) const;
    [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }
    void assign(std::vector<std::uint64_t> words) { words_ = std::move(words); }

private:
    std::vector<std::uint64_t> words_;
};

/// Reads entries of sealed segments. One per broker; in tests, memory.
class EntrySource {
public:
    virtual ~EntrySource() = default;
    /// The entry `index` of the run that begins at entry `base` of the segment's index file. A damaged index
    /// is made again from the segment. Errors: corrupt (that cannot be read either, and never will be);
    /// others may pass.
    [[nodiscard]] virtual Result<Entry> entry(const SegmentName& segment, std::uint64_t base,
                                              std::size_t index) = 0;
};

struct Run {
    Segment* segment = nullptr;
    Sequence first;
    Sequence last;
    std::size_t count = 0;
    std::size_t live = 0;
    Millis newest;               ///< `stored` of its youngest message
    std::vector<Entry> entries;  ///< empty once the index file has them
    std::uint64_t base = 0;      ///< of its first entry in the index file
    Bits dead;

    /// No sequence is missing: a place follows from a sequence.
    [[nodiscard]] bool dense() const { return last.value - first.value + 1 == count; }
};

}  // namespace landfall::messages
