// BlockTableImage: what VHD, VHDX and VDI share: one flat table with an entry for each block of guest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/images/disk_image.hpp"
#include "engines/images/extent_list.hpp"
#include "engines/images/formats.hpp"
#include "engines/images/table_reader.hpp"

namespace landfall::images {

class BlockTableImage : public DiskImage {
public:
    [[nodiscard]] Bytes virtual_size() const final { return size_; }
    [[nodiscard]] const std::vector<const ByteSource*>& sources() const final { return sources_; }
    [[nodiscard]] Bytes unit() const final { return kUnit; }
    [[nodiscard]] Bytes part_size() const final { return part_size_for(block_, kUnit); }
    [[nodiscard]] Result<std::vector<Extent>> map(DiskPart part) const final;

protected:
    BlockTableImage(std::vector<const ByteSource*> sources, Bytes size, Bytes block)
        : sources_{std::move(sources)}, size_{size}, block_{block} {}

    /// A stretch of guest inside one block.
    struct Slice {
        std::uint64_t block;
        Bytes inside;  ///< from the block's begin
        Bytes length;
    };
    /// Reads the block's entry through `table`, and adds exactly slice.length bytes.
    virtual Status add(const Slice& slice, TableReader& table, ExtentList& out) const = 0;
    /// Where the table is read from; the main source unless something lies over it.
    [[nodiscard]] virtual const ByteSource& table_source() const { return *sources_.front(); }

    [[nodiscard]] const ByteSource& file() const { return *sources_.front(); }
    [[nodiscard]] Bytes block() const { return block_; }
    /// Errc::invalid at the entry unless [at, at + length) lies in the file.
    Status check_inside(ByteOffset entry_at, ByteOffset at, Bytes length) const;

private:
    std::vector<const ByteSource*> sources_;
    Bytes size_;
    Bytes block_;
};

}  // namespace landfall::images
