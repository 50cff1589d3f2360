// Random: the only source of randomness, so that tests can repeat a run from its seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace landfall {

/// Any thread may call.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;

    [[nodiscard]] std::uint64_t u64();
    /// Uniform in [0, bound); bound > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    /// Lower-case hexadecimal digits, as AWS's resource ids use them (17 of them).
    [[nodiscard]] std::string hex(std::size_t digits);
    /// A version 4 UUID in its usual text form.
    [[nodiscard]] std::string uuid();
};

/// getrandom(2): fit for keys.
class OsRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

/// Another's bytes, drawn in blocks: for ids, of which there are many, and which are told to whoever asks.
class BlockRandom final : public Random {
public:
    /// `source` outlives it.
    explicit BlockRandom(Random& source) : source_{source} {}
    void fill(std::span<std::byte> out) override;

private:
    Random& source_;
    std::mutex mutex_;
    std::array<std::byte, 4096> block_{};
    std::size_t used_ = sizeof(block_);
};

/// xoshiro256** from a seed: repeatable, never for keys.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed);
    void fill(std::span<std::byte> out) override;

private:
    std::uint64_t next();
    std::mutex mutex_;
    std::uint64_t state_[4];
};

}  // namespace landfall
