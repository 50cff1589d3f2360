// The statements of PL/SQL about cursors and dynamic SQL.
#pragma once

#include "engines/convert/syntax/declaration.hpp"

namespace landfall::convert {

/// A statement within a block.
struct CodeStatement : Node {
    List<Identifier> labels;  ///< <<name>> before it
};

struct ExecuteImmediate : CodeStatement {
    static constexpr Kind kKind = Kind::execute_immediate;
    Expr* text = nullptr;
    bool bulk_collect = false;
    bool strict = false;
    List<Expr*> into;
    List<Expr*> bindings;         ///< USING
    List<Parameter::Mode> modes;  ///< parallel to bindings
    List<Expr*> returning_into;
    template <class F>
    void children(F&& f) {
        f(text, into, bindings, returning_into, labels, modes);
    }
};

struct OpenCursor : CodeStatement {
    static constexpr Kind kKind = Kind::open_cursor;
    Expr* cursor = nullptr;
    List<Argument*> arguments;
    Query* query = nullptr;  ///< OPEN c FOR query
    Expr* text = nullptr;    ///< OPEN c FOR text USING …
    List<Expr*> bindings;
    template <class F>
    void children(F&& f) {
        f(cursor, arguments, query, text, bindings, labels);
    }
};

struct Fetch : CodeStatement {
    static constexpr Kind kKind = Kind::fetch;
    Expr* cursor = nullptr;
    bool bulk_collect = false;
    List<Expr*> into;
    Expr* limit = nullptr;
    template <class F>
    void children(F&& f) {
        f(cursor, into, limit, labels);
    }
};

struct CloseCursor : CodeStatement {
    static constexpr Kind kKind = Kind::close_cursor;
    Expr* cursor = nullptr;
    template <class F>
    void children(F&& f) {
        f(cursor, labels);
    }
};

}  // namespace landfall::convert
