// Statements about cursors and dynamic SQL.
#include <algorithm>

#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {

void TreePrinter::execute_immediate(const ExecuteImmediate& execute) {
    const bool only_in = std::all_of(execute.modes.begin(), execute.modes.end(),
                                     [](Parameter::Mode mode) { return mode == Parameter::Mode::in; });
    if (execute.text == nullptr || execute.bulk_collect || !execute.returning_into.empty() || !only_in)
        return refuse(execute);
    out_.open();
    say("EXECUTE ");
    out_.indent();
    expr(execute.text);
    into(execute.into, execute.strict);
    using_(execute.bindings);
    out_.outdent();
    out_.close();
}

void TreePrinter::using_(const List<Expr*>& bindings) {
    if (bindings.empty()) return;
    out_.blank();
    say("USING ");
    expressions(bindings);
}

void TreePrinter::open_cursor(const OpenCursor& open) {
    say("OPEN ");
    expr(open.cursor);
    if (!open.arguments.empty()) {
        say("(");
        // PL/pgSQL's own spelling of named arguments of cursors.
        for (const Argument* argument : open.arguments) {
            if (argument != open.arguments.front()) say(", ");
            if (!argument->name.empty()) identifier(argument->name.name);
            if (!argument->name.empty()) say(" := ");
            expr(argument->value);
        }
        say(")");
    }
    out_.open();
    out_.indent();
    if (open.query != nullptr) {
        say(" FOR");
        out_.blank();
        query(*open.query);
    } else if (open.text != nullptr) {
        say(" FOR EXECUTE");
        out_.blank();
        expr(open.text);
        using_(open.bindings);
    }
    out_.outdent();
    out_.close();
}

void TreePrinter::fetch(const Fetch& fetch) {
    if (fetch.bulk_collect || fetch.limit != nullptr || fetch.into.empty()) return refuse(fetch);
    say("FETCH ");
    expr(fetch.cursor);
    say(" INTO ");
    expressions(fetch.into);
}

}  // namespace landfall::convert
