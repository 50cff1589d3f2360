// Operators and literals.
#include <algorithm>

#include "engines/convert/lower/expressions.hpp"
#include "engines/convert/lower/make.hpp"

namespace landfall::convert {
namespace {

const Literal* string_literal(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    const bool text = literal != nullptr && (literal->what == Literal::What::string ||
                                             literal->what == Literal::What::national_string);
    return text ? literal : nullptr;
}

bool is_nothing(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    if (literal == nullptr) return false;
    return literal->what == Literal::What::null || (string_literal(expr) != nullptr && literal->text.empty());
}

bool is_certain(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && (literal->what == Literal::What::number || string_literal(expr) != nullptr);
}

/// A value as Oracle spells it within a text: numbers without a zero before the point, dates by the session's
/// format.
Expr* as_text(Expr* value, LowerContext& context) {
    const Build build{context.tree, value->span};
    const auto* literal = as<Literal>(value);
    if (literal != nullptr && literal->what == Literal::What::number) {
        const bool plain = literal->text.find_first_not_of("0123456789") == Text::npos;
        if (plain) return build.string(literal->text);
        return build.pack("to_char", {value});
    }
    const Family family = family_of(value);
    if (is_moment(family) || is_interval(family)) return build.pack("to_char", {value});
    if (is_number(family) && !may_be_integer(value)) return build.pack("to_char", {value});
    if (family == Family::raw) return build.pack("rawtohex", {value});
    return value;
}

Expr* pure_concat(const List<Expr*>& parts, const Build& build) {
    Expr* chain = nullptr;
    for (Expr* part : parts) {
        Expr* text = part;
        if (string_literal(part) == nullptr) {
            const bool known = is_text(family_of(part));
            text = build.call("coalesce", {known ? part : build.cast(part, "text"), build.string("")});
        }
        chain = chain == nullptr ? text : build.binary(BinaryOp::concat, chain, text);
    }
    return chain;
}

/// `days` times one day; whole days as one literal.
Expr* days(Expr* count, const Build& build) {
    const auto* literal = as<Literal>(count);
    if (literal != nullptr && literal->text.find_first_not_of("0123456789") == Text::npos) {
        return build.interval(std::string{literal->text} + (literal->text == "1" ? " day" : " days"));
    }
    return build.binary(BinaryOp::multiply, count, build.interval("1 day"));
}

bool is_whole(const Expr* count) {
    const auto* literal = as<Literal>(count);
    return literal != nullptr && literal->text.find_first_not_of("0123456789") == Text::npos;
}

/// A DATE has whole seconds: what is added is rounded to them.
Expr* moved(BinaryOp op, Expr* moment, Expr* count, Family family, const Build& build) {
    Expr* sum = build.binary(op, moment, days(count, build));
    if (family != Family::date || is_whole(count)) return sum;
    return build.cast(sum, "timestamp(0)");
}

Expr* date_arithmetic(Binary* binary, LowerContext& context) {
    const Build build{context.tree, binary->span};
    const Family left = family_of(binary->left);
    const Family right = family_of(binary->right);
    if (is_moment(left) && is_number(right))
        return moved(binary->op, binary->left, binary->right, left, build);
    if (is_number(left) && is_moment(right) && binary->op == BinaryOp::add) {
        return moved(binary->op, binary->right, binary->left, right, build);
    }
    const bool subtract = binary->op == BinaryOp::subtract;
    if (subtract && left == Family::date && right == Family::date) {
        return build.pack("date_diff", {binary->left, binary->right});
    }
    if (is_moment(left) && right == Family::unknown) {
        return build.pack(subtract ? "date_sub" : "date_add", {binary->left, binary->right});
    }
    if (is_moment(right) && left == Family::unknown) {
        return build.pack(subtract ? "date_sub" : "date_add", {binary->left, binary->right});
    }
    return binary;
}

/// Oracle compares a CHAR with its blanks where the other side is a VARCHAR2; PostgreSQL drops them.
void with_blanks(Expr*& operand, Expr* other, LowerContext& context) {
    if (family_of(operand) != Family::character || family_of(other) != Family::varchar) return;
    if (string_literal(other) != nullptr || operand->kind != Kind::name) return;
    if (operand->type != nullptr && operand->type->length == 1) return;
    operand = Build{context.tree, operand->span}.call("concat", {operand});
}

bool is_text_with_number(Family a, Family b) { return is_text(a) && is_number(b); }

/// ROWID became ctid::text or oracle_ext.rowid_of(ctid): the address within; nullptr: it is something else.
/// Where it is compared, the address itself finds the row at once.
Expr* place_within(Expr* expr) {
    Expr* inner = nullptr;
    if (auto* cast = as<Cast>(expr)) inner = cast->operand;
    if (auto* call = as<Call>(expr); call != nullptr && call->arguments.size() == 1) {
        const auto* callee = as<Name>(call->callee);
        if (callee != nullptr && !callee->parts.empty() && callee->parts.back().name == "rowid_of")
            inner = call->arguments[0]->value;
    }
    const auto* name = as<Name>(inner);
    return name != nullptr && !name->parts.empty() && name->parts.back().name == "ctid" ? inner : nullptr;
}

Expr* compared_places(Binary* binary, LowerContext& context) {
    if (binary->op != BinaryOp::equal && binary->op != BinaryOp::not_equal) return nullptr;
    if (place_within(binary->left) == nullptr && place_within(binary->right) == nullptr) return nullptr;
    const bool numbers = context.settings.row_ids == Settings::RowId::bigint;
    for (Expr** side : {&binary->left, &binary->right}) {
        const Build build{context.tree, (*side)->span};
        Expr* place = place_within(*side);
        if (place == nullptr && numbers) place = build.pack("place_of", {*side});
        if (place == nullptr) place = build.cast(*side, "tid");
        *side = place;
    }
    return binary;
}

/// Oracle converts the text to a number where they are compared.
Expr* compared(Binary* binary, LowerContext& context) {
    if (Expr* same = compared_places(binary, context)) return same;
    with_blanks(binary->left, binary->right, context);
    with_blanks(binary->right, binary->left, context);
    const Family left = family_of(binary->left);
    const Family right = family_of(binary->right);
    if (is_text_with_number(left, right) && string_literal(binary->left) == nullptr) {
        binary->left = Build{context.tree, binary->left->span}.pack("to_number", {binary->left});
    } else if (is_text_with_number(right, left) && string_literal(binary->right) == nullptr) {
        binary->right = Build{context.tree, binary->right->span}.pack("to_number", {binary->right});
    }
    return binary;
}

/// DAY(3) TO SECOND(2): PostgreSQL's fields have a precision of seconds only.
std::string interval_fields(Text fields) {
    std::string made;
    for (std::size_t at = 0; at < fields.size(); ++at) {
        if (fields[at] != '(') {
            made.push_back(fields[at]);
            continue;
        }
        const std::size_t end = std::min(fields.find(')', at), fields.size() - 1);
        const bool seconds = std::string_view{made}.ends_with("SECOND");
        const Text digits = fields.substr(at + 1, end - at - 1);
        const std::size_t comma = digits.find(',');
        if (seconds && fields.starts_with("SECOND") && comma != Text::npos) {
            made.append("(").append(digits.substr(comma + 1)).append(")");
        } else if (seconds && !fields.starts_with("SECOND")) {
            made.append("(").append(digits).append(")");
        }
        at = end;
    }
    return made;
}

}  // namespace

Expr* lower_concat(const List<Expr*>& operands, Span at, Purity purity, LowerContext& context) {
    const Build build{context.tree, at};
    List<Expr*> parts;
    bool certain = false;
    for (Expr* operand : operands) {
        if (is_nothing(operand)) continue;
        certain = certain || is_certain(operand);
        context.tree.add(parts, purity == Purity::any ? as_text(operand, context) : operand);
    }
    if (parts.empty()) return build.null();
    Expr* made = nullptr;
    if (parts.size() == 1) {
        return is_text(family_of(parts[0])) ? parts[0] : build.cast(parts[0], "text");
    }
    if (purity == Purity::immutable) {
        made = pure_concat(parts, build);
    } else if (std::all_of(parts.begin(), parts.end(), is_certain)) {
        made = parts[0];
        for (std::uint32_t i = 1; i < parts.size(); ++i)
            made = build.binary(BinaryOp::concat, made, parts[i]);
    } else {
        Call* call = build.call("concat", {});
        for (Expr* part : parts) context.tree.add(call->arguments, build.argument(part));
        made = call;
    }
    return certain ? made : build.call("nullif", {made, build.string("")});
}

namespace {

/// Oracle reckons with texts that are numbers. PostgreSQL takes a literal for one beside a number by itself.
void reckon(Binary* binary, LowerContext& context) {
    const bool both = is_text(family_of(binary->left)) && is_text(family_of(binary->right));
    for (Expr** side : {&binary->left, &binary->right}) {
        if (!is_text(family_of(*side)) || (string_literal(*side) != nullptr && !both)) continue;
        *side = Build{context.tree, (*side)->span}.pack("to_number", {*side});
        TypeOf number;
        number.family = Family::number;
        (*side)->type = context.tree.make_value(number);
    }
}

}  // namespace

Expr* lower_binary(Binary* binary, LowerContext& context) {
    const Build build{context.tree, binary->span};
    if (binary->op == BinaryOp::divide || binary->op == BinaryOp::multiply || binary->op == BinaryOp::add ||
        binary->op == BinaryOp::subtract)
        reckon(binary, context);
    switch (binary->op) {
        case BinaryOp::divide:
            if (may_be_integer(binary->left) && may_be_integer(binary->right) &&
                !is_interval(family_of(binary->left))) {
                binary->left = build.cast(binary->left, "numeric");
            }
            return binary;
        case BinaryOp::add:
        case BinaryOp::subtract: return date_arithmetic(binary, context);
        case BinaryOp::power:
            return build.call("power", {build.cast(binary->left, "numeric"), binary->right});
        case BinaryOp::modulo: return build.pack("mod", {binary->left, binary->right});
        case BinaryOp::equal:
        case BinaryOp::not_equal:
        case BinaryOp::less:
        case BinaryOp::less_equal:
        case BinaryOp::greater:
        case BinaryOp::greater_equal: return compared(binary, context);
        default: return binary;
    }
}

Expr* lower_test(IsTest* test, LowerContext& context) {
    using What = IsTest::What;
    const auto spliced = [&](std::string_view is, std::string_view is_not) {
        return Make{context.tree, test->span}.splice(test->negated ? is_not : is, {test->operand});
    };
    switch (test->what) {
        case What::nan: return spliced("((@) = 'NaN')", "((@) <> 'NaN')");
        case What::infinite:
            return spliced("((@) IN ('Infinity', '-Infinity'))", "((@) NOT IN ('Infinity', '-Infinity'))");
        case What::empty: return spliced("(cardinality(@) = 0)", "(cardinality(@) <> 0)");
        case What::json: return spliced("oracle_ext.is_json(@)", "(NOT oracle_ext.is_json(@))");
        default: return test;  // of types, of references: the printer refuses them
    }
}

namespace {

/// PostgreSQL's TIMESTAMP '…' passes over a zone. Of `US/Pacific PDT` the region says it all.
Expr* zoned(Literal* literal, LowerContext& context) {
    if (!names_a_zone(literal->text)) return literal;
    std::string text{literal->text};
    const std::size_t region = text.find_first_not_of("0123456789:.-+ ");
    const std::size_t daylight = region == std::string::npos ? region : text.find(' ', region);
    if (daylight != std::string::npos) text.resize(daylight);
    const Build build{context.tree, literal->span};
    return build.cast(build.string(text), "timestamptz");
}

}  // namespace

Expr* lower_literal(Literal* literal, LowerContext& context) {
    switch (literal->what) {
        case Literal::What::string:
        case Literal::What::national_string:
            literal->what = Literal::What::string;
            if (literal->text.empty() && context.settings.empty_strings == Settings::EmptyString::as_null) {
                literal->what = Literal::What::null;
            }
            return literal;
        case Literal::What::date:
            literal->what = Literal::What::timestamp;
            literal->text = context.tree.keep(std::string{literal->text} + " 00:00:00");
            return literal;
        case Literal::What::timestamp: return zoned(literal, context);
        case Literal::What::number:
            if (!literal->text.empty() &&
                std::string_view{"fFdD"}.find(literal->text.back()) != std::string_view::npos) {
                const Build build{context.tree, literal->span};
                const bool single = literal->text.back() == 'f' || literal->text.back() == 'F';
                literal->text.remove_suffix(1);
                return build.cast(literal, single ? "real" : "double precision");
            }
            return literal;
        case Literal::What::interval:
            literal->fields = context.tree.keep(interval_fields(literal->fields));
            return literal;
        default: return literal;
    }
}

}  // namespace landfall::convert
