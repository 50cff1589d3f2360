#include "engines/images/disk_image.hpp"

#include <algorithm>

#include "engines/images/formats.hpp"

namespace landfall::images {

std::string_view name_of(Format format) {
    switch (format) {
        case Format::raw: return "RAW";
        case Format::vmdk: return "VMDK";
        case Format::vhd: return "VHD";
        case Format::vhdx: return "VHDX";
        case Format::qcow2: return "QCOW2";
        case Format::vdi: return "VDI";
    }
    return "";
}

std::vector<DiskPart> DiskImage::parts() const {
    std::vector<DiskPart> parts;
    const Bytes size = virtual_size();
    for (ByteOffset at; at.value < size.count; at += part_size()) {
        parts.push_back({.begin = at, .length = std::min(part_size(), size - Bytes{at.value})});
    }
    return parts;
}

Status check_virtual_size(const ByteSource& source, ByteOffset at, Bytes size, const Limits& limits) {
    if (size == 0_B) return bad_input(source, at, "the disk has no bytes");
    if (size <= limits.virtual_size_max) return {};
    Error told = bad_input(source, at,
                           "the disk says it has " + std::to_string(size.count) + " bytes, the limit is " +
                               std::to_string(limits.virtual_size_max.count));
    return Error{Errc::exhausted, told.message()};
}

Bytes part_size_for(Bytes granule, Bytes unit) {
    constexpr std::uint64_t kEntriesMax = 262'144;
    constexpr std::uint64_t kUnitsMax = 262'144;
    return std::max(unit, std::min(granule * kEntriesMax, unit * kUnitsMax));
}

Result<std::unique_ptr<DiskImage>> open_image(Format format, const ByteSource& source,
                                              const OpenOptions& options) {
    switch (format) {
        case Format::raw: return open_raw(source, options);
        case Format::vmdk: return open_vmdk(source, options);
        case Format::vhd: return open_vhd(source, options);
        case Format::vhdx: return open_vhdx(source, options);
        case Format::qcow2: return open_qcow2(source, options);
        case Format::vdi: return open_vdi(source, options);
    }
    return Error{Errc::invalid, "unknown image format"};
}

}  // namespace landfall::images
