#include "engines/dbmove/mariadb/definitions.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using mysql::ServerSession;
using AnswerRow = ServerSession::AnswerRow;

constexpr const char* kSystem = "NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')";
constexpr std::uint64_t kPage = 8192;

std::string text(const AnswerRow& row, std::size_t i) { return row.at(i).value_or(""); }

std::uint64_t number(const AnswerRow& row, std::size_t i) {
    std::uint64_t value = 0;
    const std::string digits = text(row, i);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string of_users(const std::string& column, const std::string& database) {
    return column +
           (database.empty() ? " " + std::string{kSystem} : " = " + ServerSession::literal(database));
}

/// " AUTO_INCREMENT=12" behind the list of columns changes with the rows.
std::string without_counter(std::string statement) {
    constexpr std::string_view kCounter = " AUTO_INCREMENT=";
    const std::size_t close = statement.rfind("\n)");
    const std::size_t at = statement.find(kCounter, close == std::string::npos ? 0 : close);
    if (at == std::string::npos) return statement;
    const std::size_t end = statement.find_first_not_of("0123456789", at + kCounter.size());
    return statement.erase(at, std::min(end, statement.size()) - at);
}

Status read_columns(ServerSession& session, const std::string& database, SourceTables& tables) {
    const auto rows = TRY(session.ask(
        "SELECT table_schema, table_name, column_name, data_type, column_type, ifnull(character_set_name, "
        "''), "
        "ifnull(datetime_precision, 0), extra, is_generated FROM information_schema.columns WHERE " +
        of_users("table_schema", database) + " ORDER BY table_schema, table_name, ordinal_position"));
    for (const AnswerRow& row : rows) {
        const auto table = tables.find({text(row, 0), text(row, 1)});
        if (table == tables.end()) continue;
        const std::string name = text(row, 2), type = text(row, 3), whole = text(row, 4),
                          charset = text(row, 5);
        SourceColumn column{.name = name, .type = {type, whole}};
        column.facts = TRY(mysql::facts_of({.name = name,
                                            .data_type = type,
                                            .column_type = whole,
                                            .character_set = charset,
                                            .datetime_precision = static_cast<unsigned>(number(row, 6))}));
        column.automatic = text(row, 7).find("auto_increment") != std::string::npos;
        column.generated = text(row, 8) == "ALWAYS";
        table->second.columns.push_back(std::move(column));
    }
    return {};
}

Status read_keys(ServerSession& session, const std::string& database, SourceTables& tables) {
    const auto rows = TRY(session.ask(
        "SELECT table_schema, table_name, column_name, sub_part FROM information_schema.statistics WHERE "
        "index_name = 'PRIMARY' AND " +
        of_users("table_schema", database) + " ORDER BY table_schema, table_name, seq_in_index"));
    for (const AnswerRow& row : rows) {
        const auto table = tables.find({text(row, 0), text(row, 1)});
        if (table == tables.end()) continue;
        table->second.key.push_back(text(row, 2));
        table->second.in_parts = table->second.in_parts || row.at(3).has_value();
    }
    return {};
}

Status read_others(ServerSession& session, const std::string& database, std::vector<std::string>& left_out) {
    const auto rows = TRY(session.ask(
        "SELECT concat(lower(table_type), ' ', table_schema, '.', table_name) FROM information_schema.tables "
        "WHERE table_type <> 'BASE TABLE' AND " +
        of_users("table_schema", database) +
        " UNION ALL SELECT concat(lower(routine_type), ' ', routine_schema, '.', routine_name) FROM "
        "information_schema.routines WHERE " +
        of_users("routine_schema", database) +
        " UNION ALL SELECT concat('trigger ', trigger_schema, '.', trigger_name) FROM "
        "information_schema.triggers WHERE " +
        of_users("trigger_schema", database) +
        " UNION ALL SELECT concat('event ', event_schema, '.', event_name) FROM information_schema.events "
        "WHERE " +
        of_users("event_schema", database) + " ORDER BY 1"));
    for (const AnswerRow& row : rows) left_out.push_back(text(row, 0));
    return {};
}

Status read_cascades(ServerSession& session, const std::string& database, Definitions& made) {
    const auto rows = TRY(
        session.ask("SELECT DISTINCT constraint_schema, table_name FROM "
                    "information_schema.referential_constraints WHERE (delete_rule "
                    "NOT IN ('RESTRICT', 'NO ACTION') OR update_rule NOT IN ('RESTRICT', 'NO ACTION')) AND " +
                    of_users("constraint_schema", database)));
    for (const AnswerRow& row : rows)
        if (made.tables.contains({text(row, 0), text(row, 1)}))
            made.cascades.push_back({text(row, 0), text(row, 1)});
    return {};
}

std::string digest_of(const SourceTable& table) { return sha256(table.statement).hex(); }

}  // namespace

const SourceColumn* SourceTable::column(std::string_view wanted) const {
    const auto found = std::ranges::find(columns, wanted, &SourceColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

std::string SourceTable::quoted() const {
    return ServerSession::quoted(name.schema) + "." + ServerSession::quoted(name.name);
}

Result<std::string> statement_of(ServerSession& session, const SourceTable& table) {
    const auto shown = TRY(session.ask("SHOW CREATE TABLE " + table.quoted()));
    return without_counter(text(shown.at(0), 1));
}

Result<Definitions> read_definitions(ServerSession& session, const std::string& database,
                                     const postgres::Selected& selected) {
    Definitions made;
    const auto rows =
        TRY(session.ask("SELECT table_schema, table_name, engine, data_length FROM "
                        "information_schema.tables WHERE table_type = 'BASE TABLE' AND " +
                        of_users("table_schema", database)));
    for (const AnswerRow& row : rows) {
        SourceTable table{.name = {text(row, 0), text(row, 1)}};
        table.engine = text(row, 2);
        table.bytes = number(row, 3);
        if (!selected(table.name)) continue;
        table.statement = TRY(statement_of(session, table));
        made.tables.emplace(table.name, std::move(table));
    }
    TRY(read_columns(session, database, made.tables));
    TRY(read_keys(session, database, made.tables));
    TRY(read_cascades(session, database, made));
    TRY(read_others(session, database, made.left_out));
    return made;
}

std::vector<std::string> scripts_of(const SourceTables& tables) {
    std::map<std::string, std::string> scripts;
    for (const auto& [name, table] : tables) {
        std::string& script = scripts[name.schema];
        const std::string database = ServerSession::quoted(name.schema);
        if (script.empty())
            script = "CREATE DATABASE IF NOT EXISTS " + database + ";\nUSE " + database + ";\n";
        script += table.statement + ";\n";
    }
    std::vector<std::string> all;
    for (auto& [database, script] : scripts) all.push_back(std::move(script));
    return all;
}

Result<postgres::Catalog> catalog_of(const Definitions& definitions, const Converted& converted) {
    using Kind = Converted::Part::Kind;
    std::map<TableName, postgres::Table> tables;
    for (const auto& [name, source] : definitions.tables) {
        postgres::Table& table = tables[name];
        table.name = name;
        table.identity = source.key.empty() ? postgres::Identity::whole_row : postgres::Identity::by_key;
        table.identifiable = true;
        table.pages = source.bytes / kPage;
        table.digest = digest_of(source);
    }
    postgres::Catalog catalog{.left_out = definitions.left_out};
    for (const Converted::Part& part : converted.parts) {
        const auto table = tables.find(part.table);
        if (part.kind == Kind::before) {
            catalog.types.push_back({.schema = part.table.schema, .definition = part.sql});
        } else if (part.kind == Kind::last || part.kind == Kind::at_end) {
            (part.kind == Kind::last ? catalog.last : catalog.at_end).push_back(part.sql);
        } else if (table == tables.end()) {
            return Error{Errc::corrupt,
                         "the conversion made a table that is not there: " + part.table.shown()};
        } else if (part.kind == Kind::table) {
            table->second.definition += part.sql;
        } else {
            table->second.attached.push_back(
                {.kind = postgres::Attached::Kind::index, .definition = part.sql});
        }
    }
    for (auto& [name, table] : tables) {
        if (table.definition.empty())
            return Error{Errc::precondition,
                         name.shown() + " has no form in PostgreSQL: see `landfall convert`"};
        catalog.tables.push_back(std::move(table));
    }
    catalog.left_out.insert(catalog.left_out.end(), converted.notes.begin(), converted.notes.end());
    return catalog;
}

namespace {

Status adopt_columns(postgres::Table& table, const postgres::Table& there, SourceTable& source) {
    for (SourceColumn& column : source.columns) {
        const postgres::Column* const target = there.column(column.name);
        if (target == nullptr)
            return Error{Errc::precondition, table.name.shown() + ": the column " + column.name +
                                                 " has no form in PostgreSQL: see `landfall convert`"};
        if (column.translation) continue;  // it counts
        auto translation = Translation::of(column.type, target->type);
        if (!translation.ok())
            return Error{Errc::precondition,
                         table.name.shown() + "." + column.name + ": " + translation.error().message()};
        column.translation = std::move(*translation);
    }
    table.columns = there.columns;
    // Rows come as text.
    for (postgres::Column& column : table.columns) column.binary = false;
    table.key = there.key;
    table.routes_rows = !there.holds_rows;
    return {};
}

}  // namespace

Status adopt(postgres::Catalog& catalog, const postgres::Catalog& target, SourceTables& tables) {
    for (postgres::Table& table : catalog.tables) {
        const auto there = std::ranges::find(target.tables, table.name, &postgres::Table::name);
        if (there == target.tables.end())
            return Error{Errc::precondition, table.name.shown() + " is not on the target"};
        TRY(adopt_columns(table, *there, tables.at(table.name)));
    }
    return {};
}

}  // namespace landfall::dbmove::mariadb
