// Units: no bare integer crosses a header.
//
// Invariants
//   1. Amounts (Bytes) add and subtract among themselves and scale by a plain number.
//   2. Positions (ByteOffset, BlockIndex …) do not add: position + amount is a position, position - position
//   an amount.
//   3. A conversion between kinds is written out, never implicit.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace landfall {

/// An amount counted in a unit that Tag names.
template <class Tag>
struct Amount {
    std::uint64_t count = 0;

    constexpr Amount() = default;
    constexpr explicit Amount(std::uint64_t n) : count{n} {}
    constexpr auto operator<=>(const Amount&) const = default;
    constexpr Amount& operator+=(Amount o) { return count += o.count, *this; }
    constexpr Amount& operator-=(Amount o) { return count -= o.count, *this; }
    friend constexpr Amount operator+(Amount a, Amount b) { return Amount{a.count + b.count}; }
    friend constexpr Amount operator-(Amount a, Amount b) { return Amount{a.count - b.count}; }
    friend constexpr Amount operator*(Amount a, std::uint64_t n) { return Amount{a.count * n}; }
    friend constexpr std::uint64_t operator/(Amount a, Amount b) { return a.count / b.count; }
};

/// A position on a line that is measured in Step.
template <class Tag, class Step>
struct Position {
    std::uint64_t value = 0;

    constexpr Position() = default;
    constexpr explicit Position(std::uint64_t v) : value{v} {}
    constexpr auto operator<=>(const Position&) const = default;
    constexpr Position& operator+=(Step s) { return value += s.count, *this; }
    constexpr Position& operator++() { return ++value, *this; }
    friend constexpr Position operator+(Position p, Step s) { return Position{p.value + s.count}; }
    friend constexpr Step operator-(Position a, Position b) { return Step{a.value - b.value}; }
};

using Bytes = Amount<struct BytesTag>;
using ByteOffset = Position<struct ByteOffsetTag, Bytes>;

constexpr Bytes operator""_B(unsigned long long n) { return Bytes{n}; }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes{n << 10}; }
constexpr Bytes operator""_MiB(unsigned long long n) { return Bytes{n << 20}; }
constexpr Bytes operator""_GiB(unsigned long long n) { return Bytes{n << 30}; }

/// Fixed 64 KiB blocks: the unit of volumes, images, snapshots and replicas.
using BlockCount = Amount<struct BlockCountTag>;
using BlockIndex = Position<struct BlockIndexTag, BlockCount>;
inline constexpr Bytes kBlockSize = 64_KiB;

constexpr ByteOffset offset_of(BlockIndex i) { return ByteOffset{i.value * kBlockSize.count}; }
constexpr BlockIndex block_at(ByteOffset o) { return BlockIndex{o.value / kBlockSize.count}; }
/// Blocks needed to hold that many bytes; the last one may be partly used.
constexpr BlockCount blocks_for(Bytes b) {
    return BlockCount{b.count / kBlockSize.count + (b.count % kBlockSize.count != 0 ? 1 : 0)};
}

}  // namespace landfall

template <class Tag>
struct std::hash<landfall::Amount<Tag>> {
    std::size_t operator()(landfall::Amount<Tag> a) const noexcept {
        return std::hash<std::uint64_t>{}(a.count);
    }
};
template <class Tag, class Step>
struct std::hash<landfall::Position<Tag, Step>> {
    std::size_t operator()(landfall::Position<Tag, Step> p) const noexcept {
        return std::hash<std::uint64_t>{}(p.value);
    }
};
