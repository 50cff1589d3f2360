// Expressions, types and names.
#pragma once

#include <string>

#include "engines/convert/syntax/tree.hpp"

namespace landfall::convert {

struct Binding;    // meaning/binding.hpp: what a name stands for
struct TypeOf;     // meaning/types.hpp: the type of an expression
struct Query;      // query.hpp
struct Window;     // query.hpp
struct OrderItem;  // query.hpp

/// Every expression; `type` is set by the binder and may be nullptr: not known.
struct Expr : Node {
    const TypeOf* type = nullptr;
};

struct Literal : Expr {
    static constexpr Kind kKind = Kind::literal;
    enum class What : std::uint8_t {
        number,
        string,
        national_string,
        null,
        boolean_true,
        boolean_false,
        default_,
        date,
        timestamp,
        interval
    };
    What what = What::null;
    Text text;    ///< digits as written; the decoded content of strings, dates, timestamps and intervals
    Text fields;  ///< interval: YEAR TO MONTH, DAY(3) TO SECOND(2) …, as written in upper case
};

/// Has TIMESTAMP '1999-04-15 8:00:00 -8:00' a zone behind its time of day? An offset, or the name of a
/// region.
[[nodiscard]] inline bool names_a_zone(Text moment) {
    const std::size_t day = moment.find_first_not_of(' ');
    const std::size_t time = day == Text::npos ? day : moment.find(' ', day);
    if (time == Text::npos) return false;
    return moment.find_first_not_of("0123456789:. ", time) != Text::npos;
}

/// a, a.b, a.b.c, a@link: a column, variable, constant, sequence's NEXTVAL, pseudo-column, call without
/// parentheses …
struct Name : Expr {
    static constexpr Kind kKind = Kind::name;
    List<Identifier> parts;
    Identifier link;                   ///< the database link behind @
    const Binding* binding = nullptr;  ///< set by the binder
    template <class F>
    void children(F&& f) {
        f(parts);
    }
};

/// "a.b.c" of its parts: for messages and keys, not for SQL (nothing is quoted).
[[nodiscard]] inline std::string dotted(const List<Identifier>& parts) {
    std::string text;
    for (const Identifier& part : parts) {
        if (&part != parts.begin()) text += '.';
        text += part.name;
    }
    return text;
}

/// a.b where a is no plain name: f(x).b, :new.b, t(1).b
struct Field : Expr {
    static constexpr Kind kKind = Kind::field;
    Expr* base = nullptr;
    Identifier field;
    template <class F>
    void children(F&& f) {
        f(base);
    }
};

/// SQL%ROWCOUNT, c%NOTFOUND, c%ISOPEN, SQL%BULK_EXCEPTIONS: the base is a Name or a bind; lowered
struct Attribute : Expr {
    static constexpr Kind kKind = Kind::attribute;
    Expr* base = nullptr;
    Identifier attribute;
    template <class F>
    void children(F&& f) {
        f(base);
    }
};

struct Star : Expr {
    static constexpr Kind kKind = Kind::star;
    Name* qualifier = nullptr;
    template <class F>
    void children(F&& f) {
        f(qualifier);
    }
};

/// :name; of triggers :new and :old (the field follows as Field)
struct BindVariable : Expr {
    static constexpr Kind kKind = Kind::bind_variable;
    Identifier name;
};

/// column (+); lowered
struct OuterMark : Expr {
    static constexpr Kind kKind = Kind::outer_mark;
    Expr* operand = nullptr;
    template <class F>
    void children(F&& f) {
        f(operand);
    }
};

struct Argument : Node {
    static constexpr Kind kKind = Kind::argument;
    Identifier name;  ///< name => value
    Expr* value = nullptr;
    template <class F>
    void children(F&& f) {
        f(value);
    }
};

/// f(…): a function, a type's constructor, a method, or the element of a collection, which look the same
/// until bound.
struct Call : Expr {
    static constexpr Kind kKind = Kind::call;
    enum class Nulls : std::uint8_t { unsaid, respect, ignore };
    Expr* callee = nullptr;  ///< a Name or a Field
    List<Argument*> arguments;
    bool distinct = false;
    bool made_new = false;  ///< NEW type(…)
    Nulls nulls = Nulls::unsaid;
    List<OrderItem*> order;  ///< ORDER BY within the parentheses (PostgreSQL, XMLAGG)
    List<OrderItem*> within_group;
    bool keep_first = false;  ///< KEEP (DENSE_RANK FIRST ORDER BY keep_order)
    List<OrderItem*> keep_order;
    Expr* filter = nullptr;  ///< PostgreSQL only
    Window* over = nullptr;
    Text separator;          ///< GROUP_CONCAT of MySQL
    Text overflow;           ///< ON OVERFLOW … of LISTAGG as written: dropped with a finding
    bool from_last = false;  ///< NTH_VALUE(…) FROM LAST
    template <class F>
    void children(F&& f) {
        f(callee, arguments, order, within_group, keep_order, filter, over);
    }
};

/// base[a][b]: PostgreSQL only
struct Index : Expr {
    static constexpr Kind kKind = Kind::index;
    Expr* base = nullptr;
    List<Expr*> subscripts;
    template <class F>
    void children(F&& f) {
        f(base, subscripts);
    }
};

/// VARCHAR2(10 CHAR), emp.name%TYPE, hr.t_list, TIMESTAMP(3) WITH TIME ZONE, INTERVAL DAY(2) TO SECOND, REF t
/// …
struct DataType : Node {
    static constexpr Kind kKind = Kind::data_type;
    enum class Zone : std::uint8_t { none, with, with_local };
    enum class Anchor : std::uint8_t { none, type, rowtype };  ///< %TYPE, %ROWTYPE
    enum class LengthUnit : std::uint8_t { unsaid, byte, character };
    Name* name =
        nullptr;  ///< one part for built-in types ("double precision", "long raw" are one part with a blank)
    List<Text> arguments;  ///< precision and scale, length; "*" where so written
    LengthUnit unit = LengthUnit::unsaid;
    Zone zone = Zone::none;
    Anchor anchor = Anchor::none;
    Text interval_fields;                      ///< YEAR TO MONTH …
    bool reference = false;                    ///< REF t
    bool set_of = false;                       ///< SETOF t: PostgreSQL only
    std::uint8_t dimensions = 0;               ///< t[]: PostgreSQL only
    bool unsigned_ = false, zerofill = false;  ///< MySQL
    List<Text> labels;                         ///< ENUM and SET of MySQL
    Text character_set, collation;
    Node* element = nullptr;       ///< TABLE OF of an anonymous type where the dialect allows it
    const TypeOf* type = nullptr;  ///< set by the binder
    bool lowered = false;          ///< a type of PostgreSQL's already: passes leave it alone
    template <class F>
    void children(F&& f) {
        f(name, element, arguments, labels);
    }
};

}  // namespace landfall::convert
