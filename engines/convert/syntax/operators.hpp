// Expressions that are made of operators: comparisons, tests, cases, casts, subqueries.
#pragma once

#include "engines/convert/syntax/expression.hpp"

namespace landfall::convert {

enum class UnaryOp : std::uint8_t { minus, plus, not_, prior, connect_by_root, bit_not };

struct Unary : Expr {
    static constexpr Kind kKind = Kind::unary;
    UnaryOp op = UnaryOp::minus;
    Expr* operand = nullptr;
    template <class F>
    void children(F&& f) {
        f(operand);
    }
};

enum class BinaryOp : std::uint8_t {
    or_,
    and_,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    power,
    concat,
    multiset_union,
    multiset_union_distinct,
    multiset_intersect,
    multiset_except,
    multiset_intersect_distinct,
    multiset_except_distinct,
    member_of,
    submultiset_of,
    is_distinct,
    is_not_distinct,
    xor_,
    integer_divide,
    null_safe_equal,
    bit_and,
    bit_or,
    regexp
};

struct Binary : Expr {
    static constexpr Kind kKind = Kind::binary;
    BinaryOp op = BinaryOp::and_;
    Expr* left = nullptr;
    Expr* right = nullptr;
    template <class F>
    void children(F&& f) {
        f(left, right);
    }
};

/// a = ANY (…), a > ALL (…): the right side is a Subquery, a Tuple or an array
struct Quantified : Expr {
    static constexpr Kind kKind = Kind::quantified;
    BinaryOp op = BinaryOp::equal;
    bool all = false;
    Expr* left = nullptr;
    Expr* right = nullptr;
    template <class F>
    void children(F&& f) {
        f(left, right);
    }
};

struct Between : Expr {
    static constexpr Kind kKind = Kind::between;
    bool negated = false;
    Expr* operand = nullptr;
    Expr* low = nullptr;
    Expr* high = nullptr;
    template <class F>
    void children(F&& f) {
        f(operand, low, high);
    }
};

/// a IN (1, 2), (a, b) IN (query), a IN collection
struct In : Expr {
    static constexpr Kind kKind = Kind::in;
    bool negated = false;
    Expr* operand = nullptr;
    List<Expr*> items;  ///< one Subquery, or the values
    template <class F>
    void children(F&& f) {
        f(operand, items);
    }
};

struct Like : Expr {
    static constexpr Kind kKind = Kind::like;
    bool negated = false;
    bool ignore_case = false;  ///< ILIKE: PostgreSQL only
    Expr* operand = nullptr;
    Expr* pattern = nullptr;
    Expr* escape = nullptr;
    template <class F>
    void children(F&& f) {
        f(operand, pattern, escape);
    }
};

struct IsTest : Expr {
    static constexpr Kind kKind = Kind::is_test;
    enum class What : std::uint8_t {
        null,
        nan,
        infinite,
        present,
        any,
        empty,
        a_set,
        of_type,
        json,
        dangling,
        true_,
        false_
    };
    What what = What::null;
    bool negated = false;
    Expr* operand = nullptr;
    List<Node*> types;  ///< of_type: DataTypes
    template <class F>
    void children(F&& f) {
        f(operand, types);
    }
};

struct When : Node {
    static constexpr Kind kKind = Kind::when;
    Expr* condition = nullptr;
    Expr* result = nullptr;
    template <class F>
    void children(F&& f) {
        f(condition, result);
    }
};

struct Case : Expr {
    static constexpr Kind kKind = Kind::case_;
    Expr* operand = nullptr;
    List<When*> whens;
    Expr* otherwise = nullptr;
    template <class F>
    void children(F&& f) {
        f(operand, whens, otherwise);
    }
};

struct Cast : Expr {
    static constexpr Kind kKind = Kind::cast;
    Expr* operand = nullptr;  ///< CAST(MULTISET(query) AS t): a Subquery that is `multiset`
    DataType* to = nullptr;
    Expr* on_error = nullptr;  ///< DEFAULT x ON CONVERSION ERROR
    Expr* format = nullptr;
    bool treat = false;  ///< TREAT(x AS t)
    template <class F>
    void children(F&& f) {
        f(operand, to, on_error, format);
    }
};

/// (query), EXISTS (query), CURSOR(query), MULTISET(query), ARRAY(query)
struct Subquery : Expr {
    static constexpr Kind kKind = Kind::subquery;
    enum class What : std::uint8_t { scalar, exists, cursor, multiset, array };
    What what = What::scalar;
    Query* query = nullptr;
    template <class F>
    void children(F&& f) {
        f(query);
    }
};

/// (a, b); ROW(a) of PostgreSQL; ARRAY[a, b] where `array`; GROUPING SETS, ROLLUP, CUBE where `grouping`
/// names one
struct Tuple : Expr {
    static constexpr Kind kKind = Kind::tuple;
    List<Expr*> items;
    bool array = false;
    Text grouping;
    template <class F>
    void children(F&& f) {
        f(items);
    }
};

/// (a): kept where the source has it, so that precedence needs no guess
struct Parenthesized : Expr {
    static constexpr Kind kKind = Kind::parenthesized;
    Expr* inner = nullptr;
    template <class F>
    void children(F&& f) {
        f(inner);
    }
};

/// a AT TIME ZONE b, a AT LOCAL
struct AtTimeZone : Expr {
    static constexpr Kind kKind = Kind::at_time_zone;
    Expr* operand = nullptr;
    Expr* zone = nullptr;  ///< nullptr: AT LOCAL
    template <class F>
    void children(F&& f) {
        f(operand, zone);
    }
};

/// A built-in with a syntax of its own, as pieces of text with operands between: EXTRACT(YEAR FROM a),
/// TRIM(BOTH 'x' FROM a), XMLELEMENT(…), JSON_OBJECT(…). `name` says which ("EXTRACT"). What passes build as
/// text is one too: pieces[0] operands[0] pieces[1] …; there is one piece more than operands. The printer
/// puts no parentheses around operands.
struct Spliced : Expr {
    static constexpr Kind kKind = Kind::spliced;
    Text name;  ///< of the built-in, upper case; empty: made by a pass, PostgreSQL's syntax
    List<Text> pieces;
    List<Node*> operands;  ///< expressions, types, queries
    template <class F>
    void children(F&& f) {
        f(operands, pieces);
    }
};

/// What the parser did not understand: kept as text, with a finding. Never printed as code.
struct RawExpr : Expr {
    static constexpr Kind kKind = Kind::raw_expr;
    Text text;
};

}  // namespace landfall::convert
