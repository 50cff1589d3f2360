// The readers behind open_image, one a format, and what they share. Private to this folder.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

using OpenedImage = Result<std::unique_ptr<DiskImage>>;

OpenedImage open_raw(const ByteSource& source, const OpenOptions& options);
OpenedImage open_vmdk(const ByteSource& source, const OpenOptions& options);
OpenedImage open_vhd(const ByteSource& source, const OpenOptions& options);
OpenedImage open_vhdx(const ByteSource& source, const OpenOptions& options);
OpenedImage open_qcow2(const ByteSource& source, const OpenOptions& options);
OpenedImage open_vdi(const ByteSource& source, const OpenOptions& options);

inline constexpr Bytes kUnit = 1_MiB;
inline constexpr Bytes kSector{512};

/// Errc::invalid for an empty disk, Errc::exhausted beyond the limit. `at` is where the size stands.
Status check_virtual_size(const ByteSource& source, ByteOffset at, Bytes size, const Limits& limits);
/// How much of the guest one map call covers, where a table entry stands for `granule` (a power of two).
Bytes part_size_for(Bytes granule, Bytes unit);
/// count × size, or nullopt where it does not fit 63 bits (no file is larger).
[[nodiscard]] constexpr bool product_fits(std::uint64_t count, std::uint64_t size) {
    return size == 0 || count <= (std::uint64_t{1} << 62) / size;
}

}  // namespace landfall::images
