#include "engines/convert/lower/expression_types.hpp"

#include <algorithm>
#include <array>

#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {
namespace {

struct Result {
    std::string_view name;
    Family family;
};

/// What built-ins answer, sorted by name.
constexpr std::array kResults{
    Result{"add_months", Family::date},
    Result{"ascii", Family::integer},
    Result{"avg", Family::number},
    Result{"chr", Family::varchar},
    Result{"concat", Family::varchar},
    Result{"count", Family::integer},
    Result{"current_date", Family::date},
    Result{"current_timestamp", Family::timestamp_tz},
    Result{"initcap", Family::varchar},
    Result{"instr", Family::integer},
    Result{"last_day", Family::date},
    Result{"length", Family::integer},
    Result{"listagg", Family::varchar},
    Result{"localtimestamp", Family::timestamp},
    Result{"lower", Family::varchar},
    Result{"lpad", Family::varchar},
    Result{"ltrim", Family::varchar},
    Result{"months_between", Family::number},
    Result{"new_time", Family::date},
    Result{"next_day", Family::date},
    Result{"numtodsinterval", Family::interval_day_second},
    Result{"numtoyminterval", Family::interval_year_month},
    Result{"rawtohex", Family::varchar},
    Result{"regexp_count", Family::integer},
    Result{"regexp_instr", Family::integer},
    Result{"regexp_replace", Family::varchar},
    Result{"regexp_substr", Family::varchar},
    Result{"replace", Family::varchar},
    Result{"rpad", Family::varchar},
    Result{"rtrim", Family::varchar},
    Result{"substr", Family::varchar},
    Result{"sys_context", Family::varchar},
    Result{"sysdate", Family::date},
    Result{"systimestamp", Family::timestamp_tz},
    Result{"to_char", Family::varchar},
    Result{"to_date", Family::date},
    Result{"to_number", Family::number},
    Result{"to_timestamp", Family::timestamp},
    Result{"to_timestamp_tz", Family::timestamp_tz},
    Result{"translate", Family::varchar},
    Result{"trim", Family::varchar},
    Result{"upper", Family::varchar},
    Result{"user", Family::varchar},
};

Family result_of(Text name) {
    const auto* at = std::lower_bound(kResults.begin(), kResults.end(), name,
                                      [](const Result& each, Text wanted) { return each.name < wanted; });
    return at != kResults.end() && at->name == name ? at->family : Family::unknown;
}

/// Built-ins that answer the type of their first argument.
bool answers_first(Text name) {
    static constexpr std::array<std::string_view, 10> kNames{"nvl", "coalesce", "trunc", "round", "max",
                                                             "min", "greatest", "least", "abs",   "nullif"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Family of_literal(const Literal& literal) {
    switch (literal.what) {
        case Literal::What::number:
            return literal.text.find_first_of(".eE") == Text::npos ? Family::integer : Family::number;
        case Literal::What::string:
        case Literal::What::national_string: return Family::varchar;
        case Literal::What::date: return Family::date;
        case Literal::What::timestamp:
            return names_a_zone(literal.text) ? Family::timestamp_tz : Family::timestamp;
        case Literal::What::interval:
            return literal.fields.starts_with("YEAR") || literal.fields.starts_with("MONTH")
                       ? Family::interval_year_month
                       : Family::interval_day_second;
        case Literal::What::boolean_true:
        case Literal::What::boolean_false: return Family::boolean;
        case Literal::What::null: return Family::null;
        default: return Family::unknown;
    }
}

Family of_binary(const Binary& binary) {
    switch (binary.op) {
        case BinaryOp::concat: return Family::varchar;
        case BinaryOp::divide:
        case BinaryOp::power: return Family::number;
        case BinaryOp::multiply:
        case BinaryOp::modulo:
            return is_interval(family_of(binary.left)) ? family_of(binary.left) : Family::number;
        case BinaryOp::add:
        case BinaryOp::subtract: break;
        default: return binary.op <= BinaryOp::greater_equal ? Family::boolean : Family::unknown;
    }
    const Family left = family_of(binary.left);
    const Family right = family_of(binary.right);
    if (binary.op == BinaryOp::subtract && is_moment(left) && is_moment(right)) {
        return left == Family::date && right == Family::date ? Family::number : Family::interval_day_second;
    }
    if (is_moment(left)) return left;
    if (is_moment(right)) return right;
    if (is_interval(left) || is_interval(right)) return is_interval(left) ? left : right;
    return is_number(left) || is_number(right) ? Family::number : Family::unknown;
}

Family of_case(const Case& node) {
    for (const When* when : node.whens) {
        const Family family = family_of(when->result);
        if (family != Family::unknown && family != Family::null) return family;
    }
    return node.otherwise == nullptr ? Family::unknown : family_of(node.otherwise);
}

Family of_call(const Call& call) {
    const Text name = built_in_name(call.callee);
    if (!answers_first(name)) return result_of(name);
    for (const Argument* argument : call.arguments) {
        const Family family = family_of(argument->value);
        if (family != Family::null) return family;
    }
    return Family::unknown;
}

}  // namespace

bool is_text(Family family) {
    return family == Family::varchar || family == Family::character || family == Family::clob ||
           family == Family::long_text;
}
bool is_number(Family family) {
    return family == Family::number || family == Family::integer || family == Family::binary_float ||
           family == Family::binary_double;
}
bool is_moment(Family family) {
    return family == Family::date || family == Family::timestamp || family == Family::timestamp_tz ||
           family == Family::timestamp_ltz;
}
bool is_interval(Family family) {
    return family == Family::interval_year_month || family == Family::interval_day_second;
}

Text built_in_name(const Expr* callee) {
    const auto* name = as<Name>(callee);
    if (name == nullptr || name->parts.size() != 1 || !name->link.empty() || name->parts[0].quoted) return {};
    if (name->binding != nullptr && name->binding->symbol != nullptr) {
        const auto what = name->binding->symbol->what;
        if (what != Symbol::What::built_in && what != Symbol::What::pseudo) return {};
    }
    return name->parts[0].name;
}

Family family_of(const Expr* expr) {
    if (expr == nullptr) return Family::unknown;
    if (expr->type != nullptr && expr->type->family != Family::unknown) return expr->type->family;
    switch (expr->kind) {
        case Kind::literal: return of_literal(*as<Literal>(expr));
        case Kind::parenthesized: return family_of(as<Parenthesized>(expr)->inner);
        case Kind::unary:
            return as<Unary>(expr)->op == UnaryOp::not_ ? Family::boolean
                                                        : family_of(as<Unary>(expr)->operand);
        case Kind::binary: return of_binary(*as<Binary>(expr));
        case Kind::case_: return of_case(*as<Case>(expr));
        case Kind::call: return of_call(*as<Call>(expr));
        case Kind::name: return result_of(built_in_name(expr));
        case Kind::in:
        case Kind::like:
        case Kind::between:
        case Kind::is_test: return Family::boolean;
        default: return Family::unknown;
    }
}

bool may_be_integer(const Expr* expr) {
    if (expr == nullptr) return false;
    if (const auto* inner = as<Parenthesized>(expr)) return may_be_integer(inner->inner);
    if (const auto* binary = as<Binary>(expr)) {
        if (binary->op == BinaryOp::divide) return false;
        return may_be_integer(binary->left) && may_be_integer(binary->right);
    }
    if (const auto* sign = as<Unary>(expr)) return may_be_integer(sign->operand);
    if (expr->type != nullptr && expr->type->family == Family::number) {
        return expr->type->scale == 0 || (expr->type->scale < 0 && expr->type->precision > 0);
    }
    const Family family = family_of(expr);
    return family == Family::integer || family == Family::unknown;
}

}  // namespace landfall::convert
