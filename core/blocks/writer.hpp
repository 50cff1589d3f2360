// Writers: bytes go in, a TreeRoot comes out; the root is worth nothing until Store::commit() names it.
//
// Invariants
//   1. Content decides: equal bytes in one domain give an equal TreeRoot, in whatever order or from however
//   many
//      threads an image's blocks were written. (Streams: equal bytes through one StreamWriter; a composed
//      stream has the bytes of its parts, and a tree of its own.)
//   2. A block is hashed, looked up, compressed, decompressed and compared, then encrypted; a block whose
//      comparison fails is never stored, and the writer fails with `corrupt`.
//   3. A writer that failed once fails for good, with the first error. Dropping a writer drops its work.
//   4. Memory: image ≤ 16 MiB, stream ≤ 16 MiB a writer, whatever the content's size.
// Disk: blocks reach the open pack's buffer and, in MiBs, the disk; nothing here waits for a sync.
// Errors: exhausted (disk full: deletes and collection still work), io, precondition (lease fenced).
#pragma once

#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

/// A block with an RFC 1950 stream of it, which the caller has inflated to these bytes.
struct ZlibBlock {
    BlockIndex at;
    ByteSpan plain;  ///< 64 KiB
    ByteSpan zlib;   ///< from its header to its Adler-32
};

/// A disk image. Blocks that are never written are the base's, or zero where there is no base.
class ImageWriter {
public:
    virtual ~ImageWriter() = default;

    /// Consecutive whole blocks from `first` on; data.size() is a multiple of 64 KiB, except that the image's
    /// last block may be cut at the image's end. A block may be written again; the last write wins. The work
    /// is done on the calling thread: call from as many threads as there are cores. invalid when it goes past
    /// the image's end or is not whole blocks.
    [[nodiscard]] virtual Status write(BlockIndex first, ByteSpan data) = 0;
    /// As write(), of whole blocks, anywhere, that come compressed: their streams are kept as they are, which
    /// spares the compression and the check of it (docs/decisions/0022). corrupt where a stream's Adler-32
    /// is not that of the bytes; invalid where a block is not whole.
    [[nodiscard]] virtual Status write_zlib(std::span<const ZlibBlock> blocks) = 0;
    /// Makes blocks zero. O(blocks / 256) where whole nodes are covered.
    [[nodiscard]] virtual Status zero(BlockRun run) = 0;
    /// No other call may run or follow. O(changed) beside the base.
    [[nodiscard]] virtual Result<TreeRoot> finish() = 0;
};

/// A stream of unknown length. Below 64 KiB it becomes a single block; above, content-defined chunks.
class StreamWriter {
public:
    virtual ~StreamWriter() = default;

    /// Copies `data`. Hashing and compression run on the store's workers; the caller helps when they lag.
    /// One thread at a time.
    [[nodiscard]] virtual Status append(ByteSpan data) = 0;
    [[nodiscard]] virtual Bytes appended() const = 0;
    /// Waits for the workers. No other call may follow.
    [[nodiscard]] virtual Result<TreeRoot> finish() = 0;
};

}  // namespace landfall::blocks
