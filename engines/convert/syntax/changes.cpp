// Statements that change rows: INSERT, INSERT ALL, UPDATE, DELETE, MERGE, and their RETURNING.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

bool Grammar::at_row_change() const { return cursor_.at_any({"INSERT", "UPDATE", "DELETE", "MERGE"}); }

Node* Grammar::row_change() {
    const Depth depth{*this};
    if (cursor_.at("INSERT")) return insert();
    if (cursor_.at("UPDATE")) return update();
    if (cursor_.at("DELETE")) return delete_();
    return merge();
}

Node* Grammar::insert() {
    const std::uint32_t begin = cursor_.look().span.begin;
    cursor_.expect("INSERT");
    const Text hint_text = hint();
    if (cursor_.at_any({"ALL", "FIRST", "WHEN"})) return multi_insert(begin);
    Insert* made = tree_.make<Insert>({});
    made->hint = hint_text;
    insert_into(*made);
    if (made->query == nullptr && made->record == nullptr) {
        if (at_query())
            made->query = query();
        else
            cursor_.fail("VALUES");
    }
    made->returning = returning();
    made->log_errors = log_errors();
    if (made->returning == nullptr) made->returning = returning();
    made->span = cursor_.since(begin);
    return made;
}

/// INTO t [alias] [(columns)] [VALUES …]
void Grammar::insert_into(Insert& insert) {
    cursor_.expect("INTO");
    insert.into = changed_table();
    if (cursor_.at("(") && !at_query()) {
        cursor_.take();
        do {
            tree_.add(insert.columns, name()->parts.back());
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }
    if (!cursor_.at("VALUES")) return;
    const std::uint32_t begin = cursor_.take().span.begin;
    if (!cursor_.at("(")) {
        insert.record = primary();
        return;
    }
    Values* values = tree_.make<Values>({});
    do {
        Tuple* row = tree_.make<Tuple>({});
        const std::uint32_t row_begin = cursor_.look().span.begin;
        cursor_.expect("(");
        if (!cursor_.at(")")) row->items = expressions();
        cursor_.expect(")");
        row->span = cursor_.since(row_begin);
        tree_.add(values->rows, row);
    } while (cursor_.at(",") && cursor_.at("(", 1) && cursor_.accept(","));
    values->span = cursor_.since(begin);
    insert.query = tree_.make<Query>(values->span);
    insert.query->body = values;
}

/// INSERT ALL INTO … INTO … query; INSERT [ALL | FIRST] WHEN c THEN INTO … ELSE INTO … query
MultiInsert* Grammar::multi_insert(std::uint32_t begin) {
    MultiInsert* made = tree_.make<MultiInsert>({});
    made->first = cursor_.accept("FIRST");
    if (!made->first) cursor_.accept("ALL");
    while (cursor_.at_any({"WHEN", "ELSE", "INTO"})) {
        const std::uint32_t branch_begin = cursor_.look().span.begin;
        InsertBranch* branch = tree_.make<InsertBranch>({});
        if (cursor_.accept("WHEN")) {
            branch->condition = expression();
            cursor_.expect("THEN");
        } else {
            branch->otherwise = cursor_.accept("ELSE");
        }
        while (cursor_.at("INTO")) {
            const std::uint32_t insert_begin = cursor_.look().span.begin;
            Insert* insert = tree_.make<Insert>({});
            insert_into(*insert);
            insert->log_errors = log_errors();
            insert->span = cursor_.since(insert_begin);
            tree_.add(branch->inserts, insert);
        }
        if (branch->inserts.empty()) cursor_.fail("INTO");
        branch->span = cursor_.since(branch_begin);
        tree_.add(made->branches, branch);
    }
    made->query = query();
    made->span = cursor_.since(begin);
    return made;
}

/// a = 1, t.b = DEFAULT, (c, d) = (query), VALUE(x) = y
List<SetItem*> Grammar::set_items() {
    List<SetItem*> made;
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        SetItem* item = tree_.make<SetItem>({});
        if (cursor_.accept("(")) {
            item->tuple = true;
            do {
                tree_.add(item->targets, name());
            } while (cursor_.accept(","));
            cursor_.expect(")");
        } else {
            tree_.add(item->targets, cursor_.at("(", 1) ? primary() : name());
        }
        cursor_.expect("=");
        item->value = expression();
        item->span = cursor_.since(begin);
        tree_.add(made, item);
    } while (cursor_.accept(","));
    return made;
}

/// WHERE condition, or WHERE CURRENT OF cursor
Expr* Grammar::where_of_change(Name*& current_of) {
    if (!cursor_.accept("WHERE")) return nullptr;
    if (!cursor_.at_all({"CURRENT", "OF"})) return expression();
    cursor_.take();
    cursor_.take();
    current_of = name();
    return nullptr;
}

Update* Grammar::update() {
    const std::uint32_t begin = cursor_.take().span.begin;
    Update* made = tree_.make<Update>({});
    made->hint = hint();
    made->table = changed_table();
    cursor_.expect("SET");
    if (cursor_.at_all({"ROW", "="})) {
        cursor_.take();
        cursor_.take();
        made->set_row = expression();
    } else {
        made->sets = set_items();
    }
    made->where = where_of_change(made->current_of);
    made->returning = returning();
    made->log_errors = log_errors();
    made->span = cursor_.since(begin);
    return made;
}

Delete* Grammar::delete_() {
    const std::uint32_t begin = cursor_.take().span.begin;
    Delete* made = tree_.make<Delete>({});
    made->hint = hint();
    cursor_.accept("FROM");
    made->table = changed_table();
    made->where = where_of_change(made->current_of);
    made->returning = returning();
    made->log_errors = log_errors();
    made->span = cursor_.since(begin);
    return made;
}

/// UPDATE SET … [WHERE …] [DELETE WHERE …] behind THEN
void Grammar::merge_update(Merge& merge) {
    cursor_.expect("UPDATE");
    cursor_.expect("SET");
    merge.updates = true;
    merge.sets = set_items();
    if (cursor_.accept("WHERE")) merge.update_where = expression();
    if (!cursor_.accept("DELETE")) return;
    cursor_.expect("WHERE");
    merge.delete_where = expression();
}

/// INSERT [(columns)] VALUES (…) [WHERE …] behind THEN
void Grammar::merge_insert(Merge& merge) {
    cursor_.expect("INSERT");
    merge.inserts = true;
    if (cursor_.accept("(")) {
        do {
            tree_.add(merge.columns, name()->parts.back());
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }
    cursor_.expect("VALUES");
    cursor_.expect("(");
    merge.values = expressions();
    cursor_.expect(")");
    if (cursor_.accept("WHERE")) merge.insert_where = expression();
}

Merge* Grammar::merge() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Merge* made = tree_.make<Merge>({});
    cursor_.expect("MERGE");
    made->hint = hint();
    cursor_.expect("INTO");
    made->into = changed_table();
    cursor_.expect("USING");
    made->source = table_ref();
    cursor_.expect("ON");
    made->on = expression();
    while (cursor_.accept("WHEN")) {
        const bool matched = !cursor_.accept("NOT");
        cursor_.expect("MATCHED");
        cursor_.expect("THEN");
        if (matched)
            merge_update(*made);
        else
            merge_insert(*made);
    }
    made->log_errors = log_errors();
    made->span = cursor_.since(begin);
    return made;
}

/// LOG ERRORS [INTO t] [('tag')] [REJECT LIMIT n]
Text Grammar::log_errors() {
    if (!cursor_.at_all({"LOG", "ERRORS"})) return {};
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.take();
    if (cursor_.accept("INTO")) name();
    if (cursor_.at("(")) arguments();
    if (cursor_.accept("REJECT")) {
        cursor_.expect("LIMIT");
        cursor_.take();
    }
    return cursor_.text(cursor_.since(begin));
}

Returning* Grammar::returning() {
    if (!cursor_.at_any({"RETURNING", "RETURN"})) return nullptr;
    const std::uint32_t begin = cursor_.take().span.begin;
    Returning* made = tree_.make<Returning>({});
    do {
        tree_.add(made->items, select_item());
    } while (cursor_.accept(","));
    if (cursor_.at_all({"BULK", "COLLECT"})) {
        cursor_.take();
        cursor_.take();
        made->bulk_collect = true;
    }
    if (cursor_.accept("INTO")) {
        do {
            tree_.add(made->into, primary());
        } while (cursor_.accept(","));
    }
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
