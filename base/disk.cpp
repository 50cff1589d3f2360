#include "base/disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>

namespace landfall {
namespace {

Error failed(std::string_view what, const std::string& path) {
    const int number = errno;
    return error_from_errno(number, std::string{what} + " " + path);
}

/// A descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

class RealFile final : public File {
public:
    RealFile(Descriptor fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}

    Result<Bytes> read_at(ByteOffset from, MutableByteSpan to) override {
        std::size_t got = 0;
        while (got < to.size()) {
            const ssize_t n =
                ::pread(fd_.get(), to.data() + got, to.size() - got, static_cast<off_t>(from.value + got));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failed("reading", path_);
            if (n == 0) break;
            got += static_cast<std::size_t>(n);
        }
        return Bytes{got};
    }

    Status write_at(ByteOffset at, ByteSpan bytes) override {
        if (poisoned_) return poisoned();
        std::size_t put = 0;
        while (put < bytes.size()) {
            const ssize_t n = ::pwrite(fd_.get(), bytes.data() + put, bytes.size() - put,
                                       static_cast<off_t>(at.value + put));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failed("writing", path_);
            put += static_cast<std::size_t>(n);
        }
        return {};
    }

    Status sync() override {
        if (poisoned_) return poisoned();
        if (::fdatasync(fd_.get()) == 0) return {};
        poisoned_ = true;
        return failed("syncing", path_);
    }

    void hint_write_back(ByteOffset from, Bytes length) override {
        ::sync_file_range(fd_.get(), static_cast<off_t>(from.value), static_cast<off_t>(length.count),
                          SYNC_FILE_RANGE_WRITE);
    }

    void hint_read_ahead(ByteOffset from, Bytes length) override {
        ::posix_fadvise(fd_.get(), static_cast<off_t>(from.value), static_cast<off_t>(length.count),
                        POSIX_FADV_WILLNEED);
    }

    Status truncate(Bytes size) override {
        if (poisoned_) return poisoned();
        if (::ftruncate(fd_.get(), static_cast<off_t>(size.count)) != 0) return failed("truncating", path_);
        return {};
    }

    Status allocate(Bytes size) override {
        if (poisoned_) return poisoned();
        const int number = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size.count));
        if (number != 0) return error_from_errno(number, "allocating " + path_);
        return {};
    }

    Result<Bytes> size() override {
        struct stat found {};
        if (::fstat(fd_.get(), &found) != 0) return failed("reading the size of", path_);
        return Bytes{static_cast<std::uint64_t>(found.st_size)};
    }

    Result<Bytes> data_end() override {
        const Bytes all = TRY(size());
        off_t end = 0;
        while (static_cast<std::uint64_t>(end) < all.count) {
            const off_t data = ::lseek(fd_.get(), end, SEEK_DATA);
            // ENXIO: only holes are left. Whatever else goes wrong here, reading will tell.
            if (data < 0) return errno == ENXIO ? Bytes{static_cast<std::uint64_t>(end)} : all;
            end = ::lseek(fd_.get(), data, SEEK_HOLE);
            if (end < 0) return all;
        }
        return all;
    }

private:
    [[nodiscard]] Error poisoned() const {
        return Error{Errc::io, path_ + ": an earlier sync failed, its writes may be lost"};
    }

    Descriptor fd_;
    std::string path_;
    std::atomic<bool> poisoned_ = false;
};

class RealLock final : public FileLock {
public:
    explicit RealLock(Descriptor fd) : fd_{std::move(fd)} {}

private:
    Descriptor fd_;
};

int flags_of(OpenMode mode) {
    switch (mode) {
        case OpenMode::read: return O_RDONLY;
        case OpenMode::read_write: return O_RDWR;
        case OpenMode::create: return O_RDWR | O_CREAT;
        case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL;
    }
    check_failed("OpenMode", __FILE__, __LINE__);
}

}  // namespace

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Status Disk::replace(const std::string& path, ByteSpan content) {
    const std::string temporary = path + ".new";
    {
        const auto file = TRY(open(temporary, OpenMode::create));
        TRY(file->truncate(0_B));
        TRY(file->write_at(ByteOffset{0}, content));
        TRY(file->sync());
    }
    TRY(rename(temporary, path));
    return sync_directory(directory_of(path));
}

Result<std::vector<std::byte>> Disk::read_all(const std::string& path, Bytes limit) {
    const auto file = TRY(open(path, OpenMode::read));
    const Bytes size = TRY(file->size());
    if (size > limit)
        return Error{Errc::invalid, path + ": longer than " + std::to_string(limit.count) + " bytes"};
    std::vector<std::byte> content(size.count);
    const Bytes got = TRY(file->read_at(ByteOffset{0}, content));
    content.resize(got.count);
    return content;
}

Result<std::unique_ptr<File>> RealDisk::open(const std::string& path, OpenMode mode, Caching caching) {
    const int flags = flags_of(mode) | O_CLOEXEC;
    int fd = ::open(path.c_str(), caching == Caching::direct ? flags | O_DIRECT : flags, 0600);
    // tmpfs and some network file systems refuse O_DIRECT with EINVAL.
    if (fd < 0 && errno == EINVAL && caching == Caching::direct) fd = ::open(path.c_str(), flags, 0600);
    if (fd < 0) return failed("opening", path);
    return std::unique_ptr<File>{std::make_unique<RealFile>(Descriptor{fd}, path)};
}

Status RealDisk::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("renaming " + from + " to", to);
    return {};
}

Status RealDisk::link(const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) != 0) return failed("linking " + from + " to", to);
    return {};
}

Status RealDisk::unlink(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return failed("removing", path);
    return {};
}

Status RealDisk::make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    if (errno != EEXIST) return failed("making directory", path);
    if (TRY(stat(path)).kind != FileKind::directory)
        return Error{Errc::already_exists, path + " is not a directory"};
    return {};
}

Status RealDisk::remove_directory(const std::string& path) {
    if (::rmdir(path.c_str()) != 0) return failed("removing directory", path);
    return {};
}

Status RealDisk::sync_directory(const std::string& path) {
    const Descriptor fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd.get() < 0) return failed("opening directory", path);
    if (::fsync(fd.get()) != 0) return failed("syncing directory", path);
    return {};
}

Result<std::vector<std::string>> RealDisk::list(const std::string& directory) {
    DIR* const stream = ::opendir(directory.c_str());
    if (stream == nullptr) return failed("listing", directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    const int number = errno;
    ::closedir(stream);
    if (number != 0) return error_from_errno(number, "listing " + directory);
    std::sort(names.begin(), names.end());
    return names;
}

Result<FileStat> RealDisk::stat(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return failed("looking at", path);
    const FileKind kind = S_ISREG(found.st_mode)   ? FileKind::file
                          : S_ISDIR(found.st_mode) ? FileKind::directory
                                                   : FileKind::other;
    return FileStat{.kind = kind, .size = Bytes{static_cast<std::uint64_t>(found.st_size)}};
}

Result<SpaceStat> RealDisk::space(const std::string& path) {
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0) return failed("reading the free space of", path);
    return SpaceStat{.total = Bytes{found.f_blocks * found.f_frsize},
                     .available = Bytes{found.f_bavail * found.f_frsize}};
}

Result<std::unique_ptr<FileLock>> RealDisk::lock(const std::string& path) {
    Descriptor fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (fd.get() < 0) return failed("opening", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return Error{Errc::unavailable, path + " is locked by another process"};
        return failed("locking", path);
    }
    return std::unique_ptr<FileLock>{std::make_unique<RealLock>(std::move(fd))};
}

}  // namespace landfall
