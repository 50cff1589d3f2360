#include <array>
#include <chrono>

#include "engines/dbmove/mysql/value_text.hpp"

namespace landfall::dbmove::mysql {
namespace {

constexpr unsigned kDigitsMax = 6;
constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::array<std::uint64_t, 7> kPowers = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};

void add_padded(std::uint64_t value, std::size_t width, std::string& out) {
    const std::string text = std::to_string(value);
    if (text.size() < width) out.append(width - text.size(), '0');
    out += text;
}

bool add_ymd(std::uint64_t year, std::uint64_t month, std::uint64_t day, std::string& out) {
    if (year > 9999 || month > 12 || day > 31) return false;
    add_padded(year, 4, out);
    out += '-';
    add_padded(month, 2, out);
    out += '-';
    add_padded(day, 2, out);
    return true;
}

bool add_hms(std::uint64_t hour, std::uint64_t minute, std::uint64_t second, std::string& out) {
    if (minute > 59 || second > 59) return false;
    add_padded(hour, 2, out);
    out += ':';
    add_padded(minute, 2, out);
    out += ':';
    add_padded(second, 2, out);
    return true;
}

bool add_fraction(std::uint64_t micros, unsigned digits, std::string& out) {
    if (micros >= kMicros) return false;
    if (digits == 0) return true;
    out += '.';
    add_padded(micros / kPowers[kDigitsMax - digits], digits, out);
    return true;
}

/// One byte holds two digits.
std::uint64_t fraction_bytes(unsigned digits) { return (digits + 1) / 2; }
std::uint64_t micros_of(std::uint64_t fraction, unsigned digits) {
    return fraction * kPowers[kDigitsMax - 2 * fraction_bytes(digits)];
}

/// Bits of a time of day: hours, 6 of minutes, 6 of seconds.
bool add_packed_hms(std::uint64_t packed, std::string& out) {
    return add_hms(packed >> 12U, packed >> 6U & 63U, packed & 63U, out);
}

/// Bits of a date and a time: year * 13 + month, 5 of the day, 17 of the time.
bool add_packed_moment(std::uint64_t packed, std::string& out) {
    const std::uint64_t months = packed >> 22U;
    if (!add_ymd(months / 13, months % 13, packed >> 17U & 31U, out)) return false;
    out += ' ';
    return (packed >> 12U & 31U) <= 23 && add_packed_hms(packed & 0x1ffffU, out);
}

bool add_unix_seconds(std::uint64_t seconds, std::uint64_t micros, std::string& out) {
    if (seconds == 0 && micros == 0) {
        out += "0000-00-00 00:00:00";  // not 1970, which a TIMESTAMP cannot hold
        return true;
    }
    using namespace std::chrono;
    const auto at = sys_seconds{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const hh_mm_ss time{at - midnight};
    if (!add_ymd(static_cast<std::uint64_t>(static_cast<int>(date.year())),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), out))
        return false;
    out += ' ';
    return add_hms(static_cast<std::uint64_t>(time.hours().count()),
                   static_cast<std::uint64_t>(time.minutes().count()),
                   static_cast<std::uint64_t>(time.seconds().count()), out);
}

}  // namespace

bool add_date(Cursor& in, std::string& out) {
    const std::uint64_t packed = in.little(3);
    return add_ymd(packed >> 9U, packed >> 5U & 15U, packed & 31U, out);
}

bool add_year(Cursor& in, std::string& out) {
    const unsigned year = in.u8();
    add_padded(year == 0 ? 0 : 1900 + year, 4, out);
    return true;
}

bool add_time(Cursor& in, unsigned digits, std::string& out) {
    // Seconds and fraction are one number, so that a negative time with a fraction borrows from its seconds.
    const auto fraction = static_cast<unsigned>(fraction_bytes(digits));
    const auto whole = static_cast<std::int64_t>(in.big(3 + fraction));
    std::int64_t packed = whole - (0x800000LL << fraction * 8);
    if (in.failed()) return false;
    if (packed < 0) {
        out += '-';
        packed = -packed;
    }
    const auto value = static_cast<std::uint64_t>(packed);
    const std::uint64_t mask = (1ULL << fraction * 8) - 1;
    const std::uint64_t hms = value >> fraction * 8;
    return (hms >> 12U) <= 1023 && add_packed_hms(hms, out) &&
           add_fraction(micros_of(value & mask, digits), digits, out);
}

bool add_datetime(Cursor& in, unsigned digits, std::string& out) {
    const std::uint64_t whole = in.big(5);
    const std::uint64_t fraction = in.big(fraction_bytes(digits));
    if (in.failed() || whole < 0x8000000000ULL) return false;
    return add_packed_moment(whole - 0x8000000000ULL, out) &&
           add_fraction(micros_of(fraction, digits), digits, out);
}

bool add_timestamp(Cursor& in, unsigned digits, std::string& out) {
    const std::uint64_t seconds = in.big(4);
    const std::uint64_t micros = micros_of(in.big(fraction_bytes(digits)), digits);
    return add_unix_seconds(seconds, micros, out) && add_fraction(micros, digits, out);
}

bool add_old_time(Cursor& in, std::string& out) {
    const std::uint64_t bits = in.little(3);
    const bool negative = (bits & 0x800000U) != 0;
    const std::uint64_t value = negative ? 0x1000000U - bits : bits;
    if (negative) out += '-';
    return add_hms(value / 10'000, value / 100 % 100, value % 100, out);
}

bool add_old_datetime(Cursor& in, std::string& out) {
    const std::uint64_t value = in.u64();
    const std::uint64_t date = value / 1'000'000;
    if (!add_ymd(date / 10'000, date / 100 % 100, date % 100, out)) return false;
    out += ' ';
    return add_hms(value / 10'000 % 100, value / 100 % 100, value % 100, out);
}

bool add_old_timestamp(Cursor& in, std::string& out) { return add_unix_seconds(in.u32(), 0, out); }

bool add_packed_time(std::int64_t packed, std::string& out) {
    const std::uint64_t value =
        packed < 0 ? 0 - static_cast<std::uint64_t>(packed) : static_cast<std::uint64_t>(packed);
    if (packed < 0) out += '-';
    return value >> 24U <= 0x3fffffU && add_packed_hms(value >> 24U, out) &&
           add_fraction(value & 0xffffffU, 6, out);
}

bool add_packed_datetime(std::int64_t packed, std::string& out) {
    if (packed < 0) return false;
    const auto value = static_cast<std::uint64_t>(packed);
    return add_packed_moment(value >> 24U, out) && add_fraction(value & 0xffffffU, 6, out);
}

bool add_packed_date(std::int64_t packed, std::string& out) {
    if (packed < 0) return false;
    const std::uint64_t months = static_cast<std::uint64_t>(packed) >> 46U;
    return add_ymd(months / 13, months % 13, static_cast<std::uint64_t>(packed) >> 41U & 31U, out);
}

}  // namespace landfall::dbmove::mysql
