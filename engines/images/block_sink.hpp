// BlockSink: where decoded disks go. The block store's writer is one, a raw file and "nowhere" are others.
//
// Invariants
//   1. Only blocks that hold a byte other than zero are put; a block never put reads as zeros.
//   2. Each block is put at most once. The last block of a disk is padded with zeros to its full 64 KiB.
//   3. Any number of threads put at once, in no particular order.
//   4. The first error ends the import; the sink's owner then drops what it took.
#pragma once

#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::images {

/// A block that its image held as one zlib stream (RFC 1950), and that stream, which was inflated to it.
struct ZlibBlock {
    BlockIndex at;
    ByteSpan plain;  ///< as put() takes it: 64 KiB, not all zero, aligned
    ByteSpan zlib;   ///< from its header to its Adler-32
};

class BlockSink {
public:
    virtual ~BlockSink() = default;
    /// `blocks` holds one or more whole 64 KiB blocks that follow one another from `first` on (at most 2
    /// MiB), starts at a multiple of 4,096 in memory, and is borrowed for the call.
    [[nodiscard]] virtual Status put(BlockIndex first, ByteSpan blocks) = 0;
    /// Called instead of put(), for blocks anywhere in a stretch of 2 MiB, where the image has each of them
    /// compressed alone: a sink that stores blocks compressed may keep the streams. Borrowed for the call.
    [[nodiscard]] virtual Status put_zlib(std::span<const ZlibBlock> blocks) {
        for (const ZlibBlock& block : blocks) TRY(put(block.at, block.plain));
        return {};
    }
};

/// Counts and forgets: benches, and "is this image readable?".
class NullSink final : public BlockSink {
public:
    Status put(BlockIndex, ByteSpan) override { return {}; }
};

}  // namespace landfall::images
