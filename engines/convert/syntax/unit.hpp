// Units: what CREATE makes of code.
#pragma once

#include "engines/convert/syntax/code.hpp"

namespace landfall::convert {

struct CreateRoutine : Statement {
    static constexpr Kind kKind = Kind::create_routine;
    Name* object = nullptr;
    bool replace = false;
    Routine* routine = nullptr;
    // PostgreSQL only:
    Text language;    ///< plpgsql, sql; empty before lowering
    Text volatility;  ///< IMMUTABLE, STABLE; empty: VOLATILE
    bool security_definer = false;
    List<Text> settings;            ///< SET search_path = …
    /// The body begins by "#variable_conflict use_column": where a name is a column and a variable,
    /// Oracle takes the column.
    bool columns_win = false;
    List<Variable*> table_columns;  ///< RETURNS TABLE (…)
    Text sql_body;                  ///< for language sql: the body as text
    template <class F>
    void children(F&& f) {
        f(object, routine, table_columns, settings);
    }
};

struct CreatePackage : Statement {
    static constexpr Kind kKind = Kind::create_package;
    Name* object = nullptr;
    bool replace = false, body = false;
    bool current_user = false;
    List<Declaration*> declarations;
    List<CodeStatement*> initialization;  ///< BEGIN … of the body
    List<WhenException*> handlers;
    template <class F>
    void children(F&& f) {
        f(object, declarations, initialization, handlers);
    }
};

struct CreateType : Statement {
    static constexpr Kind kKind = Kind::create_type;
    enum class What : std::uint8_t { incomplete, object, nested_table, varray, opaque };
    What what = What::incomplete;
    Name* object = nullptr;
    bool replace = false, final = true, instantiable = true, not_null = false;
    Name* supertype = nullptr;  ///< UNDER
    List<Variable*> attributes;
    List<Routine*> methods;  ///< declarations
    DataType* element = nullptr;
    Expr* limit = nullptr;
    template <class F>
    void children(F&& f) {
        f(object, supertype, attributes, methods, element, limit);
    }
};

struct CreateTypeBody : Statement {
    static constexpr Kind kKind = Kind::create_type_body;
    Name* object = nullptr;
    bool replace = false;
    List<Routine*> methods;
    template <class F>
    void children(F&& f) {
        f(object, methods);
    }
};

/// One timing of a compound trigger: BEFORE STATEMENT IS … END
struct TimingSection : Node {
    static constexpr Kind kKind = Kind::timing_section;
    bool before = false, each_row = false, instead = false;
    Block* body = nullptr;
    template <class F>
    void children(F&& f) {
        f(body);
    }
};

struct CreateTrigger : Statement {
    static constexpr Kind kKind = Kind::create_trigger;
    enum class Timing : std::uint8_t { before, after, instead_of, compound };
    Name* object = nullptr;
    bool replace = false;
    Timing timing = Timing::before;
    bool on_insert = false, on_update = false, on_delete = false;
    Text system_event;  ///< LOGON, DDL …: a finding
    List<Identifier> update_of;
    Name* table = nullptr;  ///< nullptr: of a schema or a database
    Identifier nested_table;
    Identifier old_name, new_name, parent_name;  ///< REFERENCING
    bool each_row = false;
    bool disabled = false;
    List<Name*> follows;
    Expr* when = nullptr;
    Block* body = nullptr;
    Expr* call = nullptr;             ///< CALL p(…)
    List<Declaration*> declarations;  ///< of a compound trigger
    List<TimingSection*> sections;
    Name* function = nullptr;  ///< EXECUTE FUNCTION: PostgreSQL only
    template <class F>
    void children(F&& f) {
        f(object, table, follows, when, body, call, declarations, sections, function, update_of);
    }
};

/// A block, or a call, that the script runs: BEGIN … END; EXEC p(1)
struct AnonymousBlock : Statement {
    static constexpr Kind kKind = Kind::anonymous_block;
    Block* block = nullptr;
    template <class F>
    void children(F&& f) {
        f(block);
    }
};

/// SELECT, INSERT, UPDATE, DELETE, MERGE, COMMIT as a statement of the script.
struct ScriptSql : Statement {
    static constexpr Kind kKind = Kind::script_sql;
    Node* sql = nullptr;  ///< as SqlStatement::sql, or a TransactionStatement
    template <class F>
    void children(F&& f) {
        f(sql);
    }
};

}  // namespace landfall::convert
