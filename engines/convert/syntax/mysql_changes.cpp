// Changes of rows of MySQL.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {

Statement* MysqlGrammar::row_change() {
    ScriptSql* made = tree_.make<ScriptSql>(cursor_.look().span);
    if (cursor_.at_any({"INSERT", "REPLACE"}))
        made->sql = insert();
    else if (cursor_.at("UPDATE"))
        made->sql = update();
    else
        made->sql = delete_();
    made->span = cursor_.since(made->span.begin);
    return made;
}

/// INSERT, REPLACE; SET a = 1 becomes columns and VALUES.
Insert* MysqlGrammar::insert() {
    Insert* made = tree_.make<Insert>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->replace = cursor_.at("REPLACE");
    cursor_.take();
    while (cursor_.at_any({"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"})) {
        if (cursor_.at("IGNORE")) made->ignore = true;
        cursor_.take();
    }
    cursor_.accept("INTO");
    TableName* into = tree_.make<TableName>(cursor_.look().span);
    into->name = name();
    into->span = into->name->span;
    made->into = into;
    if (cursor_.at("(") && !at_query()) {
        if (cursor_.at(")", 1)) {
            cursor_.take();
            cursor_.take();
        } else {
            made->columns = identifiers();
        }
    }
    if (cursor_.accept("SET")) {
        Values* values = tree_.make<Values>(cursor_.look().span);
        Tuple* row = tree_.make<Tuple>(cursor_.look().span);
        do {
            tree_.add(made->columns, name()->parts.back());
            cursor_.expect("=");
            tree_.add(row->items, expression());
        } while (cursor_.accept(","));
        tree_.add(values->rows, row);
        made->query = tree_.make<Query>(cursor_.since(begin));
        made->query->body = values;
    } else if (cursor_.at_any({"VALUES", "VALUE"})) {
        made->query = tree_.make<Query>(cursor_.look().span);
        made->query->body = values_body();
    } else if (at_query()) {
        made->query = query();
    }
    // ON DUPLICATE KEY UPDATE has no counterpart that needs no key.
    made->span = cursor_.since(begin);
    return made;
}

List<SetItem*> MysqlGrammar::set_items() {
    List<SetItem*> made;
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        SetItem* item = tree_.make<SetItem>({});
        item->targets = tree_.list<Expr*>({name()});
        if (!cursor_.accept(":=")) cursor_.expect("=");
        item->value = expression();
        item->span = cursor_.since(begin);
        tree_.add(made, item);
    } while (cursor_.accept(","));
    return made;
}

Update* MysqlGrammar::update() {
    Update* made = tree_.make<Update>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    while (cursor_.at_any({"LOW_PRIORITY", "IGNORE"})) cursor_.take();
    made->table = table_factor();
    cursor_.expect("SET");
    made->sets = set_items();
    if (cursor_.accept("WHERE")) made->where = expression();
    made->span = cursor_.since(begin);
    return made;
}

Delete* MysqlGrammar::delete_() {
    Delete* made = tree_.make<Delete>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    while (cursor_.at_any({"LOW_PRIORITY", "QUICK", "IGNORE"})) cursor_.take();
    cursor_.expect("FROM");
    made->table = table_factor();
    if (cursor_.accept("WHERE")) made->where = expression();
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
