// Reader: random access to an immutable content.
//
// Invariants
//   1. Bytes that come out are the bytes that went in: each block is authenticated (AES-256-GCM with its type
//   and
//      id bound in) before a byte of it is given out. Otherwise: corrupt, naming pack and offset.
//   2. A Reader holds a lease: what it reads is not collected while it lives.
//   3. A block found bad is quarantined, so that the next writer of the same content stores it anew.
// Memory: ≤ 8 MiB a reader (read-ahead of sequential reads included).
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

/// Any thread may call; calls of several threads run side by side.
class Reader {
public:
    virtual ~Reader() = default;

    [[nodiscard]] virtual const TreeRoot& root() const = 0;
    /// Fills `to` from `from` on. invalid when the range passes the end. Large reads are decoded on the
    /// store's workers, and the caller helps; reads in sequence are read ahead.
    [[nodiscard]] virtual Status read(ByteOffset from, MutableByteSpan to) = 0;
    /// Images: the next blocks at or behind `from` that are not implicit zeros, at most `limit` runs,
    /// adjacent blocks joined. Empty at the end. Streams: invalid.
    [[nodiscard]] virtual Result<std::vector<BlockRun>> allocated(BlockIndex from, std::size_t limit) = 0;
};

}  // namespace landfall::blocks
