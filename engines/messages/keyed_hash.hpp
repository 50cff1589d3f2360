// KeyedHash: SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) under a store's
// random key.
//
// What it is for: receipts that cannot be made up, log frames that no message's text can imitate, and hashes
// of groups and dedup ids that nobody can make collide. Threads: a const one may be used by any number.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/bytes.hpp"

namespace landfall::messages {

class KeyedHash {
public:
    struct Key {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
    };
    explicit KeyedHash(Key key) : key_{key} {}

    [[nodiscard]] std::uint64_t of(ByteSpan bytes) const;
    [[nodiscard]] std::uint64_t of(std::string_view text) const { return of(bytes_of(text)); }
    /// Of the words' little-endian bytes.
    [[nodiscard]] std::uint64_t of(std::initializer_list<std::uint64_t> words) const;

private:
    Key key_;
};

}  // namespace landfall::messages
