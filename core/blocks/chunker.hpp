// Content-defined cut points by a gear hash, normalised: chunks gather around the average.
//
// Invariants
//   1. Cut points depend on the bytes since the last cut and on the table only, not on how the stream
//      arrives.
//   2. Every chunk but the last is kChunkMin to kChunkMax long.
// Source: Xia et al., FastCDC (USENIX ATC 2016), §3.4 on normalised chunking; sizes by measurement, 64 KiB
// average.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace landfall::blocks {

inline constexpr std::size_t kChunkAverage = 64 * 1024;
inline constexpr std::size_t kChunkMin = kChunkAverage / 4;
inline constexpr std::size_t kChunkMax = kChunkAverage * 4;

/// The length of the first chunk of `bytes`. Bytes::size() < kChunkMax and no cut found: the whole, which the
/// caller takes as a chunk only at the end of the stream.
[[nodiscard]] std::size_t first_chunk(ByteSpan bytes, const std::array<std::uint64_t, 256>& gear);

}  // namespace landfall::blocks
