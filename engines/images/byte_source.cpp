#include "engines/images/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace landfall::images {

Error bad_input(const ByteSource& source, ByteOffset at, std::string_view what) {
    std::string text{source.name()};
    text += ": offset ";
    text += std::to_string(at.value);
    text += ": ";
    text += what;
    return Error{Errc::invalid, std::move(text)};
}

Status read_exactly(const ByteSource& source, ByteOffset at, MutableByteSpan out, std::string_view what) {
    const std::size_t got = TRY(source.read_at(at, out));
    if (got == out.size()) return {};
    std::string text = "the file ends at ";
    text += std::to_string(source.size().count);
    text += ", before ";
    text += what;
    text += " (";
    text += std::to_string(out.size());
    text += " bytes) is complete";
    return bad_input(source, at, text);
}

namespace {

/// How much of `wanted` lies before `size` when read from `at`.
std::size_t readable(Bytes size, ByteOffset at, std::size_t wanted) {
    if (at.value >= size.count) return 0;
    return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size.count - at.value));
}

}  // namespace

MemorySource::MemorySource(std::string name, std::vector<std::byte> bytes)
    : name_{std::move(name)}, bytes_{std::move(bytes)} {}

Result<std::size_t> MemorySource::read_at(ByteOffset at, MutableByteSpan out) const {
    const std::size_t n = readable(size(), at, out.size());
    if (n > 0) std::memcpy(out.data(), bytes_.data() + at.value, n);
    return n;
}

FileSource::FileSource(Key, std::string name, int fd, Bytes size)
    : name_{std::move(name)}, fd_{fd}, size_{size} {}

FileSource::~FileSource() { ::close(fd_); }

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_from_errno(errno, "opening " + path);
    struct stat st {};
    if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        const int number = errno;
        ::close(fd);
        if (S_ISREG(st.st_mode)) return error_from_errno(number, "reading the size of " + path);
        return Error{Errc::invalid, path + " is not a regular file"};
    }
    return std::make_unique<FileSource>(Key{}, path, fd, Bytes{static_cast<std::uint64_t>(st.st_size)});
}

Result<std::size_t> FileSource::read_at(ByteOffset at, MutableByteSpan out) const {
    const std::size_t wanted = readable(size_, at, out.size());
    std::size_t done = 0;
    while (done < wanted) {
        const ssize_t n = ::pread(fd_, out.data() + done, wanted - done, static_cast<off_t>(at.value + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return error_from_errno(errno, "reading " + name_);
        if (n == 0) return Error{Errc::io, "reading " + name_ + ": the file became shorter"};
        done += static_cast<std::size_t>(n);
    }
    return done;
}

SliceSource::SliceSource(std::string name, const ByteSource& whole, ByteOffset at, Bytes size)
    : name_{std::move(name)}, whole_{whole}, at_{at}, size_{size} {
    CHECK(at.value <= whole.size().count && size.count <= whole.size().count - at.value);
}

Result<std::size_t> SliceSource::read_at(ByteOffset at, MutableByteSpan out) const {
    const std::size_t n = readable(size_, at, out.size());
    if (n == 0) return n;
    return whole_.read_at(at_ + Bytes{at.value}, out.first(n));
}

}  // namespace landfall::images
