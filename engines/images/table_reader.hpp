// TableReader: small reads of a format's tables, served from one buffer that is read ahead.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

/// One thread at a time; one per call of DiskImage::map. Memory: `ahead`, or the largest table asked for.
class TableReader {
public:
    explicit TableReader(const ByteSource& source, Bytes ahead = 64_KiB) : source_{source}, ahead_{ahead} {}

    /// `size` bytes at `at`, valid until the next call. Errc::invalid if the source ends before.
    Result<ByteSpan> read(ByteOffset at, std::size_t size, std::string_view what);

private:
    const ByteSource& source_;
    Bytes ahead_;
    ByteOffset begin_;
    std::size_t filled_ = 0;
    std::vector<std::byte> buffer_;
};

}  // namespace landfall::images
