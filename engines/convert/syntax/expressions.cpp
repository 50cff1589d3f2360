// Operators: a Pratt parser over the precedences of Oracle, weakest first: OR, AND, NOT, comparisons, + - ||,
// * /, signs and PRIOR, **.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

enum Strength : unsigned { kOr = 1, kAnd, kNot, kCompare, kAdd, kMultiply, kSign, kPower };

enum class Shape : std::uint8_t {
    plain,
    comparison,  ///< may be followed by ANY, SOME, ALL
    between,
    in,
    like,
    is,
    negated,   ///< NOT before IN, LIKE, BETWEEN, MEMBER OF, SUBMULTISET OF
    multiset,  ///< MULTISET UNION …
    member,    ///< MEMBER OF, SUBMULTISET OF
    modulo,    ///< a MOD b of PL/SQL
    overlaps
};

struct Infix {
    unsigned strength;
    Shape shape;
    BinaryOp op;
};

constexpr WordEntry<Infix> kInfixWords[] = {
    {"OR", {kOr, Shape::plain, BinaryOp::or_}},
    {"AND", {kAnd, Shape::plain, BinaryOp::and_}},
    {"=", {kCompare, Shape::comparison, BinaryOp::equal}},
    {"<>", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"!=", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"^=", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"~=", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"!", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"^", {kCompare, Shape::comparison, BinaryOp::not_equal}},
    {"<", {kCompare, Shape::comparison, BinaryOp::less}},
    {"<=", {kCompare, Shape::comparison, BinaryOp::less_equal}},
    {">", {kCompare, Shape::comparison, BinaryOp::greater}},
    {">=", {kCompare, Shape::comparison, BinaryOp::greater_equal}},
    {"BETWEEN", {kCompare, Shape::between, BinaryOp::equal}},
    {"IN", {kCompare, Shape::in, BinaryOp::equal}},
    {"LIKE", {kCompare, Shape::like, BinaryOp::equal}},
    {"LIKEC", {kCompare, Shape::like, BinaryOp::equal}},
    {"LIKE2", {kCompare, Shape::like, BinaryOp::equal}},
    {"LIKE4", {kCompare, Shape::like, BinaryOp::equal}},
    {"IS", {kCompare, Shape::is, BinaryOp::equal}},
    {"NOT", {kCompare, Shape::negated, BinaryOp::equal}},
    {"MEMBER", {kCompare, Shape::member, BinaryOp::member_of}},
    {"SUBMULTISET", {kCompare, Shape::member, BinaryOp::submultiset_of}},
    {"OVERLAPS", {kCompare, Shape::overlaps, BinaryOp::equal}},
    {"+", {kAdd, Shape::plain, BinaryOp::add}},
    {"-", {kAdd, Shape::plain, BinaryOp::subtract}},
    {"||", {kAdd, Shape::plain, BinaryOp::concat}},
    {"MULTISET", {kAdd, Shape::multiset, BinaryOp::multiset_union}},
    {"*", {kMultiply, Shape::plain, BinaryOp::multiply}},
    {"/", {kMultiply, Shape::plain, BinaryOp::divide}},
    {"MOD", {kMultiply, Shape::modulo, BinaryOp::modulo}},
    {"**", {kPower, Shape::plain, BinaryOp::power}},
};
constexpr WordMap kInfix{kInfixWords};

/// Words of this table are names, too; they are operators only before what makes them so.
bool is_operator_here(const Grammar& grammar, const TokenCursor& cursor, const Infix& infix) {
    const Token& next = cursor.look(1);
    switch (infix.shape) {
        case Shape::member: return cursor.at("OF", 1);
        case Shape::overlaps: return cursor.at("(", 1);
        case Shape::multiset:
            return cursor.at("UNION", 1) || cursor.at("EXCEPT", 1) || cursor.at("INTERSECT", 1);
        case Shape::modulo:
            return next.kind == TokenKind::number || next.kind == TokenKind::bind || cursor.at("(", 1) ||
                   grammar.at_identifier(1);
        case Shape::negated:
            return cursor.at("IN", 1) || cursor.at("LIKE", 1) || cursor.at("BETWEEN", 1) ||
                   cursor.at("LIKEC", 1) || cursor.at("LIKE2", 1) || cursor.at("LIKE4", 1) ||
                   cursor.at("MEMBER", 1) || cursor.at("SUBMULTISET", 1);
        case Shape::comparison:
            return cursor.at("=") || !(cursor.at("!") || cursor.at("^")) || cursor.at("=", 1);
        default: return true;
    }
}

/// Operators that the source may write in two symbols: < >, < =, > =, ! =
BinaryOp comparison(TokenCursor& cursor, BinaryOp op) {
    const bool bare_not = cursor.at("!") || cursor.at("^");
    cursor.take();
    if (bare_not) cursor.expect("=");
    if (op == BinaryOp::less && cursor.accept(">")) return BinaryOp::not_equal;
    if (op == BinaryOp::less && cursor.accept("=")) return BinaryOp::less_equal;
    if (op == BinaryOp::greater && cursor.accept("=")) return BinaryOp::greater_equal;
    return op;
}

class Continuation {
public:
    Continuation(Grammar& grammar, Expr* left) : grammar_{grammar}, cursor_{grammar.cursor()}, left_{left} {}

    Expr* with(const Infix& infix) {
        if (infix.shape != Shape::negated) return shaped(infix, Sense::plain);
        cursor_.take();
        const Infix* next = kInfix.find(cursor_, cursor_.look());
        CHECK(next != nullptr);
        return shaped(*next, Sense::negated);
    }

private:
    enum class Sense : std::uint8_t { plain, negated };

    template <class T>
    T* make() {
        return grammar_.tree().make<T>({});
    }
    template <class T>
    T* ended(T* node) {
        node->span = cursor_.since(left_->span.begin);
        return node;
    }
    Expr* right(unsigned strength) { return grammar_.operation(strength); }

    Expr* binary(BinaryOp op, unsigned strength) {
        Binary* made = make<Binary>();
        made->op = op;
        made->left = left_;
        made->right = right(strength + 1);
        return ended(made);
    }

    Expr* compared(BinaryOp op) {
        if (!cursor_.at_any({"ANY", "SOME", "ALL"}) || !cursor_.at("(", 1)) return binary(op, kCompare);
        Quantified* made = make<Quantified>();
        made->op = op;
        made->all = cursor_.at("ALL");
        cursor_.take();
        made->left = left_;
        made->right = grammar_.primary();
        return ended(made);
    }

    Expr* between(Sense sense) {
        cursor_.take();
        Between* made = make<Between>();
        made->negated = sense == Sense::negated;
        made->operand = left_;
        made->low = right(kAdd);
        cursor_.expect("AND");
        made->high = right(kAdd);
        return ended(made);
    }

    Expr* in(Sense sense) {
        cursor_.take();
        In* made = make<In>();
        made->negated = sense == Sense::negated;
        made->operand = left_;
        if (cursor_.at("(")) {
            const std::uint32_t begin = cursor_.look().span.begin;
            cursor_.take();
            if (cursor_.at("SELECT") || cursor_.at("WITH")) {
                grammar_.tree().add(made->items, grammar_.subquery_behind_parenthesis(begin));
                return ended(made);
            }
            made->items = grammar_.expressions();
            grammar_.continue_as_query(made->items);
            cursor_.expect(")");
        } else {
            grammar_.tree().add(made->items, right(kAdd));
        }
        return ended(made);
    }

    Expr* like(Sense sense) {
        cursor_.take();
        Like* made = make<Like>();
        made->negated = sense == Sense::negated;
        made->operand = left_;
        made->pattern = right(kAdd);
        if (cursor_.accept("ESCAPE")) made->escape = right(kAdd);
        return ended(made);
    }

    void of_types(IsTest* test) {
        cursor_.accept("TYPE");
        cursor_.expect("(");
        do {
            cursor_.accept("ONLY");
            grammar_.tree().add(test->types, grammar_.data_type());
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }

    Expr* is() {
        cursor_.take();
        const bool negated = cursor_.accept("NOT");
        if (cursor_.at_all({"DISTINCT", "FROM"})) {
            cursor_.take();
            cursor_.take();
            return binary(negated ? BinaryOp::is_not_distinct : BinaryOp::is_distinct, kCompare);
        }
        IsTest* test = make<IsTest>();
        test->negated = negated;
        test->operand = left_;
        tested(test);
        return ended(test);
    }

    void tested(IsTest* test) {
        using What = IsTest::What;
        static constexpr WordEntry<What> kTestsWords[] = {
            {"NULL", What::null},         {"NAN", What::nan},    {"INFINITE", What::infinite},
            {"PRESENT", What::present},   {"ANY", What::any},    {"EMPTY", What::empty},
            {"A", What::a_set},           {"OF", What::of_type}, {"JSON", What::json},
            {"DANGLING", What::dangling}, {"TRUE", What::true_}, {"FALSE", What::false_}};
        static constexpr WordMap kTests{kTestsWords};
        const What* what = kTests.find(cursor_, cursor_.look());
        if (what == nullptr) {
            cursor_.fail("NULL");
            return;
        }
        test->what = *what;
        cursor_.take();
        if (*what == What::a_set) cursor_.expect("SET");
        if (*what == What::of_type) of_types(test);
        if (*what == What::json) json_options();
    }

    /// IS JSON (STRICT WITH UNIQUE KEYS): the options say how exact the test is.
    void json_options() {
        if (cursor_.at("(") && (cursor_.at("STRICT", 1) || cursor_.at("LAX", 1) || cursor_.at("WITH", 1))) {
            while (!cursor_.done() && !cursor_.accept(")")) cursor_.take();
        }
        if (!cursor_.accept("STRICT")) cursor_.accept("LAX");
        if (!cursor_.at_all({"WITH", "UNIQUE"}) && !cursor_.at_all({"WITHOUT", "UNIQUE"})) return;
        cursor_.take();
        cursor_.take();
        cursor_.accept("KEYS");
    }

    Expr* member(BinaryOp op, Sense sense) {
        cursor_.take();
        cursor_.expect("OF");
        Expr* test = binary(op, kCompare);
        if (sense == Sense::plain) return test;
        Unary* made = grammar_.tree().make<Unary>(test->span);
        made->op = UnaryOp::not_;
        made->operand = test;
        return made;
    }

    Expr* multiset() {
        cursor_.take();
        BinaryOp op = BinaryOp::multiset_union;
        if (cursor_.at("EXCEPT")) op = BinaryOp::multiset_except;
        if (cursor_.at("INTERSECT")) op = BinaryOp::multiset_intersect;
        cursor_.take();
        if (cursor_.accept("DISTINCT")) {
            if (op == BinaryOp::multiset_except)
                op = BinaryOp::multiset_except_distinct;
            else if (op == BinaryOp::multiset_intersect)
                op = BinaryOp::multiset_intersect_distinct;
            else
                op = BinaryOp::multiset_union_distinct;
        } else {
            cursor_.accept("ALL");
        }
        return binary(op, kAdd);
    }

    /// (a, b) OVERLAPS (c, d), which PostgreSQL has, too.
    Expr* overlaps() {
        cursor_.take();
        Spliced* made = make<Spliced>();
        made->name = "OVERLAPS";
        made->pieces = grammar_.tree().list<Text>({"", " OVERLAPS ", ""});
        made->operands = grammar_.tree().list<Node*>({left_, right(kAdd)});
        return ended(made);
    }

    Expr* shaped(const Infix& infix, Sense sense) {
        switch (infix.shape) {
            case Shape::comparison: return compared(comparison(cursor_, infix.op));
            case Shape::between: return between(sense);
            case Shape::in: return in(sense);
            case Shape::like: return like(sense);
            case Shape::is: return is();
            case Shape::member: return member(infix.op, sense);
            case Shape::multiset: return multiset();
            case Shape::overlaps: return overlaps();
            default: cursor_.take(); return binary(infix.op, infix.strength);
        }
    }

    Grammar& grammar_;
    TokenCursor& cursor_;
    Expr* left_;
};

}  // namespace

Expr* Grammar::expression() { return operation(kOr); }

Expr* Grammar::additive() { return operation(kAdd); }

List<Expr*> Grammar::expressions() {
    List<Expr*> made;
    do {
        tree_.add(made, expression());
    } while (cursor_.accept(","));
    return made;
}

Expr* Grammar::operation(unsigned weakest) {
    const Depth depth{*this};
    const unsigned outside = std::exchange(height_, 0U);
    Expr* left = prefixed();
    while (true) {
        const Infix* infix = kInfix.find(cursor_, cursor_.look());
        if (infix == nullptr || infix->strength < weakest) break;
        if (!is_operator_here(*this, cursor_, *infix)) break;
        left = Continuation{*this, left}.with(*infix);
        rise();
    }
    rise();
    height_ = std::max(outside, height_);
    return left;
}

void Grammar::rise() {
    if (++height_ > kChainMax) cursor_.fail("fewer operators in a row");
}

Expr* Grammar::prefixed() {
    if (cursor_.at("NOT")) return unary(UnaryOp::not_, kNot);
    if (cursor_.at("-")) return unary(UnaryOp::minus, kSign);
    if (cursor_.at("+")) return unary(UnaryOp::plus, kSign);
    if (at_identifier(1) || cursor_.at("(", 1) || cursor_.look(1).kind == TokenKind::bind) {
        if (cursor_.at("PRIOR")) return unary(UnaryOp::prior, kSign);
        if (cursor_.at("CONNECT_BY_ROOT")) return unary(UnaryOp::connect_by_root, kSign);
    }
    return primary();
}

Expr* Grammar::unary(UnaryOp op, unsigned strength) {
    const std::uint32_t begin = cursor_.take().span.begin;
    Unary* made = tree_.make<Unary>({});
    made->op = op;
    made->operand = operation(strength);
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
