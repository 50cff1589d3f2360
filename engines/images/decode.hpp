// Decoder: turns the stored bytes of one compressed extent into guest bytes.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

/// One thread at a time; each worker owns one.
class Decoder {
public:
    Decoder();
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    /// `stored` are extent.stored bytes from extent.at of `source` (which is for messages only); `out` has
    /// extent.decoded bytes, of which at least the first extent.length are filled. Never writes further: a
    /// bomb is Errc::invalid. Returns the zlib stream that gave `out` where `stored` holds one: a view of it.
    Result<ByteSpan> decode(const ByteSource& source, const Extent& extent, ByteSpan stored,
                            MutableByteSpan out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace landfall::images
