// VHDX, fixed and dynamic. Source: Microsoft, [MS-VHDX] 8.0. A log that waits to be replayed is replayed in
// memory.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "base/checksum.hpp"
#include "engines/images/block_table.hpp"
#include "engines/images/patch_map.hpp"
#include "engines/images/vhdx_log.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kHeaderSize = 4096;
constexpr std::size_t kTableSize = 64 * 1024;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::array kHeaders{ByteOffset{64 * 1024}, ByteOffset{128 * 1024}};
constexpr std::array kRegionTables{ByteOffset{192 * 1024}, ByteOffset{256 * 1024}};

/// A GUID as the file holds it: the first three fields little-endian.
constexpr Guid guid(std::uint32_t a, std::uint16_t b, std::uint16_t c, std::uint64_t d) {
    Guid g{};
    for (std::size_t i = 0; i < 4; ++i) g[i] = static_cast<std::byte>(a >> (8 * i));
    for (std::size_t i = 0; i < 2; ++i) g[4 + i] = static_cast<std::byte>(b >> (8 * i));
    for (std::size_t i = 0; i < 2; ++i) g[6 + i] = static_cast<std::byte>(c >> (8 * i));
    for (std::size_t i = 0; i < 8; ++i) g[8 + i] = static_cast<std::byte>(d >> (8 * (7 - i)));
    return g;
}
constexpr Guid kBatRegion = guid(0x2dc27766, 0xf623, 0x4200, 0x9d64115e9bfd4a08);
constexpr Guid kMetadataRegion = guid(0x8b7ca206, 0x4790, 0x4b9a, 0xb8fe575f050f886e);
constexpr Guid kFileParameters = guid(0xcaa16737, 0xfa36, 0x4d43, 0xb3b633f0aa44e76b);
constexpr Guid kDiskSize = guid(0x2fa54224, 0xcd1b, 0x4876, 0xb2115dbed83bf4b8);
constexpr Guid kPage83 = guid(0xbeca12ab, 0xb2e6, 0x4523, 0x93efc309e000c746);
constexpr Guid kLogicalSector = guid(0x8141bf1d, 0xa96f, 0x4709, 0xba47f233a8faab5f);
constexpr Guid kPhysicalSector = guid(0xcda348c7, 0x445d, 0x4471, 0x9cc9e9885251c556);
constexpr Guid kParentLocator = guid(0xa8d35f2d, 0xb30b, 0x454d, 0xabf7d3d84834ab0c);

bool is(ByteSpan bytes, const Guid& g) { return std::ranges::equal(bytes, g); }

bool crc_holds(ByteSpan table) {
    constexpr std::array<std::byte, 4> kNoSum{};
    Crc32c crc;
    crc.update(table.first(4));
    crc.update(kNoSum);
    crc.update(table.subspan(8));
    return crc.value() == load_le<std::uint32_t>(table, 4);
}

struct Region {
    ByteOffset at;
    Bytes size;
};

struct Vhdx {
    Region bat;
    Bytes size;
    Bytes block;
    std::uint64_t chunk_ratio = 1;  ///< payload blocks a sector-bitmap block
    bool fixed = false;
};

/// Everything that opens a VHDX: `raw` is the file, `view` the file with its log replayed.
class Opener {
public:
    explicit Opener(const ByteSource& raw) : raw_{raw} {}

    Result<VhdxLogPlace> header() const {
        std::array<std::byte, 8> mark{};
        TRY(read_exactly(raw_, ByteOffset{0}, mark, "the file identifier"));
        if (text_of(mark) != "vhdxfile") return bad_input(raw_, ByteOffset{0}, "this is not a VHDX disk");
        std::optional<std::vector<std::byte>> best;
        for (const ByteOffset at : kHeaders) {
            std::vector<std::byte> h(kHeaderSize);
            TRY(read_exactly(raw_, at, h, "a VHDX header"));
            if (text_of(ByteSpan{h}.first(4)) != "head" || !crc_holds(h)) continue;
            const bool newer = !best || load_le<std::uint64_t>(h, 8) > load_le<std::uint64_t>(*best, 8);
            if (newer) best = std::move(h);
        }
        if (!best) return bad_input(raw_, kHeaders[0], "neither of the two headers is whole");
        if (load_le<std::uint16_t>(*best, 66) != 1)
            return bad_input(raw_, kHeaders[0], "the VHDX version is not 1");
        VhdxLogPlace log{.at = ByteOffset{load_le<std::uint64_t>(*best, 72)},
                         .size = Bytes{load_le<std::uint32_t>(*best, 68)}};
        std::ranges::copy(ByteSpan{*best}.subspan(48, 16), log.guid.begin());
        if (log.guid != Guid{} && load_le<std::uint16_t>(*best, 64) != 0) {
            return bad_input(raw_, kHeaders[0], "the version of the log to replay is not 0");
        }
        return log;
    }

    Result<Vhdx> disk(const ByteSource& view) {
        TRY(read_regions(view));
        return read_metadata(view);
    }

private:
    Status read_regions(const ByteSource& view) {
        std::vector<std::byte> table(kTableSize);
        for (const ByteOffset at : kRegionTables) {
            TRY(read_exactly(view, at, table, "a region table"));
            if (text_of(ByteSpan{table}.first(4)) != "regi" || !crc_holds(table)) continue;
            return regions_of(view, at, table);
        }
        return bad_input(raw_, kRegionTables[0], "neither of the two region tables is whole");
    }

    Status regions_of(const ByteSource& view, ByteOffset table_at, ByteSpan table) {
        const auto count = load_le<std::uint32_t>(table, 8);
        if (count > 2047)
            return bad_input(raw_, table_at + Bytes{8}, "the region table has too many entries");
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = 16 + i * 32;
            const ByteSpan e = table.subspan(at, 32);
            const Region region{.at = ByteOffset{load_le<std::uint64_t>(e, 16)},
                                .size = Bytes{load_le<std::uint32_t>(e, 24)}};
            const bool bat = is(e.first(16), kBatRegion);
            if (!bat && !is(e.first(16), kMetadataRegion)) {
                if ((load_le<std::uint32_t>(e, 28) & 1) == 0) continue;
                return bad_input(raw_, table_at + Bytes{at}, "the disk needs a region that is not known");
            }
            const std::uint64_t size = view.size().count;
            if (region.at.value < kMiB || region.at.value > size ||
                region.size.count > size - region.at.value) {
                return bad_input(raw_, table_at + Bytes{at + 16}, "a region lies beyond the end of the file");
            }
            std::optional<Region>& found = bat ? bat_ : metadata_;
            if (found) return bad_input(raw_, table_at + Bytes{at}, "a region is listed twice");
            found = region;
        }
        if (!bat_ || !metadata_)
            return bad_input(raw_, table_at, "the block table or the metadata are not listed");
        return {};
    }

    Result<Vhdx> read_metadata(const ByteSource& view) {
        const ByteOffset at = metadata_->at;
        std::vector<std::byte> table(kTableSize);
        TRY(read_exactly(view, at, table, "the metadata table"));
        const auto count = load_le<std::uint16_t>(table, 10);
        if (text_of(ByteSpan{table}.first(8)) != "metadata" || count > 2047) {
            return bad_input(raw_, at, "the metadata table is damaged");
        }
        for (std::size_t i = 0; i < count; ++i) {
            TRY(metadata_item(view, at + Bytes{32 + i * 32}, ByteSpan{table}.subspan(32 + i * 32, 32)));
        }
        if (block_ == 0 || size_ == 0 || sector_ == 0) {
            return bad_input(raw_, at,
                             "the metadata lack the block size, the disk's size or the sector size");
        }
        return checked();
    }

    Status metadata_item(const ByteSource& view, ByteOffset entry_at, ByteSpan e) {
        const ByteOffset at = metadata_->at + Bytes{load_le<std::uint32_t>(e, 16)};
        std::array<std::byte, 8> value{};
        const auto read = [&](std::size_t size) {
            return read_exactly(view, at, MutableByteSpan{value}.first(size), "a metadata item");
        };
        if (is(e.first(16), kFileParameters)) {
            TRY(read(8));
            block_ = load_le<std::uint32_t>(value);
            const auto flags = load_le<std::uint32_t>(value, 4);
            fixed_ = (flags & 1) != 0;
            if ((flags & 2) != 0) {
                return bad_input(raw_, at + Bytes{4},
                                 "the disk is a differencing VHDX, a delta of a parent: refused");
            }
        } else if (is(e.first(16), kDiskSize)) {
            TRY(read(8));
            size_ = load_le<std::uint64_t>(value);
            size_at_ = at;
        } else if (is(e.first(16), kLogicalSector)) {
            TRY(read(4));
            sector_ = load_le<std::uint32_t>(value);
        } else if (is(e.first(16), kParentLocator)) {
            return bad_input(raw_, entry_at, "the disk names a parent: a differencing VHDX is refused");
        } else if (!is(e.first(16), kPage83) && !is(e.first(16), kPhysicalSector)) {
            const bool required = (load_le<std::uint32_t>(e, 24) & 4) != 0;
            if (required) return bad_input(raw_, entry_at, "the disk needs metadata that are not known");
        }
        return {};
    }

    Result<Vhdx> checked() const {
        const ByteOffset at = metadata_->at;
        if (!std::has_single_bit(block_) || block_ < kMiB || block_ > 256 * kMiB) {
            return bad_input(raw_, at, "blocks of " + std::to_string(block_) + " bytes are refused");
        }
        if (sector_ != 512 && sector_ != 4096) {
            return bad_input(raw_, at, "sectors of " + std::to_string(sector_) + " bytes are refused");
        }
        constexpr std::uint64_t kSizeMax = std::uint64_t{64} << 40;
        if (size_ > kSizeMax || size_ % sector_ != 0) {
            return bad_input(raw_, size_at_, "a disk of " + std::to_string(size_) + " bytes is refused");
        }
        const Vhdx disk{.bat = *bat_,
                        .size = Bytes{size_},
                        .block = Bytes{block_},
                        .chunk_ratio = (std::uint64_t{1} << 23) * sector_ / block_,
                        .fixed = fixed_};
        const std::uint64_t last = (size_ - 1) / block_;
        if ((last + last / disk.chunk_ratio + 1) * 8 > disk.bat.size.count) {
            return bad_input(raw_, disk.bat.at, "the block table is too short for the disk's size");
        }
        return disk;
    }

    const ByteSource& raw_;
    std::optional<Region> bat_;
    std::optional<Region> metadata_;
    std::uint64_t block_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t sector_ = 0;
    ByteOffset size_at_;
    bool fixed_ = false;
};

/// What a replayed log leaves in memory; empty for a disk that was closed well.
struct Replayed {
    PatchMap patches;
    std::unique_ptr<PatchedSource> view;
    std::unique_ptr<MemorySource> bytes;  ///< of the patches, for extents that they touch
};

class VhdxImage final : public BlockTableImage {
public:
    VhdxImage(std::vector<const ByteSource*> sources, const Vhdx& disk, std::unique_ptr<Replayed> replayed)
        : BlockTableImage{std::move(sources), disk.size, disk.block},
          disk_{disk},
          replayed_{std::move(replayed)} {}
    [[nodiscard]] Format format() const override { return Format::vhdx; }
    [[nodiscard]] std::string_view variant() const override {
        if (replayed_) return disk_.fixed ? "fixed, log replayed" : "dynamic, log replayed";
        return disk_.fixed ? "fixed" : "dynamic";
    }

private:
    [[nodiscard]] const ByteSource& table_source() const override {
        if (replayed_) return *replayed_->view;
        return file();
    }

    Status add(const Slice& slice, TableReader& table, ExtentList& out) const override {
        const std::uint64_t index = slice.block + slice.block / disk_.chunk_ratio;
        const ByteOffset entry_at = disk_.bat.at + Bytes{index * 8};
        const auto entry = load_le<std::uint64_t>(TRY(table.read(entry_at, 8, "the block table")));
        constexpr std::uint64_t kAbsent = 0, kUndefined = 1, kZero = 2, kUnmapped = 3, kFull = 6,
                                kPartial = 7;
        switch (entry & 7) {
            case kAbsent:
            case kUndefined: out.add_hole(slice.length); return {};
            case kZero:
            case kUnmapped: out.add_zero(slice.length); return {};
            case kFull: break;
            case kPartial:
                return bad_input(file(), entry_at,
                                 "a block is partly in a parent: a differencing VHDX is refused");
            default: return bad_input(file(), entry_at, "a block of the table has a state that is not known");
        }
        const ByteOffset at = ByteOffset{entry & ~std::uint64_t{0xf'ffff}} + slice.inside;
        if (!replayed_) {
            TRY(check_inside(entry_at, at, slice.length));
            out.add_plain(slice.length, at);
            return {};
        }
        return add_patched(entry_at, at, slice.length, out);
    }

    /// The same where a log lies over the file: patched ranges come from memory.
    Status add_patched(ByteOffset entry_at, ByteOffset at, Bytes length, ExtentList& out) const {
        const std::uint64_t end = at.value + length.count;
        std::uint64_t from = at.value;
        while (from < end) {
            const PatchMap::Patch patch = replayed_->patches.next(from);
            const std::uint64_t clean = patch.end == 0 ? end : std::clamp(patch.begin, from, end);
            if (clean > from) TRY(add_unpatched(entry_at, ByteOffset{from}, Bytes{clean - from}, out));
            from = clean;
            if (from == end) break;
            const std::uint64_t to = std::min(patch.end, end);
            const Bytes part{to - from};
            if (patch.zero) {
                out.add_zero(part);
            } else {
                out.add_plain(part, ByteOffset{patch.bytes_at + (from - patch.begin)}, 1);
            }
            from = to;
        }
        return {};
    }

    /// The log may have made the file longer than it is yet: what is not there is zeros.
    Status add_unpatched(ByteOffset entry_at, ByteOffset at, Bytes length, ExtentList& out) const {
        if (at.value + length.count > replayed_->view->size().count)
            return check_inside(entry_at, at, length);
        const std::uint64_t size = file().size().count;
        const std::uint64_t held = at.value >= size ? 0 : std::min(length.count, size - at.value);
        if (held > 0) out.add_plain(Bytes{held}, at);
        out.add_zero(Bytes{length.count - held});
        return {};
    }

    Vhdx disk_;
    std::unique_ptr<Replayed> replayed_;
};

}  // namespace

OpenedImage open_vhdx(const ByteSource& source, const OpenOptions& options) {
    Opener opener{source};
    const VhdxLogPlace log = TRY(opener.header());
    std::vector<const ByteSource*> sources{&source};
    std::unique_ptr<Replayed> replayed;
    if (log.guid != Guid{}) {
        replayed = std::make_unique<Replayed>();
        const Bytes size = TRY(replay_vhdx_log(source, log, replayed->patches));
        replayed->view = std::make_unique<PatchedSource>(source, replayed->patches, size);
        replayed->bytes = std::make_unique<MemorySource>(std::string{source.name()} + " (its log)",
                                                         replayed->patches.bytes());
        sources.push_back(replayed->bytes.get());
    }
    const Vhdx disk = TRY(opener.disk(replayed ? static_cast<const ByteSource&>(*replayed->view) : source));
    TRY(check_virtual_size(source, disk.bat.at, disk.size, options.limits));
    return OpenedImage{std::make_unique<VhdxImage>(std::move(sources), disk, std::move(replayed))};
}

}  // namespace landfall::images
