// ExtentList: builds the answer of DiskImage::map in guest order, joining neighbours that continue each
// other.
#pragma once

#include <vector>

#include "engines/images/disk_image.hpp"

namespace landfall::images {

class ExtentList {
public:
    /// Covers [begin, begin + length) of the guest; what is added beyond `end` of the part is clipped.
    explicit ExtentList(DiskPart part) : next_{part.begin}, end_{part.begin + part.length} {}

    [[nodiscard]] ByteOffset next() const { return next_; }
    [[nodiscard]] bool full() const { return next_ >= end_; }

    void add_hole(Bytes length) { add({.length = length, .kind = ExtentKind::hole}); }
    void add_zero(Bytes length) { add({.length = length, .kind = ExtentKind::zero}); }
    void add_plain(Bytes length, ByteOffset at, std::uint16_t source = 0) {
        add({.length = length, .at = at, .stored = length, .kind = ExtentKind::plain, .source = source});
    }
    /// `extent.guest` is set here: extents follow one another.
    void add(Extent extent);

    [[nodiscard]] std::vector<Extent> take() && { return std::move(extents_); }

private:
    ByteOffset next_;
    ByteOffset end_;
    std::vector<Extent> extents_;
};

}  // namespace landfall::images
