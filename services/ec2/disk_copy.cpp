#include "services/ec2/disk_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace landfall::ec2 {
namespace {

constexpr Bytes kStep = 4_MiB;
constexpr std::size_t kRunsAtOnce = 1024;

class FileDescriptor {
public:
    explicit FileDescriptor(int fd) : fd_{fd} {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Status write_all(int fd, ByteOffset at, ByteSpan bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at.value));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return error_from_errno(errno, "writing the volume");
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        at += Bytes{static_cast<std::uint64_t>(n)};
    }
    return {};
}

/// Copies one run of blocks in steps; `done` counts the bytes over all runs.
Status copy_run(blocks::Reader& from, int fd, const blocks::BlockRun& run, const CopyControl& control,
                Bytes& done) {
    const Bytes length = from.root().length;
    ByteOffset at = offset_of(run.first);
    const ByteOffset end{std::min(offset_of(run.first + run.count).value, length.count)};
    std::vector<std::byte> buffer(std::min(kStep, end - at).count);
    while (at < end) {
        if (control.cancel != nullptr && control.cancel->load(std::memory_order_relaxed))
            return Error{Errc::cancelled, "copying a volume"};
        const Bytes step = std::min(kStep, end - at);
        const MutableByteSpan piece{buffer.data(), step.count};
        TRY(from.read(at, piece));
        TRY(write_all(fd, at, piece));
        at += step;
        done += step;
        if (control.progress) control.progress(done);
    }
    return {};
}

Status fill(blocks::Reader& from, int fd, Bytes size, const CopyControl& control) {
    if (::ftruncate(fd, static_cast<off_t>(size.count)) != 0)
        return error_from_errno(errno, "sizing the volume");
    Bytes done;
    BlockIndex next;
    while (true) {
        const std::vector<blocks::BlockRun> runs = TRY(from.allocated(next, kRunsAtOnce));
        if (runs.empty()) break;
        for (const blocks::BlockRun& run : runs) TRY(copy_run(from, fd, run, control, done));
        next = runs.back().first + runs.back().count;
    }
    if (::fsync(fd) != 0) return error_from_errno(errno, "syncing the volume");
    return {};
}

Status sync_directory(const std::string& path) {
    const FileDescriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.get() < 0) return error_from_errno(errno, "opening " + path);
    if (::fsync(directory.get()) != 0) return error_from_errno(errno, "syncing " + path);
    return {};
}

}  // namespace

Status StoreSink::put(BlockIndex first, ByteSpan blocks) {
    CHECK(offset_of(first).value < disk_size_.count);
    const Bytes room = ByteOffset{disk_size_.count} - offset_of(first);
    return writer_.write(first, blocks.first(std::min<std::uint64_t>(blocks.size(), room.count)));
}

Result<std::size_t> StoreSource::read_at(ByteOffset at, MutableByteSpan out) const {
    const Bytes length = size();
    if (at.value >= length.count) return std::size_t{0};
    const std::size_t n = std::min<std::uint64_t>(out.size(), length.count - at.value);
    TRY(reader_->read(at, out.first(n)));
    return n;
}

Status fill_file(blocks::Reader& from, const std::string& path, Bytes size, const CopyControl& control) {
    CHECK(size >= from.root().length);
    if (::access(path.c_str(), F_OK) == 0) return Error{Errc::already_exists, path + " exists"};
    const std::string unfinished = path + ".part";
    const FileDescriptor file{::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (file.get() < 0) return error_from_errno(errno, "creating " + unfinished);
    Status filled = fill(from, file.get(), size, control);
    if (filled.ok() && ::rename(unfinished.c_str(), path.c_str()) != 0)
        filled = error_from_errno(errno, "naming " + path);
    if (!filled.ok()) {
        ::unlink(unfinished.c_str());
        return filled;
    }
    return sync_directory(path.substr(0, path.rfind('/')));
}

}  // namespace landfall::ec2
