// Columns of tables and constraints, in line and by themselves.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

bool Grammar::at_constraint() const {
    return cursor_.at_any({"CONSTRAINT", "UNIQUE", "CHECK"}) || cursor_.at_all({"PRIMARY", "KEY"}) ||
           cursor_.at_all({"FOREIGN", "KEY"}) || cursor_.at_all({"NOT", "NULL"}) ||
           cursor_.at_all({"SCOPE", "FOR"}) || cursor_.at_all({"REF", "("}) ||
           cursor_.at_any({"REFERENCES", "NULL"}) || cursor_.at_all({"SCOPE", "IS"}) ||
           cursor_.at_all({"WITH", "ROWID"});
}

void Grammar::references(Constraint& made) {
    made.what = Constraint::What::foreign_key;
    made.references = name();
    if (cursor_.accept("(")) {
        do tree_.add(made.referenced, identifier());
        while (cursor_.accept(","));
        cursor_.expect(")");
    }
    while (cursor_.at("ON") && (cursor_.at("DELETE", 1) || cursor_.at("UPDATE", 1))) {
        cursor_.take();
        RefAction& action = cursor_.at("DELETE") ? made.on_delete : made.on_update;
        cursor_.take();
        if (cursor_.accept("CASCADE")) {
            action = RefAction::cascade;
        } else if (cursor_.accept("SET")) {
            action = cursor_.at("DEFAULT") ? RefAction::set_default : RefAction::set_null;
            cursor_.take();
        } else if (cursor_.accept("RESTRICT")) {
            action = RefAction::restrict;
        } else {
            cursor_.expect("NO");
            cursor_.expect("ACTION");
        }
    }
}

/// Behind USING INDEX: the index's name, its own statement, or nothing but storage.
void Grammar::using_index(Constraint& made) {
    if (cursor_.at_all({"(", "CREATE"})) {
        cursor_.take();
        index_in_parentheses_ = true;
        made.index = create_index();
        index_in_parentheses_ = false;
        cursor_.expect(")");
        return;
    }
    const bool storage =
        cursor_.at_any({"TABLESPACE", "PCTFREE",   "INITRANS",   "MAXTRANS",   "STORAGE",    "LOCAL",
                        "GLOBAL",     "COMPUTE",   "LOGGING",    "NOLOGGING",  "REVERSE",    "SORT",
                        "NOSORT",     "COMPRESS",  "NOCOMPRESS", "PARALLEL",   "NOPARALLEL", "ENABLE",
                        "DISABLE",    "VALIDATE",  "NOVALIDATE", "RELY",       "NORELY",     "ONLINE",
                        "VISIBLE",    "INVISIBLE", "ADD",        "CONSTRAINT", "DEFERRABLE", "INITIALLY"});
    if (at_identifier() && !storage) made.index_name = name();
    while (!cursor_.done() &&
           !cursor_.at_any({",", ")", "ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "RELY", "NORELY", "NOT",
                            "DEFERRABLE", "INITIALLY", "CONSTRAINT", "ADD", "CHECK", "REFERENCES", "DEFAULT",
                            "EXCEPTIONS", "MODIFY"}))
        skip_one();
}

bool Grammar::constraint_state(Constraint& made) {
    if (cursor_.at_all({"NOT", "DEFERRABLE"})) {
        cursor_.take();
        cursor_.take();
    } else if (cursor_.accept("DEFERRABLE")) {
        made.deferrable = true;
    } else if (cursor_.accept("INITIALLY")) {
        made.initially_deferred = cursor_.at("DEFERRED");
        made.deferrable = made.deferrable || made.initially_deferred;
        cursor_.take();
    } else if (cursor_.accept("DISABLE")) {
        made.disabled = true;
    } else if (cursor_.accept("NOVALIDATE")) {
        made.not_validated = true;
    } else if (cursor_.at_all({"USING", "INDEX"})) {
        cursor_.take();
        cursor_.take();
        using_index(made);
    } else if (cursor_.at_all({"EXCEPTIONS", "INTO"})) {
        cursor_.take();
        cursor_.take();
        static_cast<void>(name());
    } else {
        if (cursor_.accept("ENABLE")) {
            made.enabled = true;
            return true;
        }
        return cursor_.accept("VALIDATE") || cursor_.accept("RELY") || cursor_.accept("NORELY") ||
               cursor_.accept("PRECHECK") || cursor_.accept("NOPRECHECK");
    }
    return true;
}

/// In line (without columns) as well as by itself.
Constraint* Grammar::constraint() {
    Constraint* made = tree_.make<Constraint>(cursor_.look().span);
    if (cursor_.accept("CONSTRAINT")) made->name = identifier();
    if (cursor_.accept("NOT")) {
        cursor_.expect("NULL");
        made->what = Constraint::What::not_null;
    } else if (cursor_.accept("NULL")) {
        made->what = Constraint::What::null;
    } else if (cursor_.accept("CHECK")) {
        made->what = Constraint::What::check;
        cursor_.expect("(");
        made->condition = expression();
        cursor_.expect(")");
    } else if (cursor_.at_any({"PRIMARY", "UNIQUE"})) {
        made->what = cursor_.at("PRIMARY") ? Constraint::What::primary_key : Constraint::What::unique;
        if (cursor_.take().hash == hash_of_word("PRIMARY")) cursor_.expect("KEY");
        if (cursor_.at("(")) made->columns = key_columns();
    } else if (cursor_.accept("FOREIGN")) {
        cursor_.expect("KEY");
        made->columns = key_columns();
        cursor_.expect("REFERENCES");
        references(*made);
    } else if (cursor_.accept("REFERENCES")) {
        references(*made);
    } else if (cursor_.at_any({"SCOPE", "REF", "WITH"})) {
        made->what = cursor_.at("WITH") ? Constraint::What::rowid : Constraint::What::scope;
        while (!cursor_.done() && !cursor_.at_any({",", ")"})) skip_one();
    } else {
        cursor_.fail("a constraint");
    }
    while (constraint_state(*made)) {}
    made->span = cursor_.since(made->span.begin);
    return made;
}

/// GENERATED ALWAYS AS IDENTITY, GENERATED BY DEFAULT ON NULL AS IDENTITY (…), [GENERATED ALWAYS] AS (a + b)
/// VIRTUAL
void Grammar::generated(Column& made) {
    bool always = true;
    if (cursor_.accept("GENERATED")) {
        if (cursor_.accept("BY")) {
            cursor_.expect("DEFAULT");
            always = false;
            if (cursor_.at_all({"ON", "NULL"})) {
                made.identity_on_null = true;
                skip_one();
                skip_one();
                if (cursor_.at("FOR"))
                    while (!cursor_.done() && !cursor_.at("AS")) skip_one();
            }
        } else {
            cursor_.accept("ALWAYS");
        }
    }
    cursor_.expect("AS");
    if (cursor_.accept("IDENTITY")) {
        made.identity = true;
        made.identity_always = always;
        const bool enclosed = cursor_.accept("(");
        made.identity_options = sequence_options();
        if (enclosed) cursor_.expect(")");
        return;
    }
    cursor_.expect("(");
    made.generated = expression();
    cursor_.expect(")");
    if (!cursor_.accept("VIRTUAL")) made.stored = cursor_.accept("STORED");
}

bool Grammar::column_option(Column& made) {
    if (cursor_.accept("DEFAULT")) {
        if (cursor_.at_all({"ON", "NULL"})) {
            made.default_on_null = true;
            cursor_.take();
            cursor_.take();
            if (cursor_.accept("FOR"))
                for (cursor_.expect("INSERT"); cursor_.at_any({"ONLY", "AND", "UPDATE"});) cursor_.take();
        }
        made.default_value = additive();
    } else if (cursor_.at("GENERATED") || (cursor_.at("AS") && cursor_.at("(", 1))) {
        generated(made);
    } else if (cursor_.accept("INVISIBLE")) {
        made.invisible = true;
    } else if (cursor_.accept("ENCRYPT")) {
        while (!cursor_.done() && !at_constraint() && !cursor_.at_any({",", ")", "DEFAULT"})) skip_one();
    } else if (cursor_.at_any({"COLLATE", "DOMAIN"})) {
        cursor_.take();
        static_cast<void>(name());
    } else if (cursor_.accept("ANNOTATIONS")) {
        skip_one();
    } else if (at_constraint()) {
        tree_.add(made.constraints, constraint());
    } else {
        return cursor_.accept("VISIBLE") || cursor_.accept("SORT") || cursor_.accept("DECRYPT");
    }
    return true;
}

Column* Grammar::column() {
    Column* made = tree_.make<Column>(cursor_.look().span);
    made->name = identifier();
    const bool untyped = cursor_.done() || at_constraint() ||
                         cursor_.at_any({",", ")", "DEFAULT", "GENERATED", "AS", "INVISIBLE", "VISIBLE",
                                         "ENCRYPT", "DECRYPT", "COLLATE"});
    if (!untyped) made->type = data_type();
    while (!cursor_.done() && column_option(*made)) {}
    made->span = cursor_.since(made->span.begin);
    return made;
}

}  // namespace landfall::convert
