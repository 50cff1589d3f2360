// Blocks, declarations and statements of PL/pgSQL.
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {

/// Without the semicolon behind END.
void TreePrinter::block(const Block& block) {
    if (++depth_ > kQueryDepthMax) {
        --depth_;
        return refuse(block);
    }
    labels(block.labels);
    if (!block.declarations.empty()) {
        say("DECLARE");
        out_.indent();
        out_.new_line();
        declarations(block.declarations);
        out_.outdent();
    }
    say("BEGIN");
    code(block.body);
    const std::size_t slot = out_.slot();
    out_.indent();
    for (const WhenException* handler : block.handlers) {
        out_.new_line();
        const Kept kept = item(*handler, [&] {
            std::string_view word = "WHEN ";
            for (const Name* name : handler->exceptions) {
                say(word);
                condition_name(*name);
                word = " OR ";
            }
            for (const Text& state : handler->states) {
                say(word);
                say("SQLSTATE " + quote_string(state));
                word = " OR ";
            }
            say(" THEN");
            code(handler->body);
        });
        if (kept == Kept::code) out_.fill(slot, "EXCEPTION");
        comments_behind(*handler);
    }
    out_.outdent();
    out_.new_line();
    say("END");
    --depth_;
}

void TreePrinter::condition_name(const Name& name) {
    if (name.parts.size() == 1 && name.parts[0].name == "others") return say("OTHERS");
    if (name.parts.size() != 1) refuse(name);
    qualified(name);
}

void TreePrinter::declarations(const List<Declaration*>& declarations) {
    for (const Declaration* each : declarations) {
        item(*each, [&] { declaration(*each); });
        comments_behind(*each);
        out_.new_line();
    }
}

void TreePrinter::declaration(const Declaration& declaration) {
    if (const auto* cursor = as<Cursor>(&declaration)) {
        identifier(cursor->name.name);
        if (cursor->query == nullptr) return say(" refcursor;");
        say(" CURSOR");
        if (!cursor->parameters.empty()) say(" ");
        if (!cursor->parameters.empty()) parameters(cursor->parameters);
        say(" FOR");
        out_.open();
        out_.indent();
        out_.blank();
        query(*cursor->query);
        out_.outdent();
        out_.close();
        return say(";");
    }
    const auto* variable = as<Variable>(&declaration);
    if (variable == nullptr || variable->type == nullptr) return refuse(declaration);
    identifier(variable->name.name);
    say(variable->constant ? " CONSTANT " : " ");
    data_type(*variable->type);
    if (variable->not_null && variable->value != nullptr) say(" NOT NULL");
    if (variable->value != nullptr) {
        say(" := ");
        expr(variable->value);
    }
    say(";");
}

/// Indented below the word that opens them.
void TreePrinter::code(const List<CodeStatement*>& statements) {
    out_.indent();
    for (const CodeStatement* each : statements) {
        out_.new_line();
        item(*each, [&] { code_statement(*each); });
        comments_behind(*each);
    }
    out_.outdent();
    out_.new_line();
}

void TreePrinter::labels(const List<Identifier>& labels) {
    for (const Identifier& label : labels) {
        say("<<");
        identifier(label.name);
        say(">>");
        out_.new_line();
    }
}

void TreePrinter::code_statement(const CodeStatement& statement) {
    // PL/pgSQL has labels for blocks and loops; other statements carry them for GOTO, which it does not have.
    if (statement.kind != Kind::block && statement.kind != Kind::loop)
        for (const Identifier& label : statement.labels) {
            say("-- <<" + std::string{label.name} + ">>");
            out_.new_line();
        }
    switch (statement.kind) {
        case Kind::block: block(static_cast<const Block&>(statement)); break;
        case Kind::if_: if_(static_cast<const If&>(statement)); break;
        case Kind::case_statement: case_statement(static_cast<const CaseStatement&>(statement)); break;
        case Kind::loop: loop(static_cast<const Loop&>(statement)); break;
        case Kind::assignment: {
            const auto& assignment = static_cast<const Assignment&>(statement);
            if (assignment.target == nullptr || assignment.target->kind == Kind::call)
                return refuse(statement);
            expr(assignment.target);
            say(" := ");
            expr(assignment.value);
            break;
        }
        case Kind::call_statement: call_statement(static_cast<const CallStatement&>(statement)); break;
        case Kind::jump: jump(static_cast<const Jump&>(statement)); break;
        case Kind::null_statement: say("NULL"); break;
        case Kind::return_: return_(static_cast<const Return&>(statement)); break;
        case Kind::raise: raise(static_cast<const Raise&>(statement)); break;
        default: sql_code(statement);
    }
    say(";");
}

void TreePrinter::sql_code(const CodeStatement& statement) {
    switch (statement.kind) {
        case Kind::sql_statement: {
            const auto& sql = static_cast<const SqlStatement&>(statement);
            return sql.sql == nullptr ? refuse(statement) : row_change(*sql.sql);
        }
        case Kind::transaction_statement:
            return transaction(static_cast<const TransactionStatement&>(statement));
        case Kind::execute_immediate:
            return execute_immediate(static_cast<const ExecuteImmediate&>(statement));
        case Kind::open_cursor: return open_cursor(static_cast<const OpenCursor&>(statement));
        case Kind::fetch: return fetch(static_cast<const Fetch&>(statement));
        case Kind::close_cursor:
            say("CLOSE ");
            return expr(static_cast<const CloseCursor&>(statement).cursor);
        case Kind::spliced_code: {
            const auto& text = static_cast<const SplicedCode&>(statement);
            return spliced(text.pieces, text.operands);
        }
        default: return refuse(statement);
    }
}

void TreePrinter::if_(const If& statement) {
    for (const IfBranch* branch : statement.branches) {
        const bool first = branch == statement.branches.front();
        comments_before(*branch, Which::all);
        if (branch->condition == nullptr) {
            say("ELSE");
        } else {
            out_.open();
            say(first ? "IF " : "ELSIF ");
            out_.indent();
            expr(branch->condition);
            out_.outdent();
            out_.blank();
            say("THEN");
            out_.close();
        }
        code(branch->body);
        comments_behind(*branch);
        out_.new_line();
    }
    say("END IF");
}

void TreePrinter::case_statement(const CaseStatement& choice) {
    say("CASE");
    if (choice.operand != nullptr) say(" ");
    expr(choice.operand);
    out_.indent();
    for (const IfBranch* branch : choice.branches) {
        out_.new_line();
        comments_before(*branch, Which::all);
        say(branch->condition == nullptr ? "ELSE" : "WHEN ");
        expr(branch->condition);
        if (branch->condition != nullptr) say(" THEN");
        code(branch->body);
        comments_behind(*branch);
    }
    out_.outdent();
    out_.new_line();
    say("END CASE");
}

void TreePrinter::loop(const Loop& loop) {
    if (++depth_ > kQueryDepthMax) {
        --depth_;
        return refuse(loop);
    }
    labels(loop.labels);
    out_.open();
    loop_head(loop);
    say("LOOP");
    out_.close();
    code(loop.body);
    say("END LOOP");
    const bool ends_labelled =
        !loop.end_label.empty() && !loop.labels.empty() && loop.labels.back().name == loop.end_label.name;
    if (ends_labelled) say(" ");
    if (ends_labelled) identifier(loop.end_label.name);
    --depth_;
}

void TreePrinter::loop_head(const Loop& loop) {
    if (loop.what == Loop::What::plain) return;
    if (loop.what == Loop::What::while_) {
        say("WHILE ");
        expr(loop.condition);
        out_.blank();
        return;
    }
    say(loop.what == Loop::What::for_each ? "FOREACH " : "FOR ");
    identifier(loop.variable.name);
    say(" IN ");
    out_.indent();
    switch (loop.what) {
        case Loop::What::numeric:
            // Passes have put the bounds of REVERSE into PostgreSQL's order: it begins at the first.
            if (loop.reverse) say("REVERSE ");
            expr(loop.low);
            say("..");
            expr(loop.high);
            if (loop.step != nullptr) say(" BY ");
            expr(loop.step);
            break;
        case Loop::What::query:
            if (loop.query == nullptr) return refuse(loop);
            out_.cut();
            query(*loop.query);
            break;
        case Loop::What::for_each:
            say("ARRAY ");
            expr(loop.cursor);
            break;
        default: expr(loop.cursor);
    }
    out_.outdent();
    out_.blank();
}

void TreePrinter::jump(const Jump& jump) {
    if (jump.what == Jump::What::goto_) return refuse(jump);
    say(jump.what == Jump::What::exit ? "EXIT" : "CONTINUE");
    if (!jump.label.empty()) say(" ");
    if (!jump.label.empty()) identifier(jump.label.name);
    if (jump.condition != nullptr) say(" WHEN ");
    expr(jump.condition);
}

void TreePrinter::return_(const Return& statement) {
    say("RETURN");
    if (statement.next) say(" NEXT");
    if (statement.query) {
        const auto* of = as<Subquery>(statement.value);
        if (of == nullptr || of->query == nullptr) return refuse(statement);
        say(" QUERY");
        out_.open();
        out_.indent();
        out_.blank();
        query(*of->query);
        out_.outdent();
        return out_.close();
    }
    if (statement.value != nullptr) say(" ");
    expr(statement.value);
}

void TreePrinter::raise(const Raise& raise) {
    say("RAISE");
    if (!raise.level.empty()) {
        say(" ");
        say(raise.level);
        if (!raise.format.empty() || !raise.arguments.empty()) {
            std::string format;
            append_string(format, raise.format);
            say(" " + format);
        }
        for (const Expr* argument : raise.arguments) {
            say(", ");
            expr(argument);
        }
    }
    if (raise.exception != nullptr) {
        say(" ");
        condition_name(*raise.exception);
    }
    for (const Argument* option : raise.options) {
        say(option == raise.options.front() ? " USING " : ", ");
        say(option->name.name);
        say(" = ");
        expr(option->value);
    }
}

void TreePrinter::call_statement(const CallStatement& statement) {
    if (statement.call == nullptr) return refuse(statement);
    say(statement.how == CallStatement::How::perform ? "PERFORM " : "CALL ");
    expr(statement.call);
    const bool is_name = statement.call->kind == Kind::name || statement.call->kind == Kind::field;
    if (is_name) say("()");
}

void TreePrinter::transaction(const TransactionStatement& statement) {
    const auto named = [&](std::string_view words) {
        say(words);
        identifier(statement.name.name);
    };
    switch (statement.what) {
        case TransactionStatement::What::commit: return say("COMMIT");
        case TransactionStatement::What::rollback: return say("ROLLBACK");
        case TransactionStatement::What::savepoint: return named("SAVEPOINT ");
        case TransactionStatement::What::rollback_to: return named("ROLLBACK TO SAVEPOINT ");
        case TransactionStatement::What::set_transaction: say("SET TRANSACTION "); break;
        case TransactionStatement::What::lock_table: say("LOCK TABLE "); break;
    }
    say(statement.rest);
}

}  // namespace landfall::convert
