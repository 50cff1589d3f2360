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
    std::set<Text> key_names;  ///< of their constraints
    Names primary_key;
    std::vector<ForeignKey> references;
};

bool is_number(const Column* column) {
    return column != nullptr && column->type != nullptr && column->type->name != nullptr &&
           column->type->anchor == DataType::Anchor::none &&
           (last_of(column->type->name) == "number" || last_of(column->type->name) == "numeric" ||
            last_of(column->type->name) == "decimal" || last_of(column->type->name) == "integer" ||
            last_of(column->type->name) == "int" || last_of(column->type->name) == "smallint" ||
            last_of(column->type->name) == "bigint");
}

/// What counts by itself is an integer.
void make_bigint(Column& column) {
    column.type->name->parts.front().name = "bigint";
    column.type->arguments.clear();
    column.type->lowered = true;
}

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
        if (column.identity && is_number(&column)) make_bigint(column);
        table.columns[column.name.name] = &column;
        for (const Constraint* constraint : column.constraints)
            add_constraint(table, *constraint, {column.name.name});
    }
    static void add_constraint(Table& table, const Constraint& constraint, Names columns) {
        using What = Constraint::What;
        if (constraint.what == What::foreign_key)
            table.references.push_back({std::move(columns), &constraint});
        if (constraint.what != What::primary_key && constraint.what != What::unique) return;
        if (!constraint.name.empty()) table.key_names.insert(constraint.name.name);
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
        index->made_by_key =
            std::find(table->keys.begin(), table->keys.end(), columns) != table->keys.end() &&
            table->key_names.contains(last_of(index->object));
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
    /// Only where a relation stands it is sure that the first part is a schema.
    bool note(Node& node) {
        if (const auto* table = as<TableName>(&node)) note(table->name);
        if (const auto* constraint = as<Constraint>(&node)) note(constraint->references);
        if (const auto* synonym = as<CreateSynonym>(&node)) note(synonym->target);
        if (const auto* index = as<CreateIndex>(&node)) note(index->table);
        if (const auto* comment = as<CommentOn>(&node); comment != nullptr && comment->what == "TABLE")
            note(comment->object);
        return true;
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

std::string whole_name(const Name& name) {
    std::string whole;
    for (const Identifier& part : name.parts) whole.append(part.name).append(".");
    return whole;
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
                const auto found = present.find({group, whole_name(*drop->object)});
                if (found != present.end()) found->second.dropped = true;
            }
            continue;
        }
        const Name* name = made_by(*each);
        const auto* sequence = as<CreateSequence>(each);
        if (name == nullptr || kind_group(*each).empty() || (sequence != nullptr && sequence->alter))
            continue;
        Known& known = present[{kind_group(*each), whole_name(*name)}];
        const bool anew = known.made == nullptr || known.dropped || replaces(*each);
        if (known.made != nullptr) superseded.insert(anew ? known.made : each);
        if (anew) known = {each, false};
    }
    return superseded;
}

void relate_definitions(std::span<Statement* const> statements, Tree& tree) {
    Unqualifying{statements}.run(statements, tree);
    Tables tables{statements};
    align_all(tables, tree);
    mark_indexes(tables, statements);
    unpartition(tables);
}

}  // namespace landfall::convert
