// OpenPack: a pack that still takes frames. Many threads append; bytes reach the file in MiBs.
//
// Invariants
//   1. A frame number, and so a nonce, is given out once. A pack is never appended to by a second process:
//      after a restart its valid prefix is sealed as it is, since the numbers of lost frames must not come
//      back.
//   2. sync() returns entries whose bytes are durable; nobody else gets to see them before as stored for
//      good.
//   3. After a failed write or sync nothing more is appended, synced or finished; what was durable stays
//      readable.
// Threads: any for append, flush, read; sync and finish are one caller's at a time (turn()).
// Memory: two 1 MiB buffers, and 52 bytes a frame.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.hpp"
#include "core/blocks/frame.hpp"
#include "core/blocks/records.hpp"

namespace landfall::blocks {

class OpenPack {
public:
    struct Identity {
        PackHeader header;
        PackNumber number = 0;
        std::string path;
    };
    /// Makes the file; its header is written with the first buffer. The name is durable after the first
    /// sync().
    [[nodiscard]] static Result<std::unique_ptr<OpenPack>> create(Disk& disk, Identity identity, Aead key,
                                                                  Bytes limit);

    /// For create().
    OpenPack(Disk& disk, Identity identity, Aead key, Bytes limit, std::unique_ptr<File> file);

    /// Encrypts `payload` under the next frame number. nullopt: the pack is full. header.number is ignored.
    [[nodiscard]] Result<std::optional<Location>> append(FrameHeader header, ByteSpan payload);
    /// No more frames: append() answers as when the pack is full. Those under way are still taken.
    void close();
    /// Every frame appended so far is in the file (not durable).
    [[nodiscard]] Status flush();
    /// Makes everything appended so far durable; returns the entries that became so.
    [[nodiscard]] Result<std::vector<FooterEntry>> sync();
    /// Entries that a caller of sync() could not record: the next sync() returns them again.
    void put_back(std::vector<FooterEntry> entries);
    /// After close() and a sync() behind it: writes the footer and makes it durable.
    [[nodiscard]] Status finish();
    /// Gives back the space of what was never made durable.
    void drop_tail();
    [[nodiscard]] Status read(std::uint32_t offset, MutableByteSpan to);

    [[nodiscard]] PackNumber number() const { return identity_.number; }
    [[nodiscard]] const PackHeader& header() const { return identity_.header; }
    [[nodiscard]] const std::string& path() const { return identity_.path; }
    [[nodiscard]] const Aead& key() const { return key_; }
    /// What is durable so far.
    [[nodiscard]] PackRecord record() const;
    /// Held around sync() and what is done with its entries.
    [[nodiscard]] std::mutex& turn() { return turn_; }
    [[nodiscard]] bool failed() const;

private:
    struct Buffer {
        std::uint32_t begin = 0;
        std::size_t used = 0;
        std::size_t fills = 0;  ///< threads that encrypt into it now
        bool closed = false;
        std::unique_ptr<std::byte[]> bytes;
    };
    using Buffers = std::list<Buffer>;

    [[nodiscard]] Buffers::iterator buffer_for(std::size_t length, Buffers::iterator& ready);
    [[nodiscard]] Buffers::iterator close_current();
    void write_out(Buffers::iterator buffer);

    Disk& disk_;
    const Identity identity_;
    const Aead key_;
    const std::uint64_t limit_;
    const std::unique_ptr<File> file_;
    std::mutex turn_;

    mutable std::mutex mutex_;
    std::condition_variable written_;
    Buffers buffers_;
    Buffers::iterator current_;
    std::uint32_t end_ = 0;
    std::uint32_t flushed_ = 0;
    std::uint32_t durable_ = 0;
    std::uint32_t next_number_ = 0;
    bool closed_ = false;
    bool name_durable_ = false;
    std::optional<Error> error_;
    std::vector<FooterEntry> fresh_;
    std::vector<FooterEntry> settled_;
    std::uint64_t raw_ = 0;
};

}  // namespace landfall::blocks
