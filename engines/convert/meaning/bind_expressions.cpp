// Expressions: the type of each, by Oracle's rules.
#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;

[[nodiscard]] const TypeOf* type_of_argument(const Call& call, std::uint32_t i) {
    if (i >= call.arguments.size() || call.arguments[i]->value == nullptr) return nullptr;
    return call.arguments[i]->value->type;
}

[[nodiscard]] const TypeOf* number_literal(Text digits) {
    if (digits.empty()) return basic(Family::number);
    const char last = digits.back();
    if (last == 'f' || last == 'F') return basic(Family::binary_float);
    if (last == 'd' || last == 'D') return basic(Family::binary_double);
    return digits.find_first_of(".eE") == Text::npos ? whole_number() : basic(Family::number);
}

[[nodiscard]] Family family_of_spliced(Text name) {
    if (name == "EXTRACT") return Family::number;
    if (name == "TRIM" || name == "JSON_VALUE" || name == "JSON_OBJECT" || name == "JSON_ARRAY" ||
        name == "JSON_QUERY" || name == "JSON_ARRAYAGG" || name == "JSON_OBJECTAGG" || name == "LISTAGG")
        return Family::varchar;
    if (name == "XMLSERIALIZE") return Family::clob;
    if (name == "XMLEXISTS" || name == "JSON_EXISTS") return Family::boolean;
    return name.starts_with("XML") ? Family::xml : Family::unknown;
}

}  // namespace

const TypeOf* Binder::expression(Expr* expr) {
    if (expr == nullptr) return nullptr;
    return expr->type = type_of_expression(expr);
}

const TypeOf* Binder::type_of_expression(Expr* expr) {
    switch (expr->kind) {
        case Kind::literal: return literal(*static_cast<Literal*>(expr));
        case Kind::name: return name(*static_cast<Name*>(expr), Want::value, nullptr);
        case Kind::field: return field(*static_cast<Field*>(expr), nullptr);
        case Kind::call: return call(*static_cast<Call*>(expr));
        case Kind::attribute: return attribute(*static_cast<Attribute*>(expr));
        case Kind::bind_variable: return bind_variable(*static_cast<BindVariable*>(expr));
        case Kind::parenthesized: return expression(static_cast<Parenthesized*>(expr)->inner);
        case Kind::outer_mark: return expression(static_cast<OuterMark*>(expr)->operand);
        case Kind::case_: return case_of(*static_cast<Case*>(expr));
        case Kind::subquery: return subquery(*static_cast<Subquery*>(expr));
        case Kind::spliced: return spliced(*static_cast<Spliced*>(expr));
        default: return of_operators(expr);
    }
}

const TypeOf* Binder::of_operators(Expr* expr) {
    switch (expr->kind) {
        case Kind::binary: {
            auto* binary = static_cast<Binary*>(expr);
            const TypeOf* left = expression(binary->left);
            const TypeOf* right = expression(binary->right);
            return type_of_operation(binary->op, left, right);
        }
        case Kind::unary: {
            auto* unary = static_cast<Unary*>(expr);
            const TypeOf* operand = expression(unary->operand);
            if (unary->op == UnaryOp::not_) return basic(Family::boolean);
            const bool sign = unary->op == UnaryOp::minus || unary->op == UnaryOp::plus;
            const bool text = operand != nullptr && operand->is_text();
            return sign && (operand == nullptr || text) ? basic(Family::number) : operand;
        }
        case Kind::cast: {
            auto* cast = static_cast<Cast*>(expr);
            expression(cast->operand);
            expression(cast->on_error);
            expression(cast->format);
            return resolve(cast->to);
        }
        case Kind::index: {
            auto* index = static_cast<Index*>(expr);
            const TypeOf* base = expression(index->base);
            expressions(index->subscripts);
            return base == nullptr ? nullptr : base->element;
        }
        case Kind::at_time_zone: {
            auto* at = static_cast<AtTimeZone*>(expr);
            expression(at->operand);
            expression(at->zone);
            return basic(Family::timestamp_tz);
        }
        case Kind::quantified:
        case Kind::between:
        case Kind::in:
        case Kind::like:
        case Kind::is_test: any_children(*expr); return basic(Family::boolean);
        default: return of_rest(expr);
    }
}

const TypeOf* Binder::of_rest(Expr* expr) {
    if (auto* tuple = as<Tuple>(static_cast<Node*>(expr)); tuple != nullptr) {
        expressions(tuple->items);
        return tuple->items.size() == 1 && !tuple->array ? tuple->items[0]->type : nullptr;
    }
    any_children(*expr);
    return nullptr;
}

void Binder::expressions(const List<Expr*>& list) {
    for (Expr* each : list) expression(each);
}

void Binder::arguments(const List<Argument*>& arguments) {
    for (Argument* each : arguments) expression(each->value);
}

void Binder::order(const List<OrderItem*>& items) {
    for (OrderItem* each : items) expression(each->value);
}

void Binder::window(Window* window) {
    if (window == nullptr) return;
    expressions(window->partition);
    order(window->order);
    expression(window->start);
    expression(window->end);
}

const TypeOf* Binder::literal(const Literal& literal) {
    switch (literal.what) {
        case Literal::What::number: return number_literal(literal.text);
        case Literal::What::string:
        case Literal::What::national_string:
            return basic(literal.text.empty() ? Family::null : Family::varchar);
        case Literal::What::null: return basic(Family::null);
        case Literal::What::boolean_true:
        case Literal::What::boolean_false: return basic(Family::boolean);
        case Literal::What::default_: return nullptr;
        case Literal::What::date: return basic(Family::date);
        case Literal::What::timestamp:
            return basic(names_a_zone(literal.text) ? Family::timestamp_tz : Family::timestamp);
        case Literal::What::interval: {
            const bool months = literal.fields.starts_with("YEAR") || literal.fields.starts_with("MONTH");
            return basic(months ? Family::interval_year_month : Family::interval_day_second);
        }
    }
    return nullptr;
}

const TypeOf* Binder::call(Call& call) {
    arguments(call.arguments);
    order(call.order);
    order(call.within_group);
    order(call.keep_order);
    expression(call.filter);
    window(call.over);
    auto* callee = as<Name>(static_cast<Node*>(call.callee));
    if (callee == nullptr) {
        auto* base = as<Field>(static_cast<Node*>(call.callee));
        if (base == nullptr) return call_of(expression(call.callee), call);
        return call_of(base->type = field(*base, &call.arguments), call);
    }
    const TypeOf* type = name(*callee, Want::callable, &call.arguments);
    if (callee->binding == nullptr || callee->binding->symbol == nullptr) return nullptr;
    const Symbol& symbol = *callee->binding->symbol;
    if (symbol.what == Symbol::What::built_in && callee->binding->consumed == callee->parts.size()) {
        std::string full{symbol.package};
        if (!full.empty()) full += '.';
        full += symbol.name;
        const BuiltIn* built_in = find_built_in(full);
        return built_in == nullptr ? nullptr : built_in_call(*built_in, call);
    }
    return call_of(type, call);
}

const TypeOf* Binder::call_of(const TypeOf* callee, Call& call) {
    if (callee == nullptr) return nullptr;
    switch (meaning_of(call)) {
        case CallMeaning::element: return callee->element;
        case CallMeaning::cursor: return callee;
        case CallMeaning::unknown: {
            // f.coll(1), where f is a function: the field is a collection.
            return callee->is_collection() ? callee->element : nullptr;
        }
        default: return callee;
    }
}

const TypeOf* Binder::built_in_call(const BuiltIn& built_in, const Call& call) {
    const TypeOf* first = type_of_argument(call, 0);
    switch (built_in.rule) {
        case ResultRule::fixed: return basic(built_in.family);
        case ResultRule::as_first: return first;
        case ResultRule::as_second: return type_of_argument(call, 1);
        case ResultRule::common: {
            const TypeOf* type = first;
            for (std::uint32_t i = 1; i < call.arguments.size(); ++i) {
                const TypeOf* next = type_of_argument(call, i);
                type = type == nullptr ? next : next == nullptr ? type : common_type(type, next);
            }
            return type;
        }
        case ResultRule::text_of_first: {
            const bool large = first != nullptr && first->family == Family::clob;
            return basic(large ? Family::clob : Family::varchar);
        }
        case ResultRule::text_or_raw_of_first: {
            const bool binary =
                first != nullptr && (first->family == Family::blob || first->family == Family::raw ||
                                     first->family == Family::bfile);
            return basic(binary ? Family::raw : Family::varchar);
        }
        case ResultRule::number_or_as_first: {
            if (first == nullptr) return nullptr;
            if (first->is_moment()) return basic(Family::date);
            const bool kept =
                first->family >= Family::interval_year_month && first->family <= Family::interval_day_second;
            return kept ? first : call.arguments.size() == 1 ? whole_number() : basic(Family::number);
        }
        case ResultRule::sum: {
            const bool kept = first != nullptr && (first->family == Family::binary_float ||
                                                   first->family == Family::binary_double ||
                                                   first->family == Family::interval_day_second ||
                                                   first->family == Family::interval_year_month);
            return kept ? first : basic(Family::number);
        }
        case ResultRule::decode: {
            for (std::uint32_t i = 2; i < call.arguments.size(); i += 2) {
                const TypeOf* type = type_of_argument(call, i);
                if (type != nullptr && type->family != Family::null) return type;
            }
            return call.arguments.size() % 2 == 0 && !call.arguments.empty()
                       ? type_of_argument(call, call.arguments.size() - 1)
                       : type_of_argument(call, 2);
        }
        case ResultRule::collection: {
            TypeOf made;
            made.family = Family::nested_table;
            made.element = first;
            return tree_.make_value(made);
        }
        case ResultRule::procedure:
        case ResultRule::unknown: return nullptr;
    }
    return nullptr;
}

const TypeOf* Binder::field(Field& field, const List<Argument*>* arguments) {
    const TypeOf* base = expression(field.base);
    return field.type = follow(base, field.field.name, arguments);
}

const TypeOf* Binder::attribute(Attribute& attribute) {
    if (auto* cursor = as<Name>(static_cast<Node*>(attribute.base)); cursor != nullptr) {
        const bool implicit = cursor->parts.size() == 1 && cursor->parts[0].name == "sql";
        if (!implicit) name(*cursor, Want::value, nullptr);
    } else {
        expression(attribute.base);
    }
    const Text what = attribute.attribute.name;
    if (what == "rowcount") return basic(Family::integer);
    if (what == "found" || what == "notfound" || what == "isopen") return basic(Family::boolean);
    return nullptr;
}

const TypeOf* Binder::bind_variable(const BindVariable& bind) {
    const Text name = bind.name.name;
    const bool of_trigger = name == trigger_new_ || name == trigger_old_ || name == trigger_parent_;
    return of_trigger ? trigger_row_ : nullptr;
}

const TypeOf* Binder::case_of(Case& expr) {
    expression(expr.operand);
    const TypeOf* type = nullptr;
    const auto merge = [&](Expr* result) {
        const TypeOf* next = expression(result);
        type = type == nullptr ? next : next == nullptr ? type : common_type(type, next);
    };
    for (When* when : expr.whens) {
        expression(when->condition);
        merge(when->result);
    }
    if (expr.otherwise != nullptr) merge(expr.otherwise);
    return type;
}

const TypeOf* Binder::subquery(Subquery& expr) {
    const OutColumns out = expr.query == nullptr ? OutColumns{} : query(*expr.query);
    switch (expr.what) {
        case Subquery::What::exists: return basic(Family::boolean);
        case Subquery::What::scalar: return out.columns.size() == 1 ? out.columns[0].type : nullptr;
        case Subquery::What::cursor: return basic(Family::ref_cursor);
        case Subquery::What::multiset:
        case Subquery::What::array: {
            TypeOf made;
            made.family = Family::nested_table;
            made.element = out.columns.size() == 1 ? out.columns[0].type : nullptr;
            return tree_.make_value(made);
        }
    }
    return nullptr;
}

const TypeOf* Binder::spliced(Spliced& expr) {
    any_children(expr);
    const Family family = family_of_spliced(expr.name);
    return family == Family::unknown ? nullptr : basic(family);
}

}  // namespace landfall::convert
