// Admission: how many requests of each service may be in hand at once. What is over the limit is refused at
// once, so that one service's flood leaves the others their threads and memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

namespace landfall::front {

/// Any thread.
class Admission {
public:
    struct Limits {
        std::size_t each = 8192;  ///< parked long polls count too
        std::map<std::string, std::size_t, std::less<>> of{};
    };
    explicit Admission(Limits limits) : limits_{std::move(limits)} {}

    /// The right to be in hand; returned when it goes. Must not outlive the Admission.
    class Pass {
    public:
        Pass() = default;
        explicit Pass(std::atomic<std::size_t>* in_hand) : in_hand_{in_hand} {}
        Pass(Pass&& other) noexcept : in_hand_{std::exchange(other.in_hand_, nullptr)} {}
        Pass& operator=(Pass&& other) noexcept {
            std::swap(in_hand_, other.in_hand_);
            return *this;
        }
        ~Pass() {
            if (in_hand_ != nullptr) in_hand_->fetch_sub(1, std::memory_order_relaxed);
        }
        explicit operator bool() const { return in_hand_ != nullptr; }

    private:
        std::atomic<std::size_t>* in_hand_ = nullptr;
    };
    /// An empty pass: refused. `service` is a name of the catalogue, never text of a client.
    [[nodiscard]] Pass enter(std::string_view service);

private:
    struct Gate {
        std::atomic<std::size_t> in_hand{0};
        std::size_t limit = 0;
    };
    [[nodiscard]] Gate& gate_of(std::string_view service);

    const Limits limits_;
    std::shared_mutex mutex_;
    std::map<std::string, Gate, std::less<>> gates_;  // nodes stay where they are
};

}  // namespace landfall::front
