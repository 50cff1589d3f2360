#include "engines/convert/lower/known_tables.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

Text schema_of(const Name& name) { return name.parts.size() > 1 ? name.parts[0].name : Text{}; }

}  // namespace

Text last_part(const Expr* expr) {
    const auto* name = as<Name>(expr);
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

ColumnNames names_of(const List<KeyColumn*>& columns) {
    ColumnNames names;
    for (const KeyColumn* key : columns) names.push_back(last_part(key->value));
    return names;
}

ColumnNames KnownTable::primary_key() const {
    for (const KnownConstraint& each : constraints) {
        if (each.constraint->what == Constraint::What::primary_key && stands(*each.constraint))
            return each.columns;
    }
    return {};
}

KnownTables::KnownTables(std::span<Statement* const> statements) {
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (auto* made = as<CreateTable>(statements[i])) add(*made, i);
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (const auto* altered = as<AlterTable>(statements[i])) add_changes(*altered, i);
}

KnownTable* KnownTables::find(const Name* name) {
    if (name == nullptr || name->parts.empty()) return nullptr;
    const auto found = tables_.find(name->parts.back().name);
    if (found == tables_.end()) return nullptr;
    std::map<Text, KnownTable>& by_schema = found->second;
    const auto exact = by_schema.find(schema_of(*name));
    if (exact != by_schema.end()) return &exact->second;
    const auto without = by_schema.find(Text{});
    if (without != by_schema.end()) return &without->second;
    const bool said = name->parts.size() > 1;
    return !said && by_schema.size() == 1 ? &by_schema.begin()->second : nullptr;
}

void KnownTables::add(CreateTable& made, std::size_t place) {
    if (made.object == nullptr || made.object->parts.empty()) return;
    KnownTable& table = tables_[made.object->parts.back().name][schema_of(*made.object)];
    table.statement = &made;
    table.made_by = place;
    for (Column* column : made.columns) add_column(table, *column, place);
    for (Constraint* constraint : made.constraints)
        table.constraints.push_back({constraint, names_of(constraint->columns), place});
}

void KnownTables::add_column(KnownTable& table, Column& column, std::size_t place) {
    table.columns[column.name.name] = &column;
    for (Constraint* constraint : column.constraints)
        table.constraints.push_back({constraint, {column.name.name}, place});
}

void KnownTables::add_changes(const AlterTable& altered, std::size_t place) {
    using What = TableChange::What;
    KnownTable* table = find(altered.object);
    if (table == nullptr) return;
    for (TableChange* change : altered.changes) {
        if (change->what == What::add_column && change->column != nullptr) {
            const auto stands = table->columns.find(change->column->name.name);
            if (stands != table->columns.end())
                change->fate = TableChange::Fate::stands_already;
            else
                add_column(*table, *change->column, place);
        }
        if (change->what == What::modify_column && change->column != nullptr) {
            for (Constraint* each : change->column->constraints)
                table->constraints.push_back({each, {change->column->name.name}, place});
        }
        if (change->what == What::add_constraint && change->constraint != nullptr)
            table->constraints.push_back({change->constraint, names_of(change->constraint->columns), place});
    }
}

}  // namespace landfall::convert
