// The text descriptor of a VMDK: which extents make the disk. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

enum class VmdkExtentType : std::uint8_t { flat, sparse, zero };

struct VmdkExtentLine {
    VmdkExtentType type = VmdkExtentType::flat;
    Bytes length;
    std::string file;    ///< a plain name; empty for zero
    ByteOffset offset;   ///< of a flat extent in its file
    ByteOffset told_at;  ///< of the line in the source, for messages
};

struct VmdkDescriptor {
    std::string create_type;
    std::vector<VmdkExtentLine> extents;
};

/// `at` is where the text stands in `source`. Refuses deltas (a parent), extents on host paths, and extent
/// types that are devices or deltas, each by its name.
Result<VmdkDescriptor> parse_vmdk_descriptor(const ByteSource& source, ByteOffset at, std::string_view text);

}  // namespace landfall::images
