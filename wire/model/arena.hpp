// Arena: the memory of one request. Slots, lists and strings are bumped out of it and go all at once.
//
// Invariants
//   1. What allocate() returns is valid until the arena is destroyed; nothing is freed singly.
//   2. Nothing in an arena is destructed: only trivially destructible values live here.
//   3. One thread at a time. The arena never fails; who fills it with a client's input sets a limit and asks
//      over_limit() as it goes (a list of empty structures is small as text and large as slots).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace landfall::wire {

class Arena {
public:
    Arena() : next_{first_}, left_{kFirst} {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Aligned for any scalar; never null. `size` may be 0.
    [[nodiscard]] void* allocate(std::size_t size) {
        size = (size + kAlign - 1) & ~(kAlign - 1);
        if (size > left_) grow(size);
        std::byte* at = next_;
        next_ += size;
        left_ -= size;
        return at;
    }
    template <class T>
    [[nodiscard]] T* array(std::size_t count) {
        static_assert(alignof(T) <= kAlign);
        return static_cast<T*>(allocate(count * sizeof(T)));
    }
    /// A copy of `text` that lives as long as the arena.
    [[nodiscard]] std::string_view copy(std::string_view text);
    void set_limit(std::size_t bytes) { limit_ = bytes; }
    [[nodiscard]] bool over_limit() const { return footprint_ > limit_; }
    /// Bytes taken from the system so far.
    [[nodiscard]] std::size_t footprint() const { return footprint_; }

private:
    static constexpr std::size_t kAlign = 8;
    /// Small requests, which are most, take no memory but the arena's own.
    static constexpr std::size_t kFirst = 1024;
    void grow(std::size_t size);

    std::byte* next_;
    std::size_t left_;
    std::size_t footprint_ = 0;
    std::size_t limit_ = SIZE_MAX;
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    alignas(kAlign) std::byte first_[kFirst];  // not cleared
};

}  // namespace landfall::wire
