// Disk copies between what EC2 joins: a decoded image into the block store, a snapshot as a source of bytes,
// a snapshot into the sparse file of a machine's volume.
//
// Invariants
//   1. What a copy returned as done is durable: the file is synced; the tree is durable once its root is
//      committed.
//   2. A cancelled or failed copy leaves no file and no named root.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "core/blocks/store.hpp"
#include "engines/images/block_sink.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/import.hpp"

namespace landfall::ec2 {

/// Puts decoded blocks into a writer of the block store, the padding behind the disk's end left out. Any
/// number of threads; borrows the writer.
class StoreSink final : public images::BlockSink {
public:
    StoreSink(blocks::ImageWriter& writer, Bytes disk_size) : writer_{writer}, disk_size_{disk_size} {}
    [[nodiscard]] Status put(BlockIndex first, ByteSpan blocks) override;

private:
    blocks::ImageWriter& writer_;
    Bytes disk_size_;
};

/// A content of the block store as random-access bytes: an object that holds an image, or a snapshot to
/// inspect.
class StoreSource final : public images::ByteSource {
public:
    StoreSource(std::string name, std::unique_ptr<blocks::Reader> reader)
        : name_{std::move(name)}, reader_{std::move(reader)} {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return reader_->root().length; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    std::string name_;
    std::unique_ptr<blocks::Reader> reader_;
};

struct CopyControl {
    const std::atomic<bool>* cancel = nullptr;  ///< borrowed; looked at every few MiB
    std::function<void(Bytes done)> progress;   ///< bytes copied so far, holes not counted
};

/// Writes the snapshot's blocks into a new sparse file of `size` bytes (at least the snapshot's), mode 0600.
/// The path is an absolute one; it appears only when the file is whole and synced. already_exists when it is
/// taken; exhausted when the disk is full: nothing is left then.
[[nodiscard]] Status fill_file(blocks::Reader& from, const std::string& path, Bytes size,
                               const CopyControl& control);

}  // namespace landfall::ec2
