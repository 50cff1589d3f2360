// Values of columns: what literals of MySQL are in a column of PostgreSQL's type.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

bool is_number(Text text) {
    return !text.empty() && text.find_first_not_of("0123456789.+-eE") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

const Literal* digits_of(const Expr* value, std::string_view kind) {
    const auto* own = as<Spliced>(value);
    return own != nullptr && own->name == kind && own->operands.size() == 1 ? as<Literal>(own->operands[0])
                                                                            : nullptr;
}

std::string binary_digits(std::uint64_t value) {
    std::string digits;
    for (; value > 0; value >>= 1U) digits.insert(digits.begin(), (value & 1U) != 0 ? '1' : '0');
    return digits.empty() ? "0" : digits;
}

/// Of b'101', 5, '5'; nothing where it cannot be told.
std::string bits_of(const Expr* value) {
    if (const Literal* digits = digits_of(value, "BITS")) return std::string{digits->text};
    if (const Literal* digits = digits_of(value, "HEX")) {
        std::string bits;
        for (const char c : digits->text) {
            const unsigned digit =
                c <= '9' ? static_cast<unsigned>(c - '0') : (static_cast<unsigned>(c) & 7U) + 9;
            for (unsigned bit = 8; bit > 0; bit /= 2) bits.push_back((digit & bit) != 0 ? '1' : '0');
        }
        return bits;
    }
    const auto* number = as<Literal>(value);
    if (number == nullptr || number->text.empty() || number->text.size() > 18 ||
        number->text.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    return binary_digits(std::stoull(std::string{number->text}));
}

std::string hex_of(Text bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
        hex.push_back(kDigits[static_cast<unsigned char>(c) & 15U]);
    }
    return hex;
}

Expr* bit_literal(std::string bits, std::size_t width, Tree& tree, Span at) {
    if (bits.size() > width) bits.erase(0, bits.size() - width);
    bits.insert(0, width - bits.size(), '0');
    return Make{tree, at}.splice("B'" + bits + "'", {});
}

/// CURRENT_TIMESTAMP, NOW(3) and their kin.
const Call* moment_of(const Expr* value) {
    if (const auto* whole = as<Parenthesized>(value)) value = whole->inner;
    const auto* call = as<Call>(value);
    const auto* name = call == nullptr ? nullptr : as<Name>(call->callee);
    if (name == nullptr || name->parts.size() != 1) return nullptr;
    const Text word = name->parts[0].name;
    const bool now = word == "current_timestamp" || word == "now" || word == "localtime" ||
                     word == "localtimestamp" || word == "sysdate";
    return now ? call : nullptr;
}

}  // namespace

bool is_zero_date(const Expr* value) {
    const auto* literal = as<Literal>(value);
    if (literal == nullptr) return false;
    if (literal->what == Literal::What::number) return literal->text == "0";
    return literal->text.starts_with("0000-") ||
           (literal->text.size() >= 10 && literal->text[4] == '-' &&
            (literal->text.substr(5, 2) == "00" || literal->text.substr(8, 2) == "00"));
}

Expr* lower_mysql_value(Expr* value, MysqlFamily family, LowerContext& context) {
    const Make make{context.tree, value->span};
    auto* literal = as<Literal>(value);
    if (literal != nullptr && literal->what == Literal::What::null) return value;
    const bool text = literal != nullptr && literal->what == Literal::What::string;
    switch (family) {
        case MysqlFamily::integer:
        case MysqlFamily::decimal:
        case MysqlFamily::real:
            if (text && is_number(literal->text)) return make.number(literal->text);
            if (literal != nullptr && literal->what == Literal::What::boolean_true) return make.number("1");
            if (literal != nullptr && literal->what == Literal::What::boolean_false) return make.number("0");
            if (const std::string bits = bits_of(value);
                literal == nullptr && !bits.empty() && bits.size() < 64)
                return make.number(std::to_string(std::stoull(bits, nullptr, 2)));
            return value;
        case MysqlFamily::boolean: {
            const std::string bits = bits_of(value);
            if (bits.empty()) return value;
            return Build{context.tree, value->span}.boolean(bits.find('1') != std::string::npos ? "true"
                                                                                                : "false");
        }
        case MysqlFamily::bytes:
            if (text) return make.text("\\x" + hex_of(literal->text));
            if (const Literal* digits = digits_of(value, "HEX"))
                return make.text("\\x" + std::string{digits->text.size() % 2 == 1 ? "0" : ""} +
                                 std::string{digits->text});
            return value;
        default:
            if (const Literal* digits = digits_of(value, "HEX"))
                return make.splice("convert_from('\\x" + std::string{digits->text} + "', 'UTF8')", {});
            return value;
    }
}

namespace {

void lower_zero_date(Column& column, LowerContext& context) {
    if (context.settings.mysql.zero_dates == MysqlSettings::ZeroDates::infinity) {
        column.default_value = Make{context.tree, column.default_value->span}.text("-infinity");
        context.add_finding(kZeroDate, Complexity::simple, column.span, "the zero date is -infinity");
        return;
    }
    column.default_value = nullptr;
    List<Constraint*> kept;
    for (Constraint* each : column.constraints)
        if (each->what != Constraint::What::not_null) context.tree.add(kept, each);
    column.constraints = kept;
    context.add_finding(kZeroDate, Complexity::medium, column.span,
                        "the zero date is NULL: the column has no such default, and takes NULL");
}

}  // namespace

std::size_t mysql_bit_width(const DataType& type) {
    if (type.arguments.empty()) return 1;
    return static_cast<std::size_t>(std::clamp(std::atoi(std::string{type.arguments[0]}.c_str()), 1, 64));
}

Expr* lower_mysql_bits(Expr* value, std::size_t width, LowerContext& context) {
    std::string bits = bits_of(value);
    const auto* raw = as<Literal>(value);
    if (bits.empty() && raw != nullptr && raw->what == Literal::What::string) {  // bytes as dumps have them
        bits = "0";
        for (const char c : raw->text)
            for (unsigned bit = 128; bit > 0; bit /= 2)
                bits.push_back((static_cast<unsigned char>(c) & bit) != 0 ? '1' : '0');
    }
    return bits.empty() ? value : bit_literal(bits, width, context.tree, value->span);
}

void lower_mysql_default(Column& column, MysqlFamily family, LowerContext& context) {
    if (column.default_value == nullptr) return;
    const auto* literal = as<Literal>(column.default_value);
    if (literal != nullptr && literal->what == Literal::What::null) {
        column.default_value = nullptr;
        return;
    }
    const Make make{context.tree, column.default_value->span};
    if (family == MysqlFamily::bits) {
        column.default_value = lower_mysql_bits(column.default_value, mysql_bit_width(*column.type), context);
        return;
    }
    const bool moment = family == MysqlFamily::date || family == MysqlFamily::timestamp;
    if (moment && is_zero_date(column.default_value)) return lower_zero_date(column, context);
    if (const Call* now = moment_of(column.default_value)) {
        const auto* digits = now->arguments.empty() ? nullptr : as<Literal>(now->arguments[0]->value);
        column.default_value = digits == nullptr || digits->text == "0"
                                   ? static_cast<Expr*>(make.name({"current_timestamp"}))
                                   : make.splice("CURRENT_TIMESTAMP(" + std::string{digits->text} + ")", {});
        return;
    }
    column.default_value = lower_mysql_value(column.default_value, family, context);
}

}  // namespace landfall::convert
