// The statements of PL/SQL.
#pragma once

#include "engines/convert/syntax/cursor_code.hpp"

namespace landfall::convert {

struct WhenException : Node {
    static constexpr Kind kKind = Kind::when_exception;
    List<Name*> exceptions;  ///< one Name `others` for WHEN OTHERS; PostgreSQL: condition names
    List<Text> states;       ///< SQLSTATE 'x' beside the names: PostgreSQL only
    List<CodeStatement*> body;
    template <class F>
    void children(F&& f) {
        f(exceptions, body, states);
    }
};

struct Block : CodeStatement {
    static constexpr Kind kKind = Kind::block;
    List<Declaration*> declarations;
    List<CodeStatement*> body;
    List<WhenException*> handlers;
    bool has_declare = false;
    Identifier end_label;
    template <class F>
    void children(F&& f) {
        f(declarations, body, handlers, labels);
    }
};

struct Assignment : CodeStatement {
    static constexpr Kind kKind = Kind::assignment;
    Expr* target = nullptr;  ///< a Name, Field, Call (an element of a collection), bind
    Expr* value = nullptr;
    template <class F>
    void children(F&& f) {
        f(target, value, labels);
    }
};

/// A procedure as a statement: p; p(a); pkg.p(x => 1); c.extend(3); also what PostgreSQL prints as CALL or
/// PERFORM
struct CallStatement : CodeStatement {
    static constexpr Kind kKind = Kind::call_statement;
    enum class How : std::uint8_t { unsaid, call, perform };  ///< the passes decide
    Expr* call = nullptr;                                     ///< a Call, Name or Field
    How how = How::unsaid;
    template <class F>
    void children(F&& f) {
        f(call, labels);
    }
};

struct IfBranch : Node {
    static constexpr Kind kKind = Kind::if_branch;
    Expr* condition = nullptr;  ///< nullptr: ELSE
    List<CodeStatement*> body;
    template <class F>
    void children(F&& f) {
        f(condition, body);
    }
};

struct If : CodeStatement {
    static constexpr Kind kKind = Kind::if_;
    List<IfBranch*> branches;
    template <class F>
    void children(F&& f) {
        f(branches, labels);
    }
};

/// CASE as a statement; the branches' conditions are values where `operand` is given
struct CaseStatement : CodeStatement {
    static constexpr Kind kKind = Kind::case_statement;
    Expr* operand = nullptr;
    List<IfBranch*> branches;  ///< the last may be ELSE
    template <class F>
    void children(F&& f) {
        f(operand, branches, labels);
    }
};

struct Loop : CodeStatement {
    static constexpr Kind kKind = Kind::loop;
    enum class What : std::uint8_t {
        plain,
        while_,
        numeric,
        cursor,
        query,
        for_each
    };  // for_each: PostgreSQL only
    What what = What::plain;
    Expr* condition = nullptr;  ///< WHILE
    Identifier variable;
    bool reverse = false;
    Expr* low = nullptr;
    Expr* high = nullptr;
    Expr* step = nullptr;
    Expr* cursor = nullptr;  ///< FOR r IN c(1): a Name or Call; EXECUTE … as a Spliced; FOREACH: the array
    Query* query = nullptr;
    List<CodeStatement*> body;
    Identifier end_label;
    template <class F>
    void children(F&& f) {
        f(condition, low, high, step, cursor, query, body, labels);
    }
};

struct Jump : CodeStatement {
    static constexpr Kind kKind = Kind::jump;
    enum class What : std::uint8_t { exit, continue_, goto_ };
    What what = What::exit;
    Identifier label;
    Expr* condition = nullptr;  ///< WHEN
    template <class F>
    void children(F&& f) {
        f(condition, labels);
    }
};

struct NullStatement : CodeStatement {
    static constexpr Kind kKind = Kind::null_statement;
    template <class F>
    void children(F&& f) {
        f(labels);
    }
};

struct Return : CodeStatement {
    static constexpr Kind kKind = Kind::return_;
    Expr* value = nullptr;
    bool next = false;   ///< RETURN NEXT (PIPE ROW): PostgreSQL
    bool query = false;  ///< RETURN QUERY: value is a Subquery; PostgreSQL only
    template <class F>
    void children(F&& f) {
        f(value, labels);
    }
};

struct Raise : CodeStatement {
    static constexpr Kind kKind = Kind::raise;
    Name* exception = nullptr;  ///< nullptr: the present one again
    Text level;                 ///< PostgreSQL only: NOTICE …, with format and arguments
    Text format;
    List<Expr*> arguments;
    List<Argument*> options;  ///< USING errcode = …
    template <class F>
    void children(F&& f) {
        f(exception, arguments, options, labels);
    }
};

/// SELECT INTO, INSERT, UPDATE, DELETE, MERGE, COMMIT, LOCK TABLE … within code
struct SqlStatement : CodeStatement {
    static constexpr Kind kKind = Kind::sql_statement;
    Node* sql = nullptr;  ///< Query, Insert, MultiInsert, Update, Delete, Merge, OtherStatement
    template <class F>
    void children(F&& f) {
        f(sql, labels);
    }
};

struct TransactionStatement : CodeStatement {
    static constexpr Kind kKind = Kind::transaction_statement;
    enum class What : std::uint8_t { commit, rollback, savepoint, rollback_to, set_transaction, lock_table };
    What what = What::commit;
    Identifier name;  ///< of the savepoint
    Text rest;        ///< LOCK TABLE and SET TRANSACTION as written behind the first words
    template <class F>
    void children(F&& f) {
        f(labels);
    }
};

/// FORALL i IN a..b | INDICES OF c | VALUES OF c; lowered
struct ForAll : CodeStatement {
    static constexpr Kind kKind = Kind::for_all;
    enum class Over : std::uint8_t { range, indices, values };
    Identifier variable;
    Over over = Over::range;
    Expr* low = nullptr;  ///< indices, values: BETWEEN low AND high, or nullptr
    Expr* high = nullptr;
    Expr* collection = nullptr;
    bool save_exceptions = false;
    CodeStatement* statement = nullptr;  ///< a SqlStatement or ExecuteImmediate
    template <class F>
    void children(F&& f) {
        f(low, high, collection, statement, labels);
    }
};

/// A statement that did not parse: its text, with a finding.
struct RawCode : CodeStatement {
    static constexpr Kind kKind = Kind::raw_code;
    Text text;
    template <class F>
    void children(F&& f) {
        f(labels);
    }
};

/// PostgreSQL's own, as text with operands: GET DIAGNOSTICS …, PERFORM … FROM; without its semicolon
struct SplicedCode : CodeStatement {
    static constexpr Kind kKind = Kind::spliced_code;
    List<Text> pieces;
    List<Node*> operands;
    template <class F>
    void children(F&& f) {
        f(operands, labels, pieces);
    }
};

}  // namespace landfall::convert
