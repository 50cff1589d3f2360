// The index of a sealed segment: the entries of its runs, one run behind the other, in chunks with checksums.
//
// A cache: it can be made again from the segment. Format: docs/formats/messages.md. Threads: pure functions.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "engines/messages/segment.hpp"

namespace landfall::messages {

inline constexpr std::size_t kEntrySize = 40;
inline constexpr std::size_t kChunkEntries = 512;
/// Entries, zeros behind the last one, checksum.
inline constexpr std::size_t kChunkSize = kChunkEntries * kEntrySize + 4;

/// `seed` is of the segment's name, so that no other segment's index is taken for this one's.
[[nodiscard]] std::vector<std::byte> encode_index(const SegmentName& segment, std::span<const Entry> entries);
/// All kChunkEntries entries of a chunk. Errors: corrupt.
[[nodiscard]] Result<std::vector<Entry>> decode_chunk(const SegmentName& segment, ByteSpan chunk);
[[nodiscard]] inline ByteOffset chunk_offset(std::uint64_t chunk) { return ByteOffset{chunk * kChunkSize}; }

}  // namespace landfall::messages
