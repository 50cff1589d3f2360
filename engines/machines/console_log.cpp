#include "engines/machines/console_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "engines/machines/unique_fd.hpp"

namespace landfall::machines {

namespace {
constexpr Bytes kUsedMax = 1_MiB;
}

Result<std::string> read_console(const std::string& path, Bytes limit) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) {
        if (errno == ENOENT) return std::string{};
        return error_from_errno(errno, "opening " + path);
    }
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return error_from_errno(errno, "looking at " + path);
    const auto size = static_cast<std::uint64_t>(st.st_size);
    const std::uint64_t wanted = std::min({size, limit.count, kConsoleKept.count});
    std::string text(wanted, '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const auto at = static_cast<off_t>(size - wanted + done);
        const auto got = ::pread(fd.get(), text.data() + done, text.size() - done, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_from_errno(errno, "reading " + path);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

Status trim_console(const std::string& path) {
    const UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd) return errno == ENOENT ? Status{} : error_from_errno(errno, "opening " + path);
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return error_from_errno(errno, "looking at " + path);
    const std::uint64_t used = static_cast<std::uint64_t>(st.st_blocks) * 512;
    if (used <= kUsedMax.count || static_cast<std::uint64_t>(st.st_size) <= kConsoleKept.count) return {};
    const off_t front = (st.st_size - static_cast<off_t>(kConsoleKept.count)) & ~off_t{4095};
    if (::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, front) == 0) return {};
    return errno == EOPNOTSUPP ? Status{} : error_from_errno(errno, "trimming " + path);
}

}  // namespace landfall::machines
