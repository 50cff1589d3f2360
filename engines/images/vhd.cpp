// VHD, fixed and dynamic. Source: Microsoft, "Virtual Hard Disk Image Format Specification" 1.0. Two points
// where files in the field go their own ways: which of two sizes counts (by creator), and the sector bitmaps
// of dynamic disks, which like QEMU and Hyper-V we do not consult: a block that has a place in the file is
// read from there.
#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "engines/images/block_table.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kFooter = 512;
constexpr std::uint32_t kUnallocated = 0xffff'ffff;
constexpr Bytes kSizeMax = 2040_GiB;

enum class VhdType : std::uint32_t { fixed = 2, dynamic = 3, differencing = 4 };

struct Footer {
    VhdType type = VhdType::fixed;
    Bytes size;
    ByteOffset header;
};

/// The ones' complement of the sum of all bytes but the sum's own.
bool checksum_holds(ByteSpan bytes, std::size_t field) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i < field || i >= field + 4) sum += std::to_integer<std::uint32_t>(bytes[i]);
    }
    return load_be<std::uint32_t>(bytes, field) == ~sum;
}

/// Virtual PC and old QEMU meant the geometry and rounded the size field up or left it; all others mean the
/// field. A geometry at its maximum cannot tell the size.
Bytes size_meant(ByteSpan footer) {
    const std::string_view creator = text_of(footer.subspan(28, 4));
    const std::uint64_t cylinders = load_be<std::uint16_t>(footer, 56);
    const std::uint64_t heads = std::to_integer<std::uint64_t>(footer[58]);
    const std::uint64_t sectors = std::to_integer<std::uint64_t>(footer[59]);
    const std::uint64_t geometry = cylinders * heads * sectors;
    constexpr std::uint64_t kGeometryMax = 65535ull * 16 * 255;
    const bool by_geometry = (creator == "vpc " || creator == "qemu") && geometry != kGeometryMax;
    return by_geometry ? kSector * geometry : Bytes{load_be<std::uint64_t>(footer, 48)};
}

Result<Footer> read_footer(const ByteSource& source, const Limits& limits) {
    const std::uint64_t file = source.size().count;
    if (file < kFooter) return bad_input(source, ByteOffset{file}, "the file is shorter than a VHD footer");
    const ByteOffset at{file - kFooter};
    std::array<std::byte, kFooter> f{};
    TRY(read_exactly(source, at, f, "the VHD footer"));
    const ByteSpan b{f};
    if (text_of(b.first(8)) != "conectix") {
        return bad_input(source, at, "the last 512 bytes are no VHD footer: not a VHD, or truncated");
    }
    if (!checksum_holds(b, 64)) return bad_input(source, at + Bytes{64}, "the footer's checksum is wrong");
    const auto type = load_be<std::uint32_t>(b, 60);
    if (type == static_cast<std::uint32_t>(VhdType::differencing)) {
        return bad_input(source, at + Bytes{60},
                         "the disk is a differencing VHD, a delta of a parent: refused");
    }
    if (type != static_cast<std::uint32_t>(VhdType::fixed) &&
        type != static_cast<std::uint32_t>(VhdType::dynamic)) {
        return bad_input(source, at + Bytes{60}, "VHD type " + std::to_string(type) + " is not known");
    }
    if (load_be<std::uint32_t>(b, 12) >> 16 != 1)
        return bad_input(source, at + Bytes{12}, "the VHD version is not 1");
    const Footer footer{.type = static_cast<VhdType>(type),
                        .size = size_meant(b),
                        .header = ByteOffset{load_be<std::uint64_t>(b, 16)}};
    TRY(check_virtual_size(source, at + Bytes{48}, footer.size,
                           {.virtual_size_max = std::min(limits.virtual_size_max, kSizeMax)}));
    return footer;
}

class FixedVhd final : public DiskImage {
public:
    FixedVhd(const ByteSource& source, Bytes size) : sources_{&source}, size_{size} {}
    [[nodiscard]] Format format() const override { return Format::vhd; }
    [[nodiscard]] std::string_view variant() const override { return "fixed"; }
    [[nodiscard]] Bytes virtual_size() const override { return size_; }
    [[nodiscard]] const std::vector<const ByteSource*>& sources() const override { return sources_; }
    [[nodiscard]] Bytes unit() const override { return kUnit; }
    [[nodiscard]] Bytes part_size() const override { return part_size_for(kUnit, kUnit); }
    [[nodiscard]] Result<std::vector<Extent>> map(DiskPart part) const override {
        ExtentList extents{part};
        extents.add_plain(part.length, part.begin);
        return std::move(extents).take();
    }

private:
    std::vector<const ByteSource*> sources_;
    Bytes size_;
};

struct Table {
    ByteOffset at;
    Bytes block;
};

class DynamicVhd final : public BlockTableImage {
public:
    DynamicVhd(const ByteSource& source, Bytes size, Table table)
        : BlockTableImage{{&source}, size, table.block}, at_{table.at} {
        const std::uint64_t bitmap = table.block.count / 512 / 8;
        bitmap_ = Bytes{(bitmap + 511) / 512 * 512};
    }
    [[nodiscard]] Format format() const override { return Format::vhd; }
    [[nodiscard]] std::string_view variant() const override { return "dynamic"; }

private:
    Status add(const Slice& slice, TableReader& table, ExtentList& out) const override {
        const ByteOffset entry_at = at_ + Bytes{slice.block * 4};
        const auto sector =
            load_be<std::uint32_t>(TRY(table.read(entry_at, 4, "the block allocation table")));
        if (sector == kUnallocated) {
            out.add_hole(slice.length);
            return {};
        }
        const ByteOffset at = ByteOffset{std::uint64_t{sector} * 512} + bitmap_ + slice.inside;
        TRY(check_inside(entry_at, at, slice.length));
        out.add_plain(slice.length, at);
        return {};
    }

    ByteOffset at_;
    Bytes bitmap_;  ///< of sectors, in front of each block
};

Result<Table> read_table(const ByteSource& source, const Footer& footer) {
    std::array<std::byte, 1024> h{};
    const ByteSpan b{h};
    TRY(read_exactly(source, footer.header, h, "the dynamic disk header"));
    if (text_of(b.first(8)) != "cxsparse")
        return bad_input(source, footer.header, "there is no dynamic disk header");
    if (!checksum_holds(b, 36))
        return bad_input(source, footer.header + Bytes{36}, "the header's checksum is wrong");
    const auto block = load_be<std::uint32_t>(b, 32);
    if (!std::has_single_bit(block) || block < 4096 || Bytes{block} > 256_MiB) {
        return bad_input(source, footer.header + Bytes{32},
                         "blocks of " + std::to_string(block) + " bytes are refused");
    }
    const Table table{.at = ByteOffset{load_be<std::uint64_t>(b, 16)}, .block = Bytes{block}};
    const std::uint64_t needed = (footer.size.count + block - 1) / block;
    const auto entries = load_be<std::uint32_t>(b, 28);
    if (entries < needed) {
        return bad_input(source, footer.header + Bytes{28},
                         "the block allocation table has " + std::to_string(entries) +
                             " entries, the size needs " + std::to_string(needed));
    }
    const std::uint64_t file = source.size().count;
    if (table.at.value > file || needed * 4 > file - table.at.value) {
        return bad_input(source, footer.header + Bytes{16},
                         "the block allocation table lies beyond the end of the file");
    }
    return table;
}

}  // namespace

OpenedImage open_vhd(const ByteSource& source, const OpenOptions& options) {
    const Footer footer = TRY(read_footer(source, options.limits));
    if (footer.type == VhdType::dynamic) {
        const Table table = TRY(read_table(source, footer));
        return OpenedImage{std::make_unique<DynamicVhd>(source, footer.size, table)};
    }
    const std::uint64_t held = source.size().count - kFooter;
    if (footer.size.count > held) {
        return bad_input(source, ByteOffset{held + 48},
                         "the footer says " + std::to_string(footer.size.count) + " bytes, the file holds " +
                             std::to_string(held));
    }
    return OpenedImage{std::make_unique<FixedVhd>(source, footer.size)};
}

}  // namespace landfall::images
