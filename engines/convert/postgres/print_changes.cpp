// Statements that change rows.
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {

/// What SqlStatement and ScriptSql hold, without a semicolon.
void TreePrinter::row_change(const Node& change) {
    switch (change.kind) {
        case Kind::query: return query(static_cast<const Query&>(change));
        case Kind::insert: return insert(static_cast<const Insert&>(change));
        case Kind::update: return update(static_cast<const Update&>(change));
        case Kind::delete_: return delete_(static_cast<const Delete&>(change));
        case Kind::merge: return merge(static_cast<const Merge&>(change));
        case Kind::transaction_statement:
            return transaction(static_cast<const TransactionStatement&>(change));
        default: return refuse(change);
    }
}

void TreePrinter::insert(const Insert& insert) {
    const auto* into = as<TableName>(insert.into);
    if (into == nullptr || insert.ignore || insert.replace) return refuse(insert);
    out_.open();
    withs(insert.with, false);
    say("INSERT INTO ");
    table_ref(*into);
    if (!insert.columns.empty()) say(" ");
    if (!insert.columns.empty()) identifiers(insert.columns);
    out_.blank();
    if (insert.default_values) {
        say("DEFAULT VALUES");
    } else if (insert.query != nullptr) {
        query(*insert.query);
    } else if (insert.record != nullptr) {
        say("VALUES (");
        path_base(*insert.record);
        say(".*)");
    } else {
        refuse(insert);
    }
    if (!insert.on_conflict.empty()) {
        out_.blank();
        say(insert.on_conflict);
    }
    returning(insert.returning);
    out_.close();
}

void TreePrinter::update(const Update& update) {
    const auto* table = as<TableName>(update.table);
    if (table == nullptr || update.set_row != nullptr) return refuse(update);
    out_.open();
    withs(update.with, false);
    say("UPDATE ");
    table_ref(*table);
    out_.blank();
    set_items(update.sets, table);
    from_list("FROM ", update.from);
    where(update.where, update.current_of);
    returning(update.returning);
    out_.close();
}

void TreePrinter::delete_(const Delete& removal) {
    const auto* table = as<TableName>(removal.table);
    if (table == nullptr) return refuse(removal);
    out_.open();
    withs(removal.with, false);
    say("DELETE FROM ");
    table_ref(*table);
    from_list("USING ", removal.using_);
    where(removal.where, removal.current_of);
    returning(removal.returning);
    out_.close();
}

void TreePrinter::where(const Expr* condition, const Name* current_of) {
    if (current_of == nullptr) return clause("WHERE ", condition);
    out_.blank();
    say("WHERE CURRENT OF ");
    qualified(*current_of);
}

void TreePrinter::set_items(const List<SetItem*>& sets, const TableRef* of) {
    out_.open();
    say("SET");
    out_.indent();
    out_.blank();
    items(sets, ",", [this, of](const SetItem& set) {
        const bool is_tuple = set.tuple || set.targets.size() > 1;
        if (is_tuple) say("(");
        for (const Expr* target : set.targets) {
            if (target != set.targets.front()) say(", ");
            set_target(*target, of);
        }
        say(is_tuple ? ") = " : " = ");
        expr(set.value);
    });
    out_.outdent();
    out_.close();
}

/// PostgreSQL takes the columns of SET without their table.
void TreePrinter::set_target(const Expr& target, const TableRef* of) {
    const auto* name = as<Name>(&target);
    if (name == nullptr) return expr(&target);
    const auto* table = as<TableName>(of);
    std::uint32_t first = 0;
    if (table != nullptr && table->name != nullptr && name->parts.size() > 1) {
        const Text called = table->alias.empty() ? table->name->parts.back().name : table->alias.name;
        if (name->parts[0].name == called || name->parts[0].name == table->name->parts.back().name) first = 1;
        if (first == 0 && name->parts.size() > 2 && name->parts[1].name == called) first = 2;
    }
    for (std::uint32_t i = first; i < name->parts.size(); ++i) {
        if (i != first) say(".");
        identifier(name->parts[i].name);
    }
}

void TreePrinter::returning(const Returning* returning) {
    if (returning == nullptr) return;
    if (returning->bulk_collect) return refuse(*returning);
    out_.blank();
    out_.open();
    say("RETURNING ");
    out_.indent();
    select_items(returning->items);
    out_.outdent();
    out_.close();
    into(returning->into, returning->strict);
}

void TreePrinter::merge(const Merge& merge) {
    const bool deletes_late = merge.delete_where != nullptr && !merge.deletes;
    if (merge.into == nullptr || merge.source == nullptr || deletes_late) return refuse(merge);
    out_.open();
    say("MERGE INTO ");
    table_ref(*merge.into);
    out_.new_line();
    say("USING ");
    table_ref(*merge.source);
    out_.new_line();
    say("ON ");
    expr(merge.on);
    if (merge.deletes) {
        out_.new_line();
        say("WHEN MATCHED");
        if (merge.delete_where != nullptr) say(" AND ");
        expr(merge.delete_where, Binds::not_);
        say(" THEN DELETE");
    }
    if (merge.updates) {
        out_.new_line();
        say("WHEN MATCHED");
        if (merge.update_where != nullptr) say(" AND ");
        expr(merge.update_where, Binds::not_);
        say(" THEN");
        out_.indent();
        out_.new_line();
        say("UPDATE ");
        set_items(merge.sets, merge.into);
        out_.outdent();
    }
    if (merge.inserts) merge_insert(merge);
    out_.close();
}

void TreePrinter::merge_insert(const Merge& merge) {
    out_.new_line();
    say("WHEN NOT MATCHED");
    if (merge.insert_where != nullptr) say(" AND ");
    expr(merge.insert_where, Binds::not_);
    say(" THEN");
    out_.indent();
    out_.new_line();
    out_.open();
    say("INSERT");
    if (!merge.columns.empty()) say(" ");
    if (!merge.columns.empty()) identifiers(merge.columns);
    out_.blank();
    out_.open();
    say("VALUES (");
    out_.indent();
    out_.cut();
    expressions(merge.values);
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
    out_.close();
    out_.outdent();
}

}  // namespace landfall::convert
