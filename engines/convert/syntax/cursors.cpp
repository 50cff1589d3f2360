// Statements about cursors and dynamic SQL, FORALL, transactions, and SQL within code.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

/// nullptr where no such statement begins here.
CodeStatement* Grammar::cursor_statement() {
    if (cursor_.at_all({"EXECUTE", "IMMEDIATE"})) return execute_immediate();
    if (at_keyword("OPEN")) return open_cursor();
    if (at_keyword("FETCH")) return fetch();
    if (at_keyword("CLOSE")) {
        auto* made = tree_.make<CloseCursor>({});
        cursor_.take();
        made->cursor = primary();
        return made;
    }
    if (at_keyword("FORALL")) return for_all();
    return nullptr;
}

/// INTO a, b, c: targets only, so that a comparison is none.
List<Expr*> Grammar::targets() {
    List<Expr*> found;
    do {
        tree_.add(found, primary());
    } while (cursor_.accept(","));
    return found;
}

/// [BULK COLLECT] INTO …; nothing where it does not stand.
List<Expr*> Grammar::into_targets(bool& bulk_collect) {
    if (cursor_.at_all({"BULK", "COLLECT"})) {
        cursor_.take();
        cursor_.take();
        bulk_collect = true;
        cursor_.expect("INTO");
        return targets();
    }
    return cursor_.accept("INTO") ? targets() : List<Expr*>{};
}

ExecuteImmediate* Grammar::execute_immediate() {
    auto* made = tree_.make<ExecuteImmediate>({});
    cursor_.take();
    cursor_.take();
    made->text = expression();
    made->into = into_targets(made->bulk_collect);
    if (cursor_.accept("USING")) {
        do {
            const bool in = cursor_.at("IN") && cursor_.accept("IN");
            const bool out = cursor_.at("OUT") && cursor_.accept("OUT");
            tree_.add(made->modes, !out ? Parameter::Mode::in
                                   : in ? Parameter::Mode::in_out
                                        : Parameter::Mode::out);
            tree_.add(made->bindings, expression());
        } while (cursor_.accept(","));
    }
    if (cursor_.accept("RETURNING") || cursor_.accept("RETURN"))
        made->returning_into = into_targets(made->bulk_collect);
    return made;
}

/// OPEN c, OPEN c(1), OPEN c FOR query, OPEN c FOR text USING a
OpenCursor* Grammar::open_cursor() {
    auto* made = tree_.make<OpenCursor>({});
    cursor_.take();
    made->cursor = primary();
    if (!cursor_.accept("FOR")) {
        if (auto* call = as<Call>(made->cursor)) {
            made->cursor = call->callee;
            made->arguments = call->arguments;
        }
        return made;
    }
    if (at_query())
        made->query = query();
    else
        made->text = expression();
    if (cursor_.accept("USING")) {
        do {
            cursor_.accept("IN");
            tree_.add(made->bindings, expression());
        } while (cursor_.accept(","));
    }
    return made;
}

Fetch* Grammar::fetch() {
    auto* made = tree_.make<Fetch>({});
    cursor_.take();
    made->cursor = primary();
    made->into = into_targets(made->bulk_collect);
    if (made->into.empty()) cursor_.fail("INTO");
    if (cursor_.accept("LIMIT")) made->limit = expression();
    return made;
}

/// FORALL i IN a..b | INDICES OF c [BETWEEN a AND b] | VALUES OF c [SAVE EXCEPTIONS] statement
ForAll* Grammar::for_all() {
    auto* made = tree_.make<ForAll>({});
    cursor_.take();
    made->variable = identifier();
    cursor_.expect("IN");
    if (cursor_.at_all({"INDICES", "OF"}) || cursor_.at_all({"VALUES", "OF"})) {
        made->over = cursor_.at("INDICES") ? ForAll::Over::indices : ForAll::Over::values;
        cursor_.take();
        cursor_.take();
        made->collection = primary();
        if (cursor_.accept("BETWEEN")) {
            made->low = additive();
            cursor_.expect("AND");
            made->high = additive();
        }
    } else {
        made->low = additive();
        cursor_.expect("..");
        made->high = additive();
    }
    if (cursor_.at_all({"SAVE", "EXCEPTIONS"})) {
        cursor_.take();
        cursor_.take();
        made->save_exceptions = true;
    }
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at_all({"EXECUTE", "IMMEDIATE"}))
        made->statement = execute_immediate();
    else
        made->statement = sql_statement();
    if (made->statement == nullptr) {
        cursor_.fail("INSERT, UPDATE, DELETE, MERGE or EXECUTE IMMEDIATE");
        made->statement = tree_.make<NullStatement>({});
    }
    made->statement->span = cursor_.since(begin);
    return made;
}

/// nullptr where no such statement begins here.
CodeStatement* Grammar::sql_statement() {
    if (cursor_.at_any({"COMMIT", "ROLLBACK", "SAVEPOINT", "SET", "LOCK"})) return transaction_statement();
    const bool named = cursor_.at(":=", 1) || cursor_.at(".", 1);
    if (named) return nullptr;
    const bool reads = cursor_.at_any({"SELECT", "WITH"}) || (cursor_.at("(") && at_query());
    const bool changes = cursor_.at("INSERT") ? !cursor_.at("(", 1) : at_row_change() && !at_call_of_change();
    if (!reads && !changes) return nullptr;
    auto* made = tree_.make<SqlStatement>({});
    made->sql = reads ? query() : row_change();
    return made;
}

/// DELETE(x); or DELETE; as the call of a procedure of that name; DELETE (SELECT …) is none.
bool Grammar::at_call_of_change() const {
    if (cursor_.at(";", 1)) return true;
    return cursor_.at("(", 1) && !cursor_.at("SELECT", 2) && !cursor_.at("WITH", 2);
}

/// nullptr where the word is a name.
TransactionStatement* Grammar::transaction_statement() {
    using What = TransactionStatement::What;
    if (!at_keyword("COMMIT") && !at_keyword("ROLLBACK") && !at_keyword("SAVEPOINT") &&
        !cursor_.at_all({"SET", "TRANSACTION"}) && !cursor_.at_all({"SET", "ROLE"}) &&
        !cursor_.at_all({"SET", "CONSTRAINT"}) && !cursor_.at_all({"SET", "CONSTRAINTS"}) &&
        !cursor_.at_all({"LOCK", "TABLE"}))
        return nullptr;
    auto* made = tree_.make<TransactionStatement>({});
    if (cursor_.accept("SAVEPOINT")) {
        made->what = What::savepoint;
        made->name = identifier();
        return made;
    }
    if (cursor_.accept("ROLLBACK")) {
        made->what = What::rollback;
        cursor_.accept("WORK");
        if (cursor_.accept("TO")) {
            if (!cursor_.at(";", 1)) cursor_.accept("SAVEPOINT");
            made->what = What::rollback_to;
            made->name = identifier();
            return made;
        }
    } else if (cursor_.accept("COMMIT")) {
        made->what = What::commit;
    } else {
        made->what = cursor_.at("LOCK") ? What::lock_table : What::set_transaction;
        cursor_.take();
        if (cursor_.at_any({"TABLE", "TRANSACTION"})) cursor_.take();
    }
    const std::uint32_t begin = cursor_.look().span.begin;
    while (!cursor_.done() && !cursor_.at(";")) cursor_.take();
    made->rest = cursor_.text(cursor_.since(begin));
    return made;
}

}  // namespace landfall::convert
