// Columns of MySQL's tables.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {
namespace {

constexpr int kSystemVersioning = 9305, kForgotten = 9306;

}  // namespace

Constraint* MysqlGrammar::column_constraint(Constraint::What what, std::uint32_t begin) {
    Constraint* made = tree_.make<Constraint>(cursor_.since(begin));
    made->what = what;
    return made;
}

Column* MysqlGrammar::column() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Column* made = tree_.make<Column>({});
    made->name = identifier();
    if (cursor_.at("SERIAL")) {
        // BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE
        made->type = tree_.make<DataType>(cursor_.take().span);
        made->type->name = name_of("bigint", made->type->span);
        made->type->unsigned_ = made->auto_increment = true;
        tree_.add(made->constraints, column_constraint(Constraint::What::not_null, made->type->span.begin));
        tree_.add(made->constraints, column_constraint(Constraint::What::unique, made->type->span.begin));
    } else {
        made->type = data_type();
    }
    while (!cursor_.done() && column_option(*made)) {}
    column_position(*made);
    made->span = cursor_.since(begin);
    return made;
}

void MysqlGrammar::column_position(Column& made) {
    if (cursor_.accept("FIRST")) made.first = true;
    if (cursor_.accept("AFTER")) made.after = identifier();
}

void MysqlGrammar::column_default(Column& made) {
    if (cursor_.at("(")) {
        cursor_.take();
        Parenthesized* whole = tree_.make<Parenthesized>(cursor_.look().span);
        whole->inner = expression();
        cursor_.expect(")");
        made.default_value = whole;
        return;
    }
    made.default_value = operation(kAboveComparison);
}

void MysqlGrammar::generated(Column& made) {
    cursor_.expect("(");
    made.generated = expression();
    cursor_.expect(")");
    if (cursor_.at_any({"STORED", "PERSISTENT"})) {
        made.stored = true;
        cursor_.take();
    } else {
        cursor_.accept("VIRTUAL");
    }
}

/// NOT NULL, keys, checks, references; false where none stands here.
bool MysqlGrammar::column_constraint_option(Column& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    using What = Constraint::What;
    const auto add = [&](What what) { tree_.add(made.constraints, column_constraint(what, begin)); };
    if (cursor_.at_all({"NOT", "NULL"})) {
        cursor_.take();
        cursor_.take();
        add(What::not_null);
    } else if (cursor_.accept("NULL")) {
        add(What::null);
    } else if (cursor_.accept("UNIQUE")) {
        cursor_.accept("KEY");
        add(What::unique);
    } else if (cursor_.at("PRIMARY") || cursor_.at("KEY")) {
        cursor_.accept("PRIMARY");
        cursor_.accept("KEY");
        add(What::primary_key);
    } else if (cursor_.at("CHECK") || cursor_.at("CONSTRAINT")) {
        Identifier called;
        if (cursor_.accept("CONSTRAINT") && !cursor_.at("CHECK")) called = identifier();
        tree_.add(made.constraints, table_constraint(called));
    } else if (cursor_.at("REFERENCES")) {
        Constraint* reference = column_constraint(What::foreign_key, begin);
        references(*reference);
        reference->span = cursor_.since(begin);
        // MySQL reads it and forgets it: so do we, but aloud.
        if (settings_.server == MysqlSettings::Server::mariadb)
            tree_.add(made.constraints, reference);
        else
            tell(kForgotten, Complexity::simple, reference->span, "REFERENCES of a column: MySQL ignores it");
    } else {
        return false;
    }
    return true;
}

/// What is about storage, or the text's encoding; false where none stands here.
bool MysqlGrammar::column_storage_option(Column& made) {
    if (cursor_.accept("COLLATE")) {
        made.type->collation = charset_name();
    } else if (cursor_.at_all({"CHARACTER", "SET"})) {
        cursor_.take();
        cursor_.take();
        made.type->character_set = charset_name();
    } else if (cursor_.at_any({"COLUMN_FORMAT", "STORAGE", "SRID", "REF_SYSTEM_ID", "ENGINE_ATTRIBUTE",
                               "SECONDARY_ENGINE_ATTRIBUTE"})) {
        cursor_.take();
        cursor_.accept("=");
        cursor_.take();
    } else if (cursor_.at_any({"WITH", "WITHOUT"}) && cursor_.at("SYSTEM", 1)) {
        for (int i = 0; i < 3; ++i) cursor_.take();
    } else if (cursor_.at("COMPRESSED")) {
        cursor_.take();
    } else {
        return false;
    }
    return true;
}

/// One option of a column; false where none stands here.
bool MysqlGrammar::column_option(Column& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (column_constraint_option(made) || column_storage_option(made)) return true;
    if (cursor_.accept("DEFAULT")) {
        column_default(made);
    } else if (cursor_.at_all({"ON", "UPDATE"})) {
        cursor_.take();
        cursor_.take();
        made.on_update = primary();
    } else if (cursor_.accept("AUTO_INCREMENT")) {
        made.auto_increment = true;
    } else if (cursor_.accept("COMMENT")) {
        made.comment = string();
    } else if (cursor_.at("GENERATED") || cursor_.at("AS")) {
        if (cursor_.accept("GENERATED")) cursor_.expect("ALWAYS");
        cursor_.expect("AS");
        if (cursor_.at("ROW")) {  // of a system-versioned table
            cursor_.take();
            cursor_.take();
            tell(kSystemVersioning, Complexity::medium, cursor_.since(begin),
                 "a column of system versioning");
        } else {
            generated(made);
        }
    } else if (cursor_.at_any({"INVISIBLE", "VISIBLE"})) {
        made.invisible = cursor_.at("INVISIBLE");
        cursor_.take();
    } else {
        return false;
    }
    return true;
}

}  // namespace landfall::convert
