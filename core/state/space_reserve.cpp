#include "core/state/space_reserve.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace landfall::state {

Status SpaceReserve::hold() {
    if (held_ || bytes_ == 0) return {};
    const int fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return error_from_errno(errno, "opening " + file_.string());
    const int failed = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes_));
    (void)::close(fd);
    if (failed != 0) {
        // A half-taken reserve would itself fill the disk.
        (void)::unlink(file_.c_str());
        return error_from_errno(failed, "reserving space in " + file_.string());
    }
    held_ = true;
    return {};
}

Status SpaceReserve::release() {
    held_ = false;
    if (::unlink(file_.c_str()) != 0 && errno != ENOENT) {
        return error_from_errno(errno, "releasing " + file_.string());
    }
    return {};
}

}  // namespace landfall::state
