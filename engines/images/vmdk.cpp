// VMDK: one sparse file with its descriptor inside, or a descriptor that names extents beside it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engines/images/extent_list.hpp"
#include "engines/images/formats.hpp"
#include "engines/images/vmdk_descriptor.hpp"
#include "engines/images/vmdk_sparse.hpp"

namespace landfall::images {
namespace {

constexpr Bytes kDescriptorFileMax = 1_MiB;

struct VmdkExtent {
    VmdkExtentType type = VmdkExtentType::zero;
    ByteOffset base;  ///< in the guest
    Bytes length;
    std::uint16_t source = 0;
    ByteOffset offset;  ///< flat: of the bytes in the source
    SparseVmdk sparse;
};

class VmdkImage final : public DiskImage {
public:
    VmdkImage(std::string variant, std::vector<const ByteSource*> sources, std::vector<VmdkExtent> extents)
        : variant_{std::move(variant)}, sources_{std::move(sources)}, extents_{std::move(extents)} {
        size_ = Bytes{(extents_.back().base + extents_.back().length).value};
        Bytes granule = 16_MiB;
        for (const VmdkExtent& e : extents_) {
            if (e.type != VmdkExtentType::sparse) continue;
            granule = std::min(granule, e.sparse.grain);
            if (e.sparse.compressed) unit_ = std::max(unit_, e.sparse.grain);
        }
        part_size_ = part_size_for(granule, unit_);
    }

    [[nodiscard]] Format format() const override { return Format::vmdk; }
    [[nodiscard]] std::string_view variant() const override { return variant_; }
    [[nodiscard]] Bytes virtual_size() const override { return size_; }
    [[nodiscard]] const std::vector<const ByteSource*>& sources() const override { return sources_; }
    [[nodiscard]] Bytes unit() const override { return unit_; }
    [[nodiscard]] Bytes part_size() const override { return part_size_; }

    [[nodiscard]] Result<std::vector<Extent>> map(DiskPart part) const override {
        ExtentList out{part};
        auto extent = std::ranges::upper_bound(extents_, part.begin, {}, &VmdkExtent::base);
        CHECK(extent != extents_.begin());
        for (--extent; !out.full(); ++extent) TRY(add(*extent, part, out));
        return std::move(out).take();
    }

private:
    Status add(const VmdkExtent& extent, DiskPart part, ExtentList& out) const {
        const Bytes from = out.next() - extent.base;
        const ByteOffset stop = std::min(part.begin + part.length, extent.base + extent.length);
        if (stop <= out.next()) return {};
        const Bytes length = stop - out.next();
        switch (extent.type) {
            case VmdkExtentType::zero: out.add_hole(length); return {};
            case VmdkExtentType::flat: out.add_plain(length, extent.offset + from, extent.source); return {};
            case VmdkExtentType::sparse: break;
        }
        return map_sparse_vmdk(*sources_[extent.source], extent.sparse,
                               {.from = from, .length = length, .source = extent.source}, out);
    }

    std::string variant_;
    std::vector<const ByteSource*> sources_;
    std::vector<VmdkExtent> extents_;
    Bytes size_;
    Bytes unit_ = kUnit;
    Bytes part_size_;
};

Result<std::string> read_text(const ByteSource& source, ByteOffset at, Bytes size) {
    std::string text(static_cast<std::size_t>(size.count), '\0');
    TRY(read_exactly(source, at, std::as_writable_bytes(std::span{text}), "the descriptor"));
    return text;
}

/// The descriptor inside a sparse file. Extents of split disks have none, or room for one that is left empty.
Result<std::optional<VmdkDescriptor>> embedded_descriptor(const ByteSource& source,
                                                          const SparseVmdk& sparse) {
    if (sparse.descriptor_size == 0_B) return std::optional<VmdkDescriptor>{};
    const std::string text = TRY(read_text(source, sparse.descriptor, sparse.descriptor_size));
    if (text.front() == '\0') return std::optional<VmdkDescriptor>{};
    return std::optional{TRY(parse_vmdk_descriptor(source, sparse.descriptor, text))};
}

/// One file: the embedded descriptor must speak of this one sparse extent and nothing else.
OpenedImage open_monolithic(const ByteSource& source, const OpenOptions& options) {
    SparseVmdk sparse = TRY(read_sparse_vmdk(source));
    TRY(check_virtual_size(source, ByteOffset{12}, sparse.capacity, options.limits));
    const auto descriptor = TRY(embedded_descriptor(source, sparse));
    if (!descriptor) {
        return bad_input(source, ByteOffset{28},
                         "the file has no descriptor: it is one extent of a split disk, give the .vmdk that "
                         "names it");
    }
    const VmdkExtentLine& line = descriptor->extents.front();
    if (descriptor->extents.size() != 1 || line.type != VmdkExtentType::sparse) {
        return bad_input(source, line.told_at, "the embedded descriptor names other extents than this file");
    }
    if (line.length != sparse.capacity) {
        return bad_input(source, line.told_at,
                         "the descriptor says " + std::to_string(line.length.count) +
                             " bytes, the header says " + std::to_string(sparse.capacity.count));
    }
    std::vector<VmdkExtent> extents{
        {.type = VmdkExtentType::sparse, .length = sparse.capacity, .sparse = sparse}};
    std::string variant = descriptor->create_type.empty()
                              ? std::string{sparse.compressed ? "streamOptimized" : "monolithicSparse"}
                              : descriptor->create_type;
    return OpenedImage{std::make_unique<VmdkImage>(
        std::move(variant), std::vector<const ByteSource*>{&source}, std::move(extents))};
}

/// Finds and checks the extents that a descriptor file names.
class SplitDisk {
public:
    SplitDisk(const ByteSource& descriptor, const OpenOptions& options)
        : options_{options}, sources_{&descriptor} {}

    Status add(const VmdkExtentLine& line) {
        VmdkExtent extent{.type = line.type, .base = end_, .length = line.length, .offset = line.offset};
        if (line.length == 0_B) return bad_input(told(), line.told_at, "an extent has no sectors");
        if (end_.value > options_.limits.virtual_size_max.count)
            return {};  // refused by the sum, in finish()
        end_ += line.length;
        if (line.type != VmdkExtentType::zero) {
            extent.source = TRY(source_of(line));
            const ByteSource& file = *sources_[extent.source];
            if (line.type == VmdkExtentType::flat) TRY(check_flat(line, file));
            if (line.type == VmdkExtentType::sparse) extent.sparse = TRY(open_sparse(line, file));
        }
        extents_.push_back(extent);
        return {};
    }

    OpenedImage finish(std::string variant) {
        TRY(check_virtual_size(told(), ByteOffset{0}, Bytes{end_.value}, options_.limits));
        return OpenedImage{
            std::make_unique<VmdkImage>(std::move(variant), std::move(sources_), std::move(extents_))};
    }

private:
    [[nodiscard]] const ByteSource& told() const { return *sources_.front(); }

    Result<std::uint16_t> source_of(const VmdkExtentLine& line) {
        const ByteSource* file = options_.siblings == nullptr ? nullptr : options_.siblings->find(line.file);
        if (file == nullptr) {
            return bad_input(told(), line.told_at,
                             "the extent \"" + line.file + "\" is not among the files given");
        }
        const auto known = std::ranges::find(sources_, file);
        if (known == sources_.end()) {
            sources_.push_back(file);
            return static_cast<std::uint16_t>(sources_.size() - 1);
        }
        return static_cast<std::uint16_t>(known - sources_.begin());
    }

    Status check_flat(const VmdkExtentLine& line, const ByteSource& file) const {
        if (line.offset.value <= file.size().count &&
            line.length.count <= file.size().count - line.offset.value) {
            return {};
        }
        return bad_input(told(), line.told_at,
                         "the extent needs " + std::to_string(line.length.count) + " bytes at " +
                             std::to_string(line.offset.value) + ", " + std::string{file.name()} + " has " +
                             std::to_string(file.size().count));
    }

    Result<SparseVmdk> open_sparse(const VmdkExtentLine& line, const ByteSource& file) const {
        if (!TRY(is_sparse_vmdk(file)))
            return bad_input(file, ByteOffset{0}, "this is not a sparse VMDK extent");
        const SparseVmdk sparse = TRY(read_sparse_vmdk(file));
        if (sparse.compressed)
            return bad_input(file, ByteOffset{8}, "a split disk of compressed extents is refused");
        if (sparse.capacity < line.length) {
            return bad_input(told(), line.told_at,
                             "the extent needs " + std::to_string(line.length.count) + " bytes, " +
                                 std::string{file.name()} + " has a capacity of " +
                                 std::to_string(sparse.capacity.count));
        }
        // A whole disk as an extent may be a delta itself: its own descriptor tells.
        TRY(embedded_descriptor(file, sparse));
        return sparse;
    }

    const OpenOptions& options_;
    std::vector<const ByteSource*> sources_;
    std::vector<VmdkExtent> extents_;
    ByteOffset end_;
};

OpenedImage open_descriptor_file(const ByteSource& source, const OpenOptions& options) {
    if (source.size() > kDescriptorFileMax) {
        return bad_input(source, ByteOffset{0},
                         "neither a sparse VMDK nor a descriptor (which has less than 1 MiB)");
    }
    const std::string text = TRY(read_text(source, ByteOffset{0}, source.size()));
    VmdkDescriptor descriptor = TRY(parse_vmdk_descriptor(source, ByteOffset{0}, text));
    SplitDisk disk{source, options};
    for (const VmdkExtentLine& line : descriptor.extents) TRY(disk.add(line));
    return disk.finish(std::move(descriptor.create_type));
}

}  // namespace

OpenedImage open_vmdk(const ByteSource& source, const OpenOptions& options) {
    if (TRY(is_sparse_vmdk(source))) return open_monolithic(source, options);
    return open_descriptor_file(source, options);
}

}  // namespace landfall::images
