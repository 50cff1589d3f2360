// Time: every instant and every wait comes from a Clock, so that tests own time.
//
// Instant is wall-clock time (what people and APIs see; it may jump). Moment is monotonic time (leases,
// timeouts).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace landfall {

using Duration = std::chrono::nanoseconds;

/// Wall-clock time in nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
    std::int64_t ns = 0;

    constexpr auto operator<=>(const Instant&) const = default;
    friend constexpr Instant operator+(Instant i, Duration d) { return Instant{i.ns + d.count()}; }
    friend constexpr Instant operator-(Instant i, Duration d) { return Instant{i.ns - d.count()}; }
    friend constexpr Duration operator-(Instant a, Instant b) { return Duration{a.ns - b.ns}; }

    [[nodiscard]] static constexpr Instant from_seconds(std::int64_t s) { return Instant{s * 1'000'000'000}; }
    [[nodiscard]] constexpr std::int64_t seconds() const { return ns / 1'000'000'000; }
};

/// Monotonic time in nanoseconds since an arbitrary start of this process's machine. Never goes back.
struct Moment {
    std::int64_t ns = 0;

    constexpr auto operator<=>(const Moment&) const = default;
    friend constexpr Moment operator+(Moment m, Duration d) { return Moment{m.ns + d.count()}; }
    friend constexpr Duration operator-(Moment a, Moment b) { return Duration{a.ns - b.ns}; }
};

/// Any thread may call. Does not touch disk.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual Moment moment() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Moment moment() const override;
};

/// A clock that only moves when told. Any thread may call.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start = Instant::from_seconds(1'700'000'000)) : now_{start} {}
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Moment moment() const override;
    void advance(Duration by);
    /// A step of the wall clock alone, as NTP or an operator makes it.
    void jump_wall(Duration by);

private:
    mutable std::mutex mutex_;
    Instant now_;
    Moment moment_{1'000'000'000};
};

/// "2026-11-22T15:42:07Z", or with ".123" where `Millis`. RFC 3339, UTC.
enum class Fraction { none, millis };
[[nodiscard]] std::string iso8601(Instant at, Fraction fraction = Fraction::none);
/// Accepts "…Z", "+hh:mm", optional fraction, and a bare date. nullopt for anything else.
[[nodiscard]] std::optional<Instant> parse_iso8601(std::string_view text);
/// "Sun, 22 Nov 2026 15:42:07 GMT": RFC 9110 §5.6.7.
[[nodiscard]] std::string http_date(Instant at);
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text);
/// "20261122T154207Z", the basic form that SigV4 uses.
[[nodiscard]] std::string basic_iso8601(Instant at);
[[nodiscard]] std::optional<Instant> parse_basic_iso8601(std::string_view text);

}  // namespace landfall
