// UnitWorker: makes the guest bytes of one unit and puts its blocks that are not zero.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/block_sink.hpp"
#include "engines/images/decode.hpp"
#include "engines/images/disk_image.hpp"
#include "engines/images/window_plan.hpp"

namespace landfall::images {

/// Memory that starts at a page, as direct I/O wants it.
class PageBuffer {
public:
    explicit PageBuffer(Bytes size)
        : bytes_{static_cast<std::byte*>(std::aligned_alloc(kPage, static_cast<std::size_t>(size.count)))},
          size_{size} {
        CHECK(bytes_ != nullptr && size.count % kPage == 0);
    }
    [[nodiscard]] MutableByteSpan bytes() { return {bytes_.get(), static_cast<std::size_t>(size_.count)}; }

    static constexpr std::size_t kPage = 4096;

private:
    struct Free {
        void operator()(std::byte* p) const { std::free(p); }
    };
    std::unique_ptr<std::byte, Free> bytes_;
    Bytes size_;
};

/// What of one source is in memory while a unit is worked on: its window, and the window after it.
struct Resident {
    struct Run {
        std::uint64_t begin = 0;
        ByteSpan bytes;
    };
    std::uint16_t source = 0;
    std::array<Run, 2> runs;
};

struct UnitTally {
    std::uint64_t read_again = 0;
    std::uint64_t blocks_put = 0;
    std::uint64_t blocks_zero = 0;
};

/// One thread at a time. Memory: one unit, and one compressed extent.
class UnitWorker {
public:
    UnitWorker(const DiskImage& image, BlockSink& sink) : image_{image}, sink_{sink}, buffer_{image.unit()} {}

    Status work(DiskPart part, const Plan& plan, const Unit& unit, const Resident& resident);
    [[nodiscard]] const UnitTally& tally() const { return tally_; }

private:
    static constexpr std::size_t kUnitBlocksMax = 32;
    struct Span;
    Status fill(const Plan& plan, const Unit& unit, const Span& span, const Resident& resident);
    Status add_extent(const Extent& extent, const Span& span, const Resident& resident);
    Result<ByteSpan> stored_bytes(const Extent& extent, const Resident& resident);
    Status fetch(std::uint16_t source, std::uint64_t at, MutableByteSpan out, const Resident& resident);
    Status emit(const Span& span, ByteSpan bytes);

    const DiskImage& image_;
    BlockSink& sink_;
    Decoder decoder_;
    PageBuffer buffer_;
    std::vector<std::byte> scratch_;
    std::uint32_t touched_ = 0;  ///< bit n: some extent gives bytes to the unit's block n
    /// Of each of the unit's blocks: the zlib stream that gave the whole of it, while its window is resident.
    std::array<ByteSpan, kUnitBlocksMax> zlib_;
    UnitTally tally_;
};

}  // namespace landfall::images
