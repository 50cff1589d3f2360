#include "core/access/condition.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/encoding.hpp"
#include "core/access/pattern.hpp"

namespace landfall::access {
namespace {

struct Operator {
    std::string_view name;
    Comparison comparison;
    bool negated;
};

constexpr Operator kOperators[] = {
    {"StringEquals", Comparison::string_equals, false},
    {"StringNotEquals", Comparison::string_equals, true},
    {"StringEqualsIgnoreCase", Comparison::string_equals_ignoring_case, false},
    {"StringNotEqualsIgnoreCase", Comparison::string_equals_ignoring_case, true},
    {"StringLike", Comparison::string_like, false},
    {"StringNotLike", Comparison::string_like, true},
    {"ArnEquals", Comparison::arn_like, false},
    {"ArnNotEquals", Comparison::arn_like, true},
    {"ArnLike", Comparison::arn_like, false},
    {"ArnNotLike", Comparison::arn_like, true},
    {"NumericEquals", Comparison::numeric_equals, false},
    {"NumericNotEquals", Comparison::numeric_equals, true},
    {"NumericLessThan", Comparison::numeric_less, false},
    {"NumericLessThanEquals", Comparison::numeric_at_most, false},
    {"NumericGreaterThan", Comparison::numeric_greater, false},
    {"NumericGreaterThanEquals", Comparison::numeric_at_least, false},
    {"DateEquals", Comparison::date_equals, false},
    {"DateNotEquals", Comparison::date_equals, true},
    {"DateLessThan", Comparison::date_before, false},
    {"DateLessThanEquals", Comparison::date_at_most, false},
    {"DateGreaterThan", Comparison::date_after, false},
    {"DateGreaterThanEquals", Comparison::date_at_least, false},
    {"Bool", Comparison::boolean, false},
    {"BinaryEquals", Comparison::binary_equals, false},
    {"IpAddress", Comparison::address_in, false},
    {"NotIpAddress", Comparison::address_in, true},
    {"Null", Comparison::null, false},
};

bool take_front(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// ISO 8601, or seconds since 1970.
std::optional<Instant> instant_of(std::string_view text) {
    constexpr std::int64_t kSecondsMax = 9'000'000'000;
    if (const auto at = parse_iso8601(text)) return at;
    std::int64_t seconds = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
    if (seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
    return Instant::from_seconds(seconds);
}

std::optional<bool> truth_of(std::string_view text) {
    if (same_letters(text, "true")) return true;
    if (same_letters(text, "false")) return false;
    return std::nullopt;
}

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    std::uint8_t first_bit = 0;  ///< 96 for IPv4, which stands at the end
};

std::optional<Address> address_of(std::string_view text) {
    char name[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() >= sizeof name) return std::nullopt;
    std::memcpy(name, text.data(), text.size());
    name[text.size()] = '\0';
    Address out;
    if (inet_pton(AF_INET6, name, out.bytes.data()) == 1) return out;
    if (inet_pton(AF_INET, name, out.bytes.data() + 12) != 1) return std::nullopt;
    out.bytes[10] = out.bytes[11] = 0xff;
    out.first_bit = 96;
    return out;
}

std::optional<AddressBlock> block_of(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = address_of(text.substr(0, slash));
    if (!address) return std::nullopt;
    AddressBlock block{address->bytes, 128};
    if (slash == std::string_view::npos) return block;
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (digits.empty() || end.ec != std::errc{} || end.ptr != digits.data() + digits.size())
        return std::nullopt;
    if (bits + address->first_bit > 128 || bits > 128) return std::nullopt;
    block.prefix = static_cast<std::uint8_t>(bits + address->first_bit);
    return block;
}

bool is_in(const AddressBlock& block, const Address& address) {
    const std::size_t whole = block.prefix / 8;
    if (!std::equal(block.address.begin(), block.address.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin()))
        return false;
    const unsigned rest = block.prefix % 8;
    if (rest == 0) return true;
    const unsigned mask = 0xff00U >> rest & 0xffU;
    return ((block.address[whole] ^ address.bytes[whole]) & mask) == 0;
}

enum class Order : std::uint8_t { less, equal, greater };
template <class T>
Order order_of(T a, T b) {
    if (a < b) return Order::less;
    return b < a ? Order::greater : Order::equal;
}

bool ordered_as(Comparison comparison, Order order) {
    switch (comparison) {
        case Comparison::numeric_equals:
        case Comparison::date_equals: return order == Order::equal;
        case Comparison::numeric_less:
        case Comparison::date_before: return order == Order::less;
        case Comparison::numeric_at_most:
        case Comparison::date_at_most: return order != Order::greater;
        case Comparison::numeric_greater:
        case Comparison::date_after: return order == Order::greater;
        case Comparison::numeric_at_least:
        case Comparison::date_at_least: return order != Order::less;
        default: return false;
    }
}

bool same_bytes(std::string_view encoded, std::string_view bytes) {
    const auto decoded = base64_decode(encoded);
    return decoded.ok() && text_of(*decoded) == bytes;
}

}  // namespace

std::optional<Condition> condition_named(std::string_view name) {
    Condition out;
    if (take_front(name, "ForAnyValue:"))
        out.over = OverValues::any;
    else if (take_front(name, "ForAllValues:"))
        out.over = OverValues::all;
    if (name.ends_with("IfExists")) {
        out.if_exists = true;
        name.remove_suffix(std::string_view{"IfExists"}.size());
    }
    for (const Operator& one : kOperators) {
        if (one.name != name) continue;
        // Whether a key is there is no matter of its values.
        if (one.comparison == Comparison::null && (out.if_exists || out.over != OverValues::plain))
            return std::nullopt;
        out.comparison = one.comparison;
        out.negated = one.negated;
        return out;
    }
    return std::nullopt;
}

Result<ConditionValue> condition_value(Comparison comparison, std::string_view text) {
    ConditionValue out;
    out.text = text;
    const auto expected = [text](std::string_view what) {
        return Error{Errc::invalid, "\"" + std::string{text} + "\" is not " + std::string{what}};
    };
    switch (comparison) {
        case Comparison::string_equals:
        case Comparison::string_equals_ignoring_case:
        case Comparison::string_like:
        case Comparison::arn_like: return out;
        case Comparison::numeric_equals:
        case Comparison::numeric_less:
        case Comparison::numeric_at_most:
        case Comparison::numeric_greater:
        case Comparison::numeric_at_least: {
            const auto number = number_of(text);
            if (!number) return expected("a number");
            out.number = *number;
            return out;
        }
        case Comparison::date_equals:
        case Comparison::date_before:
        case Comparison::date_at_most:
        case Comparison::date_after:
        case Comparison::date_at_least: {
            const auto instant = instant_of(text);
            if (!instant) return expected("a date (ISO 8601, or seconds since 1970)");
            out.instant = *instant;
            return out;
        }
        case Comparison::boolean:
        case Comparison::null: {
            const auto truth = truth_of(text);
            if (!truth) return expected("\"true\" or \"false\"");
            out.truth = *truth;
            return out;
        }
        case Comparison::binary_equals: {
            const auto bytes = base64_decode(text);
            if (!bytes.ok()) return expected("base64");
            out.text = text_of(*bytes);
            return out;
        }
        case Comparison::address_in: {
            const auto block = block_of(text);
            if (!block) return expected("an address or a block of addresses (203.0.113.0/24, 2001:db8::/32)");
            out.block = *block;
            return out;
        }
    }
    return out;
}

bool takes_variables(Comparison comparison) {
    return comparison == Comparison::string_equals || comparison == Comparison::string_equals_ignoring_case ||
           comparison == Comparison::string_like || comparison == Comparison::arn_like;
}

bool satisfies(Comparison comparison, std::string_view value, const ConditionValue& against,
               std::string_view expected) {
    switch (comparison) {
        case Comparison::string_equals: return value == expected;
        case Comparison::string_equals_ignoring_case: return same_letters(value, expected);
        case Comparison::string_like: return matches(expected, value);
        case Comparison::arn_like: return matches_arn(expected, value);
        case Comparison::boolean: return truth_of(value) == against.truth;
        case Comparison::binary_equals: return same_bytes(value, against.text);
        case Comparison::address_in: {
            const auto address = address_of(value);
            return address && is_in(against.block, *address);
        }
        case Comparison::date_equals:
        case Comparison::date_before:
        case Comparison::date_at_most:
        case Comparison::date_after:
        case Comparison::date_at_least: {
            const auto instant = instant_of(value);
            return instant && ordered_as(comparison, order_of(*instant, against.instant));
        }
        case Comparison::null: return false;
        default: {
            const auto number = number_of(value);
            return number && ordered_as(comparison, order_of(*number, against.number));
        }
    }
}

}  // namespace landfall::access
