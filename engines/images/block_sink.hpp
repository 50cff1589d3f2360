// BlockSink: where decoded disks go. The block store's writer is one, a raw file and "nowhere" are others.
//
// Invariants
//   1. Only blocks that hold a byte other than zero are put; a block never put reads as zeros.
//   2. Each block is put at most once. The last block of a disk is padded with zeros to its full 64 KiB.
//   3. Any number of threads put at once, in no particular order.
//   4. The first error ends the import; the sink's owner then drops what it took.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::images {

class BlockSink {
public:
    virtual ~BlockSink() = default;
    /// `blocks` holds one or more whole 64 KiB blocks that follow one another from `first` on (at most 2
    /// MiB), starts at a multiple of 4,096 in memory, and is borrowed for the call.
    [[nodiscard]] virtual Status put(BlockIndex first, ByteSpan blocks) = 0;
};

/// Counts and forgets: benches, and "is this image readable?".
class NullSink final : public BlockSink {
public:
    Status put(BlockIndex, ByteSpan) override { return {}; }
};

}  // namespace landfall::images
