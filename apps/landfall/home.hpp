// The data directory: one server at a time, of a format that this program knows.
//
// Invariants
//   1. `FORMAT` holds the format's number; a newer one than kDataFormat is refused, so that an old program
//      never misreads a new layout (docs/formats/home.md).
//   2. `LOCK` is held by flock(2) for the life of this object: the kernel frees it when the process dies, so
//      a crash leaves nothing to clean up.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace landfall::app {

inline constexpr int kDataFormat = 1;

class Home {
public:
    /// Makes the directory (mode 0700) where it is missing. Errors: unavailable (another process has it),
    /// precondition (a newer format, or a directory that is not empty and not ours), io, denied.
    static Result<Home> open(const std::filesystem::path& path);
    Home(Home&& other) noexcept;
    Home& operator=(Home&&) = delete;
    Home(const Home&) = delete;
    ~Home();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    Home(std::filesystem::path path, int lock) : path_{std::move(path)}, lock_{lock} {}
    std::filesystem::path path_;
    int lock_;
};

/// corrupt when there are blocks but not the master key, without which nothing of them can be read, or not
/// the records, without which all of them would be collected as garbage. Neither is made anew beside blocks.
[[nodiscard]] Status check_parts(const Home& home);

}  // namespace landfall::app
