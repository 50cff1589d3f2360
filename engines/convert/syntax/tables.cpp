// CREATE TABLE and ALTER TABLE.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

/// Within the parentheses of a table: a column, a constraint, or what is only of Oracle's (supplemental
/// logs).
void Grammar::table_item(CreateTable& made) {
    if (cursor_.at("SUPPLEMENTAL") || cursor_.at_all({"PERIOD", "FOR"})) {
        const std::uint32_t begin = cursor_.look().span.begin;
        while (!cursor_.done() && !cursor_.at_any({",", ")"})) skip_one();
        tree_.add(made.dropped, cursor_.text(cursor_.since(begin)));
    } else if (at_constraint()) {
        tree_.add(made.constraints, constraint());
    } else {
        tree_.add(made.columns, column());
    }
}

void Grammar::table_words(CreateTable& made) {
    for (cursor_.expect("CREATE"); !cursor_.done() && !cursor_.at("TABLE"); cursor_.take()) {
        made.private_temporary = made.private_temporary || cursor_.at("PRIVATE");
        made.temporary = made.temporary || cursor_.at("TEMPORARY");
    }
    cursor_.expect("TABLE");
    made.if_not_exists = cursor_.at_all({"IF", "NOT", "EXISTS"});
    skip_if_not_exists();
    made.object = name();
}

/// One clause behind the columns. What is about storage alone is kept as text.
void Grammar::table_clause(CreateTable& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at_all({"ON", "COMMIT"})) {
        skip_one();
        skip_one();
        made.on_commit = cursor_.at_any({"DELETE", "DROP"}) ? CreateTable::OnCommit::delete_rows
                                                            : CreateTable::OnCommit::preserve_rows;
        skip_one();
        skip_one();
    } else if (cursor_.at_all({"PARTITION", "BY"})) {
        made.partitioning = partitioning();
    } else if (cursor_.accept("ORGANIZATION")) {
        if (cursor_.accept("INDEX")) {
            made.what = CreateTable::What::index_organized;
        } else if (cursor_.accept("EXTERNAL")) {
            made.what = CreateTable::What::external;
            skip_one();
            tree_.add(made.external, cursor_.text(cursor_.since(begin)));
        } else {
            cursor_.take();
        }
    } else if (cursor_.at("CLUSTER") && !cursor_.at("BY", 1)) {
        made.what = CreateTable::What::cluster;
        skip_one();
        static_cast<void>(name());
        if (cursor_.at("(")) skip_one();
    } else if (cursor_.at("AS") && at_query_behind_as()) {
        cursor_.take();
        made.as_query = query();
    } else if (cursor_.at_all({"READ", "ONLY"})) {
        made.read_only = true;
        skip_one();
        skip_one();
    } else {
        skip_one();
        while (!cursor_.done() && (cursor_.at("(") || cursor_.look().kind == TokenKind::number)) skip_one();
        tree_.add(made.dropped, cursor_.text(cursor_.since(begin)));
    }
}

Statement* Grammar::create_table() {
    CreateTable* made = tree_.make<CreateTable>(cursor_.look().span);
    table_words(*made);
    if (cursor_.accept("OF")) {
        made->what = CreateTable::What::object;
        if (cursor_.at("XMLTYPE")) made->what = CreateTable::What::xml;
        made->object_type = name();
    }
    if (cursor_.at("(")) {
        cursor_.take();
        do table_item(*made);
        while (cursor_.accept(","));
        cursor_.expect(")");
    }
    while (!cursor_.done()) table_clause(*made);
    made->span = cursor_.since(made->span.begin);
    return made;
}

TableChange* Grammar::table_change(TableChange::What what) {
    TableChange* made = tree_.make<TableChange>(cursor_.look().span);
    made->what = what;
    return made;
}

/// ADD and MODIFY take one column or constraint, several one behind the other, or a list in parentheses.
void Grammar::add_items(AlterTable& made, TableChange::What of_columns) {
    const bool enclosed = cursor_.accept("(");
    cursor_.accept("COLUMN");
    do {
        TableChange* change = table_change(of_columns);
        if (at_constraint()) {
            change->what = of_columns == TableChange::What::add_column ? TableChange::What::add_constraint
                                                                       : TableChange::What::modify_constraint;
            change->constraint = constraint();
        } else {
            change->column = column();
        }
        change->span = cursor_.since(change->span.begin);
        tree_.add(made.changes, change);
        // ADD a int ADD b int is written as well as ADD CONSTRAINT a … CONSTRAINT b …
    } while (enclosed ? cursor_.accept(",") : at_constraint());
    if (enclosed) cursor_.expect(")");
}

void Grammar::modify(AlterTable& made) {
    if (!cursor_.at("CONSTRAINT") && !cursor_.at_all({"PRIMARY", "KEY"}) && !cursor_.at("UNIQUE"))
        return add_items(made, TableChange::What::modify_column);
    TableChange* change = table_change(TableChange::What::modify_constraint);
    constraint_of_change(*change);
    while (constraint_state(*change->constraint)) {}
    change->span = cursor_.since(change->span.begin);
    tree_.add(made.changes, change);
}

/// CONSTRAINT c, PRIMARY KEY or UNIQUE (a, b): by what a change names a constraint that is there.
void Grammar::constraint_of_change(TableChange& change) {
    change.constraint = tree_.make<Constraint>(cursor_.look().span);
    if (cursor_.accept("CONSTRAINT")) {
        change.old_name = identifier();
    } else if (cursor_.accept("PRIMARY")) {
        cursor_.expect("KEY");
        change.constraint->what = Constraint::What::primary_key;
    } else {
        cursor_.expect("UNIQUE");
        change.constraint->what = Constraint::What::unique;
        change.constraint->columns = key_columns();
    }
}

void Grammar::drop_item(AlterTable& made) {
    using What = TableChange::What;
    TableChange* change = table_change(What::drop_column);
    if (cursor_.accept("CONSTRAINT")) {
        change->what = What::drop_constraint;
        change->old_name = identifier();
    } else if (cursor_.at_all({"PRIMARY", "KEY"})) {
        change->what = What::drop_primary_key;
        skip_one();
        skip_one();
    } else if (cursor_.accept("UNIQUE")) {
        change->what = What::drop_unique;
        change->constraint = tree_.make<Constraint>(cursor_.look().span);
        change->constraint->columns = key_columns();
    } else if (cursor_.accept("(")) {
        do {
            change->old_name = identifier();
            tree_.add(made.changes, change);
            change = table_change(What::drop_column);
        } while (cursor_.accept(","));
        cursor_.expect(")");
        change = made.changes.back();
        made.changes.pop_back();
    } else if (cursor_.accept("COLUMN")) {
        change->old_name = identifier();
    } else {
        change->what = What::other;
        skip_rest();
    }
    while (cursor_.at_any({"CASCADE", "CONSTRAINTS", "KEEP", "INDEX", "ONLINE", "INVALIDATE", "DROP"})) {
        if (cursor_.at("DROP") && !cursor_.at("INDEX", 1)) break;
        change->cascade = change->cascade || cursor_.at("CASCADE");
        cursor_.take();
    }
    change->span = cursor_.since(change->span.begin);
    tree_.add(made.changes, change);
}

void Grammar::rename_item(AlterTable& made) {
    using What = TableChange::What;
    TableChange* change = table_change(What::rename_table);
    if (cursor_.accept("COLUMN"))
        change->what = What::rename_column;
    else if (cursor_.accept("CONSTRAINT"))
        change->what = What::rename_constraint;
    if (!cursor_.at("TO")) change->old_name = identifier();
    cursor_.expect("TO");
    change->new_name = identifier();
    change->span = cursor_.since(change->span.begin);
    tree_.add(made.changes, change);
}

/// ENABLE [VALIDATE | NOVALIDATE] CONSTRAINT c, DISABLE PRIMARY KEY …
void Grammar::enable_item(AlterTable& made, bool enable) {
    using What = TableChange::What;
    TableChange* change = table_change(enable ? What::enable_constraint : What::disable_constraint);
    bool validated = true;
    for (; cursor_.at_any({"VALIDATE", "NOVALIDATE"}); cursor_.take()) validated = cursor_.at("VALIDATE");
    if (cursor_.at_any({"CONSTRAINT", "PRIMARY", "UNIQUE"})) {
        constraint_of_change(*change);
        while (cursor_.accept("CASCADE") || constraint_state(*change->constraint)) {}
        change->constraint->disabled = !enable;
        change->constraint->enabled = enable;
        change->constraint->not_validated = change->constraint->not_validated || !validated;
    } else {
        change->what = What::other;
        while (!cursor_.done() && !cursor_.at_any({"ADD", "MODIFY", "DROP", "ENABLE", "DISABLE"})) skip_one();
    }
    change->span = cursor_.since(change->span.begin);
    tree_.add(made.changes, change);
}

Statement* Grammar::alter_table() {
    using What = TableChange::What;
    AlterTable* made = tree_.make<AlterTable>(cursor_.look().span);
    cursor_.expect("ALTER");
    cursor_.expect("TABLE");
    made->object = name();
    while (!cursor_.done()) {
        const bool adds_other =
            cursor_.at("ADD") && (cursor_.at("PARTITION", 1) || cursor_.at("SUPPLEMENTAL", 1) ||
                                  cursor_.at("SUBPARTITION", 1) || cursor_.at("OVERFLOW", 1));
        const bool modifies_other =
            cursor_.at("MODIFY") &&
            (cursor_.at("PARTITION", 1) || cursor_.at("LOB", 1) || cursor_.at("DEFAULT", 1) ||
             cursor_.at("NESTED", 1) || cursor_.at("SUBPARTITION", 1) || cursor_.at("OPAQUE", 1));
        if (!adds_other && cursor_.accept("ADD")) {
            add_items(*made, What::add_column);
        } else if (!modifies_other && cursor_.accept("MODIFY")) {
            modify(*made);
        } else if (cursor_.accept("DROP")) {
            drop_item(*made);
        } else if (cursor_.accept("RENAME")) {
            rename_item(*made);
        } else if (cursor_.at_any({"ENABLE", "DISABLE"})) {
            enable_item(*made, cursor_.take().hash == hash_of_word("ENABLE"));
        } else if (cursor_.accept(",")) {
        } else {
            TableChange* change = table_change(What::other);
            skip_rest();
            change->span = cursor_.since(change->span.begin);
            tree_.add(made->changes, change);
        }
    }
    made->span = cursor_.since(made->span.begin);
    return made;
}

}  // namespace landfall::convert
