// ALTER TABLE of MySQL.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {

Statement* MysqlGrammar::alter_table() {
    AlterTable* made = tree_.make<AlterTable>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    while (cursor_.at_any({"ONLINE", "OFFLINE", "IGNORE"})) cursor_.take();
    cursor_.expect("TABLE");
    if (cursor_.at_all({"IF", "EXISTS"})) {
        cursor_.take();
        cursor_.take();
    }
    made->object = name();
    while (!cursor_.done()) {
        alter_item(*made);
        // Options of the table and the partitioning need no comma.
        if (!cursor_.accept(",") && cursor_.look().kind != TokenKind::word) break;
    }
    made->span = cursor_.since(begin);
    return made;
}

TableChange* MysqlGrammar::change(AlterTable& made, TableChange::What what) {
    TableChange* each = tree_.make<TableChange>(cursor_.look().span);
    each->what = what;
    tree_.add(made.changes, each);
    return each;
}

/// To the comma that ends the present change.
void MysqlGrammar::skip_item() {
    while (!cursor_.done() && !cursor_.at(",")) {
        if (cursor_.at("("))
            skip_parentheses();
        else
            cursor_.take();
    }
}

void MysqlGrammar::alter_item(AlterTable& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    const std::uint32_t before = made.changes.size();
    using What = TableChange::What;
    const auto skip_column_word = [&] {
        cursor_.take();
        cursor_.accept("COLUMN");
        if (cursor_.at_all({"IF", "EXISTS"})) {
            cursor_.take();
            cursor_.take();
        }
    };
    if (cursor_.at("ADD")) {
        add_item(made);
    } else if (cursor_.at("DROP")) {
        drop_item(made);
    } else if (cursor_.at("MODIFY")) {
        skip_column_word();
        TableChange* each = change(made, What::change_column);
        each->column = column();
        each->old_name = each->column->name;
    } else if (cursor_.at("CHANGE")) {
        skip_column_word();
        TableChange* each = change(made, What::change_column);
        each->old_name = identifier();
        each->column = column();
    } else if (cursor_.at("ALTER")) {
        alter_item_default(made);
    } else if (cursor_.at("RENAME")) {
        rename_item(made);
    } else if (cursor_.at_any({"PARTITION", "REMOVE", "REORGANIZE", "TRUNCATE", "COALESCE", "EXCHANGE"})) {
        partition_item(made);
    } else if (cursor_.at_all({"CONVERT", "TO"})) {
        cursor_.take();
        cursor_.take();
        CreateTable* options = tree_.make<CreateTable>(cursor_.look().span);
        table_options(*options);
        change(made, What::change_options)->options = options;
    } else if (!known_words(made)) {
        CreateTable* options = tree_.make<CreateTable>(cursor_.look().span);
        if (!table_option(*options)) cursor_.fail("a change of the table");
        change(made, What::change_options)->options = options;
    }
    for (std::uint32_t i = before; i < made.changes.size(); ++i) made.changes[i]->span = cursor_.since(begin);
}

/// ALGORITHM = INPLACE, LOCK = NONE, ORDER BY, FORCE …: nothing that a definition has.
bool MysqlGrammar::known_words(AlterTable& made) {
    const bool known =
        cursor_.at_any({"ALGORITHM", "LOCK", "ORDER", "FORCE", "ENABLE", "DISABLE", "DISCARD", "IMPORT",
                        "WITH", "WITHOUT", "SECONDARY_LOAD", "SECONDARY_UNLOAD", "WAIT", "NOWAIT"});
    if (!known) return false;
    change(made, TableChange::What::storage);
    skip_item();
    return true;
}

void MysqlGrammar::add_item(AlterTable& made) {
    using What = TableChange::What;
    cursor_.take();
    if (cursor_.at("PARTITION")) {
        const std::uint32_t begin = cursor_.take().span.begin;
        cursor_.accept("PARTITIONS");
        if (!cursor_.at("(")) {
            cursor_.take();
            change(made, What::other)->span = cursor_.since(begin);
            return;
        }
        for (Partition* part : partition_list()) change(made, What::add_partition)->partition = part;
        return;
    }
    Identifier called;
    bool constraint = false;
    if (cursor_.accept("CONSTRAINT")) {
        constraint = true;
        if (at_identifier()) called = identifier();
    }
    if (at_key_definition()) {
        change(made, What::add_index)->index = key_definition(called);
        return;
    }
    if (constraint || cursor_.at_any({"PRIMARY", "FOREIGN", "CHECK"})) {
        change(made, What::add_constraint)->constraint = table_constraint(called);
        return;
    }
    cursor_.accept("COLUMN");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    if (!cursor_.accept("(")) {
        change(made, What::add_column)->column = column();
        return;
    }
    do {
        if (at_key_definition())
            change(made, What::add_index)->index = key_definition({});
        else
            change(made, What::add_column)->column = column();
    } while (cursor_.accept(","));
    cursor_.expect(")");
}

void MysqlGrammar::drop_item(AlterTable& made) {
    using What = TableChange::What;
    cursor_.take();
    if (cursor_.at_all({"PRIMARY", "KEY"})) {
        cursor_.take();
        cursor_.take();
        change(made, What::drop_primary_key);
        return;
    }
    if (cursor_.accept("PARTITION")) {
        do {
            change(made, What::drop_partition)->old_name = identifier();
        } while (cursor_.accept(","));
        return;
    }
    What what = What::drop_column;
    if (cursor_.at_any({"INDEX", "KEY"})) {
        what = What::drop_index;
        cursor_.take();
    } else if (cursor_.at_all({"FOREIGN", "KEY"})) {
        what = What::drop_constraint;
        cursor_.take();
        cursor_.take();
    } else if (cursor_.at_any({"CONSTRAINT", "CHECK"})) {
        what = What::drop_constraint;
        cursor_.take();
    } else {
        cursor_.accept("COLUMN");
    }
    if (cursor_.at_all({"IF", "EXISTS"})) {
        cursor_.take();
        cursor_.take();
    }
    TableChange* each = change(made, what);
    each->old_name = identifier();
    if (cursor_.at_any({"RESTRICT", "CASCADE"})) cursor_.take();
}

void MysqlGrammar::rename_item(AlterTable& made) {
    using What = TableChange::What;
    cursor_.take();
    What what = What::rename_table;
    if (cursor_.accept("COLUMN"))
        what = What::rename_column;
    else if (cursor_.accept("INDEX") || cursor_.accept("KEY"))
        what = What::rename_index;
    TableChange* each = change(made, what);
    if (what != What::rename_table) {
        each->old_name = identifier();
        cursor_.expect("TO");
        each->new_name = identifier();
        return;
    }
    if (!cursor_.accept("TO")) cursor_.accept("AS");
    each->new_name = name()->parts.back();
}

/// ALTER COLUMN c SET DEFAULT 1, ALTER COLUMN c DROP DEFAULT, ALTER INDEX i INVISIBLE
void MysqlGrammar::alter_item_default(AlterTable& made) {
    cursor_.take();
    if (cursor_.at_any({"INDEX", "KEY", "CHECK", "CONSTRAINT"})) {
        change(made, TableChange::What::storage);
        skip_item();
        return;
    }
    cursor_.accept("COLUMN");
    TableChange* each = change(made, TableChange::What::change_default);
    each->column = tree_.make<Column>(cursor_.look().span);
    each->column->name = identifier();
    each->old_name = each->column->name;
    if (cursor_.accept("DROP")) {
        cursor_.expect("DEFAULT");
        return;
    }
    cursor_.expect("SET");
    if (cursor_.at_any({"VISIBLE", "INVISIBLE"})) {
        each->what = TableChange::What::storage;
        cursor_.take();
        return;
    }
    cursor_.expect("DEFAULT");
    column_default(*each->column);
}

void MysqlGrammar::partition_item(AlterTable& made) {
    using What = TableChange::What;
    if (cursor_.at_all({"PARTITION", "BY"})) {
        CreateTable* options = tree_.make<CreateTable>(cursor_.look().span);
        options->partitioning = partitioning();
        change(made, What::add_partitioning)->options = options;
    } else if (cursor_.at_all({"REMOVE", "PARTITIONING"})) {
        cursor_.take();
        cursor_.take();
        change(made, What::remove_partitioning);
    } else {
        change(made, What::other);
        skip_item();
    }
}

}  // namespace landfall::convert
