// Definitions of what stands beside tables: indexes, sequences, views, synonyms, comments, grants.
#pragma once

#include "engines/convert/syntax/table.hpp"

namespace landfall::convert {

struct CreateIndex : Statement {
    static constexpr Kind kKind = Kind::create_index;
    bool made_by_key = false;  ///< a key on the same columns makes it; set before lowering
    Name* object = nullptr;
    Name* table = nullptr;
    bool unique = false, bitmap = false, invisible = false, reverse = false, local = false, unusable = false;
    bool full_text = false, spatial = false;  ///< MySQL
    Text domain_type;                         ///< INDEXTYPE IS …; with its parameters
    List<KeyColumn*> columns;
    List<TableRef*> join_from;  ///< bitmap join index
    Expr* where = nullptr;      ///< PostgreSQL, and bitmap join index
    Text method;                ///< PostgreSQL only: gin …
    template <class F>
    void children(F&& f) {
        f(object, table, columns, join_from, where);
    }
};

struct CreateSequence : Statement {
    static constexpr Kind kKind = Kind::create_sequence;
    Name* object = nullptr;
    SequenceOptions* options = nullptr;
    bool alter = false;
    template <class F>
    void children(F&& f) {
        f(object, options);
    }
};

struct CreateView : Statement {
    static constexpr Kind kKind = Kind::create_view;
    Name* object = nullptr;
    bool replace = false, force = false, materialized = false, editioning = false;
    List<Identifier> columns;
    List<Constraint*> constraints;  ///< declared on views: dropped with a finding
    Name* object_type = nullptr;
    Expr* object_identifier = nullptr;
    Query* query = nullptr;
    Text refresh;  ///< of materialized views: REFRESH FAST ON COMMIT …, as written
    bool on_prebuilt_table = false, build_deferred = false;
    bool security_invoker = false;  ///< it reads with the rights of who asks
    template <class F>
    void children(F&& f) {
        f(object, constraints, object_type, object_identifier, query, columns);
    }
};

struct CreateSynonym : Statement {
    static constexpr Kind kKind = Kind::create_synonym;
    Name* object = nullptr;
    Name* target = nullptr;
    bool replace = false, public_ = false;
    template <class F>
    void children(F&& f) {
        f(object, target);
    }
};

struct CommentOn : Statement {
    static constexpr Kind kKind = Kind::comment_on;
    Text what;  ///< TABLE, COLUMN, MATERIALIZED VIEW …
    Name* object = nullptr;
    Text text;  ///< decoded
    template <class F>
    void children(F&& f) {
        f(object);
    }
};

struct Grant : Statement {
    static constexpr Kind kKind = Kind::grant;
    bool revoke = false, with_option = false;
    List<Text> privileges;   ///< upper case; columns in parentheses behind
    Text object_kind;        ///< DIRECTORY, TYPE …; empty for relations and routines
    Name* object = nullptr;  ///< nullptr: system privileges and roles
    List<Identifier> grantees;
    template <class F>
    void children(F&& f) {
        f(object, privileges, grantees);
    }
};

struct Drop : Statement {
    static constexpr Kind kKind = Kind::drop;
    Text what;  ///< TABLE, PACKAGE BODY …
    Name* object = nullptr;
    bool if_exists = false, cascade = false;
    template <class F>
    void children(F&& f) {
        f(object);
    }
};

/// A statement that has no kind of its own: CREATE USER, ALTER SESSION, CREATE DIRECTORY, AUDIT …; `what`
/// holds its first words in upper case ("CREATE USER"); `object` its name where it has one. Decided by
/// `what`: dropped with a finding.
struct OtherStatement : Statement {
    static constexpr Kind kKind = Kind::other_statement;
    Text what;
    Name* object = nullptr;
    template <class F>
    void children(F&& f) {
        f(object);
    }
};

/// A statement that did not parse: its text, with a finding.
struct RawStatement : Statement {
    static constexpr Kind kKind = Kind::raw_statement;
    Text text;
    Text what;  ///< CREATE TABLE …, as far as it could be read
    Name* object = nullptr;
    std::uint32_t failed_at = 0;  ///< offset of the token that did not fit
    Text expected;                ///< what would have fitted
    template <class F>
    void children(F&& f) {
        f(object);
    }
};

/// Text that passes made, of PostgreSQL: CREATE SCHEMA, CREATE DOMAIN, ALTER SEQUENCE … OWNED BY. Without its
/// semicolon.
struct SplicedStatement : Statement {
    static constexpr Kind kKind = Kind::spliced_statement;
    List<Text> pieces;
    List<Node*> operands;  ///< as Spliced
    template <class F>
    void children(F&& f) {
        f(operands, pieces);
    }
};

}  // namespace landfall::convert
