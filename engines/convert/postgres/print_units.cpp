// Routines, triggers, blocks of a script: what holds PL/pgSQL.
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {

void TreePrinter::top_statement(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_table: return create_table(static_cast<const CreateTable&>(statement));
        case Kind::alter_table: return alter_table(static_cast<const AlterTable&>(statement));
        case Kind::create_routine: return create_routine(static_cast<const CreateRoutine&>(statement));
        case Kind::create_trigger: return create_trigger(static_cast<const CreateTrigger&>(statement));
        case Kind::spliced_statement: {
            const auto& text = static_cast<const SplicedStatement&>(statement);
            spliced(text.pieces, text.operands);
            return say(";");
        }
        case Kind::script_sql: {
            const auto& sql = static_cast<const ScriptSql&>(statement);
            if (sql.sql == nullptr) return refuse(statement);
            row_change(*sql.sql);
            return say(";");
        }
        case Kind::anonymous_block: {
            const auto& script = static_cast<const AnonymousBlock&>(statement);
            if (script.block == nullptr) return refuse(statement);
            say("DO ");
            dollar_quoted([&] { block_unit(*script.block); });
            return say(";");
        }
        default: return definition(statement);
    }
}

/// A block that is a unit's whole body.
void TreePrinter::block_unit(const Block& body) {
    item(body, [&] {
        block(body);
        say(";");
    });
    comments_behind(body);
}

void TreePrinter::create_routine(const CreateRoutine& create) {
    const Routine* routine = create.routine;
    const bool is_sql = create.language == "sql";
    const bool has_form = routine != nullptr && create.object != nullptr && routine->call_spec.empty() &&
                          !routine->aggregate && (is_sql || routine->body != nullptr);
    if (!has_form) return refuse(create);
    const bool is_procedure = routine->what == Routine::What::procedure;
    say(create.replace ? "CREATE OR REPLACE " : "CREATE ");
    say(is_procedure ? "PROCEDURE " : "FUNCTION ");
    qualified(*create.object);
    parameters(routine->parameters);
    if (!is_procedure) routine_result(create);
    out_.new_line();
    say("LANGUAGE ");
    say(create.language.empty() ? "plpgsql" : create.language);
    if (!create.volatility.empty() && !is_procedure) {
        say(" ");
        say(create.volatility);
    }
    if (create.security_definer) say(" SECURITY DEFINER");
    for (const Text& setting : create.settings) {
        out_.new_line();
        say(setting);
    }
    out_.new_line();
    say("AS ");
    dollar_quoted([&] {
        if (is_sql) return say(create.sql_body);
        if (create.columns_win) {
            say("#variable_conflict use_column");
            out_.new_line();
        }
        block_unit(*routine->body);
    });
    say(";");
}

void TreePrinter::routine_result(const CreateRoutine& create) {
    if (!create.table_columns.empty()) {
        say(" RETURNS TABLE ");
        out_.open();
        say("(");
        out_.indent();
        out_.cut();
        for (const Variable* column : create.table_columns) {
            if (column != create.table_columns.front()) {
                say(",");
                out_.blank();
            }
            identifier(column->name.name);
            say(" ");
            node(*column->type);
        }
        out_.outdent();
        out_.cut();
        say(")");
        out_.close();
    } else if (create.routine->returns != nullptr) {
        say(" RETURNS ");
        data_type(*create.routine->returns);
    }
}

void TreePrinter::parameters(const List<Parameter*>& parameters) {
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    items(parameters, ",", [this](const Parameter& parameter) {
        if (parameter.type == nullptr) return refuse(parameter);
        if (parameter.mode == Parameter::Mode::out) say("OUT ");
        if (parameter.mode == Parameter::Mode::in_out) say("INOUT ");
        if (!parameter.name.empty()) {
            identifier(parameter.name.name);
            say(" ");
        }
        data_type(*parameter.type);
        if (parameter.default_value == nullptr) return;
        say(" DEFAULT ");
        expr(parameter.default_value);
    });
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
}

void TreePrinter::create_trigger(const CreateTrigger& trigger) {
    const bool has_form =
        trigger.object != nullptr && trigger.table != nullptr && trigger.function != nullptr &&
        trigger.timing != CreateTrigger::Timing::compound && trigger.system_event.empty() &&
        (trigger.on_insert || trigger.on_update || trigger.on_delete) && !trigger.object->parts.empty();
    if (!has_form) return refuse(trigger);
    say(trigger.replace ? "CREATE OR REPLACE TRIGGER " : "CREATE TRIGGER ");
    identifier(trigger.object->parts.back().name);
    out_.indent();
    out_.new_line();
    switch (trigger.timing) {
        case CreateTrigger::Timing::before: say("BEFORE"); break;
        case CreateTrigger::Timing::after: say("AFTER"); break;
        default: say("INSTEAD OF"); break;
    }
    std::string_view sep = " ";
    const auto event = [&](bool on, std::string_view word) {
        if (on) say(sep);
        if (on) say(word);
        if (on) sep = " OR ";
    };
    event(trigger.on_insert, "INSERT");
    event(trigger.on_update, "UPDATE");
    for (const Identifier& column : trigger.update_of) {
        if (!trigger.on_update) break;
        say(&column == trigger.update_of.begin() ? " OF " : ", ");
        identifier(column.name);
    }
    event(trigger.on_delete, "DELETE");
    say(" ON ");
    qualified(*trigger.table);
    out_.new_line();
    say(trigger.each_row || trigger.timing == CreateTrigger::Timing::instead_of ? "FOR EACH ROW"
                                                                                : "FOR EACH STATEMENT");
    if (trigger.when != nullptr) {
        out_.new_line();
        say("WHEN (");
        expr(trigger.when);
        say(")");
    }
    out_.new_line();
    say("EXECUTE FUNCTION ");
    qualified(*trigger.function);
    say("();");
    out_.outdent();
}

}  // namespace landfall::convert
