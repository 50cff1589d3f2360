// Disk: every durable byte of the block store and of the message log goes through this seam, so that tests
// can cut the power at any call. RealDisk is the operating system; FakeDisk (base/disk_fake.hpp) is stricter.
//
// Invariants
//   1. A write is durable only after File::sync() has returned success. A created, renamed, linked or removed
//      name is durable only after sync_directory() on its directory has returned success.
//   2. A failed sync() poisons the File: every later write and sync fails. What had not been synced before
//      may be lost, and calling sync() again never brings it back (fsync(2) forgets the dirty pages). The
//      owner gives the file up and writes its content again elsewhere.
//   3. write_at() writes all or fails; what a failed or un-synced write leaves is any mixture of old and new
//      512-byte sectors.
//   4. Errors: not_found, already_exists, denied, exhausted (ENOSPC, EDQUOT), unavailable (a lock that
//      another process holds, EMFILE, ENFILE), io. Each message names the path.
// Threads: a Disk may be used by any number of threads; a File too, for ranges that do not overlap.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall {

enum class OpenMode {
    read,        ///< must exist
    read_write,  ///< must exist
    create,      ///< read and write; made when missing, kept as it is when present
    create_new,  ///< read and write; already_exists when present
};

/// Direct bypasses the page cache (O_DIRECT): buffers, offsets and lengths are then multiples of 4096. A file
/// system that cannot do it (tmpfs) gives a cached file instead.
enum class Caching { cached, direct };

/// An open file. The destructor closes it; it makes nothing durable.
class File {
public:
    virtual ~File() = default;
    /// Reads until `to` is full or the file ends; returns the bytes read. Blocks on the disk.
    [[nodiscard]] virtual Result<Bytes> read_at(ByteOffset from, MutableByteSpan to) = 0;
    /// Writes all of `data`; the file grows as needed. Not durable before sync().
    [[nodiscard]] virtual Status write_at(ByteOffset at, ByteSpan data) = 0;
    /// fdatasync(2): data and size. See invariant 2.
    [[nodiscard]] virtual Status sync() = 0;
    /// Starts writing dirty pages of the range back, without waiting and without any promise.
    virtual void hint_write_back(ByteOffset from, Bytes length) = 0;
    /// Tells the page cache that the range will (or will not) be read soon; no promise.
    virtual void hint_read_ahead(ByteOffset from, Bytes length) = 0;
    [[nodiscard]] virtual Status truncate(Bytes size) = 0;
    /// Reserves space so that later writes below `size` do not fail for lack of it. The file's size becomes
    /// at least `size`. exhausted when there is not enough.
    [[nodiscard]] virtual Status allocate(Bytes size) = 0;
    [[nodiscard]] virtual Result<Bytes> size() = 0;
    /// Behind the last byte that may be something but a zero: tells what was allocated and never written
    /// without reading it (lseek(2), SEEK_DATA and SEEK_HOLE). Pages that were read count as written for as
    /// long as they are cached: ask before reading. The size, where a file system does not tell.
    [[nodiscard]] virtual Result<Bytes> data_end() = 0;
};

/// Held by one open description at a time, across processes (flock(2)); gone when this object or its process
/// is.
class FileLock {
public:
    virtual ~FileLock() = default;
};

enum class FileKind { file, directory, other };

struct FileStat {
    FileKind kind = FileKind::file;
    Bytes size;
};

struct SpaceStat {
    Bytes total;
    Bytes available;  ///< to an unprivileged process
};

/// Paths are absolute or relative to the working directory; '/' separates. Every call blocks on the disk.
class Disk {
public:
    virtual ~Disk() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                                             Caching caching = Caching::cached) = 0;
    /// Replaces `to` atomically. Durable after sync_directory() of both directories.
    [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
    /// A second name for the same file; already_exists when `to` is taken.
    [[nodiscard]] virtual Status link(const std::string& from, const std::string& to) = 0;
    [[nodiscard]] virtual Status unlink(const std::string& path) = 0;
    /// Mode 0700. Succeeds when it is there already. The parent must exist.
    [[nodiscard]] virtual Status make_directory(const std::string& path) = 0;
    [[nodiscard]] virtual Status remove_directory(const std::string& path) = 0;
    [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
    /// Names (without the directory), sorted, "." and ".." left out.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    [[nodiscard]] virtual Result<FileStat> stat(const std::string& path) = 0;
    [[nodiscard]] virtual Result<SpaceStat> space(const std::string& path) = 0;
    /// Makes the file when missing (mode 0600) and locks it; unavailable at once when another holds it.
    [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

    /// Writes `path` so that after a crash it holds the old content, or all of the new: a temporary file
    /// beside it (mode 0600), sync, rename, sync of the directory.
    [[nodiscard]] Status replace(const std::string& path, ByteSpan content);
    /// The whole file; invalid when it is longer than `limit`.
    [[nodiscard]] Result<std::vector<std::byte>> read_all(const std::string& path, Bytes limit);
};

/// The operating system's files. New files have mode 0600.
class RealDisk final : public Disk {
public:
    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                                     Caching caching = Caching::cached) override;
    [[nodiscard]] Status rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Status link(const std::string& from, const std::string& to) override;
    [[nodiscard]] Status unlink(const std::string& path) override;
    [[nodiscard]] Status make_directory(const std::string& path) override;
    [[nodiscard]] Status remove_directory(const std::string& path) override;
    [[nodiscard]] Status sync_directory(const std::string& path) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
    [[nodiscard]] Result<FileStat> stat(const std::string& path) override;
    [[nodiscard]] Result<SpaceStat> space(const std::string& path) override;
    [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

/// The part of a path before its last '/', "." when there is none.
[[nodiscard]] std::string directory_of(const std::string& path);

}  // namespace landfall
