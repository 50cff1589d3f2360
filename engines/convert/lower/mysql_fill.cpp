// Templates of PostgreSQL's text with operands.
#include "engines/convert/lower/mysql_parts.hpp"

namespace landfall::convert {
namespace {

class Filling {
public:
    Filling(Tree& tree, Span at, const std::vector<Expr*>& arguments)
        : tree_{tree}, made_{tree.make<Spliced>(at)}, arguments_{arguments}, used_(arguments.size(), false) {}

    Spliced* fill(std::string_view pattern) {
        for (std::size_t at = 0; at < pattern.size(); ++at) {
            const char next = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
            if (pattern[at] != '$' || (next != '*' && (next < '1' || next > '9'))) {
                text_.push_back(pattern[at]);
                continue;
            }
            ++at;
            if (next == '*')
                all();
            else
                operand(static_cast<std::size_t>(next - '1'));
        }
        tree_.add(made_->pieces, tree_.keep(text_));
        return made_;
    }

private:
    void operand(std::size_t index) {
        CHECK(index < arguments_.size());
        tree_.add(made_->pieces, tree_.keep(text_));
        text_.clear();
        tree_.add(made_->operands, used_[index] ? clone_of(tree_, arguments_[index]) : arguments_[index]);
        used_[index] = true;
    }
    void all() {
        for (std::size_t i = 0; i < arguments_.size(); ++i) {
            if (i > 0) text_ += ", ";
            operand(i);
        }
    }

    Tree& tree_;
    Spliced* made_;
    const std::vector<Expr*>& arguments_;
    std::vector<bool> used_;
    std::string text_;
};

}  // namespace

Spliced* fill(Tree& tree, Span at, std::string_view pattern, const std::vector<Expr*>& arguments) {
    return Filling{tree, at, arguments}.fill(pattern);
}

Spliced* fill_condition(Tree& tree, Span at, std::string_view pattern, const std::vector<Expr*>& arguments) {
    Spliced* made = fill(tree, at, pattern, arguments);
    made->name = "condition";
    return made;
}

bool is_condition(const Expr* expression) {
    if (expression == nullptr) return false;
    switch (expression->kind) {
        case Kind::parenthesized: return is_condition(static_cast<const Parenthesized*>(expression)->inner);
        case Kind::unary: return static_cast<const Unary*>(expression)->op == UnaryOp::not_;
        case Kind::between:
        case Kind::in:
        case Kind::like:
        case Kind::is_test:
        case Kind::quantified: return true;
        case Kind::subquery: return static_cast<const Subquery*>(expression)->what == Subquery::What::exists;
        case Kind::spliced: return static_cast<const Spliced*>(expression)->name == "condition";
        case Kind::binary: break;
        default: return false;
    }
    switch (static_cast<const Binary*>(expression)->op) {
        case BinaryOp::or_:
        case BinaryOp::and_:
        case BinaryOp::xor_:
        case BinaryOp::equal:
        case BinaryOp::not_equal:
        case BinaryOp::less:
        case BinaryOp::less_equal:
        case BinaryOp::greater:
        case BinaryOp::greater_equal:
        case BinaryOp::regexp:
        case BinaryOp::is_distinct:
        case BinaryOp::is_not_distinct:
        case BinaryOp::null_safe_equal: return true;
        default: return false;
    }
}

}  // namespace landfall::convert
