#include "engines/messages/index_file.hpp"

#include <algorithm>

#include "base/checksum.hpp"

namespace landfall::messages {
namespace {

std::uint32_t checksum(const SegmentName& segment, ByteSpan entries) {
    std::array<std::byte, 12> name{};
    store_le<std::uint64_t>(name, 0, segment.number);
    store_le<std::uint32_t>(name, 8, segment.generation);
    Crc32c crc{Crc32c::of(name)};
    crc.update(entries);
    return crc.value();
}

}  // namespace

std::vector<std::byte> encode_index(const SegmentName& segment, std::span<const Entry> entries) {
    const std::size_t chunks = (entries.size() + kChunkEntries - 1) / kChunkEntries;
    std::vector<std::byte> bytes(chunks * kChunkSize);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::size_t at = i / kChunkEntries * kChunkSize + i % kChunkEntries * kEntrySize;
        const Entry& entry = entries[i];
        store_le<std::uint64_t>(bytes, at, entry.sequence.value);
        store_le<std::uint64_t>(bytes, at + 8, entry.group);
        store_le<std::uint64_t>(bytes, at + 16, static_cast<std::uint64_t>(entry.stored.value));
        store_le<std::uint32_t>(bytes, at + 24, entry.offset);
        store_le<std::uint32_t>(bytes, at + 28, entry.length);
        store_le<std::uint32_t>(bytes, at + 32, entry.ordinal);
    }
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        const std::size_t end = (chunk + 1) * kChunkSize - 4;
        const ByteSpan body = ByteSpan{bytes}.subspan(chunk * kChunkSize, kChunkSize - 4);
        store_le<std::uint32_t>(bytes, end, checksum(segment, body));
    }
    return bytes;
}

Result<std::vector<Entry>> decode_chunk(const SegmentName& segment, ByteSpan chunk) {
    if (chunk.size() != kChunkSize ||
        checksum(segment, chunk.first(kChunkSize - 4)) != load_le<std::uint32_t>(chunk, kChunkSize - 4))
        return Error{Errc::corrupt, "a chunk of a segment's index is damaged"};
    std::vector<Entry> entries(kChunkEntries);
    for (std::size_t i = 0; i < kChunkEntries; ++i) {
        const std::size_t at = i * kEntrySize;
        entries[i] = {.sequence = {load_le<std::uint64_t>(chunk, at)},
                      .group = load_le<std::uint64_t>(chunk, at + 8),
                      .stored = Millis{static_cast<std::int64_t>(load_le<std::uint64_t>(chunk, at + 16))},
                      .offset = load_le<std::uint32_t>(chunk, at + 24),
                      .length = load_le<std::uint32_t>(chunk, at + 28),
                      .ordinal = load_le<std::uint32_t>(chunk, at + 32)};
    }
    return entries;
}

}  // namespace landfall::messages
