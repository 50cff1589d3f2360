// Which passes make PostgreSQL's statements of one of MySQL's.
#include "engines/convert/lower/mysql.hpp"

#include "engines/convert/lower/mysql_parts.hpp"

namespace landfall::convert {
namespace {

constexpr int kNoCounterpart = 9033;

/// A stored column takes only what never changes: to_char() and the present moment are not such.
bool may_change(Node& expression) {
    constexpr std::string_view kChanging[] = {"to_char(",  "to_timestamp(", "to_date(",    "LOCALTIME",
                                              "CURRENT_",  "timestamptz",   "random()",    "gen_random",
                                              "TIME ZONE", "jsonb_build",   "current_user"};
    bool found = false;
    const auto look = [&](Text text) {
        for (const std::string_view each : kChanging)
            found = found || text.find(each) != std::string_view::npos;
    };
    walk(expression, [&](Node& node) {
        if (const auto* text = as<Spliced>(&node))
            for (const Text piece : text->pieces) look(piece);
        if (const auto* call = as<Call>(&node))
            if (const auto* name = as<Name>(call->callee))
                found = found || name->parts.back().name == "concat_ws";
        return !found;
    });
    return found;
}

void fix_generated(CreateTable& table, LowerContext& context) {
    for (Column* column : table.columns) {
        if (column->generated == nullptr || !may_change(*column->generated)) continue;
        context.add_finding(mysql_code::kExpression, Complexity::complex, column->span,
                            "the column is not generated: its expression may change; set it by a trigger");
        column->generated = nullptr;
    }
}

void lower_rest(Statement*& statement, LowerContext& context) {
    const auto drop = [&](Complexity complexity, std::string_view what) {
        context.add_finding(kNoCounterpart, complexity, statement->span, what);
        statement = nullptr;
    };
    if (const auto* dropped = as<Drop>(statement)) return drop(Complexity::info, dropped->what);
    if (auto* view = as<CreateView>(statement)) {
        view->replace = true;
        return;
    }
    if (auto* other = as<OtherStatement>(statement)) {
        if (other->what == "CREATE DATABASE" && other->object != nullptr &&
            context.settings.mysql.databases == MysqlSettings::Databases::schemas) {
            statement =
                Make{context.tree, other->span}.statement("CREATE SCHEMA IF NOT EXISTS @", {other->object});
            return;
        }
        const bool session = other->what == "SET" || other->what.starts_with("ANALYZE") ||
                             other->what.starts_with("FLUSH") || other->what.starts_with("OPTIMIZE");
        return drop(session ? Complexity::info : Complexity::medium, other->what);
    }
    if (const auto* sql = as<ScriptSql>(statement)) {
        if (as<Query>(sql->sql) != nullptr) return drop(Complexity::info, "a query of the script");
        const auto* insert = as<Insert>(sql->sql);
        if (insert != nullptr && insert->query == nullptr) statement = nullptr;  // the reader has told it
    }
}

}  // namespace

std::vector<Statement*> lower_mysql(Statement* statement, LowerContext& context, const MysqlSchema& schema) {
    if (schema.folded.contains(statement)) return {};
    context.before.clear();
    context.after.clear();
    lower_mysql_rows(*statement, context, schema);
    lower_mysql_trigger(statement, context);
    lower_mysql_tables(statement, context, schema);
    if (statement != nullptr) lower_rest(statement, context);
    std::vector<Statement*> made = context.before;
    if (statement != nullptr) made.push_back(statement);
    made.insert(made.end(), context.after.begin(), context.after.end());
    for (Statement*& each : made) {
        lower_mysql_expressions(each, context, schema);
        lower_mysql_queries(each, context, schema);
        if (auto* table = as<CreateTable>(each)) fix_generated(*table, context);
    }
    return made;
}

}  // namespace landfall::convert
