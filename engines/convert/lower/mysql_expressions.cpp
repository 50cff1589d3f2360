// Expressions of MySQL: operators, literals, truth and numbers, and what has a syntax of its own.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

bool is_whole_number(const Expr* value) {
    const auto* literal = as<Literal>(value);
    return literal != nullptr && literal->what == Literal::What::number &&
           literal->text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_zero(const Expr* value) {
    const auto* literal = as<Literal>(value);
    return literal != nullptr && literal->what == Literal::What::number &&
           literal->text.find_first_of("123456789") == std::string_view::npos;
}

/// Arithmetic that keeps a fraction whatever stands on the other side.
bool has_fraction(const Expr* value) {
    const auto* literal = as<Literal>(value);
    return literal != nullptr && literal->what == Literal::What::number &&
           literal->text.find('.') != std::string_view::npos;
}

class ExpressionLowering {
public:
    ExpressionLowering(LowerContext& context, const MysqlSchema& schema)
        : context_{context}, schema_{schema} {}

    void run(Statement*& statement) {
        Node* root = statement;
        rewrite(root, [this](Node* node) { return lower(node); });
        statement = static_cast<Statement*>(root);
    }

private:
    Node* lower(Node* node) {
        switch (node->kind) {
            case Kind::binary: return binary(static_cast<Binary&>(*node));
            case Kind::unary: return unary(static_cast<Unary&>(*node));
            case Kind::call: return call(static_cast<Call&>(*node));
            case Kind::case_: return case_of(static_cast<Case&>(*node));
            case Kind::cast: return cast(static_cast<Cast&>(*node));
            case Kind::spliced: return own(static_cast<Spliced&>(*node));
            case Kind::literal: return literal(static_cast<Literal&>(*node));
            case Kind::is_test: return is_test(static_cast<IsTest&>(*node));
            case Kind::like: return like(static_cast<Like&>(*node));
            case Kind::join: {
                auto& join = static_cast<Join&>(*node);
                join.on = condition(join.on);
                return node;
            }
            case Kind::select: {
                auto& select = static_cast<Select&>(*node);
                select.where = condition(select.where);
                select.having = condition(select.having);
                for (SelectItem* item : select.items) item->value = number(item->value);
                return node;
            }
            case Kind::update: {
                auto& update = static_cast<Update&>(*node);
                update.where = condition(update.where);
                return node;
            }
            case Kind::delete_: {
                auto& change = static_cast<Delete&>(*node);
                change.where = condition(change.where);
                return node;
            }
            case Kind::set_item: {
                auto& item = static_cast<SetItem&>(*node);
                item.value = number(item.value);
                return node;
            }
            case Kind::assignment: {
                auto& assignment = static_cast<Assignment&>(*node);
                assignment.value = number(assignment.value);
                return node;
            }
            case Kind::if_branch: {
                auto& branch = static_cast<IfBranch&>(*node);
                branch.condition = condition(branch.condition);
                return node;
            }
            case Kind::constraint: {
                auto& constraint = static_cast<Constraint&>(*node);
                constraint.condition = condition(constraint.condition);
                return node;
            }
            case Kind::column: {
                auto& column = static_cast<Column&>(*node);
                column.generated = number(column.generated);
                return node;
            }
            default: return node;
        }
    }

    void tell(int code, Complexity complexity, Span at, std::string_view detail) {
        context_.add_finding(code, complexity, at, detail);
    }
    [[nodiscard]] Build build(const Node& at) const { return {context_.tree, at.span}; }
    Expr* filled(const Node& at, std::string_view pattern, const std::vector<Expr*>& arguments) {
        return fill(context_.tree, at.span, pattern, arguments);
    }

    // --- truth and numbers ---
    [[nodiscard]] bool is_boolean(const Expr* value) const {
        if (is_condition(value)) return true;
        const auto* literal_value = as<Literal>(value);
        if (literal_value != nullptr && (literal_value->what == Literal::What::boolean_true ||
                                         literal_value->what == Literal::What::boolean_false))
            return true;
        if (const auto* whole = as<Parenthesized>(value)) return is_boolean(whole->inner);
        if (context_.settings.mysql.tinyint1 != MysqlSettings::TinyInt1::boolean) return false;
        const auto* name = as<Name>(value);
        if (name == nullptr) return false;
        const auto found = schema_.columns.find(name->parts.back().name);
        return found != schema_.columns.end() && found->second != nullptr && found->second->type != nullptr &&
               family_of(*found->second->type, context_.settings.mysql) == MysqlFamily::boolean;
    }
    /// Where MySQL asks whether a number is 0.
    Expr* condition(Expr* value) {
        if (value == nullptr || is_boolean(value)) return value;
        if (const auto* constant = as<Literal>(value); constant != nullptr) {
            if (constant->what == Literal::What::null) return value;
            if (constant->what == Literal::What::number)
                return build(*value).boolean(is_zero(value) ? "false" : "true");
        }
        if (as<Subquery>(value) != nullptr || as<RawExpr>(value) != nullptr) return value;
        return build(*value).binary(BinaryOp::not_equal, value, build(*value).number("0"));
    }
    /// Where MySQL has 1 or 0 of a comparison.
    Expr* number(Expr* value) {
        if (value == nullptr || !is_condition(value)) return value;
        return filled(*value, "($1)::integer", {value});
    }

    // --- operators ---
    Node* binary(Binary& operation) {
        switch (operation.op) {
            case BinaryOp::and_:
            case BinaryOp::or_:
                operation.left = condition(operation.left);
                operation.right = condition(operation.right);
                return &operation;
            case BinaryOp::xor_:
                return fill_condition(context_.tree, operation.span, "($1) <> ($2)",
                                      {condition(operation.left), condition(operation.right)});
            case BinaryOp::divide: return divide(operation);
            case BinaryOp::integer_divide:
                return filled(operation, "trunc(($1)::numeric / $2)::bigint",
                              {operation.left, divisor(operation.right)});
            case BinaryOp::modulo: operation.right = divisor(operation.right); return &operation;
            case BinaryOp::regexp:
                return fill_condition(context_.tree, operation.span, "($1)::text ~* $2",
                                      {operation.left, operation.right});
            case BinaryOp::concat:
                return filled(operation, "($1)::text || ($2)::text", {operation.left, operation.right});
            case BinaryOp::add:
            case BinaryOp::subtract: return sum(operation);
            case BinaryOp::multiply:
            case BinaryOp::bit_and:
            case BinaryOp::bit_or:
                operation.left = number(operation.left);
                operation.right = number(operation.right);
                return &operation;
            default: return comparison(operation);
        }
    }
    /// A comparison of a comparison with a number.
    Node* comparison(Binary& operation) {
        const bool left = is_condition(operation.left), right = is_condition(operation.right);
        const bool truths = is_boolean(operation.left) && is_boolean(operation.right);
        if (truths) return &operation;
        if (left) operation.left = number(operation.left);
        if (right) operation.right = number(operation.right);
        boolean_literal(operation.left, operation.right);
        boolean_literal(operation.right, operation.left);
        return &operation;
    }
    /// active = 1 where the column is a boolean, active = TRUE where it is a number.
    void boolean_literal(const Expr* column, Expr*& value) {
        auto* constant = as<Literal>(value);
        if (constant == nullptr) return;
        const bool truth =
            constant->what == Literal::What::boolean_true || constant->what == Literal::What::boolean_false;
        if (is_boolean(column) && !is_condition(column) && is_whole_number(value))
            value = build(*value).boolean(is_zero(value) ? "false" : "true");
        else if (truth && !is_boolean(column))
            value = build(*value).number(constant->what == Literal::What::boolean_true ? "1" : "0");
    }
    /// Division by 0 is NULL.
    Expr* divisor(Expr* value) {
        const auto* constant = as<Literal>(value);
        const bool safe = constant != nullptr && constant->what == Literal::What::number && !is_zero(value);
        return safe ? value : filled(*value, "nullif($1, 0)", {number(value)});
    }
    Node* divide(Binary& operation) {
        if (!has_fraction(operation.left) && !has_fraction(operation.right))
            operation.left = build(operation).cast(number(operation.left), "numeric");
        operation.right = divisor(operation.right);
        return &operation;
    }
    static Spliced* interval_of(Expr* value) {
        auto* interval = as<Spliced>(value);
        return interval != nullptr && interval->name == "lowered interval" ? interval : nullptr;
    }
    Node* sum(Binary& operation) {
        if (Spliced* right = interval_of(operation.right))
            return add_mysql_interval(operation.left, right, operation.op == BinaryOp::add ? '+' : '-',
                                      context_, schema_);
        if (Spliced* left = interval_of(operation.left); left != nullptr && operation.op == BinaryOp::add)
            return add_mysql_interval(operation.right, left, '+', context_, schema_);
        operation.left = number(operation.left);
        operation.right = number(operation.right);
        return &operation;
    }
    Node* unary(Unary& operation) {
        if (operation.op == UnaryOp::not_)
            operation.operand = condition(operation.operand);
        else
            operation.operand = number(operation.operand);
        return &operation;
    }
    Node* is_test(IsTest& test) {
        if (test.what == IsTest::What::true_ || test.what == IsTest::What::false_)
            test.operand = condition(test.operand);
        return &test;
    }
    /// A pattern is of texts: numbers and moments are not looked into without a cast.
    Node* like(Like& test) {
        const Text type = schema_.type_of(test.operand);
        const bool is_text = type.empty() || type.ends_with("char") || type.ends_with("text");
        if (!is_text) test.operand = build(test).cast(test.operand, "text");
        return &test;
    }
    Node* case_of(Case& chosen) {
        for (When* when : chosen.whens) {
            if (chosen.operand == nullptr) when->condition = condition(when->condition);
            when->result = truth_as_number(when->result);
        }
        chosen.otherwise = truth_as_number(chosen.otherwise);
        return &chosen;
    }
    Expr* truth_as_number(Expr* value) {
        const auto* constant = as<Literal>(value);
        if (constant != nullptr &&
            (constant->what == Literal::What::boolean_true || constant->what == Literal::What::boolean_false))
            return build(*value).number(constant->what == Literal::What::boolean_true ? "1" : "0");
        return number(value);
    }
    Node* cast(Cast& whole) {
        if (whole.to == nullptr) return &whole;
        const bool integer = whole.to->name != nullptr && (whole.to->name->parts.back().name == "signed" ||
                                                           whole.to->name->parts.back().name == "unsigned");
        lower_mysql_cast_type(*whole.to, context_);
        whole.operand = number(whole.operand);
        // '12abc' is 12 in MySQL; an error here.
        if (integer && as<Literal>(whole.operand) == nullptr)
            tell(kExpression, Complexity::info, whole.span, "a text that is no number is an error, not 0");
        return &whole;
    }
    Node* call(Call& whole) {
        const auto* callee = as<Name>(whole.callee);
        if (callee == nullptr || callee->parts.size() != 1) return &whole;
        if (callee->parts[0].name == "if" && whole.arguments.size() == 3) return choice(whole);
        for (Argument* argument : whole.arguments) argument->value = number(argument->value);
        if (Expr* moment = lower_mysql_moment(whole, context_, schema_)) return moment;
        Expr* made = lower_mysql_call(whole, context_, schema_);
        return made == nullptr ? &whole : made;
    }
    /// IF(a, b, c)
    Node* choice(Call& whole) {
        Case* made = context_.tree.make<Case>(whole.span);
        When* when = build(whole).when(condition(whole.arguments[0]->value),
                                       truth_as_number(whole.arguments[1]->value));
        context_.tree.add(made->whens, when);
        made->otherwise = truth_as_number(whole.arguments[2]->value);
        return made;
    }
    /// Typed literals of times are intervals only behind TIME.
    static Node* literal(Literal& constant) { return &constant; }

    // --- what has a syntax of its own ---
    Node* own(Spliced& spliced) {
        const Text name = spliced.name;
        if (name.empty() || name == "condition" || name == "lowered interval") return &spliced;
        const auto operand = [&](std::uint32_t i) { return static_cast<Expr*>(spliced.operands[i]); };
        if (name == "INTERVAL") return lower_mysql_interval(spliced, context_);
        if (name == "COLLATE" || name == "USING") return operand(0);
        if (name == "BINARY") {
            tell(kCollation, Complexity::info, spliced.span,
                 "BINARY: texts are compared byte by byte anyway");
            return operand(0);
        }
        if (name == "HEX") return filled(spliced, "convert_from(decode($1, 'hex'), 'UTF8')", {operand(0)});
        if (name == "BITS") return bits(spliced);
        if (name == "->" || name == "->>") return json_path(spliced, operand(0), operand(1), name == "->>");
        if (name == "<<" || name == ">>" || name == "^") {
            const std::string pattern = "($1) " + std::string{name == "^" ? "#" : name} + " ($2)";
            return filled(spliced, name == "^" ? pattern : pattern + "::integer", {operand(0), operand(1)});
        }
        if (name == "MATCH") return match(spliced);
        if (name == "MEMBER OF")
            return fill_condition(context_.tree, spliced.span, "($2)::jsonb @> to_jsonb($1)",
                                  {operand(0), operand(1)});
        return &spliced;
    }
    Node* bits(Spliced& spliced) {
        const auto* digits = as<Literal>(spliced.operands[0]);
        std::uint64_t value = 0;
        constexpr std::size_t kBitsMax = 62;
        if (digits == nullptr || digits->text.size() > kBitsMax) return &spliced;
        for (const char c : digits->text) value = value * 2 + (c == '1' ? 1 : 0);
        return build(spliced).number(std::to_string(value));
    }
    /// '$.a.b[0]' as the path {a,b,0}; empty where it has more than names and numbers.
    static std::string path_of(Text path) {
        std::string made = "{";
        if (!path.starts_with("$")) return {};
        path.remove_prefix(1);
        while (!path.empty()) {
            const bool index = path.front() == '[';
            if (!index && path.front() != '.') return {};
            path.remove_prefix(1);
            std::size_t end = index ? path.find(']') : std::min(path.find_first_of(".["), path.size());
            if (end == std::string_view::npos || end == 0) return {};
            std::string_view part = path.substr(0, end);
            if (part.size() > 2 && part.front() == '"') part = part.substr(1, part.size() - 2);
            if (part.find_first_of("*\"{},\\ ") != std::string_view::npos) return {};
            made.append(made.size() > 1 ? "," : "").append(part);
            path.remove_prefix(end + (index ? 1 : 0));
        }
        return made + "}";
    }
    Node* json_path(Spliced& spliced, Expr* document, Expr* path, bool as_text) {
        const auto* constant = as<Literal>(path);
        const std::string made = constant == nullptr ? std::string{} : path_of(constant->text);
        if (made.empty()) {
            tell(kFunction, Complexity::medium, spliced.span, "a path of JSON");
            return filled(spliced,
                          as_text ? "jsonb_path_query_first(($1)::jsonb, ($2)::jsonpath) #>> '{}'"
                                  : "jsonb_path_query_first(($1)::jsonb, ($2)::jsonpath)",
                          {document, path});
        }
        return filled(spliced, as_text ? "($1)::jsonb #>> $2" : "($1)::jsonb #> $2",
                      {document, build(spliced).string(made)});
    }
    Node* match(Spliced& spliced) {
        std::vector<Expr*> operands;
        std::string text;
        for (std::uint32_t i = 0; i + 1 < spliced.operands.size() && i < 8; ++i) {
            operands.push_back(static_cast<Expr*>(spliced.operands[i]));
            text.append(i > 0 ? " || ' ' || " : "").append("coalesce($" + std::to_string(i + 1) + ", '')");
        }
        operands.push_back(static_cast<Expr*>(spliced.operands.back()));
        const bool boolean = !spliced.pieces.empty() && spliced.pieces[0] == "BOOLEAN";
        tell(kFullText, Complexity::medium, spliced.span, "MATCH … AGAINST gives no rank, true or false");
        return fill_condition(context_.tree, spliced.span,
                              "to_tsvector('simple'::regconfig, " + text + ") @@ " +
                                  (boolean ? "websearch_to_tsquery" : "plainto_tsquery") +
                                  "('simple'::regconfig, $" + std::to_string(operands.size()) + ")",
                              operands);
    }

    LowerContext& context_;
    const MysqlSchema& schema_;
};

}  // namespace

void lower_mysql_expressions(Statement*& statement, LowerContext& context, const MysqlSchema& schema) {
    ExpressionLowering{context, schema}.run(statement);
}

}  // namespace landfall::convert
