#include "apps/landfall/home.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

Status write_format(const fs::path& directory) {
    const fs::path marker = directory / "FORMAT";
    const int fd = ::open(marker.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return error_from_errno(errno, "creating " + marker.string());
    const std::string text = std::to_string(kDataFormat) + "\n";
    const bool written =
        ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    const int number = errno;
    ::close(fd);
    if (!written) return error_from_errno(number, "writing " + marker.string());
    return {};
}

Status check_format(const fs::path& directory) {
    const fs::path marker = directory / "FORMAT";
    const int fd = ::open(marker.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_from_errno(errno, "opening " + marker.string());
    std::array<char, 32> text{};
    const ssize_t n = ::read(fd, text.data(), text.size());
    ::close(fd);
    int format = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + (n > 0 ? n : 0), format);
    if (code != std::errc{} || format < 1)
        return Error{Errc::corrupt, marker.string() + " holds no format number"};
    if (format > kDataFormat)
        return Error{Errc::precondition, directory.string() + " has format " + std::to_string(format) +
                                             "; this program knows formats up to " +
                                             std::to_string(kDataFormat) + ": use a newer landfall"};
    return {};
}

}  // namespace

Result<Home> Home::open(const fs::path& path) {
    if (path.empty()) return Error{Errc::invalid, "no data directory: give --data DIR or set LANDFALL_DATA"};
    std::error_code code;
    fs::create_directories(path, code);
    if (code) return error_from_errno(code.value(), "creating " + path.string());
    ::chmod(path.c_str(), 0700);
    const bool fresh = !fs::exists(path / "FORMAT", code) && !fs::exists(path / "LOCK", code);
    if (fresh && !fs::is_empty(path, code))
        return Error{Errc::precondition, path.string() + " is not empty and not a Landfall data directory"};

    const fs::path lock = path / "LOCK";
    const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return error_from_errno(errno, "opening " + lock.string());
    Home home{path, fd};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return Error{Errc::unavailable, path.string() + " is in use by another landfall process"};
        return error_from_errno(errno, "locking " + lock.string());
    }
    if (!fs::exists(path / "FORMAT", code)) TRY(write_format(path));
    TRY(check_format(path));
    return home;
}

Status check_parts(const Home& home) {
    if (!fs::exists(home.path() / "blocks")) return {};
    const fs::path key = home.path() / "keys" / "master";
    if (!fs::exists(key)) {
        return Error{Errc::corrupt, key.string() +
                                        " is missing, and blocks/ was encrypted under it: restore it from a "
                                        "backup; nothing was changed"};
    }
    const fs::path records = home.path() / "state" / "state.db";
    if (fs::exists(records)) return {};
    return Error{Errc::corrupt, records.string() +
                                    " is missing, and says what blocks/ holds: restore it from a backup; "
                                    "nothing was changed"};
}

Home::Home(Home&& other) noexcept : path_{std::move(other.path_)}, lock_{std::exchange(other.lock_, -1)} {}

Home::~Home() {
    if (lock_ >= 0) ::close(lock_);
}

}  // namespace landfall::app
