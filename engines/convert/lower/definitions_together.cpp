#include "engines/convert/lower/definitions_together.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace landfall::convert {
namespace {

using Names = std::vector<Text>;

Text last_of(const Name* name) {
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

Names names_of(const List<KeyColumn*>& columns) {
    Names names;
    for (const KeyColumn* key : columns) names.push_back(last_of(as<Name>(key->value)));
    return names;
}

struct ForeignKey {
    Names columns;
    const Constraint* constraint = nullptr;
};

struct Table {
    CreateTable* statement = nullptr;
    std::map<Text, Column*> columns;
    std::vector<Names> keys;
    Names primary_key;
    std::vector<ForeignKey> references;
};

/// Tables by name: schemas are not told apart where scripts say them only sometimes.
class Tables {
public:
    explicit Tables(std::span<Statement* const> statements) {
        for (Statement* each : statements)
            if (auto* made = as<CreateTable>(each)) add(*made);
        for (Statement* each : statements)
            if (auto* altered = as<AlterTable>(each)) change(*altered);
    }
    [[nodiscard]] std::map<Text, Table>& all() { return tables_; }
    [[nodiscard]] Table* find(const Name* name) {
        const auto found = tables_.find(last_of(name));
        return found == tables_.end() ? nullptr : &found->second;
    }

private:
    void add(CreateTable& made) {
        Table& table = tables_[last_of(made.object)];
        table.statement = &made;
        for (Column* column : made.columns) add_column(table, *column);
        for (const Constraint* constraint : made.constraints)
            add_constraint(table, *constraint, names_of(constraint->columns));
    }
    void add_column(Table& table, Column& column) {
        table.columns[column.name.name] = &column;
        for (const Constraint* constraint : column.constraints)
            add_constraint(table, *constraint, {column.name.name});
    }
    static void add_constraint(Table& table, const Constraint& constraint, Names columns) {
        using What = Constraint::What;
        if (constraint.what == What::foreign_key)
            table.references.push_back({std::move(columns), &constraint});
        if (constraint.what != What::primary_key && constraint.what != What::unique) return;
        if (constraint.what == What::primary_key) table.primary_key = columns;
        table.keys.push_back(std::move(columns));
    }
    void change(AlterTable& altered) {
        Table* table = find(altered.object);
        if (table == nullptr) return;
        for (TableChange* change : altered.changes) {
            if (change->what == TableChange::What::add_column && change->column != nullptr)
                add_column(*table, *change->column);
            if (change->what == TableChange::What::add_constraint && change->constraint != nullptr)
                add_constraint(*table, *change->constraint, names_of(change->constraint->columns));
        }
    }

    std::map<Text, Table> tables_;
};

bool is_number(const Column* column) {
    return column != nullptr && column->type != nullptr && column->type->name != nullptr &&
           column->type->anchor == DataType::Anchor::none &&
           (last_of(column->type->name) == "number" || last_of(column->type->name) == "numeric" ||
            last_of(column->type->name) == "decimal" || last_of(column->type->name) == "integer" ||
            last_of(column->type->name) == "int" || last_of(column->type->name) == "smallint");
}

bool same_type(const DataType& a, const DataType& b) {
    return last_of(a.name) == last_of(b.name) &&
           std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end());
}

/// True where a type was changed.
bool align(Tables& tables, Table& table, const ForeignKey& key, Tree& tree) {
    Table* target = tables.find(key.constraint->references);
    if (target == nullptr) return false;
    Names referenced;
    for (const Identifier& name : key.constraint->referenced) referenced.push_back(name.name);
    if (referenced.empty()) referenced = target->primary_key;
    bool changed = false;
    for (std::size_t i = 0; i < std::min(referenced.size(), key.columns.size()); ++i) {
        const auto from = table.columns.find(key.columns[i]);
        const auto to = target->columns.find(referenced[i]);
        if (from == table.columns.end() || to == target->columns.end() || from->second == to->second)
            continue;
        Column* column = from->second;
        if (!is_number(column) || !is_number(to->second) || same_type(*column->type, *to->second->type))
            continue;
        column->type = clone_of(tree, to->second->type);
        changed = true;
    }
    return changed;
}

void align_all(Tables& tables, Tree& tree) {
    // A key may itself be a foreign key: until nothing changes, but no longer than chains are long.
    constexpr int kChainMax = 16;
    bool changed = true;
    for (int round = 0; round < kChainMax && changed; ++round) {
        changed = false;
        for (auto& [name, table] : tables.all())
            for (const ForeignKey& key : table.references)
                changed = align(tables, table, key, tree) || changed;
    }
}

void mark_indexes(Tables& tables, std::span<Statement* const> statements) {
    for (Statement* each : statements) {
        auto* index = as<CreateIndex>(each);
        const Table* table = index == nullptr ? nullptr : tables.find(index->table);
        if (table == nullptr || index->columns.empty()) continue;
        const Names columns = names_of(index->columns);
        index->made_by_key = std::find(table->keys.begin(), table->keys.end(), columns) != table->keys.end();
    }
}

void unpartition(Tables& tables) {
    for (auto& [name, table] : tables.all()) {
        if (table.statement == nullptr || table.statement->partitioning == nullptr) continue;
        const Partitioning& by = *table.statement->partitioning;
        const bool fits = std::all_of(table.keys.begin(), table.keys.end(), [&](const Names& key) {
            return std::all_of(by.columns.begin(), by.columns.end(), [&](Expr* column) {
                return std::find(key.begin(), key.end(), last_of(as<Name>(column))) != key.end();
            });
        });
        table.statement->keys_span_partitions = !fits;
    }
}

}  // namespace

void relate_definitions(std::span<Statement* const> statements, Tree& tree) {
    Tables tables{statements};
    align_all(tables, tree);
    mark_indexes(tables, statements);
    unpartition(tables);
}

}  // namespace landfall::convert
