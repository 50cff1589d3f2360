// Operators of MySQL's expressions, by their strength.
#include "engines/convert/syntax/mysql_grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

/// From weak to strong, as the manual's table of operator precedence has them.
enum : unsigned { kOr = 1, kXor, kAnd, kNot, kComparison, kBitOr, kBitAnd, kShift, kAdd, kMultiply, kBitXor };

struct Infix {
    unsigned strength;
    BinaryOp op;
    Text own;  ///< an operator that the tree has no kind for: a Spliced of this name
};

constexpr WordEntry<Infix> kInfixWords[] = {{"OR", {kOr, BinaryOp::or_, {}}},
                                            {"XOR", {kXor, BinaryOp::xor_, {}}},
                                            {"AND", {kAnd, BinaryOp::and_, {}}},
                                            {"&&", {kAnd, BinaryOp::and_, {}}},
                                            {"=", {kComparison, BinaryOp::equal, {}}},
                                            {"<=>", {kComparison, BinaryOp::null_safe_equal, {}}},
                                            {"<>", {kComparison, BinaryOp::not_equal, {}}},
                                            {"!=", {kComparison, BinaryOp::not_equal, {}}},
                                            {"<", {kComparison, BinaryOp::less, {}}},
                                            {"<=", {kComparison, BinaryOp::less_equal, {}}},
                                            {">", {kComparison, BinaryOp::greater, {}}},
                                            {">=", {kComparison, BinaryOp::greater_equal, {}}},
                                            {"|", {kBitOr, BinaryOp::bit_or, {}}},
                                            {"&", {kBitAnd, BinaryOp::bit_and, {}}},
                                            {"<<", {kShift, BinaryOp::bit_or, "<<"}},
                                            {">>", {kShift, BinaryOp::bit_or, ">>"}},
                                            {"+", {kAdd, BinaryOp::add, {}}},
                                            {"-", {kAdd, BinaryOp::subtract, {}}},
                                            {"*", {kMultiply, BinaryOp::multiply, {}}},
                                            {"/", {kMultiply, BinaryOp::divide, {}}},
                                            {"DIV", {kMultiply, BinaryOp::integer_divide, {}}},
                                            {"%", {kMultiply, BinaryOp::modulo, {}}},
                                            {"MOD", {kMultiply, BinaryOp::modulo, {}}},
                                            {"^", {kBitXor, BinaryOp::bit_or, "^"}}};
constexpr WordMap kInfix{kInfixWords};

constexpr Infix kPipesAsOr{kOr, BinaryOp::or_, {}};
constexpr Infix kPipesAsConcat{kBitXor + 1, BinaryOp::concat, {}};

}  // namespace

/// A chain of operators is a tree as tall: it has a limit, too.
void MysqlGrammar::rise() {
    if (++height_ > kChainMax) cursor_.fail("fewer operators in a row");
}

Expr* MysqlGrammar::binary(BinaryOp op, Expr* left, Expr* right) {
    Binary* made = tree_.make<Binary>(cursor_.since(left->span.begin));
    made->op = op;
    made->left = left;
    made->right = right;
    return made;
}

/// A construct of MySQL's own, which passes know by its name.
Spliced* MysqlGrammar::own(std::string_view name, std::uint32_t begin,
                           std::initializer_list<Node*> operands) {
    Spliced* made = tree_.make<Spliced>(cursor_.since(begin));
    made->name = tree_.keep(name);
    for (Node* operand : operands) tree_.add(made->operands, operand);
    return made;
}

Expr* MysqlGrammar::expression() {
    const unsigned height = std::exchange(height_, 0);
    Expr* made = operation(kOr);
    height_ = height;
    return made;
}

Expr* MysqlGrammar::operation(unsigned weakest) {
    const Depth depth{*this};
    Expr* left = nullptr;
    if (weakest <= kNot && cursor_.at("NOT")) {
        const std::uint32_t begin = cursor_.take().span.begin;
        Unary* made = tree_.make<Unary>({});
        made->op = UnaryOp::not_;
        made->operand = operation(kNot);
        made->span = cursor_.since(begin);
        left = made;
    } else {
        left = unary();
    }
    while (!cursor_.done()) {
        if (weakest <= kComparison) {
            if (Expr* tested = predicate(left); tested != left) {
                left = tested;
                continue;
            }
        }
        const Infix* infix = kInfix.find(cursor_, cursor_.look());
        if (cursor_.at("||")) infix = mode_.pipes_as_concat ? &kPipesAsConcat : &kPipesAsOr;
        if (infix == nullptr || infix->strength < weakest) break;
        rise();
        cursor_.take();
        if (infix->strength == kComparison) {
            left = comparison_right(left, infix->op);
            continue;
        }
        Expr* right = operation(infix->strength + 1);
        left = infix->own.empty() ? binary(infix->op, left, right)
                                  : own(infix->own, left->span.begin, {left, right});
    }
    return left;
}

/// What stands behind = and its kin: ANY (query), ALL (query), or an operand.
Expr* MysqlGrammar::comparison_right(Expr* left, BinaryOp op) {
    const bool all = cursor_.at("ALL");
    if ((all || cursor_.at_any({"ANY", "SOME"})) && cursor_.at("(", 1) && at_query(2)) {
        cursor_.take();
        Quantified* made = tree_.make<Quantified>({});
        made->op = op;
        made->all = all;
        made->left = left;
        made->right = subquery();
        made->span = cursor_.since(left->span.begin);
        return made;
    }
    return binary(op, left, operation(kBitOr));
}

/// IS …, [NOT] BETWEEN, IN, LIKE, REGEXP, SOUNDS LIKE, MEMBER OF; `left` itself where none stands here.
Expr* MysqlGrammar::predicate(Expr* left) {
    if (cursor_.at("IS")) return is_test(left);
    if (cursor_.at_all({"MEMBER", "OF"})) {
        cursor_.take();
        cursor_.take();
        cursor_.expect("(");
        Expr* array = expression();
        cursor_.expect(")");
        return own("MEMBER OF", left->span.begin, {left, array});
    }
    const std::size_t ahead = cursor_.at("NOT") ? 1 : 0;
    const bool negated = ahead == 1;
    const auto at = [&](Word word) { return cursor_.at(word, ahead); };
    if (!at("BETWEEN") && !at("IN") && !at("LIKE") && !at("REGEXP") && !at("RLIKE")) return left;
    rise();
    if (negated) cursor_.take();
    if (cursor_.at("IN")) return in_list(left, negated);
    if (cursor_.accept("BETWEEN")) {
        Between* made = tree_.make<Between>({});
        made->negated = negated;
        made->operand = left;
        made->low = operation(kBitOr);
        cursor_.expect("AND");
        made->high = operation(kBitOr);
        made->span = cursor_.since(left->span.begin);
        return made;
    }
    if (cursor_.accept("LIKE")) {
        Like* made = tree_.make<Like>({});
        made->negated = negated;
        made->operand = left;
        made->pattern = operation(kBitOr);
        if (cursor_.accept("ESCAPE")) made->escape = operation(kBitOr);
        made->span = cursor_.since(left->span.begin);
        return made;
    }
    cursor_.take();
    Expr* made = binary(BinaryOp::regexp, left, operation(kBitOr));
    if (!negated) return made;
    Unary* opposite = tree_.make<Unary>(made->span);
    opposite->op = UnaryOp::not_;
    opposite->operand = made;
    return opposite;
}

Expr* MysqlGrammar::is_test(Expr* left) {
    cursor_.take();
    rise();
    IsTest* made = tree_.make<IsTest>({});
    made->operand = left;
    made->negated = cursor_.accept("NOT");
    if (cursor_.accept("NULL") || cursor_.accept("UNKNOWN"))
        made->what = IsTest::What::null;
    else if (cursor_.accept("TRUE"))
        made->what = IsTest::What::true_;
    else if (cursor_.accept("FALSE"))
        made->what = IsTest::What::false_;
    else
        cursor_.fail("NULL, TRUE or FALSE");
    made->span = cursor_.since(left->span.begin);
    return made;
}

Expr* MysqlGrammar::in_list(Expr* left, bool negated) {
    cursor_.take();
    In* made = tree_.make<In>({});
    made->negated = negated;
    made->operand = left;
    if (cursor_.at("(") && at_query(1)) {
        tree_.add(made->items, subquery());
    } else {
        cursor_.expect("(");
        made->items = expressions();
        cursor_.expect(")");
    }
    made->span = cursor_.since(left->span.begin);
    return made;
}

Expr* MysqlGrammar::unary() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    const auto made = [&](UnaryOp op) {
        cursor_.take();
        Unary* unary_made = tree_.make<Unary>({});
        unary_made->op = op;
        unary_made->operand = unary();
        unary_made->span = cursor_.since(begin);
        return unary_made;
    };
    if (cursor_.at("-")) return made(UnaryOp::minus);
    if (cursor_.at("+")) return made(UnaryOp::plus);
    if (cursor_.at("~")) return made(UnaryOp::bit_not);
    if (cursor_.at("!")) return made(UnaryOp::not_);
    if (cursor_.at("BINARY") && !cursor_.at(")", 1) && !cursor_.at(",", 1)) {
        cursor_.take();
        Expr* operand = unary();
        return own("BINARY", begin, {operand});
    }
    return postfixed(primary());
}

List<Expr*> MysqlGrammar::expressions() {
    List<Expr*> made;
    while (!cursor_.done()) {
        tree_.add(made, expression());
        if (!cursor_.accept(",")) break;
    }
    if (made.empty()) cursor_.fail("an expression");
    return made;
}

}  // namespace landfall::convert
