// QCOW2 v2 and v3: deflate and zstd clusters, extended L2 entries. Source: QEMU's docs/interop/qcow2.txt. The
// active table is read; internal snapshots, bitmaps and refcounts are not needed for it and not looked at.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engines/images/extent_list.hpp"
#include "engines/images/formats.hpp"
#include "engines/images/table_reader.hpp"

namespace landfall::images {
namespace {

constexpr std::uint32_t kMagic = 0x514649fb;
constexpr std::uint64_t kOffsetMask = 0x00ff'ffff'ffff'fe00;
constexpr std::uint64_t kL1Reserved = 0x7f00'0000'0000'01ff;
constexpr std::uint64_t kL2Reserved = 0x3f00'0000'0000'01fe;
constexpr std::uint64_t kCompressedFlag = std::uint64_t{1} << 62;
constexpr std::uint64_t kZeroFlag = 1;
constexpr std::uint64_t kSubclusters = 32;

struct Qcow2 {
    std::uint32_t version = 2;
    std::uint32_t cluster_bits = 16;
    Bytes size;
    ByteOffset l1;
    Bytes l1_length;
    bool zstd = false;
    bool extended = false;

    [[nodiscard]] std::uint64_t cluster() const { return std::uint64_t{1} << cluster_bits; }
    [[nodiscard]] std::uint64_t entry_size() const { return extended ? 16 : 8; }
    [[nodiscard]] std::uint64_t l2_entries() const { return cluster() / entry_size(); }
};

/// Adds the extents of a stretch of guest. One object a call of map.
class Walk {
public:
    Walk(const ByteSource& source, const Qcow2& q, ExtentList& out)
        : source_{source}, q_{q}, out_{out}, l1_{source}, l2_{source} {}

    Status run(std::uint64_t at, std::uint64_t end) {
        const std::uint64_t covers = q_.l2_entries() * q_.cluster();
        while (at < end) {
            const std::uint64_t index = at / covers;
            const std::uint64_t stop = std::min(end, (index + 1) * covers);
            TRY(walk_l2(index, at, stop));
            at = stop;
        }
        return {};
    }

private:
    Status walk_l2(std::uint64_t index, std::uint64_t at, std::uint64_t stop) {
        const ByteOffset entry_at = q_.l1 + Bytes{index * 8};
        const auto entry = load_be<std::uint64_t>(TRY(l1_.read(entry_at, 8, "the L1 table")));
        const std::uint64_t table = entry & kOffsetMask;
        if ((entry & kL1Reserved) != 0 || table % q_.cluster() != 0) {
            return bad_input(source_, entry_at, "L1 entry " + std::to_string(index) + " is damaged");
        }
        table_ = table;
        if (is_in_l1(table)) {
            return bad_input(source_, entry_at,
                             "L1 entry " + std::to_string(index) + " leads into the L1 table itself");
        }
        if (table == 0) {
            out_.add_hole(Bytes{stop - at});
            return {};
        }
        const std::uint64_t first = at / q_.cluster() % q_.l2_entries();
        const std::uint64_t last = (stop - 1) / q_.cluster() % q_.l2_entries();
        const ByteOffset slice_at{table + first * q_.entry_size()};
        const std::size_t slice = static_cast<std::size_t>((last - first + 1) * q_.entry_size());
        const ByteSpan entries = TRY(l2_.read(slice_at, slice, "an L2 table"));
        for (std::size_t i = 0; i < slice; i += q_.entry_size()) {
            const std::uint64_t next = std::min(stop, (at / q_.cluster() + 1) * q_.cluster());
            TRY(add_cluster(slice_at + Bytes{i}, entries.subspan(i, q_.entry_size()), at, next));
            at = next;
        }
        return {};
    }

    [[nodiscard]] bool is_in_l1(std::uint64_t offset) const {
        return offset >= q_.l1.value && offset - q_.l1.value < q_.l1_length.count;
    }

    /// No cluster of the guest is the header, the L1 table or the L2 table that names it.
    Status refuse_tables(ByteOffset entry_at, std::uint64_t offset) const {
        const std::uint64_t cluster = offset / q_.cluster() * q_.cluster();
        if (cluster != 0 && cluster != table_ && !is_in_l1(cluster)) return {};
        return bad_input(source_, entry_at,
                         "the cluster at " + std::to_string(offset) + " is one of the disk's own tables");
    }

    /// [at, next) of the guest lies in the cluster of this entry; `at` is its begin.
    Status add_cluster(ByteOffset entry_at, ByteSpan bytes, std::uint64_t at, std::uint64_t next) {
        const auto entry = load_be<std::uint64_t>(bytes);
        const Bytes length{next - at};
        if ((entry & kCompressedFlag) != 0) return add_compressed(entry_at, entry, length);
        const std::uint64_t offset = entry & kOffsetMask;
        const bool reserved =
            (entry & kL2Reserved) != 0 || ((q_.version == 2 || q_.extended) && (entry & kZeroFlag) != 0);
        if (reserved || offset % q_.cluster() != 0) {
            return bad_input(source_, entry_at,
                             "the L2 entry of guest offset " + std::to_string(at) + " is damaged");
        }
        if (q_.extended) return add_subclusters(entry_at, offset, load_be<std::uint64_t>(bytes, 8), length);
        if ((entry & kZeroFlag) != 0) {
            out_.add_zero(length);
        } else if (offset == 0) {
            out_.add_hole(length);
        } else {
            return add_plain(entry_at, offset, length);
        }
        return {};
    }

    Status add_plain(ByteOffset entry_at, std::uint64_t offset, Bytes length) {
        TRY(refuse_tables(entry_at, offset));
        const std::uint64_t size = source_.size().count;
        if (offset > size || length.count > size - offset) {
            return bad_input(source_, entry_at,
                             "the cluster at " + std::to_string(offset) +
                                 " lies beyond the end of the file (" + std::to_string(size) + " bytes)");
        }
        out_.add_plain(length, ByteOffset{offset});
        return {};
    }

    /// The lower half of `bitmap` says which subclusters have bytes, the upper half which read as zeros.
    Status add_subclusters(ByteOffset entry_at, std::uint64_t offset, std::uint64_t bitmap, Bytes length) {
        const std::uint64_t step = q_.cluster() / kSubclusters;
        if ((bitmap & bitmap >> 32 & 0xffff'ffff) != 0) {
            return bad_input(source_, entry_at + Bytes{8}, "a subcluster is both zero and allocated");
        }
        for (std::uint64_t i = 0, done = 0; done < length.count; ++i, done += step) {
            const Bytes part{std::min(step, length.count - done)};
            const bool allocated = (bitmap >> i & 1) != 0;
            if (allocated && offset == 0) {
                return bad_input(source_, entry_at, "a subcluster is allocated in a cluster that is not");
            }
            if (allocated) {
                TRY(add_plain(entry_at, offset + done, part));
            } else if ((bitmap >> (i + 32) & 1) != 0) {
                out_.add_zero(part);
            } else {
                out_.add_hole(part);
            }
        }
        return {};
    }

    Status add_compressed(ByteOffset entry_at, std::uint64_t entry, Bytes length) {
        const std::uint32_t shift = 62 - (q_.cluster_bits - 8);
        const std::uint64_t offset = entry & ((std::uint64_t{1} << shift) - 1);
        const std::uint64_t sectors =
            (entry >> shift & ((std::uint64_t{1} << (q_.cluster_bits - 8)) - 1)) + 1;
        const std::uint64_t size = source_.size().count;
        if (offset >= size) {
            return bad_input(source_, entry_at,
                             "the compressed cluster at " + std::to_string(offset) +
                                 " lies beyond the end of the file (" + std::to_string(size) + " bytes)");
        }
        TRY(refuse_tables(entry_at, offset));
        // The count is of sectors touched; the last one may be cut by the end of the file.
        const std::uint64_t stored = std::min(sectors * 512 - offset % 512, size - offset);
        out_.add({.length = length,
                  .at = ByteOffset{offset},
                  .stored = Bytes{stored},
                  .decoded = static_cast<std::uint32_t>(q_.cluster()),
                  .kind = q_.zstd ? ExtentKind::zstd : ExtentKind::deflate});
        return {};
    }

    const ByteSource& source_;
    const Qcow2& q_;
    ExtentList& out_;
    TableReader l1_;
    TableReader l2_;
    std::uint64_t table_ = 0;  ///< the L2 table that is being walked
};

class Qcow2Image final : public DiskImage {
public:
    Qcow2Image(const ByteSource& source, Qcow2 q)
        : sources_{&source}, q_{q}, unit_{std::max(kUnit, Bytes{q.cluster()})} {
        variant_ =
            "v" + std::to_string(q.version) + (q.zstd ? " zstd" : "") + (q.extended ? " extended-l2" : "");
    }
    [[nodiscard]] Format format() const override { return Format::qcow2; }
    [[nodiscard]] std::string_view variant() const override { return variant_; }
    [[nodiscard]] Bytes virtual_size() const override { return q_.size; }
    [[nodiscard]] const std::vector<const ByteSource*>& sources() const override { return sources_; }
    [[nodiscard]] Bytes unit() const override { return unit_; }
    [[nodiscard]] Bytes part_size() const override {
        return part_size_for(Bytes{q_.extended ? q_.cluster() / kSubclusters : q_.cluster()}, unit_);
    }
    [[nodiscard]] Result<std::vector<Extent>> map(DiskPart part) const override {
        ExtentList out{part};
        TRY(Walk(*sources_.front(), q_, out).run(part.begin.value, part.begin.value + part.length.count));
        return std::move(out).take();
    }

private:
    std::vector<const ByteSource*> sources_;
    Qcow2 q_;
    Bytes unit_;
    std::string variant_;
};

/// The name is shown, never opened.
std::string backing_name(const ByteSource& source, ByteSpan header) {
    const auto at = load_be<std::uint64_t>(header, 8);
    std::string name(std::min<std::size_t>(load_be<std::uint32_t>(header, 16), 200), '\0');
    const auto got = source.read_at(ByteOffset{at}, std::as_writable_bytes(std::span{name}));
    name.resize(got.ok() ? *got : 0);
    for (char& c : name) c = c >= ' ' && c < 127 ? c : '?';
    return name;
}

/// What would make other files, keys or guesses necessary.
Status refuse_features(const ByteSource& source, ByteSpan h, std::uint64_t incompatible) {
    constexpr std::uint64_t kCorrupt = 2, kDataFile = 4, kKnown = 0x1f;
    if (load_be<std::uint64_t>(h, 8) != 0) {
        return bad_input(source, ByteOffset{8},
                         "the disk needs a backing file (\"" + backing_name(source, h) + "\"): refused");
    }
    if (load_be<std::uint32_t>(h, 32) != 0)
        return bad_input(source, ByteOffset{32}, "encrypted disks are refused");
    if ((incompatible & kDataFile) != 0) {
        return bad_input(source, ByteOffset{72}, "the disk's bytes are in an external data file: refused");
    }
    if ((incompatible & kCorrupt) != 0)
        return bad_input(source, ByteOffset{72}, "the disk is marked as corrupt");
    if ((incompatible & ~kKnown) != 0) {
        return bad_input(source, ByteOffset{72}, "the disk needs features that are not known");
    }
    return {};
}

struct Features {
    std::uint64_t incompatible = 0;
    bool zstd = false;
};

Result<Features> features_of(const ByteSource& source, std::uint32_t version) {
    Features features;
    if (version == 2) return features;
    std::array<std::byte, 40> more{};
    TRY(read_exactly(source, ByteOffset{72}, MutableByteSpan{more}.first(32), "the version 3 header"));
    features.incompatible = load_be<std::uint64_t>(more);
    const auto header_length = load_be<std::uint32_t>(more, 28);
    constexpr std::uint64_t kCompressionType = 8;
    if (header_length < 104)
        return bad_input(source, ByteOffset{100}, "the header's length is less than 104 bytes");
    if ((features.incompatible & kCompressionType) == 0) return features;
    TRY(read_exactly(source, ByteOffset{72}, MutableByteSpan{more}.first(33), "the compression type"));
    if (header_length < 105 || more[32] > std::byte{1}) {
        return bad_input(source, ByteOffset{104}, "the compression type is not known");
    }
    features.zstd = more[32] == std::byte{1};
    return features;
}

Status check_l1(const ByteSource& source, const Qcow2& q, std::uint64_t l1_entries) {
    const std::uint64_t covers = q.l2_entries() * q.cluster();
    const std::uint64_t needed = q.size.count / covers + (q.size.count % covers != 0 ? 1 : 0);
    if (l1_entries < needed) {
        return bad_input(source, ByteOffset{36},
                         "the L1 table has " + std::to_string(l1_entries) + " entries, the size needs " +
                             std::to_string(needed));
    }
    const std::uint64_t size = source.size().count;
    if (q.l1.value % q.cluster() != 0 || q.l1.value > size || l1_entries > (size - q.l1.value) / 8) {
        return bad_input(source, ByteOffset{40}, "the L1 table lies beyond the end of the file");
    }
    return {};
}

}  // namespace

OpenedImage open_qcow2(const ByteSource& source, const OpenOptions& options) {
    std::array<std::byte, 72> h{};
    TRY(read_exactly(source, ByteOffset{0}, h, "the QCOW2 header"));
    if (load_be<std::uint32_t>(h) != kMagic)
        return bad_input(source, ByteOffset{0}, "this is not a QCOW2 disk");
    Qcow2 q{.version = load_be<std::uint32_t>(h, 4),
            .cluster_bits = load_be<std::uint32_t>(h, 20),
            .size = Bytes{load_be<std::uint64_t>(h, 24)},
            .l1 = ByteOffset{load_be<std::uint64_t>(h, 40)},
            .l1_length = Bytes{std::uint64_t{load_be<std::uint32_t>(h, 36)} * 8}};
    if (q.version != 2 && q.version != 3) {
        return bad_input(source, ByteOffset{4},
                         "QCOW2 version " + std::to_string(q.version) + " is not known");
    }
    const Features features = TRY(features_of(source, q.version));
    TRY(refuse_features(source, h, features.incompatible));
    q.zstd = features.zstd;
    q.extended = (features.incompatible & 16) != 0;
    const std::uint32_t least_bits = q.extended ? 14 : 9;
    if (q.cluster_bits < least_bits || q.cluster_bits > 21) {
        return bad_input(source, ByteOffset{20},
                         "clusters of 2^" + std::to_string(q.cluster_bits) + " bytes are refused");
    }
    TRY(check_virtual_size(source, ByteOffset{24}, q.size, options.limits));
    TRY(check_l1(source, q, load_be<std::uint32_t>(h, 36)));
    return OpenedImage{std::make_unique<Qcow2Image>(source, q)};
}

}  // namespace landfall::images
