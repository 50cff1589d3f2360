// Ranges: `Range: bytes=…` of a read and `x-amz-copy-source-range` of a part copy.
//
// Pure functions; any thread; no disk.
// Sources: RFC 9110 §14; GetObject of the S3 API reference (one range a request; a header that is not
// understood is ignored, an unsatisfiable one is 416).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/units.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

struct Extent {
    ByteOffset from;
    Bytes length;
    bool operator==(const Extent&) const = default;
};

/// The part of an object of `size` that a Range header asks for. nullopt: serve the whole object (no header,
/// another unit, several ranges, or a syntax that RFC 9110 tells a server to ignore). InvalidRange with
/// <RangeRequested> and <ActualObjectSize> when nothing of it lies inside the object.
Answer<std::optional<Extent>> resolve_range(std::string_view header, Bytes size);
/// x-amz-copy-source-range: `bytes=first-last`, both inside the source. InvalidArgument or InvalidRange
/// otherwise.
Answer<Extent> resolve_copy_range(std::string_view header, Bytes size);
/// "bytes 0-9/100"
[[nodiscard]] std::string content_range(const Extent& extent, Bytes size);

}  // namespace landfall::s3
