// SpareBlocks: memory of objects that are made and let go of once a request, kept by the thread for the next.
//
// A server has some hundred requests in hand at a time. What each takes and gives back in blocks of more than
// a KiB is beyond what malloc(3) keeps by thread: it goes to an arena that threads share, is split and joined
// again, and costs more than the work on it.
//
// Invariants
//   1. A block is used by one object at a time; it may be given back on another thread than it was taken on.
//   2. A thread keeps at most kSparesMax blocks of one size, and frees them when it ends.
//   3. Under the address sanitizer nothing is kept: it must see every end of life.
// Threads: any; nothing is shared between them, nothing locked. Does not touch disk.
#pragma once

#include <cstddef>
#include <new>

#include "base/result.hpp"

namespace landfall {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kKeepsSpareBlocks = false;
#elif defined(__has_feature)
inline constexpr bool kKeepsSpareBlocks = !__has_feature(address_sanitizer);
#else
inline constexpr bool kKeepsSpareBlocks = true;
#endif

template <std::size_t Size>
class SpareBlocks {
public:
    SpareBlocks() = default;
    SpareBlocks(const SpareBlocks&) = delete;
    SpareBlocks& operator=(const SpareBlocks&) = delete;
    ~SpareBlocks() {
        while (first_ != nullptr) ::operator delete(pop());
    }

    [[nodiscard]] static void* take() {
        SpareBlocks& spares = of_this_thread();
        return spares.first_ != nullptr ? spares.pop() : ::operator new(Size);
    }
    static void give_back(void* block) noexcept {
        SpareBlocks& spares = of_this_thread();
        if (!kKeepsSpareBlocks || spares.count_ == kSparesMax) return ::operator delete(block);
        spares.first_ = ::new (block) Spare{spares.first_};
        ++spares.count_;
    }

private:
    static constexpr std::size_t kSparesMax = 256;
    struct Spare {
        Spare* next;
    };
    static_assert(Size >= sizeof(Spare));

    static SpareBlocks& of_this_thread() {
        static thread_local SpareBlocks spares;
        return spares;
    }
    void* pop() {
        Spare* const taken = first_;
        first_ = taken->next;
        --count_;
        return taken;
    }

    Spare* first_ = nullptr;
    std::size_t count_ = 0;
};

/// For std::allocate_shared: one object, and what counts its owners, in a spare block.
template <class T>
struct SpareBlockAllocator {
    using value_type = T;
    SpareBlockAllocator() = default;
    template <class U>
    SpareBlockAllocator(const SpareBlockAllocator<U>&) {}  // NOLINT: converts, as allocators do

    [[nodiscard]] T* allocate(std::size_t count) {
        static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
        CHECK(count == 1);
        return static_cast<T*>(SpareBlocks<sizeof(T)>::take());
    }
    void deallocate(T* at, std::size_t) noexcept { SpareBlocks<sizeof(T)>::give_back(at); }
    friend bool operator==(const SpareBlockAllocator&, const SpareBlockAllocator&) { return true; }
};

}  // namespace landfall
