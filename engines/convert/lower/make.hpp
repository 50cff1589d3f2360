// Small trees that passes put in the place of others.
//
// Templates: each @ of a template stands for the next operand: splice("coalesce((@)::text, '')", {value}).
// The printer puts no parentheses around operands: the template has them. Threads: one tree, one thread.
#pragma once

#include <initializer_list>
#include <string>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

class Make {
public:
    Make(Tree& tree, Span at) : tree_{tree}, at_{at} {}

    [[nodiscard]] Name* name(std::initializer_list<Text> parts) const {
        Name* made = tree_.make<Name>(at_);
        for (const Text part : parts) {
            if (!part.empty()) tree_.add(made->parts, {.name = part, .span = at_});
        }
        return made;
    }
    [[nodiscard]] Literal* text(std::string_view content) const {
        Literal* made = tree_.make<Literal>(at_);
        made->what = Literal::What::string;
        made->text = tree_.keep(content);
        return made;
    }
    [[nodiscard]] Literal* number(std::string_view digits) const {
        Literal* made = tree_.make<Literal>(at_);
        made->what = Literal::What::number;
        made->text = tree_.keep(digits);
        return made;
    }
    [[nodiscard]] Literal* null() const { return tree_.make<Literal>(at_); }

    [[nodiscard]] Call* call(Expr* callee, std::initializer_list<Expr*> values) const {
        Call* made = tree_.make<Call>(at_);
        made->callee = callee;
        for (Expr* value : values) add_argument(*made, value);
        return made;
    }
    void add_argument(Call& call, Expr* value) const {
        Argument* argument = tree_.make<Argument>(value->span);
        argument->value = value;
        tree_.add(call.arguments, argument);
    }
    [[nodiscard]] Spliced* splice(std::string_view pattern, const std::vector<Node*>& operands) const {
        Spliced* made = tree_.make<Spliced>(at_);
        made->pieces = pieces(pattern);
        for (Node* operand : operands) tree_.add(made->operands, operand);
        return made;
    }
    [[nodiscard]] SplicedCode* code(std::string_view pattern, const std::vector<Node*>& operands) const {
        SplicedCode* made = tree_.make<SplicedCode>(at_);
        made->pieces = pieces(pattern);
        for (Node* operand : operands) tree_.add(made->operands, operand);
        return made;
    }
    [[nodiscard]] SplicedStatement* statement(std::string_view pattern,
                                              const std::vector<Node*>& operands) const {
        SplicedStatement* made = tree_.make<SplicedStatement>(at_);
        made->pieces = pieces(pattern);
        for (Node* operand : operands) tree_.add(made->operands, operand);
        return made;
    }
    [[nodiscard]] Assignment* assign(Expr* target, Expr* value) const {
        Assignment* made = tree_.make<Assignment>(at_);
        made->target = target;
        made->value = value;
        return made;
    }
    [[nodiscard]] CallStatement* call_statement(Expr* call, CallStatement::How how) const {
        CallStatement* made = tree_.make<CallStatement>(at_);
        made->call = call;
        made->how = how;
        return made;
    }
    /// A type of PostgreSQL's, by its text as one name: "text", "timestamp(0)" has its argument apart.
    [[nodiscard]] DataType* type(std::string_view type_name) const {
        DataType* made = tree_.make<DataType>(at_);
        made->name = name({tree_.keep(type_name)});
        made->lowered = true;
        return made;
    }
    [[nodiscard]] Variable* variable(Text name, DataType* type, Expr* value) const {
        Variable* made = tree_.make<Variable>(at_);
        made->name = {.name = name, .span = at_};
        made->type = type;
        made->value = value;
        return made;
    }
    [[nodiscard]] Text keep(std::string_view text) const { return tree_.keep(text); }

private:
    [[nodiscard]] List<Text> pieces(std::string_view pattern) const {
        List<Text> made;
        std::size_t from = 0;
        for (std::size_t at = pattern.find('@'); at != std::string_view::npos; at = pattern.find('@', from)) {
            tree_.add(made, tree_.keep(pattern.substr(from, at - from)));
            from = at + 1;
        }
        tree_.add(made, tree_.keep(pattern.substr(from)));
        return made;
    }

    Tree& tree_;
    Span at_;
};

}  // namespace landfall::convert
