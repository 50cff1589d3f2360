// SpaceReserve: a file that keeps some of the disk free for deletes.
//
// Invariants
//   1. While held, `bytes` of the file system are allocated to the file and to nobody else.
//   2. release() gives them back at once; hold() takes them again, or answers exhausted and takes nothing.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"

namespace landfall::state {

/// For one thread. Touches disk.
class SpaceReserve {
public:
    SpaceReserve(std::filesystem::path file, std::uint64_t bytes) : file_{std::move(file)}, bytes_{bytes} {}

    /// Nothing to do where it is held. exhausted; io.
    Status hold();
    Status release();
    [[nodiscard]] bool held() const { return held_; }

private:
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool held_ = false;
};

}  // namespace landfall::state
