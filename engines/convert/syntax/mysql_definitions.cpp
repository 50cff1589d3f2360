// Indexes, views, databases, sequences of MySQL; what is dropped and renamed.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {

/// DEFINER = 'user'@'host': who it is means nothing to PostgreSQL.
void MysqlGrammar::definer() {
    if (!cursor_.accept("DEFINER")) return;
    cursor_.expect("=");
    cursor_.take();
    if (cursor_.at("(")) skip_parentheses();  // CURRENT_USER()
    if (cursor_.look().kind == TokenKind::bind) cursor_.take();
}

/// CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX name [USING …] ON table (parts) options
Statement* MysqlGrammar::create_index() {
    CreateIndex* made = tree_.make<CreateIndex>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    if (cursor_.accept("OR")) cursor_.expect("REPLACE");
    while (cursor_.at_any({"ONLINE", "OFFLINE"})) cursor_.take();
    made->unique = cursor_.accept("UNIQUE");
    made->full_text = cursor_.accept("FULLTEXT");
    made->spatial = cursor_.accept("SPATIAL");
    if (cursor_.accept("VECTOR")) made->domain_type = "VECTOR";
    cursor_.expect("INDEX");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    made->object = name();
    key_options(made);
    cursor_.expect("ON");
    made->table = name();
    made->columns = key_columns();
    key_options(made);
    while (cursor_.at_any({"ALGORITHM", "LOCK"})) {
        cursor_.take();
        cursor_.accept("=");
        cursor_.take();
    }
    made->span = cursor_.since(begin);
    return made;
}

/// From ALGORITHM, DEFINER, SQL SECURITY or VIEW on.
Statement* MysqlGrammar::create_view(std::uint32_t begin, bool replace) {
    CreateView* made = tree_.make<CreateView>({});
    made->replace = replace;
    while (!cursor_.done() && !cursor_.at("VIEW")) {
        if (cursor_.accept("ALGORITHM")) {
            cursor_.expect("=");
            cursor_.take();
        } else if (cursor_.at("DEFINER")) {
            definer();
        } else if (cursor_.at_all({"SQL", "SECURITY"})) {
            cursor_.take();
            cursor_.take();
            made->security_invoker = cursor_.at("INVOKER");
            cursor_.take();
        } else {
            cursor_.fail("VIEW");
        }
    }
    cursor_.expect("VIEW");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    made->object = name();
    if (cursor_.at("(")) made->columns = identifiers();
    cursor_.expect("AS");
    made->query = query();
    if (cursor_.accept("WITH")) {
        if (cursor_.at_any({"CASCADED", "LOCAL"})) cursor_.take();
        cursor_.expect("CHECK");
        cursor_.expect("OPTION");
        made->query->restriction = "CHECK OPTION";
    }
    made->span = cursor_.since(begin);
    return made;
}

/// CREATE DATABASE is a schema; its character set and collation go.
Statement* MysqlGrammar::create_database() {
    OtherStatement* made = tree_.make<OtherStatement>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    if (cursor_.accept("OR")) cursor_.expect("REPLACE");
    cursor_.take();
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    made->what = "CREATE DATABASE";
    made->object = name();
    skip_rest();
    made->span = cursor_.since(begin);
    return made;
}

/// CREATE SEQUENCE of MariaDB
Statement* MysqlGrammar::create_sequence() {
    CreateSequence* made = tree_.make<CreateSequence>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->alter = cursor_.at("ALTER");
    cursor_.take();
    if (cursor_.accept("OR")) cursor_.expect("REPLACE");
    cursor_.accept("TEMPORARY");
    cursor_.expect("SEQUENCE");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    made->object = name();
    SequenceOptions* options = tree_.make<SequenceOptions>(cursor_.look().span);
    made->options = options;
    const auto value = [&] {
        if (!cursor_.accept("WITH") && !cursor_.accept("BY")) cursor_.accept("=");
        const std::uint32_t from = cursor_.look().span.begin;
        cursor_.accept("-");
        number();
        return cursor_.text(cursor_.since(from));
    };
    while (!cursor_.done()) {
        if (cursor_.accept("START"))
            options->start = value();
        else if (cursor_.accept("INCREMENT"))
            options->increment = value();
        else if (cursor_.accept("MINVALUE"))
            options->minimum = value();
        else if (cursor_.accept("MAXVALUE"))
            options->maximum = value();
        else if (cursor_.accept("CACHE"))
            options->cache = value();
        else if (cursor_.accept("RESTART"))
            options->restart = value();
        else if (cursor_.at_all({"NO", "MINVALUE"}) || cursor_.at_all({"NO", "MAXVALUE"}) ||
                 cursor_.at_all({"NO", "CACHE"}) || cursor_.at_all({"NO", "CYCLE"})) {
            cursor_.take();
            cursor_.take();
        } else if (cursor_.at_any({"NOMINVALUE", "NOMAXVALUE", "NOCACHE", "NOCYCLE"})) {
            cursor_.take();
        } else if (cursor_.accept("CYCLE"))
            options->cycle = true;
        else if (cursor_.at_any({"ENGINE", "COMMENT"})) {
            cursor_.take();
            charset_name();
        } else
            cursor_.fail("an option of a sequence");
    }
    made->span = cursor_.since(begin);
    return made;
}

/// DROP TABLE a, b: several names make one OtherStatement, which is dropped whole.
Statement* MysqlGrammar::drop() {
    Drop* made = tree_.make<Drop>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.accept("TEMPORARY");
    made->what = upper(cursor_.text(cursor_.take()));
    if (cursor_.at_all({"IF", "EXISTS"})) {
        cursor_.take();
        cursor_.take();
        made->if_exists = true;
    }
    if (at_identifier()) made->object = name();
    if (made->what == "INDEX" && cursor_.accept("ON")) {
        AlterTable* alter = tree_.make<AlterTable>({});
        TableChange* each = change(*alter, TableChange::What::drop_index);
        each->old_name = made->object == nullptr ? Identifier{} : made->object->parts.back();
        alter->object = name();
        skip_rest();
        each->span = alter->span = cursor_.since(begin);
        return alter;
    }
    skip_rest();
    made->span = cursor_.since(begin);
    return made;
}

/// RENAME TABLE a TO b, c TO d
Statement* MysqlGrammar::rename_table() {
    AlterTable* made = tree_.make<AlterTable>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.take();
    made->object = name();
    cursor_.expect("TO");
    TableChange* each = change(*made, TableChange::What::rename_table);
    each->new_name = name()->parts.back();
    if (cursor_.at(",")) cursor_.fail("one table: rename each by a statement of its own");
    each->span = made->span = cursor_.since(begin);
    return made;
}

Statement* MysqlGrammar::other_statement() {
    OtherStatement* made = tree_.make<OtherStatement>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    std::string words = in_upper_case(cursor_.text(cursor_.take()));
    if (cursor_.look().kind == TokenKind::word && words != "SET" && words != "CALL" && words != "SELECT")
        words.append(" ").append(in_upper_case(cursor_.text(cursor_.take())));
    made->what = tree_.keep(words);
    if (at_identifier()) made->object = name();
    skip_rest();
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
