// UniqueFunction<R(Args…)>: a callable that is moved, never copied, so that it may own what it captures.
//
// Invariants
//   1. It owns its target; a moved-from or default one is empty, and calling an empty one is a bug.
//   2. A target of at most six words whose move cannot throw is kept inside, without an allocation.
//   3. It may be called many times; callers that promise "at most once" say so beside their parameter.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/result.hpp"

namespace landfall {

template <class Signature>
class UniqueFunction;

/// Not thread-safe; move it to the thread that calls it.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) {}  // NOLINT: implicit by design

    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Args...>)
        UniqueFunction(F&& target) {  // NOLINT: implicit by design
        using Target = std::remove_cvref_t<F>;
        if constexpr (kInside<Target>) {
            ::new (static_cast<void*>(room_)) Target(std::forward<F>(target));
            ops_ = &kInsideOps<Target>;
        } else {
            auto owned = std::make_unique<Target>(std::forward<F>(target));
            ::new (static_cast<void*>(room_)) Target*(owned.release());
            ops_ = &kOutsideOps<Target>;
        }
    }

    UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
    UniqueFunction& operator=(UniqueFunction&& other) noexcept {
        if (this != &other) {
            clear();
            take(other);
        }
        return *this;
    }
    UniqueFunction(const UniqueFunction&) = delete;
    UniqueFunction& operator=(const UniqueFunction&) = delete;
    ~UniqueFunction() { clear(); }

    explicit operator bool() const { return ops_ != nullptr; }

    R operator()(Args... args) {
        CHECK(ops_ != nullptr);
        return ops_->call(room_, std::forward<Args>(args)...);
    }

private:
    struct Ops {
        R (*call)(void*, Args&&...);
        void (*move)(void* from, void* to) noexcept;
        void (*destroy)(void*) noexcept;
    };
    static constexpr std::size_t kRoom = 6 * sizeof(void*);

    template <class T>
    static constexpr bool kInside =
        sizeof(T) <= kRoom &&
        alignof(T) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<T>;
    template <class T>
    static T& at(void* room) {
        return *std::launder(reinterpret_cast<T*>(room));
    }
    template <class T>
    static constexpr Ops kInsideOps{
        [](void* room, Args&&... args) -> R { return at<T>(room)(std::forward<Args>(args)...); },
        [](void* from, void* to) noexcept {
            ::new (to) T(std::move(at<T>(from)));
            at<T>(from).~T();
        },
        [](void* room) noexcept { at<T>(room).~T(); }};
    template <class T>
    static constexpr Ops kOutsideOps{
        [](void* room, Args&&... args) -> R { return (*at<T*>(room))(std::forward<Args>(args)...); },
        [](void* from, void* to) noexcept { ::new (to) T*(at<T*>(from)); },
        [](void* room) noexcept { std::default_delete<T>{}(at<T*>(room)); }};

    void take(UniqueFunction& other) noexcept {
        if (other.ops_ == nullptr) return;
        other.ops_->move(other.room_, room_);
        ops_ = std::exchange(other.ops_, nullptr);
    }
    void clear() noexcept {
        if (ops_ != nullptr) std::exchange(ops_, nullptr)->destroy(room_);
    }

    alignas(std::max_align_t) std::byte room_[kRoom];
    const Ops* ops_ = nullptr;
};

}  // namespace landfall
