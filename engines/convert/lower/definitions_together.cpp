#include "engines/convert/lower/definitions_together.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "engines/convert/lower/constraint_states.hpp"

namespace landfall::convert {
namespace {

bool is_number(const Column* column) {
    return column != nullptr && column->type != nullptr && column->type->name != nullptr &&
           column->type->anchor == DataType::Anchor::none &&
           (last_part(column->type->name) == "number" || last_part(column->type->name) == "numeric" ||
            last_part(column->type->name) == "decimal" || last_part(column->type->name) == "integer" ||
            last_part(column->type->name) == "int" || last_part(column->type->name) == "smallint" ||
            last_part(column->type->name) == "bigint");
}

/// What counts by itself is an integer.
void make_bigint(Column& column) {
    column.type->name->parts.front().name = "bigint";
    column.type->arguments.clear();
    column.type->lowered = true;
}

bool same_type(const DataType& a, const DataType& b) {
    return last_part(a.name) == last_part(b.name) &&
           std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end());
}

/// True where a type was changed.
bool align(KnownTables& tables, KnownTable& table, const KnownConstraint& key, Tree& tree) {
    KnownTable* target = tables.find(key.constraint->references);
    if (target == nullptr) return false;
    ColumnNames referenced;
    for (const Identifier& name : key.constraint->referenced) referenced.push_back(name.name);
    if (referenced.empty()) referenced = target->primary_key();
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

void align_all(KnownTables& tables, Tree& tree) {
    tables.each([](KnownTable& table) {
        for (const auto& [name, column] : table.columns)
            if (column->identity && is_number(column)) make_bigint(*column);
    });
    // A key may itself be a foreign key: until nothing changes, but no longer than chains are long.
    constexpr int kChainMax = 16;
    bool changed = true;
    for (int round = 0; round < kChainMax && changed; ++round) {
        changed = false;
        tables.each([&](KnownTable& table) {
            for (const KnownConstraint& each : table.constraints)
                if (each.constraint->what == Constraint::What::foreign_key && !each.constraint->dropped)
                    changed = align(tables, table, each, tree) || changed;
        });
    }
}

/// PostgreSQL's keys make an index of their own name: one that Oracle's key would use is made by it.
bool makes(const KnownConstraint& key, const CreateIndex& index) {
    const Constraint& constraint = *key.constraint;
    if (!is_key(constraint) || !stands(constraint) || key.columns != names_of(index.columns)) return false;
    const Text name = last_part(index.object);
    return constraint.name.name == name || last_part(constraint.index_name) == name;
}

void mark_indexes(KnownTables& tables, std::span<Statement* const> statements) {
    for (Statement* each : statements) {
        auto* index = as<CreateIndex>(each);
        const KnownTable* table = index == nullptr ? nullptr : tables.find(index->table);
        if (table == nullptr || index->columns.empty()) continue;
        index->made_by_key = std::any_of(table->constraints.begin(), table->constraints.end(),
                                         [&](const KnownConstraint& key) { return makes(key, *index); });
    }
}

bool holds_all(const ColumnNames& key, const List<Expr*>& columns) {
    return std::all_of(columns.begin(), columns.end(), [&](const Expr* column) {
        return std::find(key.begin(), key.end(), last_part(column)) != key.end();
    });
}

/// Why PostgreSQL cannot partition the table as Oracle does; empty: it can.
Text obstacle(const KnownTable& table) {
    const Partitioning& by = *table.statement->partitioning;
    if (by.what == Partitioning::What::list && by.columns.size() > 1)
        return "PostgreSQL's lists are of one column";
    for (const Expr* column : by.columns) {
        const auto found = table.columns.find(last_part(column));
        if (found != table.columns.end() && found->second->generated != nullptr)
            return "a generated column does not divide rows in PostgreSQL";
    }
    for (const KnownConstraint& key : table.constraints) {
        if (is_key(*key.constraint) && stands(*key.constraint) && !holds_all(key.columns, by.columns))
            return "a key does not hold the columns that divide the rows";
    }
    return {};
}

void unpartition(KnownTables& tables, std::span<Statement* const> statements) {
    tables.each([](KnownTable& table) {
        if (table.statement->partitioning != nullptr)
            table.statement->unpartitioned_because = obstacle(table);
    });
    for (Statement* each : statements) {
        const auto* index = as<CreateIndex>(each);
        KnownTable* table = index == nullptr || !index->unique ? nullptr : tables.find(index->table);
        if (table == nullptr || table->statement->partitioning == nullptr || index->made_by_key) continue;
        if (!holds_all(names_of(index->columns), table->statement->partitioning->columns))
            table->statement->unpartitioned_because =
                "a unique index does not hold the columns that divide the rows";
    }
}

// --- schemas that no script makes anything in ---

/// The name of the object that a statement defines; nullptr: it defines none that others name.
Name* defined_by(Statement& statement) {
    if (auto* table = as<CreateTable>(&statement)) return table->object;
    if (auto* view = as<CreateView>(&statement)) return view->object;
    if (auto* sequence = as<CreateSequence>(&statement)) return sequence->object;
    if (auto* type = as<CreateType>(&statement)) return type->object;
    if (auto* package = as<CreatePackage>(&statement)) return package->object;
    if (auto* routine = as<CreateRoutine>(&statement)) return routine->object;
    return nullptr;
}

/// Scripts qualify only sometimes: hr.employees means the employees that a script makes without saying a
/// schema, where no script makes anything in hr.
class Unqualifying {
public:
    explicit Unqualifying(std::span<Statement* const> statements) {
        for (Statement* each : statements) {
            const Name* name = defined_by(*each);
            if (name == nullptr) continue;
            if (name->parts.size() > 1)
                schemas_.insert(name->parts[0].name);
            else if (!name->parts.empty())
                objects_.insert(name->parts[0].name);
        }
    }
    void run(std::span<Statement* const> statements, Tree& tree) {
        for (Statement* each : statements) walk(*each, [this](Node& node) { return note(node); });
        for (Statement* each : statements) keep_own_source(*each);
        if (foreign_.empty()) return;
        for (Statement* each : statements)
            walk(*each, [&](Node& node) {
                if (auto* name = as<Name>(&node)) strip(*name, tree);
                return true;
            });
    }

private:
    [[nodiscard]] bool is_foreign(const Name& name) const {
        return name.parts.size() >= 2 && name.link.empty() && !schemas_.contains(name.parts[0].name) &&
               !objects_.contains(name.parts[0].name) && objects_.contains(name.parts[1].name);
    }
    void note(const Name* relation) {
        if (relation != nullptr && is_foreign(*relation)) foreign_.insert(relation->parts[0].name);
    }
    void note(const DataType* type) {
        if (type != nullptr && type->anchor == DataType::Anchor::none) note(type->name);
    }
    /// Only where a relation stands, or a type of the catalog, it is sure that the first part is a schema.
    bool note(Node& node) {
        if (const auto* table = as<TableName>(&node)) note(table->name);
        if (const auto* constraint = as<Constraint>(&node)) note(constraint->references);
        if (const auto* synonym = as<CreateSynonym>(&node)) note(synonym->target);
        if (const auto* column = as<Column>(&node)) note(column->type);
        if (const auto* type = as<CreateType>(&node))
            for (const Variable* attribute : type->attributes) note(attribute->type);
        if (const auto* index = as<CreateIndex>(&node)) note(index->table);
        if (const auto* comment = as<CommentOn>(&node); comment != nullptr && comment->what == "TABLE")
            note(comment->object);
        return true;
    }
    /// CREATE TABLE employees AS SELECT … FROM hr.employees: that is another table, and the schema is real.
    void keep_own_source(Statement& statement) {
        const Name* own = defined_by(statement);
        if (own == nullptr || own->parts.size() != 1 || foreign_.empty()) return;
        walk(statement, [&](Node& node) {
            const auto* table = as<TableName>(&node);
            if (table != nullptr && table->name != nullptr && is_foreign(*table->name) &&
                table->name->parts[1].name == own->parts[0].name)
                foreign_.erase(table->name->parts[0].name);
            return true;
        });
    }
    void strip(Name& name, Tree& tree) const {
        if (!is_foreign(name) || !foreign_.contains(name.parts[0].name)) return;
        List<Identifier> rest;
        for (std::uint32_t i = 1; i < name.parts.size(); ++i) tree.add(rest, name.parts[i]);
        name.parts = rest;
    }

    std::set<Text> schemas_, objects_, foreign_;
};

// --- what is made twice ---

Text kind_group(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_table:
        case Kind::create_view: return "relation";
        case Kind::create_synonym: return "synonym";
        case Kind::create_index: return "index";
        case Kind::create_sequence: return "sequence";
        default: return {};
    }
}

Name* made_by(Statement& statement) {
    if (auto* index = as<CreateIndex>(&statement)) return index->object;
    if (auto* synonym = as<CreateSynonym>(&statement)) return synonym->object;
    return defined_by(statement);
}

bool replaces(const Statement& statement) {
    const auto* view = as<CreateView>(&statement);
    const auto* synonym = as<CreateSynonym>(&statement);
    return (view != nullptr && view->replace) || (synonym != nullptr && synonym->replace);
}

}  // namespace

std::set<const Statement*> superseded_definitions(std::span<Statement* const> statements) {
    std::set<const Statement*> superseded;
    struct Known {
        Statement* made = nullptr;
        bool dropped =
            false;  ///< counts only where it is made again: scripts that take all away stand beside
    };
    std::map<std::pair<Text, std::string>, Known> present;
    for (Statement* each : statements) {
        if (const auto* drop = as<Drop>(each); drop != nullptr && drop->object != nullptr) {
            for (const Text group : {Text{"relation"}, Text{"index"}, Text{"sequence"}}) {
                const auto found = present.find({group, dotted(drop->object->parts)});
                if (found != present.end()) found->second.dropped = true;
            }
            continue;
        }
        const Name* name = made_by(*each);
        const auto* sequence = as<CreateSequence>(each);
        if (name == nullptr || kind_group(*each).empty() || (sequence != nullptr && sequence->alter))
            continue;
        Known& known = present[{kind_group(*each), dotted(name->parts)}];
        const bool anew = known.made == nullptr || known.dropped || replaces(*each);
        if (known.made != nullptr) superseded.insert(anew ? known.made : each);
        if (anew) known = {each, false};
    }
    return superseded;
}

void relate_definitions(std::span<Statement* const> statements, Tree& tree) {
    Unqualifying{statements}.run(statements, tree);
    KnownTables tables{statements};
    settle_constraint_states(statements, tables);
    align_all(tables, tree);
    mark_indexes(tables, statements);
    unpartition(tables, statements);
}

}  // namespace landfall::convert
