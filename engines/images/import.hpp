// import_disk: reads an image once, front to back, decodes it on several threads and puts its blocks into a
// sink.
//
// Invariants
//   1. Each source is read in ascending ranges of up to 16 MiB; clusters scattered further than one range
//      apart are read a second time, singly. Bytes to be hashed are hashed from the same ranges, in order.
//   2. Memory stays under 128 MiB for any input and any thread count up to 8.
//   3. Success means: every block is in the sink and every expected digest matched. The caller makes nothing
//      visible before.
//   4. On any error, or when cancelled, all threads have ended before the call returns.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "base/thread_starter.hpp"
#include "base/units.hpp"
#include "engines/images/block_sink.hpp"
#include "engines/images/digest.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

/// Counted over all sources of the disk. `consumed` never goes back and ends at `total`.
struct ImportProgress {
    Bytes consumed;
    Bytes total;
};

struct ImportOptions {
    /// Where the import's threads come from (borrowed); nullptr: plain system threads.
    ThreadStarter* starter = nullptr;
    unsigned threads = 0;  ///< decoders; 0 = one a core. At most 8 are used.
    /// Called from the thread that called import_disk: at 0, at the end, and at least 5 times between where
    /// the sources have more than 512 KiB.
    std::function<void(ImportProgress)> progress;
    /// Looked at between units of work (a few milliseconds each). Set by any thread; borrowed for the call.
    const std::atomic<bool>* cancel = nullptr;
    /// Checked in the same pass; those whose source is not one of the image's are read whole afterwards.
    std::vector<ExpectedDigest> digests;
};

struct ImportReport {
    Bytes virtual_size;
    Bytes source_bytes;  ///< size of all sources together
    Bytes source_read;   ///< bytes fetched in ranges, repeats included
    Bytes read_again;    ///< bytes fetched singly because they lay far from their neighbours
    BlockCount blocks_put;
    BlockCount blocks_zero;  ///< decoded, found to hold zeros only, and left out
};

/// Blocks the calling thread. Errc::cancelled when `cancel` was set; otherwise the first error of source,
/// decoder, digest or sink.
[[nodiscard]] Result<ImportReport> import_disk(const DiskImage& image, BlockSink& sink,
                                               const ImportOptions& options);

}  // namespace landfall::images
