#include "front/request_ids.hpp"

#include <array>
#include <string_view>

namespace landfall::front {

namespace {

/// The finaliser of SplitMix64: a bijection, so different counts give different ids.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void append_hex(std::string& to, std::uint64_t value, int digits, std::string_view alphabet) {
    for (int i = digits - 1; i >= 0; --i) to.push_back(alphabet[(value >> (4 * i)) & 15]);
}

constexpr std::string_view kLower = "0123456789abcdef";
constexpr std::string_view kUpper = "0123456789ABCDEF";

}  // namespace

RequestIds::RequestIds(Random& random) : base_{random.u64()}, host_id_{random.hex(32)} {}

std::uint64_t RequestIds::next() {
    return mixed(base_ + count_.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15u);
}

std::string RequestIds::uuid() {
    const std::uint64_t high = next();
    const std::uint64_t low = mixed(high ^ base_);
    std::string text;
    text.reserve(36);
    append_hex(text, high >> 32, 8, kLower);
    text.push_back('-');
    append_hex(text, high >> 16, 4, kLower);
    text.append("-4");
    append_hex(text, high, 3, kLower);
    text.push_back('-');
    append_hex(text, (low >> 48 & 0x3fffu) | 0x8000u, 4, kLower);
    text.push_back('-');
    append_hex(text, low, 12, kLower);
    return text;
}

std::string RequestIds::s3() {
    std::string text;
    text.reserve(16);
    append_hex(text, next(), 16, kUpper);
    return text;
}

}  // namespace landfall::front
