// LogDevice: where the log's bytes are kept. The seam behind which a distributed store can stand.
//
// Invariants
//   1. append() returns success only when all its extents are durable, on every copy that the device
//      promises.
//   2. After fence() no append under a lower epoch takes effect.
//   3. A segment's first `size` bytes are reserved by prepare(): appends into them do not fail for lack of
//      space.
//   4. A file put with put() is there whole or not at all. A slot holds its last content, or the one before.
// Threads: any; appends come from one. All calls block. Errors: exhausted (no space), not_found, corrupt, io.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/disk.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::messages {

/// Segments are numbered 1, 2, 3 …; a compacted one has the number of its original and the next generation.
struct SegmentName {
    std::uint64_t number = 0;
    std::uint32_t generation = 0;
    constexpr auto operator<=>(const SegmentName&) const = default;
};

struct Extent {
    SegmentName segment;
    ByteOffset at;
    ByteSpan bytes;
};

class LogDevice {
public:
    virtual ~LogDevice() = default;

    [[nodiscard]] virtual Result<std::uint32_t> fence() = 0;
    /// Those that prepare() or put_segment() made and trim() has not removed; sorted.
    [[nodiscard]] virtual Result<std::vector<SegmentName>> segments() = 0;
    [[nodiscard]] virtual Status prepare(SegmentName segment, Bytes size) = 0;
    [[nodiscard]] virtual Status append(std::span<const Extent> extents) = 0;
    /// Up to to.size() bytes; fewer at the segment's end.
    [[nodiscard]] virtual Result<Bytes> read(SegmentName segment, ByteOffset from, MutableByteSpan to) = 0;
    [[nodiscard]] virtual Result<Bytes> size(SegmentName segment) = 0;
    /// Behind the last byte that may be something but a zero; the size where that is not known.
    [[nodiscard]] virtual Result<Bytes> data_end(SegmentName segment) = 0;
    /// The segment and its index. Space comes back.
    [[nodiscard]] virtual Status trim(SegmentName segment) = 0;

    /// A whole segment at once, as compaction makes it; durable.
    [[nodiscard]] virtual Status put_segment(SegmentName segment, ByteSpan content) = 0;
    /// The index of a sealed segment: a cache, so that its loss costs a scan and no message.
    [[nodiscard]] virtual Status put_index(SegmentName segment, ByteSpan content) = 0;
    [[nodiscard]] virtual Result<Bytes> read_index(SegmentName segment, ByteOffset from,
                                                   MutableByteSpan to) = 0;

    /// The checkpoint's two slots are written in turn, in place, so that a full disk can still be written.
    [[nodiscard]] virtual Status write_slot(unsigned slot, ByteSpan content) = 0;
    [[nodiscard]] virtual Result<std::vector<std::byte>> read_slot(unsigned slot) = 0;
};

/// Files in one directory, which is made when missing; locked for this process (unavailable when another has
/// it).
[[nodiscard]] Result<std::unique_ptr<LogDevice>> open_local_log(Disk& disk, const std::string& directory);

}  // namespace landfall::messages
