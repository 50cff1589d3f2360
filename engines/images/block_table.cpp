#include "engines/images/block_table.hpp"

#include <algorithm>

namespace landfall::images {

Result<std::vector<Extent>> BlockTableImage::map(DiskPart part) const {
    ExtentList out{part};
    TableReader table{table_source()};
    std::uint64_t at = part.begin.value;
    const std::uint64_t end = at + part.length.count;
    while (at < end) {
        const std::uint64_t block = at / block_.count;
        const std::uint64_t next = std::min(end, (block + 1) * block_.count);
        TRY(add({.block = block, .inside = Bytes{at % block_.count}, .length = Bytes{next - at}}, table,
                out));
        at = next;
    }
    return std::move(out).take();
}

Status BlockTableImage::check_inside(ByteOffset entry_at, ByteOffset at, Bytes length) const {
    const std::uint64_t size = file().size().count;
    if (at.value <= size && length.count <= size - at.value) return {};
    return bad_input(file(), entry_at,
                     "the block at " + std::to_string(at.value) + " lies beyond the end of the file (" +
                         std::to_string(size) + " bytes)");
}

}  // namespace landfall::images
