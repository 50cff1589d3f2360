#include "core/blocks/chunker.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

// 18 bits up to the average and 14 behind it: a cut is four times rarer, then four times likelier, than at 16
// bits. The bits are the hash's highest, which depend on the last 64 bytes.
constexpr std::uint64_t kStrict = ~std::uint64_t{0} << (64 - 18);
constexpr std::uint64_t kLoose = ~std::uint64_t{0} << (64 - 14);

}  // namespace

std::size_t first_chunk(ByteSpan bytes, const std::array<std::uint64_t, 256>& gear) {
    const std::size_t end = std::min(bytes.size(), kChunkMax);
    const std::size_t normal = std::min(end, kChunkAverage);
    std::uint64_t hash = 0;
    std::size_t i = kChunkMin;
    for (; i < normal; ++i) {
        hash = (hash << 1U) + gear[std::to_integer<std::size_t>(bytes[i])];
        if ((hash & kStrict) == 0) return i + 1;
    }
    for (; i < end; ++i) {
        hash = (hash << 1U) + gear[std::to_integer<std::size_t>(bytes[i])];
        if ((hash & kLoose) == 0) return i + 1;
    }
    return end;
}

}  // namespace landfall::blocks
