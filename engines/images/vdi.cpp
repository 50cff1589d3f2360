// VDI 1.1, dynamic and static. Source: VirtualBox's VDICore.h as QEMU's block/vdi.c documents it.
#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <vector>

#include "engines/images/block_table.hpp"

namespace landfall::images {
namespace {

constexpr std::uint32_t kSignature = 0xbeda'107f;
constexpr std::uint32_t kUnallocated = 0xffff'ffff;
constexpr std::uint32_t kDiscarded = 0xffff'fffe;

struct Vdi {
    ByteOffset table;
    ByteOffset blocks;
    Bytes size;
    Bytes block;
    bool fixed = false;
};

class VdiImage final : public BlockTableImage {
public:
    VdiImage(const ByteSource& source, const Vdi& v)
        : BlockTableImage{{&source}, v.size, v.block}, table_{v.table}, blocks_{v.blocks}, fixed_{v.fixed} {}
    [[nodiscard]] Format format() const override { return Format::vdi; }
    [[nodiscard]] std::string_view variant() const override { return fixed_ ? "static" : "dynamic"; }

private:
    Status add(const Slice& slice, TableReader& table, ExtentList& out) const override {
        const ByteOffset entry_at = table_ + Bytes{slice.block * 4};
        const auto entry = load_le<std::uint32_t>(TRY(table.read(entry_at, 4, "the block map")));
        if (entry == kUnallocated || entry == kDiscarded) {
            if (entry == kDiscarded) out.add_zero(slice.length);
            if (entry == kUnallocated) out.add_hole(slice.length);
            return {};
        }
        const ByteOffset at = blocks_ + block() * entry + slice.inside;
        TRY(check_inside(entry_at, at, slice.length));
        out.add_plain(slice.length, at);
        return {};
    }

    ByteOffset table_;
    ByteOffset blocks_;
    bool fixed_;
};

bool any_set(ByteSpan bytes) {
    return std::ranges::any_of(bytes, [](std::byte b) { return b != std::byte{0}; });
}

Status check_kind(const ByteSource& source, ByteSpan h) {
    if (load_le<std::uint32_t>(h, 0x40) != kSignature) {
        return bad_input(source, ByteOffset{0x40}, "this is not a VDI disk");
    }
    if (load_le<std::uint32_t>(h, 0x44) != 0x0001'0001) {
        return bad_input(source, ByteOffset{0x44}, "the VDI version is not 1.1");
    }
    const auto type = load_le<std::uint32_t>(h, 0x4c);
    if (type == 3 || type == 4) {
        return bad_input(source, ByteOffset{0x4c},
                         "the disk is a delta of a parent (VDI type " + std::to_string(type) + "): refused");
    }
    if (type != 1 && type != 2) {
        return bad_input(source, ByteOffset{0x4c}, "VDI type " + std::to_string(type) + " is not known");
    }
    if (any_set(h.subspan(0x1a8, 32))) {
        return bad_input(source, ByteOffset{0x1a8}, "the disk names a parent: refused");
    }
    if (load_le<std::uint32_t>(h, 0x168) != 512 || load_le<std::uint32_t>(h, 0x17c) != 0) {
        return bad_input(source, ByteOffset{0x168},
                         "sectors other than 512 bytes, or bytes beside blocks, are refused");
    }
    return {};
}

}  // namespace

OpenedImage open_vdi(const ByteSource& source, const OpenOptions& options) {
    std::array<std::byte, 512> header{};
    TRY(read_exactly(source, ByteOffset{0}, header, "the VDI header"));
    const ByteSpan h{header};
    TRY(check_kind(source, h));
    const Vdi vdi{.table = ByteOffset{load_le<std::uint32_t>(h, 0x154)},
                  .blocks = ByteOffset{load_le<std::uint32_t>(h, 0x158)},
                  .size = Bytes{load_le<std::uint64_t>(h, 0x170)},
                  .block = Bytes{load_le<std::uint32_t>(h, 0x178)},
                  .fixed = load_le<std::uint32_t>(h, 0x4c) == 2};
    TRY(check_virtual_size(source, ByteOffset{0x170}, vdi.size, options.limits));
    if (!std::has_single_bit(vdi.block.count) || vdi.block < 4_KiB || vdi.block > 256_MiB) {
        return bad_input(source, ByteOffset{0x178},
                         "blocks of " + std::to_string(vdi.block.count) + " bytes are refused");
    }
    const std::uint64_t needed = (vdi.size.count + vdi.block.count - 1) / vdi.block.count;
    const auto entries = load_le<std::uint32_t>(h, 0x180);
    if (entries < needed) {
        return bad_input(source, ByteOffset{0x180},
                         "the block map has " + std::to_string(entries) + " entries, the size needs " +
                             std::to_string(needed));
    }
    const std::uint64_t file = source.size().count;
    if (vdi.table.value > file || needed * 4 > file - vdi.table.value) {
        return bad_input(source, ByteOffset{0x154}, "the block map lies beyond the end of the file");
    }
    return OpenedImage{std::make_unique<VdiImage>(source, vdi)};
}

}  // namespace landfall::images
