#include "engines/images/vmdk_sparse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "engines/images/formats.hpp"

namespace landfall::images {
namespace {

constexpr std::uint32_t kMagic = 0x564d444b;      // "KDMV"
constexpr std::uint32_t kMagicCowd = 0x44574f43;  // "COWD"
constexpr std::uint32_t kMagicSeSparse = 0xcafebabe;
constexpr std::uint64_t kDirectoryAtEnd = ~std::uint64_t{0};
constexpr std::uint32_t kMarkerFooter = 3;
constexpr std::uint64_t kGrainSectorsMax = Bytes{16_MiB}.count / 512;
constexpr Bytes kCompressedGrainMax = 2_MiB;
constexpr Bytes kDescriptorMax = 1_MiB;
constexpr std::uint32_t kFlagNewlineTest = 1u << 0;
constexpr std::uint32_t kFlagRedundantDirectory = 1u << 1;
constexpr std::uint32_t kFlagZeroGrain = 1u << 2;
constexpr std::uint32_t kFlagCompressed = 1u << 16;
constexpr std::uint32_t kFlagMarkers = 1u << 17;
constexpr std::uint32_t kFlagsKnown =
    kFlagNewlineTest | kFlagRedundantDirectory | kFlagZeroGrain | kFlagCompressed | kFlagMarkers;

/// The header's fields as they stand in the file, in sectors.
struct RawHeader {
    std::uint32_t version, flags, entries_per_table;
    std::uint64_t capacity, grain, descriptor, descriptor_size, directory;
    std::uint16_t compression;
};

Result<RawHeader> parse_header(const ByteSource& source, ByteOffset at, ByteSpan b) {
    if (load_le<std::uint32_t>(b) != kMagic) return bad_input(source, at, "this is not a VMDK header");
    const RawHeader header{
        .version = load_le<std::uint32_t>(b, 4),
        .flags = load_le<std::uint32_t>(b, 8),
        .entries_per_table = load_le<std::uint32_t>(b, 44),
        .capacity = load_le<std::uint64_t>(b, 12),
        .grain = load_le<std::uint64_t>(b, 20),
        .descriptor = load_le<std::uint64_t>(b, 28),
        .descriptor_size = load_le<std::uint64_t>(b, 36),
        .directory = load_le<std::uint64_t>(b, 56),
        .compression = load_le<std::uint16_t>(b, 77),
    };
    if (header.version < 1 || header.version > 3) {
        return bad_input(source, at, "VMDK version " + std::to_string(header.version) + " is not known");
    }
    if ((header.flags & ~kFlagsKnown) != 0) {
        return bad_input(source, at + Bytes{8}, "the header has flags that are not known");
    }
    constexpr std::string_view kLineEnds = "\n \r\n";
    if ((header.flags & kFlagNewlineTest) != 0 && text_of(b.subspan(73, 4)) != kLineEnds) {
        return bad_input(source, at + Bytes{73}, "line ends were converted: the file was copied as text");
    }
    return header;
}

/// The footer stands in the three last sectors: its marker, itself, and the end-of-stream marker.
Result<RawHeader> read_footer(const ByteSource& source) {
    const std::uint64_t size = source.size().count;
    const ByteOffset marker_at{size >= 2048 ? size - 1536 : 0};
    std::array<std::byte, 1536> tail{};
    if (size < 2048 || size % 512 != 0) {
        return bad_input(source, ByteOffset{size},
                         "the stream has no footer in its last sectors: it is truncated");
    }
    TRY(read_exactly(source, marker_at, tail, "the footer"));
    const ByteSpan b{tail};
    const bool marked = load_le<std::uint64_t>(b) == 1 && load_le<std::uint32_t>(b, 8) == 0 &&
                        load_le<std::uint32_t>(b, 12) == kMarkerFooter;
    const bool ended = load_le<std::uint64_t>(b, 1024) == 0 && load_le<std::uint32_t>(b, 1032) == 0 &&
                       load_le<std::uint32_t>(b, 1036) == 0;
    if (!marked || !ended) {
        return bad_input(source, marker_at, "the stream has no footer in its last sectors: it is truncated");
    }
    const RawHeader footer = TRY(parse_header(source, marker_at + Bytes{512}, b.subspan(512, 512)));
    if (footer.directory == kDirectoryAtEnd) {
        return bad_input(source, marker_at + Bytes{512 + 56}, "the footer does not say where the grains are");
    }
    return footer;
}

Status check_grain(const ByteSource& source, ByteOffset at, const RawHeader& h) {
    const bool compressed = (h.flags & kFlagCompressed) != 0;
    if (!std::has_single_bit(h.grain) || h.grain < 8 || h.grain > kGrainSectorsMax ||
        (compressed && h.grain * 512 > kCompressedGrainMax.count)) {
        return bad_input(source, at + Bytes{20},
                         "a grain of " + std::to_string(h.grain) + " sectors is refused");
    }
    if (!std::has_single_bit(h.entries_per_table) || h.entries_per_table > 512) {
        return bad_input(source, at + Bytes{44},
                         "grain tables of " + std::to_string(h.entries_per_table) + " entries are refused");
    }
    if (compressed && h.compression != 1) {
        return bad_input(source, at + Bytes{77},
                         "compression " + std::to_string(h.compression) + " is not known");
    }
    if (compressed && (h.flags & kFlagMarkers) == 0) {
        return bad_input(source, at + Bytes{8}, "compressed grains without markers are refused");
    }
    return {};
}

/// The header checked against the file.
Result<SparseVmdk> checked(const ByteSource& source, ByteOffset at, const RawHeader& h) {
    TRY(check_grain(source, at, h));
    if (!product_fits(h.capacity, 512) || h.capacity == 0) {
        return bad_input(source, at + Bytes{12},
                         "a capacity of " + std::to_string(h.capacity) + " sectors is refused");
    }
    SparseVmdk extent{
        .capacity = kSector * h.capacity,
        .grain = kSector * h.grain,
        .entries_per_table = h.entries_per_table,
        .compressed = (h.flags & kFlagCompressed) != 0,
        .zero_grains = (h.flags & kFlagZeroGrain) != 0,
    };
    const std::uint64_t covers = extent.table_covers().count;
    extent.directory_entries = extent.capacity.count / covers + (extent.capacity.count % covers != 0 ? 1 : 0);
    const std::uint64_t file_sectors = source.size().count / 512;
    const std::uint64_t directory_sectors = (extent.directory_entries * 4 + 511) / 512;
    if (h.directory == 0 || h.directory > file_sectors || directory_sectors > file_sectors - h.directory) {
        return bad_input(source, at + Bytes{56},
                         "the grain directory (" + std::to_string(directory_sectors) + " sectors at sector " +
                             std::to_string(h.directory) + ") lies beyond the end of the file");
    }
    extent.directory = ByteOffset{h.directory * 512};
    if (h.descriptor != 0 && h.descriptor_size != 0) {
        if (h.descriptor > file_sectors || h.descriptor_size > file_sectors - h.descriptor ||
            h.descriptor_size * 512 > kDescriptorMax.count) {
            return bad_input(source, at + Bytes{28}, "the descriptor lies beyond the end of the file");
        }
        extent.descriptor = ByteOffset{h.descriptor * 512};
        extent.descriptor_size = kSector * h.descriptor_size;
    }
    return extent;
}

/// Walks the tables of one range. One object a call.
class Walk {
public:
    Walk(const ByteSource& source, const SparseVmdk& extent, const SparseRange& range, ExtentList& out)
        : source_{source}, extent_{extent}, range_{range}, out_{out}, directory_{source}, tables_{source} {}

    Status run() {
        std::uint64_t at = range_.from.count;
        const std::uint64_t end = at + range_.length.count;
        while (at < end) {
            const std::uint64_t table = at / extent_.table_covers().count;
            const std::uint64_t stop = std::min(end, (table + 1) * extent_.table_covers().count);
            TRY(walk_table(table, at, stop));
            at = stop;
        }
        return {};
    }

private:
    Status walk_table(std::uint64_t table, std::uint64_t at, std::uint64_t stop) {
        const ByteOffset entry_at = extent_.directory + Bytes{table * 4};
        const ByteSpan entry = TRY(directory_.read(entry_at, 4, "the grain directory"));
        const std::uint64_t sector = load_le<std::uint32_t>(entry);
        if (sector == 0) {
            out_.add_hole(Bytes{stop - at});
            return {};
        }
        const std::size_t table_bytes = extent_.entries_per_table * 4;
        if (sector * 512 + table_bytes > source_.size().count) {
            return bad_input(source_, entry_at,
                             "grain table " + std::to_string(table) + " (sector " + std::to_string(sector) +
                                 ") lies beyond the end of the file");
        }
        const ByteOffset table_at{sector * 512};
        const ByteSpan entries = TRY(tables_.read(table_at, table_bytes, "a grain table"));
        while (at < stop) {
            const std::uint64_t grain = at / extent_.grain.count;
            const std::uint64_t next = std::min(stop, (grain + 1) * extent_.grain.count);
            const std::uint64_t slot = grain % extent_.entries_per_table;
            TRY(add_grain(table_at + Bytes{slot * 4}, load_le<std::uint32_t>(entries, slot * 4), at, next));
            at = next;
        }
        return {};
    }

    /// [at, next) of the extent lies in the grain that `entry` tells of.
    Status add_grain(ByteOffset entry_at, std::uint64_t entry, std::uint64_t at, std::uint64_t next) {
        const Bytes length{next - at};
        if (entry == 0) {
            out_.add_hole(length);
            return {};
        }
        if (entry == 1) {
            if (!extent_.zero_grains) {
                return bad_input(source_, entry_at, "a grain is said to lie inside the header");
            }
            out_.add_zero(length);
            return {};
        }
        const std::uint64_t size = source_.size().count;
        const Bytes inside{at % extent_.grain.count};
        const ByteOffset grain_at{entry * 512};
        const std::uint64_t needed = extent_.compressed ? 512 : inside.count + length.count;
        if (grain_at.value > size || needed > size - grain_at.value) {
            return bad_input(source_, entry_at,
                             "the grain at sector " + std::to_string(entry) +
                                 " lies beyond the end of the file (" + std::to_string(size) + " bytes)");
        }
        if (!extent_.compressed) {
            out_.add_plain(length, grain_at + inside, range_.source);
            return {};
        }
        // Deflate grows incompressible bytes by far less than a sixteenth.
        const std::uint64_t bound = extent_.grain.count + extent_.grain.count / 16 + 1024;
        out_.add({.length = length,
                  .at = grain_at,
                  .stored = Bytes{std::min(bound, size - grain_at.value)},
                  .decoded = static_cast<std::uint32_t>(extent_.grain.count),
                  .kind = ExtentKind::vmdk_grain,
                  .source = range_.source});
        return {};
    }

    const ByteSource& source_;
    const SparseVmdk& extent_;
    const SparseRange& range_;
    ExtentList& out_;
    TableReader directory_;
    TableReader tables_;
};

}  // namespace

Result<bool> is_sparse_vmdk(const ByteSource& source) {
    std::array<std::byte, 4> magic{};
    TRY(read_exactly(source, ByteOffset{0}, magic, "the first four bytes"));
    const auto value = load_le<std::uint32_t>(magic);
    if (value == kMagicCowd) return bad_input(source, ByteOffset{0}, "vmfsSparse (COWD) disks are refused");
    if (value == kMagicSeSparse) return bad_input(source, ByteOffset{0}, "SEsparse disks are refused");
    return value == kMagic;
}

Result<SparseVmdk> read_sparse_vmdk(const ByteSource& source) {
    std::array<std::byte, 512> sector{};
    TRY(read_exactly(source, ByteOffset{0}, sector, "the VMDK header"));
    const RawHeader header = TRY(parse_header(source, ByteOffset{0}, sector));
    if (header.directory != kDirectoryAtEnd) return checked(source, ByteOffset{0}, header);
    const RawHeader footer = TRY(read_footer(source));
    SparseVmdk extent = TRY(checked(source, ByteOffset{source.size().count - 1024}, footer));
    if (extent.descriptor_size == 0_B && header.descriptor != 0) {
        RawHeader front = footer;
        front.descriptor = header.descriptor;
        front.descriptor_size = header.descriptor_size;
        extent = TRY(checked(source, ByteOffset{0}, front));
    }
    return extent;
}

Status map_sparse_vmdk(const ByteSource& source, const SparseVmdk& extent, const SparseRange& range,
                       ExtentList& out) {
    return Walk{source, extent, range, out}.run();
}

}  // namespace landfall::images
