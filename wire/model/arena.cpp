#include "wire/model/arena.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::wire {

std::string_view Arena::copy(std::string_view text) {
    if (text.empty()) return {"", 0};
    char* at = array<char>(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
}

void Arena::grow(std::size_t size) {
    // Doubling keeps the number of chunks small for a big reply without holding 64 KiB for a small one.
    constexpr std::size_t kSecond = 4096;
    constexpr std::size_t kMost = 262144;
    const std::size_t usual = std::min(kMost, kSecond << std::min<std::size_t>(chunks_.size(), 6));
    const std::size_t chunk = std::max(usual, size);
    chunks_.emplace_back(new std::byte[chunk]);
    next_ = chunks_.back().get();
    left_ = chunk;
    footprint_ += chunk;
}

}  // namespace landfall::wire
