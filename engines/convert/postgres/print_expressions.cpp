// Expressions.
#include <array>

#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {
namespace {

/// Deeper nesting is refused; what the parser lets through (kNestingMax) is printed.
constexpr std::uint32_t kDepthMax = 4000;

struct Operator {
    std::string_view text;
    Binds binds = Binds::nothing;  // nothing: PostgreSQL has no such operator
};

Operator operator_of(BinaryOp op) {
    switch (op) {
        case BinaryOp::or_: return {"OR", Binds::or_};
        case BinaryOp::and_: return {"AND", Binds::and_};
        case BinaryOp::equal: return {"=", Binds::comparison};
        case BinaryOp::not_equal: return {"<>", Binds::comparison};
        case BinaryOp::less: return {"<", Binds::comparison};
        case BinaryOp::less_equal: return {"<=", Binds::comparison};
        case BinaryOp::greater: return {">", Binds::comparison};
        case BinaryOp::greater_equal: return {">=", Binds::comparison};
        case BinaryOp::add: return {"+", Binds::add};
        case BinaryOp::subtract: return {"-", Binds::add};
        case BinaryOp::multiply: return {"*", Binds::multiply};
        case BinaryOp::divide: return {"/", Binds::multiply};
        case BinaryOp::modulo: return {"%", Binds::multiply};
        case BinaryOp::power: return {"^", Binds::power};
        case BinaryOp::concat: return {"||", Binds::other};
        case BinaryOp::bit_and: return {"&", Binds::other};
        case BinaryOp::bit_or: return {"|", Binds::other};
        case BinaryOp::regexp: return {"~", Binds::other};
        case BinaryOp::is_distinct: return {"IS DISTINCT FROM", Binds::is};
        case BinaryOp::is_not_distinct:
        case BinaryOp::null_safe_equal: return {"IS NOT DISTINCT FROM", Binds::is};
        default: return {};
    }
}

Binds tighter(Binds binds) { return static_cast<Binds>(static_cast<std::uint8_t>(binds) + 1); }

/// Text of a pass binds as a whole only where it is in brackets, or one word, or a call: f(…), (…).
bool is_closed(const Spliced& spliced) {
    int depth = 0;
    bool in_quotes = false, ended = false;
    for (const Text& piece : spliced.pieces) {
        if (&piece != spliced.pieces.begin() && depth == 0) return false;  // an operand outside of brackets
        for (const char c : piece) {
            if (c == '\'') in_quotes = !in_quotes;
            if (in_quotes || c == '\'') continue;
            if (ended) return false;
            if (c == '(' || c == '[') ++depth;
            if (c == ')' || c == ']') ended = --depth == 0;
            if (depth == 0 && !ended &&
                (c == ' ' || std::string_view{"+-*/|<>=:^%"}.find(c) != std::string_view::npos))
                return false;
        }
    }
    return depth == 0;
}

/// a, a.b, a[1].b, NEW.a: fields and subscripts follow without parentheses.
bool is_path(const Expr& expression) {
    const Expr* at = &expression;
    while (true) {
        if (const auto* field = as<Field>(at))
            at = field->base;
        else if (const auto* index = as<Index>(at))
            at = index->base;
        else
            return at != nullptr && (at->kind == Kind::name || at->kind == Kind::bind_variable);
        if (at == nullptr) return false;
    }
}

}  // namespace

Binds TreePrinter::binds(const Expr& expression) {
    switch (expression.kind) {
        case Kind::binary: {
            const Binds found = operator_of(static_cast<const Binary&>(expression).op).binds;
            return found == Binds::nothing ? Binds::primary : found;
        }
        case Kind::unary:
            switch (static_cast<const Unary&>(expression).op) {
                case UnaryOp::not_: return Binds::not_;
                case UnaryOp::bit_not: return Binds::other;
                default: return Binds::minus;
            }
        case Kind::quantified: return Binds::comparison;
        case Kind::between:
        case Kind::in:
        case Kind::like: return Binds::range;
        case Kind::is_test: return Binds::is;
        case Kind::at_time_zone: return Binds::time_zone;
        case Kind::cast: return Binds::cast;
        case Kind::spliced:
            return is_closed(static_cast<const Spliced&>(expression)) ? Binds::primary : Binds::nothing;
        default: return Binds::primary;
    }
}

/// `least`: what binds less tightly comes in parentheses.
void TreePrinter::expr(const Expr* expression, Binds least) {
    if (expression == nullptr) return;
    if (++depth_ > kDepthMax) {
        refuse(*expression);
    } else if (binds(*expression) < least) {
        say("(");
        bare(*expression);
        say(")");
    } else {
        bare(*expression);
    }
    --depth_;
}

void TreePrinter::bare(const Expr& expression) {
    switch (expression.kind) {
        case Kind::literal: return literal(static_cast<const Literal&>(expression));
        case Kind::name: return value_name(static_cast<const Name&>(expression));
        case Kind::field: return field(static_cast<const Field&>(expression));
        case Kind::star: {
            const auto& star = static_cast<const Star&>(expression);
            if (star.qualifier != nullptr) {
                qualified(*star.qualifier);
                say(".");
            }
            return say("*");
        }
        case Kind::bind_variable: {
            const Text name = static_cast<const BindVariable&>(expression).name.name;
            if (name != "new" && name != "old") refuse(expression);
            return say(name == "new" ? "NEW" : "OLD");
        }
        case Kind::call: return call(static_cast<const Call&>(expression));
        case Kind::case_: return case_(static_cast<const Case&>(expression));
        case Kind::subquery: return subquery(static_cast<const Subquery&>(expression));
        case Kind::tuple: return tuple(static_cast<const Tuple&>(expression));
        case Kind::parenthesized:
            say("(");
            expr(static_cast<const Parenthesized&>(expression).inner);
            return say(")");
        case Kind::spliced: {
            const auto& text = static_cast<const Spliced&>(expression);
            return spliced(text.pieces, text.operands);
        }
        default: return bare_operator(expression);
    }
}

void TreePrinter::bare_operator(const Expr& expression) {
    switch (expression.kind) {
        case Kind::unary: return unary(static_cast<const Unary&>(expression));
        case Kind::binary: return binary(static_cast<const Binary&>(expression));
        case Kind::quantified: return quantified(static_cast<const Quantified&>(expression));
        case Kind::in: return in_list(static_cast<const In&>(expression));
        case Kind::like: return like(static_cast<const Like&>(expression));
        case Kind::is_test: return is_test(static_cast<const IsTest&>(expression));
        case Kind::between: {
            const auto& test = static_cast<const Between&>(expression);
            expr(test.operand, Binds::other);
            say(test.negated ? " NOT BETWEEN " : " BETWEEN ");
            expr(test.low, Binds::other);
            say(" AND ");
            return expr(test.high, Binds::other);
        }
        case Kind::index: {
            const auto& index = static_cast<const Index&>(expression);
            path_base(*index.base);
            for (const Expr* subscript : index.subscripts) {
                say("[");
                expr(subscript);
                say("]");
            }
            return;
        }
        case Kind::cast: {
            const auto& cast = static_cast<const Cast&>(expression);
            if (cast.to == nullptr || cast.on_error != nullptr || cast.format != nullptr)
                return refuse(expression);
            expr(cast.operand, Binds::cast);
            say("::");
            return data_type(*cast.to);
        }
        case Kind::at_time_zone: {
            const auto& moment = static_cast<const AtTimeZone&>(expression);
            expr(moment.operand, Binds::time_zone);
            say(" AT TIME ZONE ");
            if (moment.zone == nullptr) return say("current_setting('TimeZone')");
            return expr(moment.zone, Binds::collate);
        }
        default: return refuse(expression);
    }
}

/// Chains of one strength are printed flat, however long: a || b || c, a + b - c.
void TreePrinter::binary(const Binary& chain) {
    const Operator own = operator_of(chain.op);
    if (own.binds == Binds::nothing) return refuse(chain);
    std::vector<const Binary*> links{&chain};
    const bool is_chain = own.binds != Binds::comparison && own.binds != Binds::is;
    while (is_chain) {
        const auto* left = as<Binary>(links.back()->left);
        if (left == nullptr || operator_of(left->op).binds != own.binds) break;
        links.push_back(left);
    }
    const Binds outer = is_chain ? own.binds : Binds::other;
    out_.open();
    expr(links.back()->left, outer);
    out_.indent();
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        out_.blank();
        say(operator_of((*link)->op).text);
        say(" ");
        const bool is_logical = own.binds == Binds::and_ || own.binds == Binds::or_;
        expr((*link)->right, is_chain ? (is_logical ? own.binds : tighter(own.binds)) : Binds::other);
    }
    out_.outdent();
    out_.close();
}

void TreePrinter::unary(const Unary& operation) {
    switch (operation.op) {
        case UnaryOp::not_: say("NOT "); return expr(operation.operand, Binds::not_);
        case UnaryOp::minus:
        case UnaryOp::plus: {
            say(operation.op == UnaryOp::minus ? "-" : "+");
            // "--" would begin a comment.
            const auto* number = as<Literal>(operation.operand);
            const bool is_signed =
                operation.operand != nullptr && (operation.operand->kind == Kind::unary ||
                                                 (number != nullptr && number->text.starts_with('-')));
            return expr(operation.operand, is_signed ? Binds::primary : Binds::minus);
        }
        case UnaryOp::bit_not: say("~"); return expr(operation.operand, tighter(Binds::other));
        default: return refuse(operation);
    }
}

void TreePrinter::in_list(const In& test) {
    expr(test.operand, Binds::other);
    say(test.negated ? " NOT IN " : " IN ");
    if (test.items.size() == 1 && test.items[0]->kind == Kind::subquery) return expr(test.items[0]);
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    expressions(test.items);
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
}

void TreePrinter::like(const Like& test) {
    expr(test.operand, Binds::other);
    if (test.negated) say(" NOT");
    say(test.ignore_case ? " ILIKE " : " LIKE ");
    expr(test.pattern, Binds::other);
    if (test.escape == nullptr) return;
    say(" ESCAPE ");
    expr(test.escape, Binds::other);
}

void TreePrinter::is_test(const IsTest& test) {
    expr(test.operand, Binds::other);
    say(test.negated ? " IS NOT " : " IS ");
    switch (test.what) {
        case IsTest::What::null: return say("NULL");
        case IsTest::What::true_: return say("TRUE");
        case IsTest::What::false_: return say("FALSE");
        default: return refuse(test);
    }
}

void TreePrinter::quantified(const Quantified& test) {
    const Operator own = operator_of(test.op);
    if (own.binds != Binds::comparison) return refuse(test);
    expr(test.left, Binds::other);
    say(" ");
    say(own.text);
    say(test.all ? " ALL " : " ANY ");
    if (test.right != nullptr && test.right->kind == Kind::subquery) return expr(test.right);
    const auto* list = as<Tuple>(test.right);
    if (list != nullptr && !list->array) {
        say("(ARRAY[");
        expressions(list->items);
        return say("])");
    }
    say("(");
    expr(test.right);
    say(")");
}

void TreePrinter::tuple(const Tuple& tuple) {
    if (!tuple.grouping.empty()) {
        say(tuple.grouping);
        say(" ");
    }
    if (tuple.array)
        say("ARRAY[");
    else
        say(tuple.items.size() < 2 && tuple.grouping.empty() ? "ROW(" : "(");
    out_.open();
    out_.indent();
    out_.cut();
    for (const Expr* item : tuple.items) {
        if (item != tuple.items.front()) {
            say(",");
            out_.blank();
        }
        const auto* within = as<Tuple>(item);
        if (!tuple.grouping.empty() && within != nullptr && within->items.size() < 2 &&
            within->grouping.empty()) {
            say("(");
            expressions(within->items);
            say(")");
        } else {
            expr(item);
        }
    }
    out_.outdent();
    out_.cut();
    out_.close();
    say(tuple.array ? "]" : ")");
}

void TreePrinter::case_(const Case& chosen) {
    out_.open();
    say("CASE");
    if (chosen.operand != nullptr) {
        say(" ");
        expr(chosen.operand);
    }
    out_.indent();
    for (const When* when : chosen.whens) {
        out_.blank();
        say("WHEN ");
        expr(when->condition);
        say(" THEN ");
        expr(when->result);
    }
    if (chosen.otherwise != nullptr) {
        out_.blank();
        say("ELSE ");
        expr(chosen.otherwise);
    }
    out_.outdent();
    out_.blank();
    say("END");
    out_.close();
}

void TreePrinter::call(const Call& call) {
    if (call.callee == nullptr || call.keep_first || !call.keep_order.empty() || !call.separator.empty() ||
        call.nulls == Call::Nulls::ignore)
        return refuse(call);
    callee(*call.callee);
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    if (call.distinct) say("DISTINCT ");
    arguments(call.arguments);
    if (!call.order.empty()) {
        out_.blank();
        say("ORDER BY ");
        order_items(call.order);
    }
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
    call_options(call);
}

void TreePrinter::call_options(const Call& call) {
    if (!call.within_group.empty()) {
        say(" WITHIN GROUP (ORDER BY ");
        order_items(call.within_group);
        say(")");
    }
    if (call.filter != nullptr) {
        say(" FILTER (WHERE ");
        expr(call.filter);
        say(")");
    }
    if (call.over == nullptr) return;
    say(" OVER ");
    window(*call.over);
}

void TreePrinter::field(const Field& field) {
    if (field.base == nullptr) return refuse(field);
    path_base(*field.base);
    say(".");
    identifier(field.field.name);
}

/// What a field or a subscript follows: PostgreSQL wants anything but a path in parentheses.
void TreePrinter::path_base(const Expr& base) {
    if (is_path(base) || base.kind == Kind::parenthesized) return expr(&base);
    say("(");
    expr(&base);
    say(")");
}

void TreePrinter::subquery(const Subquery& subquery) {
    switch (subquery.what) {
        case Subquery::What::scalar: break;
        case Subquery::What::exists: say("EXISTS "); break;
        case Subquery::What::array: say("ARRAY"); break;
        default: return refuse(subquery);
    }
    if (subquery.query == nullptr) return refuse(subquery);
    in_parentheses(*subquery.query);
}

void TreePrinter::spliced(const List<Text>& pieces, const List<Node*>& operands) {
    for (std::uint32_t i = 0; i < pieces.size() || i < operands.size(); ++i) {
        if (i < pieces.size()) say(pieces[i]);
        if (i < operands.size() && operands[i] != nullptr) node(*operands[i]);
    }
}

void TreePrinter::expressions(const List<Expr*>& list, Binds least) {
    for (const Expr* each : list) {
        if (each != list.front()) {
            say(",");
            out_.blank();
        }
        expr(each, least);
    }
}

void TreePrinter::arguments(const List<Argument*>& list) {
    for (const Argument* argument : list) {
        if (argument != list.front()) {
            say(",");
            out_.blank();
        }
        if (!argument->name.empty()) {
            identifier(argument->name.name);
            say(" => ");
        }
        expr(argument->value);
    }
}

void TreePrinter::order_items(const List<OrderItem*>& list) {
    for (const OrderItem* item : list) {
        if (item != list.front()) {
            say(",");
            out_.blank();
        }
        expr(item->value);
        if (item->descending) say(" DESC");
        if (item->nulls == OrderItem::Nulls::first) say(" NULLS FIRST");
        if (item->nulls == OrderItem::Nulls::last) say(" NULLS LAST");
    }
}

/// As it stands behind OVER.
void TreePrinter::window(const Window& window) {
    const bool only_named =
        !window.name.empty() && window.partition.empty() && window.order.empty() && window.unit.empty();
    if (only_named) return identifier(window.name.name);
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    bool first = true;
    const auto part = [&](std::string_view word) {
        if (!first) out_.blank();
        first = false;
        say(word);
    };
    if (!window.name.empty()) {
        part({});
        identifier(window.name.name);
    }
    if (!window.partition.empty()) {
        part("PARTITION BY ");
        expressions(window.partition);
    }
    if (!window.order.empty()) {
        part("ORDER BY ");
        order_items(window.order);
    }
    if (!window.unit.empty()) {
        part(window.unit);
        say(window.end != nullptr ? " BETWEEN " : " ");
        expr(window.start);
        if (window.end != nullptr) say(" AND ");
        expr(window.end);
    }
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
}

/// Any operand of a Spliced.
void TreePrinter::node(const Node& node) {
    switch (node.kind) {
        case Kind::data_type: return data_type(static_cast<const DataType&>(node));
        case Kind::query: return query(static_cast<const Query&>(node));
        case Kind::order_item: {
            List<OrderItem*> one;
            Tree tree;
            tree.add(one, const_cast<OrderItem*>(static_cast<const OrderItem*>(&node)));
            return order_items(one);
        }
        case Kind::insert:
        case Kind::update:
        case Kind::delete_:
        case Kind::merge: return row_change(node);
        case Kind::select:
        case Kind::set_operation:
        case Kind::values: return query_body(static_cast<const QueryBody&>(node));
        case Kind::window: return window(static_cast<const Window&>(node));
        case Kind::table_name:
        case Kind::derived_table:
        case Kind::table_function:
        case Kind::join: return table_ref(static_cast<const TableRef&>(node));
        case Kind::block: return block(static_cast<const Block&>(node));
        case Kind::column: return column(static_cast<const Column&>(node));
        case Kind::argument: return expr(static_cast<const Argument&>(node).value);
        default: break;
    }
    if (node.kind >= Kind::literal && node.kind <= Kind::raw_expr && node.kind != Kind::when)
        return expr(static_cast<const Expr*>(&node));
    refuse(node);
}

}  // namespace landfall::convert
