// Disk copies between what EC2 joins: a decoded image into the block store, a snapshot into the sparse file
// of a machine's volume.
//
// Invariants
//   1. What a copy returned as done is durable: the file is synced; the tree is durable once its root is
//      committed.
//   2. A cancelled or failed copy leaves no file and no named root.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/disk.hpp"
#include "base/result.hpp"
#include "core/blocks/store.hpp"
#include "engines/images/block_sink.hpp"

namespace landfall::ec2 {

/// Puts decoded blocks into a writer of the block store, the padding behind the disk's end left out. Any
/// number of threads; borrows the writer.
class StoreSink final : public images::BlockSink {
public:
    StoreSink(blocks::ImageWriter& writer, Bytes disk_size) : writer_{writer}, disk_size_{disk_size} {}
    [[nodiscard]] Status put(BlockIndex first, ByteSpan blocks) override;
    [[nodiscard]] Status put_zlib(std::span<const images::ZlibBlock> blocks) override;

private:
    blocks::ImageWriter& writer_;
    Bytes disk_size_;
};

struct CopyControl {
    const std::atomic<bool>* cancel = nullptr;  ///< borrowed; looked at every few MiB
    std::function<void(Bytes done)> progress;   ///< bytes copied so far, holes not counted
};

struct NewFile {
    std::string path;  ///< absolute
    Bytes size;        ///< at least the snapshot's
};

/// Writes the snapshot's blocks into a new sparse file, mode 0600. It appears under its name only when it is
/// whole and synced. already_exists when the name is taken; exhausted when the disk is full: nothing is left
/// then.
[[nodiscard]] Status fill_file(Disk& disk, blocks::Reader& from, const NewFile& file,
                               const CopyControl& control);

/// Removes a folder with all that is in it; nothing is there already: fine. Durable in its parent.
[[nodiscard]] Status remove_folder(Disk& disk, const std::string& path);

}  // namespace landfall::ec2
