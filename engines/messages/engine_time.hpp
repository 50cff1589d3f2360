// EngineTime: the one line of time that the engine decides on, in whole milliseconds.
//
// It starts at the wall clock's time when the broker opens and then follows the monotonic clock, so that a
// step of the wall clock expires nothing; across a restart it is wall-clock time again. It is what the log
// stores; the instants that people see (Sent::sent) come from the wall clock and are stored beside it.
#pragma once

#include <compare>
#include <cstdint>

#include "base/clock.hpp"

namespace landfall::messages {

struct Millis {
    std::int64_t value = 0;

    constexpr auto operator<=>(const Millis&) const = default;
    friend constexpr Millis operator+(Millis at, Duration by) { return Millis{at.value + whole(by)}; }
    friend constexpr Millis operator-(Millis at, Duration by) { return Millis{at.value - whole(by)}; }
    friend constexpr Duration operator-(Millis a, Millis b) {
        return std::chrono::milliseconds{a.value - b.value};
    }

private:
    static constexpr std::int64_t whole(Duration by) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
    }
};

[[nodiscard]] constexpr Millis millis_of(Instant at) { return Millis{at.ns / 1'000'000}; }
[[nodiscard]] constexpr Instant instant_of(Millis at) { return Instant{at.value * 1'000'000}; }

/// Any thread may call.
class EngineTime {
public:
    explicit EngineTime(Clock& clock)
        : clock_{&clock}, wall_at_open_{millis_of(clock.now())}, moment_at_open_{clock.moment()} {}

    [[nodiscard]] Millis now() const { return wall_at_open_ + (clock_->moment() - moment_at_open_); }
    [[nodiscard]] Millis wall() const { return millis_of(clock_->now()); }

private:
    Clock* clock_;
    Millis wall_at_open_;
    Moment moment_at_open_;
};

}  // namespace landfall::messages
