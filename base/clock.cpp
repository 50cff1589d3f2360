#include "base/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace landfall {
namespace {

struct Civil {
    int year, month, day, hour, minute, second;
};

// Days since 1970-01-01 of a proleptic Gregorian date: Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms".
constexpr std::int64_t days_from_civil(std::int64_t y, int m, int d) {
    y -= m <= 2 ? 1 : 0;
    const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
    const std::int64_t yoe = y - era * 400;
    const std::int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

constexpr int days_in_month(int year, int month) {
    constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

Civil civil_of(Instant at) {
    std::int64_t seconds = at.ns / 1'000'000'000;
    if (at.ns % 1'000'000'000 < 0) --seconds;
    std::int64_t days = seconds / 86400;
    std::int64_t rest = seconds % 86400;
    if (rest < 0) rest += 86400, --days;
    const std::int64_t z = days + 719468;
    const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const std::int64_t doe = z - era * 146097;
    const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const std::int64_t mp = (5 * doy + 2) / 153;
    const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
    const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    const std::int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
    return {static_cast<int>(year),
            month,
            day,
            static_cast<int>(rest / 3600),
            static_cast<int>(rest / 60 % 60),
            static_cast<int>(rest % 60)};
}

std::optional<Instant> instant_of(const Civil& c, std::int64_t nanos) {
    if (c.year < 1 || c.year > 9999 || c.month < 1 || c.month > 12) return std::nullopt;
    if (c.day < 1 || c.day > days_in_month(c.year, c.month)) return std::nullopt;
    if (c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59) return std::nullopt;
    if (c.second < 0 || c.second > 60) return std::nullopt;
    const std::int64_t seconds =
        days_from_civil(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
    constexpr std::int64_t kSecondsMax = 9'000'000'000;  // keeps nanoseconds inside 63 bits
    if (seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
    return Instant{seconds * 1'000'000'000 + nanos};
}

// A cursor over digits and fixed characters; every take reports failure by nullopt or false.
class Scan {
public:
    explicit Scan(std::string_view text) : rest_{text} {}

    std::optional<int> digits(std::size_t n) {
        if (rest_.size() < n) return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, n)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(n);
        return value;
    }
    bool literal(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }
    bool any_of(std::string_view set) {
        if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// ".123456" as nanoseconds; digits behind the ninth are dropped.
    std::optional<std::int64_t> fraction() {
        std::int64_t value = 0;
        std::int64_t scale = 1'000'000'000;
        std::size_t seen = 0;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            if (scale > 1) scale /= 10, value += (rest_.front() - '0') * scale;
            rest_.remove_prefix(1);
            ++seen;
        }
        if (seen == 0) return std::nullopt;
        return value;
    }
    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    void skip(std::size_t n) { rest_.remove_prefix(n); }

private:
    std::string_view rest_;
};

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

std::optional<Duration> parse_zone(Scan& scan) {
    if (scan.any_of("Zz")) return Duration{0};
    const bool minus = scan.rest().starts_with('-');
    if (!scan.any_of("+-")) return std::nullopt;
    const auto hours = scan.digits(2);
    scan.literal(":");
    const auto minutes = scan.digits(2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const Duration offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return minus ? -offset : offset;
}

}  // namespace

Instant SystemClock::now() const {
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    return Instant{t.tv_sec * 1'000'000'000 + t.tv_nsec};
}

Moment SystemClock::moment() const {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return Moment{t.tv_sec * 1'000'000'000 + t.tv_nsec};
}

Instant ManualClock::now() const {
    const std::lock_guard lock{mutex_};
    return now_;
}

Moment ManualClock::moment() const {
    const std::lock_guard lock{mutex_};
    return moment_;
}

void ManualClock::advance(Duration by) {
    const std::lock_guard lock{mutex_};
    now_ = now_ + by;
    moment_ = moment_ + by;
}

void ManualClock::jump_wall(Duration by) {
    const std::lock_guard lock{mutex_};
    now_ = now_ + by;
}

// By hand, not by snprintf: every request's line in the log and every signature needs one of these.
static void put_digits(std::string& text, std::size_t behind, std::int64_t value, int digits) {
    for (; digits > 0; --digits, value /= 10) text[--behind] = static_cast<char>('0' + value % 10);
}

enum class Separated : std::uint8_t { no, yes };

/// Where `text` has zeros.
static void put_date_and_time(std::string& text, const Civil& c, Separated separated) {
    const std::size_t one = separated == Separated::yes ? 1 : 0;
    put_digits(text, 4, c.year, 4);
    put_digits(text, 6 + one, c.month, 2);
    put_digits(text, 8 + 2 * one, c.day, 2);
    put_digits(text, 11 + 2 * one, c.hour, 2);
    put_digits(text, 13 + 3 * one, c.minute, 2);
    put_digits(text, 15 + 4 * one, c.second, 2);
}

std::string iso8601(Instant at, Fraction fraction) {
    std::string text{"0000-00-00T00:00:00"};
    put_date_and_time(text, civil_of(at), Separated::yes);
    if (fraction == Fraction::millis) {
        const std::int64_t millis = (at.ns % 1'000'000'000 + 1'000'000'000) % 1'000'000'000 / 1'000'000;
        text += ".000";
        put_digits(text, text.size(), millis, 3);
    }
    return text += 'Z';
}

std::optional<Instant> parse_iso8601(std::string_view text) {
    Scan scan{text};
    Civil c{};
    const auto year = scan.digits(4);
    const bool dash1 = scan.literal("-");
    const auto month = scan.digits(2);
    const bool dash2 = scan.literal("-");
    const auto day = scan.digits(2);
    if (!year || !month || !day || !dash1 || !dash2) return std::nullopt;
    c.year = *year, c.month = *month, c.day = *day;
    if (scan.done()) return instant_of(c, 0);
    if (!scan.any_of("Tt ")) return std::nullopt;
    const auto hour = scan.digits(2);
    const bool colon1 = scan.literal(":");
    const auto minute = scan.digits(2);
    if (!hour || !minute || !colon1) return std::nullopt;
    c.hour = *hour, c.minute = *minute;
    std::int64_t nanos = 0;
    if (scan.literal(":")) {
        const auto second = scan.digits(2);
        if (!second) return std::nullopt;
        c.second = *second;
        if (scan.any_of(".,")) {
            const auto parsed = scan.fraction();
            if (!parsed) return std::nullopt;
            nanos = *parsed;
        }
    }
    const auto zone = parse_zone(scan);
    if (!zone || !scan.done()) return std::nullopt;
    const auto local = instant_of(c, nanos);
    if (!local) return std::nullopt;
    return *local - *zone;
}

std::string http_date(Instant at) {
    const Civil c = civil_of(at);
    const std::int64_t days = days_from_civil(c.year, c.month, c.day);
    std::array<char, 48> text{};
    const int n = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                kWeekdays[static_cast<std::size_t>((days % 7 + 7) % 7)].data(), c.day,
                                kMonths[static_cast<std::size_t>(c.month - 1)].data(), c.year, c.hour,
                                c.minute, c.second);
    return {text.data(), static_cast<std::size_t>(n)};
}

std::optional<Instant> parse_http_date(std::string_view text) {
    Scan scan{text};
    if (text.size() < 5) return std::nullopt;
    scan.skip(3);
    if (!scan.literal(", ")) return std::nullopt;
    const auto day = scan.digits(2);
    if (!day || !scan.literal(" ")) return std::nullopt;
    int month = 0;
    for (std::size_t i = 0; i < kMonths.size(); ++i)
        if (scan.rest().starts_with(kMonths[i])) month = static_cast<int>(i) + 1;
    if (month == 0) return std::nullopt;
    scan.skip(3);
    if (!scan.literal(" ")) return std::nullopt;
    const auto year = scan.digits(4);
    const bool space = scan.literal(" ");
    const auto hour = scan.digits(2);
    const bool colon1 = scan.literal(":");
    const auto minute = scan.digits(2);
    const bool colon2 = scan.literal(":");
    const auto second = scan.digits(2);
    const bool zone = scan.literal(" GMT");
    if (!year || !space || !hour || !colon1 || !minute || !colon2 || !second || !zone) return std::nullopt;
    if (!scan.done()) return std::nullopt;
    return instant_of({*year, month, *day, *hour, *minute, *second}, 0);
}

std::string basic_iso8601(Instant at) {
    std::string text{"00000000T000000Z"};
    put_date_and_time(text, civil_of(at), Separated::no);
    return text;
}

std::optional<Instant> parse_basic_iso8601(std::string_view text) {
    Scan scan{text};
    const auto year = scan.digits(4);
    const auto month = scan.digits(2);
    const auto day = scan.digits(2);
    const bool t = scan.literal("T");
    const auto hour = scan.digits(2);
    const auto minute = scan.digits(2);
    const auto second = scan.digits(2);
    const bool z = scan.literal("Z");
    if (!year || !month || !day || !t || !hour || !minute || !second || !z || !scan.done())
        return std::nullopt;
    return instant_of({*year, *month, *day, *hour, *minute, *second}, 0);
}

}  // namespace landfall
