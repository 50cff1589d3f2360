#include "engines/dbmove/mariadb/translation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engines/dbmove/mysql/server_session.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using mysql::ServerSession;

constexpr std::size_t kShown = 60;

Error no_place(std::string_view text, const std::string& why) {
    return {Errc::precondition, "the value '" + std::string{text.substr(0, kShown)} + "' " + why};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), text) != names.end();
}

bool is_integer(std::string_view target) {
    return is_one_of(target, {"smallint", "integer", "bigint", "numeric(20,0)", "numeric"});
}

/// Digits and exponent of the shortest form, printed as PostgreSQL does: plain from 1e-4 to below 10^`plain`.
template <class Float>
void append_shortest(Float value, int plain, std::string& out) {
    if (std::isnan(value) || std::isinf(value)) {
        out += std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
        return;
    }
    std::array<char, 64> text{};
    char* const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
    std::string_view all{text.data(), end};
    if (all.starts_with('-')) {
        out.push_back('-');
        all.remove_prefix(1);
    }
    const std::size_t e = all.find('e');
    std::string digits{all.substr(0, 1)};
    if (e > 2) digits += all.substr(2, e - 2);
    int exponent = 0;
    const std::size_t sign = all[e + 1] == '+' ? e + 2 : e + 1;
    std::from_chars(all.data() + sign, all.data() + all.size(), exponent);
    if (exponent < -4 || exponent >= plain) {
        out.append(digits, 0, 1);
        if (digits.size() > 1) out.append(".").append(digits, 1);
        out += exponent < 0 ? "e-" : "e+";
        const std::string power = std::to_string(std::abs(exponent));
        out.append(power.size() < 2 ? "0" : "").append(power);
    } else if (exponent < 0) {
        out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    } else {
        const auto whole = static_cast<std::size_t>(exponent) + 1;
        if (digits.size() <= whole)
            out.append(digits).append(whole - digits.size(), '0');
        else
            out.append(digits, 0, whole).append(".").append(digits, whole);
    }
}

/// Zeros at the end of a fraction, which PostgreSQL does not print.
std::string_view without_trailing_zeros(std::string_view text) {
    if (text.find('.') == std::string_view::npos) return text;
    while (text.ends_with('0')) text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

void append_hex(std::string_view bytes, std::string& out) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 15U]);
    }
}

/// The last `bits` of a big-endian number.
void append_bits(std::string_view bytes, unsigned bits, std::string& out) {
    for (unsigned left = bits; left > 0; --left) {
        const std::size_t from_end = (left - 1) / 8;
        const bool there = from_end < bytes.size();
        const auto byte = there ? static_cast<unsigned char>(bytes[bytes.size() - 1 - from_end]) : 0U;
        out.push_back((byte >> ((left - 1) % 8) & 1U) != 0 ? '1' : '0');
    }
}

unsigned bits_of(const DeclaredType& source) {
    const std::size_t open = source.column_type.find('(');
    unsigned bits = 1;
    if (source.data_type == "bit" && open != std::string::npos)
        std::from_chars(source.column_type.data() + open + 1,
                        source.column_type.data() + source.column_type.size(), bits);
    return bits;
}

}  // namespace

void append_float8(double value, std::string& out) { append_shortest(value, 15, out); }
void append_float4(float value, std::string& out) { append_shortest(value, 6, out); }

Result<Translation::Form> Translation::form_of(const DeclaredType& source, std::string_view target) {
    const std::string_view from = source.data_type;
    if (target == "bytea") return Form::bytes;
    if (target == "real") return Form::float4;
    if (target == "double precision") return Form::float8;
    if (target == "boolean") return Form::boolean;
    if (target == "date") return Form::date;
    if (target.starts_with("timestamp") && target.ends_with("without time zone")) return Form::moment;
    if (target.starts_with("timestamp")) return Form::zoned_moment;
    if (target.starts_with("interval") || target.starts_with("time")) return Form::clock;
    if (from == "bit" && target.starts_with("bit")) return Form::bits;
    const bool number = is_one_of(from, {"tinyint", "smallint", "mediumint", "int", "bigint", "year"});
    if (number && is_integer(target)) return Form::integer;
    if (from == "decimal" && target.starts_with("numeric")) return Form::verbatim;
    if (is_one_of(from, {"uuid", "inet4", "inet6"})) return Form::verbatim;
    const bool text = is_one_of(
        from, {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"});
    if (text) return Form::text;
    return Error{Errc::precondition,
                 "there is no way from " + source.column_type + " to " + std::string{target}};
}

Result<Translation> Translation::of(const DeclaredType& source, std::string_view target) {
    return Translation{TRY(form_of(source, target)), bits_of(source)};
}

/// "0000-00-00 …" is NULL; a month or a day alone that is zero is no date to PostgreSQL.
Result<Translation::Became> Translation::append_date(std::string_view text, std::string& out) const {
    constexpr std::string_view kZero = "0000-00-00";
    if (text.starts_with(kZero)) {
        ++*zero_dates_;
        return Became::null;
    }
    if (text.size() < kZero.size() || text.starts_with("0000") || text.substr(5, 2) == "00" ||
        text.substr(8, 2) == "00")
        return no_place(text, "is no date to PostgreSQL");
    out += form_ == Form::date ? text : without_trailing_zeros(text);
    if (form_ == Form::zoned_moment) out += "+00";
    return Became::value;
}

Result<Translation::Became> Translation::append(std::string_view text, std::string& out) const {
    switch (form_) {
        case Form::text:
            if (text.find('\0') != std::string_view::npos)
                return no_place(text.substr(0, text.find('\0')),
                                "holds a zero byte, which a text of PostgreSQL cannot");
            out += text;
            break;
        case Form::verbatim: out += text; break;
        case Form::integer:
            while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
            out += text;
            break;
        case Form::boolean: {
            const bool set =
                std::any_of(text.begin(), text.end(), [](char c) { return c != '0' && c != '\0'; });
            out.push_back(set ? 't' : 'f');
            break;
        }
        case Form::float4:
        case Form::float8: {
            double value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc{} || end != text.data() + text.size())
                return no_place(text, "is no number");
            if (form_ == Form::float4)
                append_float4(static_cast<float>(value), out);
            else
                append_float8(value, out);
            break;
        }
        case Form::bits: append_bits(text, bits_, out); break;
        case Form::bytes:
            out += "\\x";
            append_hex(text, out);
            break;
        case Form::date:
        case Form::moment:
        case Form::zoned_moment: return append_date(text, out);
        case Form::clock: out += without_trailing_zeros(text); break;
    }
    return Became::value;
}

std::string Translation::selected(const std::string& quoted_name) const {
    // FLOAT prints six digits; as a DOUBLE all that it has.
    return form_ == Form::float4 ? "CAST(" + quoted_name + " AS DOUBLE)" : quoted_name;
}

std::string Translation::ordered(const std::string& quoted_name) const {
    if (form_ == Form::integer || form_ == Form::bits || form_ == Form::bytes) return quoted_name;
    return "CAST(CAST(" + quoted_name + " AS CHAR CHARACTER SET utf8mb4) AS BINARY)";
}

std::string Translation::literal(std::string_view translated) const {
    switch (form_) {
        case Form::bits: return "b'" + std::string{translated} + "'";
        case Form::bytes:
            return "X'" + std::string{translated.substr(std::min<std::size_t>(2, translated.size()))} + "'";
        case Form::boolean: return translated == "t" ? "1" : "0";
        case Form::zoned_moment: return ServerSession::literal(translated.substr(0, translated.size() - 3));
        default: return ServerSession::literal(translated);
    }
}

}  // namespace landfall::dbmove::mariadb
