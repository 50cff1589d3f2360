// Byte views and the little- and big-endian loads and stores that every on-disk and on-wire codec uses.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace landfall {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

[[nodiscard]] inline ByteSpan bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }
[[nodiscard]] inline std::string_view text_of(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swapped(T v) {
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
    return v;
}

/// `at + sizeof(T)` must lie inside `from`; that is the caller's check, and a bug otherwise.
template <std::unsigned_integral T>
[[nodiscard]] T load_le(ByteSpan from, std::size_t at = 0) {
    CHECK(at <= from.size() && sizeof(T) <= from.size() - at);
    T v;
    std::memcpy(&v, from.data() + at, sizeof v);
    return std::endian::native == std::endian::little ? v : byte_swapped(v);
}
template <std::unsigned_integral T>
[[nodiscard]] T load_be(ByteSpan from, std::size_t at = 0) {
    return byte_swapped(load_le<T>(from, at));
}
template <std::unsigned_integral T>
void store_le(MutableByteSpan to, std::size_t at, T v) {
    CHECK(at <= to.size() && sizeof(T) <= to.size() - at);
    if (std::endian::native != std::endian::little) v = byte_swapped(v);
    std::memcpy(to.data() + at, &v, sizeof v);
}
template <std::unsigned_integral T>
void store_be(MutableByteSpan to, std::size_t at, T v) {
    store_le(to, at, byte_swapped(v));
}

}  // namespace landfall
