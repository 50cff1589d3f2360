// A reader over bytes that others wrote: every length is checked, a failure stays.
//
// Invariants
//   1. Nothing is ever read outside the bytes that it was given.
//   2. After the first read that does not fit every further one gives zero or nothing, and failed() is true:
//      a decoder reads on without a test a field and asks once, before it believes what it read.
// Threads: one owner. Allocates nothing.
#pragma once

#include <bit>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::dbmove::mysql {

class Cursor {
public:
    explicit Cursor(ByteSpan bytes) : bytes_{bytes} {}

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
    [[nodiscard]] std::size_t at() const { return at_; }

    /// An unsigned integer of `width` (0 to 8) bytes, the lowest first.
    std::uint64_t little(std::size_t width) {
        std::uint64_t value = 0;
        const ByteSpan taken = take(width);
        for (std::size_t i = taken.size(); i-- > 0;)
            value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
        return value;
    }
    /// The same, the highest first.
    std::uint64_t big(std::size_t width) {
        std::uint64_t value = 0;
        for (const std::byte b : take(width)) value = value << 8 | std::to_integer<std::uint64_t>(b);
        return value;
    }
    std::uint8_t u8() { return static_cast<std::uint8_t>(little(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(little(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(little(4)); }
    std::uint64_t u48() { return little(6); }
    std::uint64_t u64() { return little(8); }
    /// The protocol's integer of 1, 3, 4 or 9 bytes ("length-encoded integer").
    std::uint64_t packed() {
        const std::uint8_t first = u8();
        if (first < 251) return first;
        if (first == 252) return little(2);
        if (first == 253) return little(3);
        if (first == 254) return little(8);
        fail();  // 251 is NULL and 255 an error in the protocol: neither is a length
        return 0;
    }
    /// The integer of MySQL's serialization library: as many one bits at the end of the first byte as bytes
    /// follow, the value above them, the lowest byte first.
    std::uint64_t variable() {
        if (failed_ || left() == 0) {
            fail();
            return 0;
        }
        const auto further =
            static_cast<unsigned>(std::countr_one(std::to_integer<std::uint8_t>(bytes_[at_])));
        if (further == 8) return take(1), little(8);
        return little(further + 1) >> (further + 1);
    }
    /// The next `size` bytes, borrowed; none and a failure where there are fewer.
    ByteSpan take(std::uint64_t size) {
        if (failed_ || size > left()) {
            fail();
            return {};
        }
        const ByteSpan taken = bytes_.subspan(at_, static_cast<std::size_t>(size));
        at_ += static_cast<std::size_t>(size);
        return taken;
    }
    std::string_view text(std::uint64_t size) { return text_of(take(size)); }
    /// Everything that is left.
    ByteSpan rest() { return take(left()); }
    void fail() { failed_ = true; }

    /// Errc::corrupt with the place, where a read did not fit.
    [[nodiscard]] Status status(std::string_view of) const {
        if (!failed_) return {};
        return Error{Errc::corrupt, std::string{of} + ": more bytes are wanted at offset " +
                                        std::to_string(at_) + " than its " + std::to_string(bytes_.size()) +
                                        " have"};
    }

private:
    ByteSpan bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

}  // namespace landfall::dbmove::mysql
