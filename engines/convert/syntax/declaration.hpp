// What a declaration part of PL/SQL holds: variables, types, cursors, exceptions, routines.
#pragma once

#include "engines/convert/syntax/schema.hpp"

namespace landfall::convert {

struct Routine;
struct Block;  // code.hpp

/// What a declaration part holds; `name` is empty for pragmas.
struct Declaration : Node {
    Identifier name;
};

struct Variable : Declaration {
    static constexpr Kind kKind = Kind::variable;
    DataType* type = nullptr;
    bool constant = false, not_null = false;
    Expr* value = nullptr;
    template <class F>
    void children(F&& f) {
        f(type, value);
    }
};

struct Parameter : Node {
    static constexpr Kind kKind = Kind::parameter;
    enum class Mode : std::uint8_t { in, out, in_out };
    Identifier name;
    Mode mode = Mode::in;
    bool no_copy = false;
    DataType* type = nullptr;
    Expr* default_value = nullptr;
    template <class F>
    void children(F&& f) {
        f(type, default_value);
    }
};

struct Cursor : Declaration {
    static constexpr Kind kKind = Kind::cursor;
    List<Parameter*> parameters;
    DataType* returns = nullptr;
    Query* query = nullptr;  ///< nullptr: only declared (package specification)
    template <class F>
    void children(F&& f) {
        f(parameters, returns, query);
    }
};

struct ExceptionName : Declaration {
    static constexpr Kind kKind = Kind::exception_name;
};

struct Pragma : Declaration {
    static constexpr Kind kKind = Kind::pragma;
    Text what;  ///< AUTONOMOUS_TRANSACTION, EXCEPTION_INIT, RESTRICT_REFERENCES … in upper case
    List<Expr*> arguments;
    template <class F>
    void children(F&& f) {
        f(arguments);
    }
};

/// A declaration that did not parse: its text, with a finding.
struct RawDeclaration : Declaration {
    static constexpr Kind kKind = Kind::raw_declaration;
    Text text;
};

/// TYPE t IS RECORD (…) | TABLE OF x [INDEX BY y] | VARRAY(n) OF x | REF CURSOR [RETURN x]; SUBTYPE s IS x
/// [RANGE a..b]
struct TypeDeclaration : Declaration {
    static constexpr Kind kKind = Kind::type_declaration;
    enum class What : std::uint8_t { record, nested_table, associative, varray, ref_cursor, subtype };
    What what = What::record;
    List<Variable*> fields;
    DataType* element = nullptr;  ///< of collections; what a ref cursor returns; what a subtype restricts
    DataType* index_by = nullptr;
    Expr* limit = nullptr;  ///< of varrays
    Expr* range_low = nullptr;
    Expr* range_high = nullptr;
    bool not_null = false;
    template <class F>
    void children(F&& f) {
        f(fields, element, index_by, limit, range_low, range_high);
    }
};

/// A function or procedure: of a schema, of a package, of a type, or nested. Without a body: declared only.
struct Routine : Declaration {
    static constexpr Kind kKind = Kind::routine;
    enum class What : std::uint8_t { function, procedure, constructor };
    enum class Member : std::uint8_t { none, member, static_, map, order };  ///< of types
    What what = What::procedure;
    Member member = Member::none;
    bool overriding = false, final = false, instantiable = true;
    List<Parameter*> parameters;
    DataType* returns = nullptr;
    bool deterministic = false, pipelined = false, parallel_enable = false, result_cache = false,
         aggregate = false;
    bool current_user = false;  ///< AUTHID CURRENT_USER
    Text call_spec;             ///< LANGUAGE JAVA / C …, as written: a finding
    List<Text> clauses;         ///< what else was said: ACCESSIBLE BY …
    Block* body = nullptr;
    template <class F>
    void children(F&& f) {
        f(parameters, returns, body, clauses);
    }
};

}  // namespace landfall::convert
