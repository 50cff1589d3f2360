// Tables of MySQL: keys, constraints, options.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {
namespace {

constexpr int kSystemVersioning = 9305;

}  // namespace

Statement* MysqlGrammar::create_table() {
    CreateTable* made = tree_.make<CreateTable>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    if (cursor_.accept("OR")) cursor_.expect("REPLACE");
    made->temporary = cursor_.accept("TEMPORARY");
    cursor_.expect("TABLE");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"})) {
        for (int i = 0; i < 3; ++i) cursor_.take();
        made->if_not_exists = true;
    }
    made->object = name();
    const bool like_in_parentheses = cursor_.at("(") && cursor_.at("LIKE", 1);
    if (like_in_parentheses) cursor_.take();
    if (cursor_.accept("LIKE")) {
        made->like = name();
        if (like_in_parentheses) cursor_.expect(")");
    } else if (cursor_.at("(") && !at_query()) {
        table_elements(*made);
    }
    table_options(*made);
    if (cursor_.at("PARTITION")) made->partitioning = partitioning();
    if (cursor_.at_any({"IGNORE", "REPLACE"})) cursor_.take();
    cursor_.accept("AS");
    if (at_query()) made->as_query = query();
    made->span = cursor_.since(begin);
    return made;
}

void MysqlGrammar::table_elements(CreateTable& made) {
    cursor_.expect("(");
    while (!cursor_.done() && !cursor_.at(")")) {
        table_element(made);
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
}

/// KEY, INDEX, UNIQUE, FULLTEXT, SPATIAL: a column may have such a name only in backticks.
bool MysqlGrammar::at_key_definition() const {
    return cursor_.at_any({"KEY", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"});
}

void MysqlGrammar::table_element(CreateTable& made) {
    if (cursor_.at_all({"PERIOD", "FOR"})) {
        const std::uint32_t begin = cursor_.take().span.begin;
        while (!cursor_.done() && !cursor_.at("(")) cursor_.take();
        skip_parentheses();
        tell(kSystemVersioning, Complexity::medium, cursor_.since(begin), "PERIOD FOR");
        return;
    }
    Identifier called;
    bool named = false;
    if (cursor_.at("CONSTRAINT")) {
        cursor_.take();
        named = true;
        if (at_identifier()) called = identifier();
    }
    if (at_key_definition()) {
        tree_.add(made.indexes, key_definition(called));
    } else if (cursor_.at_any({"PRIMARY", "FOREIGN", "CHECK"})) {
        tree_.add(made.constraints, table_constraint(called));
    } else if (named) {
        cursor_.fail("a constraint");
    } else {
        tree_.add(made.columns, column());
    }
}

/// [UNIQUE | FULLTEXT | SPATIAL] [KEY | INDEX] [name] [USING …] (parts) options
CreateIndex* MysqlGrammar::key_definition(const Identifier& constraint_name) {
    CreateIndex* made = tree_.make<CreateIndex>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->unique = cursor_.accept("UNIQUE");
    made->full_text = cursor_.accept("FULLTEXT");
    made->spatial = cursor_.accept("SPATIAL");
    if (cursor_.accept("VECTOR")) made->domain_type = "VECTOR";
    if (cursor_.at_any({"KEY", "INDEX"})) cursor_.take();
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    Identifier called = constraint_name;
    if (!cursor_.at("USING") && at_identifier()) called = identifier();
    if (!called.empty()) {
        made->object = tree_.make<Name>(called.span);
        tree_.add(made->object->parts, called);
    }
    key_options(made);
    made->columns = key_columns();
    key_options(made);
    made->span = cursor_.since(begin);
    return made;
}

List<KeyColumn*> MysqlGrammar::key_columns() {
    List<KeyColumn*> made;
    cursor_.expect("(");
    while (!cursor_.done() && !cursor_.at(")")) {
        tree_.add(made, key_column());
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
    if (made.empty()) cursor_.fail("a column");
    return made;
}

/// column(10) DESC, (expression)
KeyColumn* MysqlGrammar::key_column() {
    KeyColumn* made = tree_.make<KeyColumn>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.accept("(")) {
        made->value = expression();
        cursor_.expect(")");
    } else {
        Name* column = tree_.make<Name>(cursor_.look().span);
        tree_.add(column->parts, identifier());
        made->value = column;
        if (cursor_.accept("(")) {
            made->prefix_length = number();
            cursor_.expect(")");
        }
    }
    if (cursor_.accept("DESC"))
        made->descending = true;
    else
        cursor_.accept("ASC");
    made->span = cursor_.since(begin);
    return made;
}

/// What stands around the parts of a key. `index`: nullptr for a primary key.
void MysqlGrammar::key_options(CreateIndex* index) {
    while (!cursor_.done()) {
        if (cursor_.at_any({"USING", "TYPE"})) {
            cursor_.take();
            cursor_.take();  // BTREE, HASH: PostgreSQL's B-tree does for both
        } else if (cursor_.at_any({"KEY_BLOCK_SIZE", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE",
                                   "CLUSTERING", "M", "DISTANCE"})) {
            cursor_.take();
            cursor_.accept("=");
            cursor_.take();
        } else if (cursor_.at_all({"WITH", "PARSER"})) {
            for (int i = 0; i < 3; ++i) cursor_.take();
        } else if (cursor_.accept("COMMENT")) {
            string();
        } else if (cursor_.at_any({"INVISIBLE", "VISIBLE", "IGNORED"})) {
            if (index != nullptr && !cursor_.at("VISIBLE")) index->invisible = true;
            cursor_.take();
        } else if (cursor_.at_all({"NOT", "IGNORED"})) {
            cursor_.take();
            cursor_.take();
        } else if (cursor_.at_all({"WITHOUT", "OVERLAPS"})) {
            cursor_.fail("a key without OVERLAPS");
        } else {
            return;
        }
    }
}

/// PRIMARY KEY, FOREIGN KEY, CHECK
Constraint* MysqlGrammar::table_constraint(const Identifier& called) {
    Constraint* made = tree_.make<Constraint>({});
    const std::uint32_t begin = called.empty() ? cursor_.look().span.begin : called.span.begin;
    made->name = called;
    if (cursor_.accept("PRIMARY")) {
        cursor_.expect("KEY");
        made->what = Constraint::What::primary_key;
        if (!cursor_.at("USING") && at_identifier()) identifier();
        key_options(nullptr);
        made->columns = key_columns();
        key_options(nullptr);
    } else if (cursor_.accept("FOREIGN")) {
        cursor_.expect("KEY");
        made->what = Constraint::What::foreign_key;
        if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
            for (int i = 0; i < 3; ++i) cursor_.take();
        if (at_identifier()) {
            const Identifier index = identifier();
            if (made->name.empty()) made->name = index;
        }
        made->columns = key_columns();
        references(*made);
    } else {
        cursor_.expect("CHECK");
        made->what = Constraint::What::check;
        cursor_.expect("(");
        made->condition = expression();
        cursor_.expect(")");
        if (cursor_.at_all({"NOT", "ENFORCED"})) {
            cursor_.take();
            cursor_.take();
            made->disabled = true;
        } else {
            cursor_.accept("ENFORCED");
        }
    }
    made->span = cursor_.since(begin);
    return made;
}

RefAction MysqlGrammar::reference_action() {
    if (cursor_.accept("RESTRICT")) return RefAction::restrict;
    if (cursor_.accept("CASCADE")) return RefAction::cascade;
    if (cursor_.accept("NO")) {
        cursor_.expect("ACTION");
        return RefAction::none;
    }
    cursor_.expect("SET");
    if (cursor_.accept("NULL")) return RefAction::set_null;
    cursor_.expect("DEFAULT");
    return RefAction::set_default;
}

void MysqlGrammar::references(Constraint& made) {
    cursor_.expect("REFERENCES");
    made.references = name();
    if (cursor_.at("(")) {
        for (const KeyColumn* column : key_columns())
            if (const auto* each = as<Name>(column->value)) tree_.add(made.referenced, each->parts.back());
    }
    for (;;) {
        if (cursor_.accept("MATCH")) {
            cursor_.take();
        } else if (cursor_.at_all({"ON", "DELETE"})) {
            cursor_.take();
            cursor_.take();
            made.on_delete = reference_action();
        } else if (cursor_.at_all({"ON", "UPDATE"})) {
            cursor_.take();
            cursor_.take();
            made.on_update = reference_action();
        } else {
            return;
        }
    }
}

void MysqlGrammar::drop_option(CreateTable& made, std::uint32_t begin) {
    tree_.add(made.dropped, cursor_.text(cursor_.since(begin)));
}

/// One option behind the parentheses; false where none stands here.
bool MysqlGrammar::table_option(CreateTable& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at("DEFAULT") && !cursor_.at("VALUES", 1)) cursor_.take();
    if (cursor_.at_any({"ENGINE", "TYPE"})) {
        cursor_.take();
        made.engine = charset_name();
    } else if (cursor_.accept("AUTO_INCREMENT")) {
        cursor_.accept("=");
        made.auto_increment = number();
    } else if (cursor_.at("CHARSET") || cursor_.at_all({"CHARACTER", "SET"}) ||
               cursor_.at_all({"CHAR", "SET"})) {
        if (!cursor_.at("CHARSET")) cursor_.take();
        cursor_.take();
        made.character_set = charset_name();
    } else if (cursor_.accept("COLLATE")) {
        made.collation = charset_name();
    } else if (cursor_.accept("COMMENT")) {
        cursor_.accept("=");
        made.comment = string();
    } else if (cursor_.at_all({"WITH", "SYSTEM", "VERSIONING"})) {
        for (int i = 0; i < 3; ++i) cursor_.take();
        tell(kSystemVersioning, Complexity::complex, cursor_.since(begin), "WITH SYSTEM VERSIONING");
    } else if (cursor_.accept("UNION")) {
        cursor_.accept("=");
        skip_parentheses();
        drop_option(made, begin);
    } else if (cursor_.at_all({"DATA", "DIRECTORY"}) || cursor_.at_all({"INDEX", "DIRECTORY"})) {
        cursor_.take();
        cursor_.take();
        cursor_.accept("=");
        string();
        drop_option(made, begin);
    } else if (cursor_.look().kind != TokenKind::word && cursor_.look().kind != TokenKind::quoted_word) {
        return false;
    } else if (cursor_.at("=", 1)) {  // any other NAME = value, of storage engines, too
        cursor_.take();
        cursor_.take();
        cursor_.take();
        drop_option(made, begin);
    } else if (cursor_.at_any({"ROW_FORMAT",       "KEY_BLOCK_SIZE",    "MAX_ROWS",           "MIN_ROWS",
                               "AVG_ROW_LENGTH",   "CHECKSUM",          "DELAY_KEY_WRITE",    "PACK_KEYS",
                               "STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES", "COMPRESSION",
                               "ENCRYPTION",       "CONNECTION",        "PASSWORD",           "INSERT_METHOD",
                               "TABLESPACE",       "STORAGE",           "PAGE_COMPRESSED",    "PAGE_CHECKSUM",
                               "TRANSACTIONAL"})) {
        cursor_.take();
        cursor_.take();
        drop_option(made, begin);
    } else {
        return false;
    }
    return true;
}

void MysqlGrammar::table_options(CreateTable& made) {
    while (!cursor_.done() && table_option(made)) cursor_.accept(",");
}

}  // namespace landfall::convert
