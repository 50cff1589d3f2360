#include <array>
#include <charconv>
#include <cmath>

#include "engines/dbmove/mysql/value_text.hpp"

namespace landfall::dbmove::mysql {
namespace {

/// The servers write a number without an exponent while its point is within this many digits of them.
constexpr int kPointMax = 15;

/// `scientific` is d[.ddd]e±dd; laid out as the servers do.
void add_laid_out(std::string_view scientific, std::string& out) {
    if (scientific.front() == '-') {
        out += '-';
        scientific.remove_prefix(1);
    }
    const std::size_t e = scientific.find('e');
    if (e == std::string_view::npos) {  // inf and nan, which no column holds
        out += scientific;
        return;
    }
    std::string digits;
    for (const char c : scientific.substr(0, e))
        if (c != '.') digits += c;
    int exponent = 0;
    const std::string_view power = scientific.substr(scientific[e + 1] == '+' ? e + 2 : e + 1);
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    const int point = exponent + 1;  // digits in front of it
    const auto count = static_cast<int>(digits.size());
    if (digits == "0") {
        out += '0';
    } else if (point > kPointMax || point < 1 - kPointMax) {
        out += digits[0];
        if (count > 1) out.append(".").append(digits, 1);
        out += 'e' + std::to_string(exponent);
    } else if (point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else if (count <= point) {
        out.append(digits).append(static_cast<std::size_t>(point - count), '0');
    } else {
        out.append(digits, 0, static_cast<std::size_t>(point)).append(".");
        out.append(digits, static_cast<std::size_t>(point));
    }
}

template <class Real>
void add_real(Real value, std::string& out) {
    std::array<char, 64> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
    add_laid_out({text.data(), end.ptr}, out);
}

constexpr unsigned kDigitsOfGroup = 9;
constexpr std::array<unsigned, 10> kBytesOfDigits = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<std::uint64_t, 10> kPowers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

/// The next group of digits, with zeros in front; `flip` turns a negative number's bits.
bool add_group(Cursor& in, unsigned digits, std::uint64_t& first_flip, bool negative, std::string& out) {
    const unsigned bytes = kBytesOfDigits[digits];
    if (bytes == 0) return true;
    std::uint64_t value = in.big(bytes);
    if (first_flip != 0) value ^= 1ULL << (bytes * 8 - 1);
    first_flip = 0;
    if (negative) value = ~value & ((1ULL << bytes * 8) - 1);
    if (in.failed() || value >= kPowers[digits]) return false;
    const std::string text = std::to_string(value);
    out.append(digits - text.size(), '0').append(text);
    return true;
}

}  // namespace

void add_double(double value, std::string& out) { add_real(value, out); }
void add_float(float value, std::string& out) { add_real(value, out); }

bool is_decimal_shape(unsigned precision, unsigned scale) {
    return precision >= 1 && precision <= 65 && scale <= 38 && scale <= precision;
}

bool add_decimal(Cursor& in, unsigned precision, unsigned scale, std::string& out) {
    const unsigned whole = precision - scale;
    // The sign is the highest bit of the first byte, turned; look without taking.
    Cursor look = in;
    const bool negative = (look.u8() & 0x80U) == 0;
    if (look.failed()) {
        in.fail();
        return false;
    }
    std::string digits;
    std::uint64_t flip = 1;
    if (!add_group(in, whole % kDigitsOfGroup, flip, negative, digits)) return false;
    for (unsigned i = 0; i < whole / kDigitsOfGroup; ++i)
        if (!add_group(in, kDigitsOfGroup, flip, negative, digits)) return false;
    for (unsigned i = 0; i < scale / kDigitsOfGroup; ++i)
        if (!add_group(in, kDigitsOfGroup, flip, negative, digits)) return false;
    if (!add_group(in, scale % kDigitsOfGroup, flip, negative, digits)) return false;
    if (negative) out += '-';
    const std::size_t first = std::min(digits.find_first_not_of('0'), static_cast<std::size_t>(whole));
    out.append(first == whole ? "0" : digits.substr(first, whole - first));
    if (scale != 0) out.append(".").append(digits, whole);
    return true;
}

}  // namespace landfall::dbmove::mysql
