// Simple triggers of MySQL: SET NEW.c = …, changes of rows, IF. Any other code is kept as text.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {

/// From DEFINER or TRIGGER on.
Statement* MysqlGrammar::create_trigger() {
    CreateTrigger* made = tree_.make<CreateTrigger>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    if (cursor_.accept("OR")) cursor_.expect("REPLACE");
    definer();
    cursor_.expect("TRIGGER");
    if (cursor_.at_all({"IF", "NOT", "EXISTS"}))
        for (int i = 0; i < 3; ++i) cursor_.take();
    made->object = name();
    made->timing = cursor_.at("AFTER") ? CreateTrigger::Timing::after : CreateTrigger::Timing::before;
    if (!cursor_.accept("AFTER")) cursor_.expect("BEFORE");
    made->on_insert = cursor_.accept("INSERT");
    made->on_update = !made->on_insert && cursor_.accept("UPDATE");
    made->on_delete = !made->on_insert && !made->on_update;
    if (made->on_delete) cursor_.expect("DELETE");
    cursor_.expect("ON");
    made->table = name();
    cursor_.expect("FOR");
    cursor_.expect("EACH");
    cursor_.expect("ROW");
    made->each_row = true;
    if (cursor_.at_any({"FOLLOWS", "PRECEDES"})) {
        cursor_.take();
        tree_.add(made->follows, name());
    }
    made->body = tree_.make<Block>({});
    const std::uint32_t body_begin = cursor_.look().span.begin;
    if (cursor_.accept("BEGIN")) {
        made->body->body = code_statements();
        cursor_.expect("END");
    } else {
        code_statement(made->body->body);
    }
    made->body->span = cursor_.since(body_begin);
    made->span = cursor_.since(begin);
    return made;
}

/// Up to END, ELSE, ELSEIF.
List<CodeStatement*> MysqlGrammar::code_statements() {
    const Depth depth{*this};
    List<CodeStatement*> made;
    while (!cursor_.done() && !cursor_.at_any({"END", "ELSE", "ELSEIF"})) {
        code_statement(made);
        cursor_.expect(";");
    }
    return made;
}

void MysqlGrammar::code_statement(List<CodeStatement*>& made) {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.accept("SET")) {
        do {
            Assignment* each = tree_.make<Assignment>({});
            const std::uint32_t from = cursor_.look().span.begin;
            if (!cursor_.at("NEW") || !cursor_.at(".", 1)) cursor_.fail("NEW");
            each->target = name();
            if (!cursor_.accept(":=")) cursor_.expect("=");
            each->value = expression();
            each->span = cursor_.since(from);
            tree_.add(made, each);
        } while (cursor_.accept(","));
    } else if (cursor_.at("IF")) {
        tree_.add(made, if_statement());
    } else if (cursor_.at_any({"INSERT", "REPLACE", "UPDATE", "DELETE"})) {
        SqlStatement* each = tree_.make<SqlStatement>({});
        const auto* change = static_cast<const ScriptSql*>(row_change());
        each->sql = change->sql;
        each->span = cursor_.since(begin);
        tree_.add(made, each);
    } else {
        cursor_.fail("SET NEW, IF or a change of rows");
    }
}

If* MysqlGrammar::if_statement() {
    If* made = tree_.make<If>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    do {
        IfBranch* branch = tree_.make<IfBranch>({});
        const std::uint32_t from = cursor_.take().span.begin;
        branch->condition = expression();
        cursor_.expect("THEN");
        branch->body = code_statements();
        branch->span = cursor_.since(from);
        tree_.add(made->branches, branch);
    } while (cursor_.at("ELSEIF"));
    if (cursor_.at("ELSE")) {
        IfBranch* branch = tree_.make<IfBranch>({});
        const std::uint32_t from = cursor_.take().span.begin;
        branch->body = code_statements();
        branch->span = cursor_.since(from);
        tree_.add(made->branches, branch);
    }
    cursor_.expect("END");
    cursor_.expect("IF");
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
