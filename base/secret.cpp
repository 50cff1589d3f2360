#include "base/secret.hpp"

#include <cstdint>
#include <cstring>

namespace landfall {

void wipe(std::span<std::byte> bytes) {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
    if (a.size() != b.size()) return false;
    // Volatile, so that the compiler cannot end at the first difference; by words, because each is a store.
    volatile std::uint64_t difference = 0;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= a.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t x = 0;
        std::uint64_t y = 0;
        std::memcpy(&x, a.data() + at, sizeof x);
        std::memcpy(&y, b.data() + at, sizeof y);
        difference = difference | (x ^ y);
    }
    for (; at < a.size(); ++at) difference = difference | std::to_integer<unsigned>(a[at] ^ b[at]);
    return difference == 0;
}

}  // namespace landfall
