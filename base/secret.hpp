// Secret<T>: a value that cannot be printed, is compared in constant time and is wiped when it goes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace landfall {

/// Overwrites memory in a way that the compiler keeps.
void wipe(std::span<std::byte> bytes);
/// Takes the same time wherever the first difference is. Lengths are not secret.
[[nodiscard]] bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);

/// T is std::string or std::vector<std::byte>. There is no operator<<, no formatter and no implicit
/// conversion.
template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_{std::move(value)} {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_{std::move(other.value_)} { other.clear(); }
    Secret& operator=(const Secret& other) {
        if (this != &other) clear(), value_ = other.value_;
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) clear(), value_ = std::move(other.value_), other.clear();
        return *this;
    }
    ~Secret() { clear(); }

    /// The name is long so that every use stands out in review.
    [[nodiscard]] const T& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    friend bool operator==(const Secret& a, const Secret& b) {
        return equal_in_constant_time(std::as_bytes(std::span{a.value_}), std::as_bytes(std::span{b.value_}));
    }

private:
    void clear() {
        wipe(std::as_writable_bytes(std::span{value_}));
        value_.clear();
    }
    T value_;
};

using SecretString = Secret<std::string>;
using SecretBytes = Secret<std::vector<std::byte>>;

}  // namespace landfall
