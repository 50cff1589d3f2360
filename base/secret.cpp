#include "base/secret.hpp"

#include <cstring>

namespace landfall {

void wipe(std::span<std::byte> bytes) {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
    if (a.size() != b.size()) return false;
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<unsigned char>(difference | std::to_integer<unsigned>(a[i] ^ b[i]));
    return difference == 0;
}

}  // namespace landfall
