// A sparse VMDK extent (magic KDMV): header or footer, grain directory, grain tables. Source: VMware "Virtual
// Disk Format 5.0", and what QEMU 7.2 and VMware write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/extent_list.hpp"
#include "engines/images/table_reader.hpp"

namespace landfall::images {

/// What a header says once it has been checked against the file's size.
struct SparseVmdk {
    Bytes capacity;
    Bytes grain;
    std::uint32_t entries_per_table = 512;
    ByteOffset directory;
    std::uint64_t directory_entries = 0;
    ByteOffset descriptor;
    Bytes descriptor_size;  ///< 0 where the file has none
    bool compressed = false;
    bool zero_grains = false;  ///< a table entry of 1 is a grain of zeros

    [[nodiscard]] Bytes table_covers() const { return grain * entries_per_table; }
};

/// True when the first bytes are a sparse extent's, false when they are a text's. Errc::invalid for VMware's
/// other magics, by name.
Result<bool> is_sparse_vmdk(const ByteSource& source);
Result<SparseVmdk> read_sparse_vmdk(const ByteSource& source);

/// Which grains of the extent `out` still needs: [from, from + length) of it, `length` at most the rest of
/// its capacity.
struct SparseRange {
    Bytes from;
    Bytes length;
    std::uint16_t source = 0;
};
Status map_sparse_vmdk(const ByteSource& source, const SparseVmdk& extent, const SparseRange& range,
                       ExtentList& out);

}  // namespace landfall::images
