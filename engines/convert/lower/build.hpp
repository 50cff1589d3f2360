// Short ways to make trees of PostgreSQL's, for passes. Every node has the span and, where it takes the place
// of an expression, the type of what it stands for.
#pragma once

#include <initializer_list>
#include <string>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

class Build {
public:
    Build(Tree& tree, Span at) : tree_{tree}, at_{at} {}

    [[nodiscard]] Identifier identifier(std::string_view name) const {
        return {.name = tree_.keep(name), .span = at_};
    }
    /// One part, or several: {"oracle_ext", "substr"}
    [[nodiscard]] Name* name(std::initializer_list<std::string_view> parts) const {
        Name* made = tree_.make<Name>(at_);
        for (const std::string_view part : parts) tree_.add(made->parts, identifier(part));
        return made;
    }
    [[nodiscard]] Literal* number(std::string_view digits) const {
        return literal(Literal::What::number, digits);
    }
    [[nodiscard]] Literal* string(std::string_view text) const {
        return literal(Literal::What::string, text);
    }
    /// INTERVAL '1 day'
    [[nodiscard]] Literal* interval(std::string_view text) const {
        return literal(Literal::What::interval, text);
    }
    [[nodiscard]] Literal* null() const { return literal(Literal::What::null, {}); }
    [[nodiscard]] Literal* boolean(std::string_view word) const {
        return literal(word == "true" ? Literal::What::boolean_true : Literal::What::boolean_false, {});
    }
    [[nodiscard]] Argument* argument(Expr* value) const {
        Argument* made = tree_.make<Argument>(value->span);
        made->value = value;
        return made;
    }
    [[nodiscard]] Call* call(Name* callee, std::initializer_list<Expr*> arguments) const {
        Call* made = tree_.make<Call>(at_);
        made->callee = callee;
        for (Expr* value : arguments) tree_.add(made->arguments, argument(value));
        return made;
    }
    [[nodiscard]] Call* call(std::string_view function, std::initializer_list<Expr*> arguments) const {
        return call(name({function}), arguments);
    }
    /// A function of the runtime pack.
    [[nodiscard]] Call* pack(std::string_view function, std::initializer_list<Expr*> arguments) const {
        return call(name({"oracle_ext", function}), arguments);
    }
    [[nodiscard]] Binary* binary(BinaryOp op, Expr* left, Expr* right) const {
        Binary* made = tree_.make<Binary>(at_);
        made->op = op;
        made->left = left;
        made->right = right;
        return made;
    }
    [[nodiscard]] Unary* negation(Expr* operand) const {
        Unary* made = tree_.make<Unary>(at_);
        made->op = UnaryOp::not_;
        made->operand = operand;
        return made;
    }
    /// `a` AND `b`; the other one where one is nullptr
    [[nodiscard]] Expr* both(Expr* a, Expr* b) const {
        if (a == nullptr) return b;
        return b == nullptr ? a : binary(BinaryOp::and_, a, b);
    }
    /// "numeric", "timestamp(0)"
    [[nodiscard]] DataType* type(std::string_view type_name) const {
        DataType* made = tree_.make<DataType>(at_);
        made->lowered = true;
        const std::size_t open = type_name.find('(');
        made->name = name({type_name.substr(0, open)});
        if (open != std::string_view::npos) {
            tree_.add(made->arguments, tree_.keep(type_name.substr(open + 1, type_name.size() - open - 2)));
        }
        return made;
    }
    [[nodiscard]] Cast* cast(Expr* operand, std::string_view type_name) const {
        Cast* made = tree_.make<Cast>(at_);
        made->operand = operand;
        made->to = type(type_name);
        return made;
    }
    [[nodiscard]] IsTest* is_null(Expr* operand, std::string_view sense = "is") const {
        IsTest* made = tree_.make<IsTest>(at_);
        made->operand = operand;
        made->negated = sense == "is not";
        return made;
    }
    [[nodiscard]] When* when(Expr* condition, Expr* result) const {
        When* made = tree_.make<When>(at_);
        made->condition = condition;
        made->result = result;
        return made;
    }
    [[nodiscard]] Spliced* spliced(std::initializer_list<std::string_view> pieces,
                                   std::initializer_list<Node*> operands) const {
        Spliced* made = tree_.make<Spliced>(at_);
        for (const std::string_view piece : pieces) tree_.add(made->pieces, tree_.keep(piece));
        for (Node* operand : operands) tree_.add(made->operands, operand);
        return made;
    }
    [[nodiscard]] SelectItem* item(Expr* value, std::string_view alias = {}) const {
        SelectItem* made = tree_.make<SelectItem>(at_);
        made->value = value;
        if (!alias.empty()) made->alias = identifier(alias);
        return made;
    }
    [[nodiscard]] OrderItem* order(Expr* value) const {
        OrderItem* made = tree_.make<OrderItem>(at_);
        made->value = value;
        return made;
    }
    [[nodiscard]] Query* query(QueryBody* body) const {
        Query* made = tree_.make<Query>(at_);
        made->body = body;
        return made;
    }
    [[nodiscard]] Subquery* subquery(Query* query) const {
        Subquery* made = tree_.make<Subquery>(at_);
        made->query = query;
        return made;
    }
    [[nodiscard]] DerivedTable* derived(Query* query, std::string_view alias) const {
        DerivedTable* made = tree_.make<DerivedTable>(at_);
        made->query = query;
        made->alias = identifier(alias);
        return made;
    }
    [[nodiscard]] Join* join(Join::What what, TableRef* left, TableRef* right, Expr* on) const {
        Join* made = tree_.make<Join>(at_);
        made->what = what;
        made->left = left;
        made->right = right;
        made->on = on;
        return made;
    }
    [[nodiscard]] Star* star() const { return tree_.make<Star>(at_); }

private:
    [[nodiscard]] Literal* literal(Literal::What what, std::string_view text) const {
        Literal* made = tree_.make<Literal>(at_);
        made->what = what;
        made->text = tree_.keep(text);
        return made;
    }

    Tree& tree_;
    Span at_;
};

}  // namespace landfall::convert
