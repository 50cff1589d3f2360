// Descriptors: how many files and sockets this process may have open, and how they are divided.
//
// Invariants
//   1. Clients never take the last descriptors: what stores need is set aside before connections get theirs,
//      so that a crowd of clients is refused at the door (503) and never makes a disk operation fail.
#pragma once

#include <cstddef>
#include <cstdint>

namespace landfall::app {

/// Raises the soft limit of this process to its hard one and answers it. Shells and systemd start programs
/// with 1,024 for the sake of select(), which nothing here uses.
[[nodiscard]] std::uint64_t raise_descriptor_limit();

/// Of `limit` descriptors, so many are for connections: `wanted`, or what is left beside stores and machines.
[[nodiscard]] std::size_t connections_within(std::uint64_t limit, std::size_t wanted);

}  // namespace landfall::app
