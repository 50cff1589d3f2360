#include "engines/images/extent_list.hpp"

#include <algorithm>

namespace landfall::images {
namespace {

bool continues(const Extent& last, const Extent& extent) {
    if (last.kind != extent.kind) return false;
    if (!extent.has_bytes()) return true;
    return extent.kind == ExtentKind::plain && last.source == extent.source &&
           last.at + last.length == extent.at;
}

}  // namespace

void ExtentList::add(Extent extent) {
    extent.length = std::min(extent.length, end_ - next_);
    if (extent.length == 0_B) return;
    if (extent.kind == ExtentKind::plain) extent.stored = extent.length;
    extent.guest = next_;
    next_ += extent.length;
    if (!extents_.empty() && continues(extents_.back(), extent)) {
        extents_.back().length += extent.length;
        extents_.back().stored = extents_.back().kind == ExtentKind::plain ? extents_.back().length : 0_B;
        return;
    }
    extents_.push_back(extent);
}

}  // namespace landfall::images
