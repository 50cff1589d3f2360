#include "engines/images/partitions.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "base/checksum.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kLogicalMax = 64;
constexpr std::uint32_t kGptEntriesMax = 1024;

std::string guid_text(ByteSpan g) {
    char text[37];
    std::snprintf(text, sizeof text, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                  load_le<std::uint32_t>(g), load_le<std::uint16_t>(g, 4), load_le<std::uint16_t>(g, 6),
                  std::to_integer<unsigned>(g[8]), std::to_integer<unsigned>(g[9]),
                  std::to_integer<unsigned>(g[10]), std::to_integer<unsigned>(g[11]),
                  std::to_integer<unsigned>(g[12]), std::to_integer<unsigned>(g[13]),
                  std::to_integer<unsigned>(g[14]), std::to_integer<unsigned>(g[15]));
    return text;
}

/// Zeros where the disk ends.
Result<std::vector<std::byte>> padded_read(const ByteSource& disk, std::uint64_t at, std::size_t size) {
    std::vector<std::byte> bytes(size);
    TRY(disk.read_at(ByteOffset{at}, bytes));
    return bytes;
}

struct MbrEntry {
    unsigned flag = 0;
    unsigned type = 0;
    std::uint64_t begin = 0;  ///< in sectors
    std::uint64_t size = 0;

    [[nodiscard]] bool extended() const { return type == 0x05 || type == 0x0f || type == 0x85; }
};

MbrEntry mbr_entry(ByteSpan sector, std::size_t index) {
    const ByteSpan e = sector.subspan(446 + index * 16, 16);
    return {.flag = std::to_integer<unsigned>(e[0]),
            .type = std::to_integer<unsigned>(e[4]),
            .begin = load_le<std::uint32_t>(e, 8),
            .size = load_le<std::uint32_t>(e, 12)};
}

bool is_boot_sector(ByteSpan sector) { return load_le<std::uint16_t>(sector, 510) == 0xaa55; }

Volume volume_of(std::uint32_t number, const MbrEntry& e) {
    char type[3];
    std::snprintf(type, sizeof type, "%02x", e.type);
    return {.number = number,
            .begin = ByteOffset{e.begin * 512},
            .size = Bytes{e.size * 512},
            .type = type,
            .esp = e.type == 0xef,
            .active = e.flag == 0x80};
}

bool fits(const ByteSource& disk, std::uint64_t begin, std::uint64_t size) {
    const std::uint64_t sectors = disk.size().count / 512;
    return begin > 0 && size > 0 && begin < sectors && size <= sectors - begin;
}

/// Logical partitions: each of the chain's sectors tells of one partition and of the next sector, both
/// relative.
Status add_logical(const ByteSource& disk, std::uint64_t extended, Partitions& out) {
    std::uint64_t at = extended;
    for (std::uint32_t n = 0; n < kLogicalMax; ++n) {
        const auto sector = TRY(padded_read(disk, at * 512, 512));
        if (!is_boot_sector(sector)) return {};
        MbrEntry partition = mbr_entry(sector, 0);
        partition.begin += at;
        if (partition.type != 0 && fits(disk, partition.begin, partition.size)) {
            out.volumes.push_back(volume_of(5 + n, partition));
        }
        const MbrEntry next = mbr_entry(sector, 1);
        // A chain that does not rise would be a circle.
        if (!next.extended() || extended + next.begin <= at ||
            extended + next.begin >= disk.size().count / 512)
            return {};
        at = extended + next.begin;
    }
    return {};
}

/// False where the header or the entries fail their checksums.
Result<bool> add_gpt(const ByteSource& disk, std::uint64_t header_at, std::uint64_t sector_size,
                     Partitions& out) {
    const auto h = TRY(padded_read(disk, header_at, 512));
    const ByteSpan b{h};
    const auto header_size = load_le<std::uint32_t>(b, 12);
    const auto count = load_le<std::uint32_t>(b, 80);
    const auto entry_size = load_le<std::uint32_t>(b, 84);
    if (text_of(b.first(8)) != "EFI PART" || header_size < 92 || header_size > 512 || entry_size < 128 ||
        entry_size > 512 || count > kGptEntriesMax) {
        return false;
    }
    std::vector<std::byte> unsigned_header{b.begin(), b.begin() + header_size};
    store_le<std::uint32_t>(unsigned_header, 16, 0);
    if (Crc32::of(ByteSpan{unsigned_header}) != load_le<std::uint32_t>(b, 16)) return false;
    const auto entries_lba = load_le<std::uint64_t>(b, 72);
    if (entries_lba >= disk.size().count / sector_size) return false;
    const auto entries = TRY(padded_read(disk, entries_lba * sector_size, std::size_t{count} * entry_size));
    if (Crc32::of(ByteSpan{entries}) != load_le<std::uint32_t>(b, 88)) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const ByteSpan e = ByteSpan{entries}.subspan(std::size_t{i} * entry_size, 128);
        const auto begin = load_le<std::uint64_t>(e, 32);
        const auto last = load_le<std::uint64_t>(e, 40);
        const std::uint64_t sectors = disk.size().count / sector_size;
        const bool used = std::ranges::any_of(e.first(16), [](std::byte x) { return x != std::byte{0}; });
        if (!used || last < begin || last >= sectors) continue;
        Volume volume{.number = i + 1,
                      .begin = ByteOffset{begin * sector_size},
                      .size = Bytes{(last - begin + 1) * sector_size},
                      .type = guid_text(e)};
        volume.esp = volume.type == kGptEsp;
        out.volumes.push_back(std::move(volume));
    }
    out.table = PartitionTable::gpt;
    return true;
}

Result<bool> add_any_gpt(const ByteSource& disk, Partitions& out) {
    for (const std::uint64_t sector : {512u, 4096u}) {
        if (TRY(add_gpt(disk, sector, sector, out))) return true;
        if (disk.size().count >= 2 * sector &&
            TRY(add_gpt(disk, disk.size().count / sector * sector - sector, sector, out))) {
            return true;
        }
    }
    return false;
}

}  // namespace

Result<Partitions> read_partitions(const ByteSource& disk) {
    Partitions out;
    const auto sector = TRY(padded_read(disk, 0, 512));
    if (!is_boot_sector(sector)) return out;
    out.boot_code =
        std::ranges::any_of(ByteSpan{sector}.first(440), [](std::byte b) { return b != std::byte{0}; });
    std::array<MbrEntry, 4> entries;
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = mbr_entry(sector, i);
    const auto protective = [](const MbrEntry& e) { return e.type == 0xee; };
    if (std::ranges::any_of(entries, protective) && TRY(add_any_gpt(disk, out))) return out;
    // The first sector of a file system without partitions ends in the same two bytes; its "entries" are text
    // or code.
    if (std::ranges::any_of(entries, [](const MbrEntry& e) { return e.flag != 0 && e.flag != 0x80; }))
        return out;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        const MbrEntry& e = entries[i];
        if (e.type == 0 || protective(e) || !fits(disk, e.begin, e.size)) continue;
        out.table = PartitionTable::mbr;
        if (e.extended()) {
            TRY(add_logical(disk, e.begin, out));
        } else {
            out.volumes.push_back(volume_of(i + 1, e));
        }
    }
    std::ranges::sort(out.volumes, {}, &Volume::number);
    return out;
}

}  // namespace landfall::images
