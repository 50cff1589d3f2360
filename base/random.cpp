#include "base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/result.hpp"

namespace landfall {

std::uint64_t Random::u64() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
    CHECK(bound > 0);
    // Values under the remainder of 2^64 by bound would come up once too often: draw again.
    const std::uint64_t unfair = (0 - bound) % bound;
    std::uint64_t drawn = u64();
    while (drawn < unfair) drawn = u64();
    return drawn % bound;
}

std::string Random::hex(std::size_t digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(digits, '0');
    std::array<std::byte, 32> bytes{};
    for (std::size_t i = 0; i < digits; ++i) {
        if (i % bytes.size() == 0) fill(bytes);
        text[i] = kDigits[std::to_integer<unsigned>(bytes[i % bytes.size()]) & 15U];
    }
    return text;
}

std::string Random::uuid() {
    std::string text = hex(36);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) text[dash] = '-';
    text[14] = '4';
    text[19] = "89ab"[below(4)];
    return text;
}

void OsRandom::fill(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t n = getrandom(out.data(), out.size(), 0);
        CHECK(n > 0 || errno == EINTR);
        if (n > 0) out = out.subspan(static_cast<std::size_t>(n));
    }
}

void BlockRandom::fill(std::span<std::byte> out) {
    const std::lock_guard lock{mutex_};
    while (!out.empty()) {
        if (used_ == block_.size()) {
            source_.fill(block_);
            used_ = 0;
        }
        const std::size_t n = std::min(out.size(), block_.size() - used_);
        std::memcpy(out.data(), block_.data() + used_, n);
        used_ += n;
        out = out.subspan(n);
    }
}

SeededRandom::SeededRandom(std::uint64_t seed) : state_{} {
    // splitmix64, as xoshiro's authors advise for filling its state.
    for (auto& word : state_) {
        seed += 0x9e3779b97f4a7c15;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        word = z ^ (z >> 31);
    }
}

std::uint64_t SeededRandom::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

void SeededRandom::fill(std::span<std::byte> out) {
    const std::lock_guard lock{mutex_};
    while (!out.empty()) {
        const std::uint64_t word = next();
        const std::size_t n = std::min(out.size(), sizeof word);
        std::memcpy(out.data(), &word, n);
        out = out.subspan(n);
    }
}

}  // namespace landfall
