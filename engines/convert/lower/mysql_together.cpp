// What the definitions of a MySQL schema need of each other before each is lowered by itself.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;
using Tell = std::function<void(std::size_t, Finding)>;

std::string schema_of(const Name& name) {
    return name.parts.size() > 1 ? std::string{name.parts[0].name} : std::string{};
}

Text last_of(const Name* name) {
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

Finding finding_of(int code, Complexity complexity, Span at, std::string detail) {
    return {.code = code,
            .complexity = complexity,
            .begin = at.begin,
            .end = at.end,
            .detail = std::move(detail)};
}

// --- USE ---

/// Names without a database belong to the present one.
class Qualifier {
public:
    Qualifier(Tree& tree, const MysqlSettings& settings) : tree_{tree}, settings_{settings} {}

    void qualify(Statement& statement, Text database) {
        database_ = database;
        walk(statement, [this](Node& node) {
            visit(node);
            return true;
        });
    }

private:
    void visit(Node& node) {
        if (auto* table = as<CreateTable>(&node)) name(table->object), name(table->like);
        if (auto* alter = as<AlterTable>(&node)) name(alter->object);
        if (auto* index = as<CreateIndex>(&node)) name(index->table);
        if (auto* view = as<CreateView>(&node)) name(view->object);
        if (auto* sequence = as<CreateSequence>(&node)) name(sequence->object);
        if (auto* trigger = as<CreateTrigger>(&node)) name(trigger->object), name(trigger->table);
        if (auto* drop = as<Drop>(&node);
            drop != nullptr && drop->what != "DATABASE" && drop->what != "SCHEMA")
            name(drop->object);
        if (auto* constraint = as<Constraint>(&node)) name(constraint->references);
        if (auto* table = as<TableName>(&node)) name(table->name);
        if (auto* raw = as<RawStatement>(&node)) name(raw->object);
    }
    void name(Name* one) {
        if (one == nullptr || one->parts.empty()) return;
        if (settings_.databases == MysqlSettings::Databases::ignored) {
            one->parts = tree_.list<Identifier>({one->parts.back()});
        } else if (one->parts.size() == 1 && !database_.empty()) {
            tree_.insert(one->parts, 0, {.name = database_, .span = one->span});
        }
    }

    Tree& tree_;
    const MysqlSettings& settings_;
    Text database_;
};

// --- ALTER TABLE and its kin, folded into the tables ---

class Folding {
public:
    Folding(Tree& tree, MysqlSchema& schema, const Tell& tell) : tree_{tree}, schema_{schema}, tell_{tell} {}

    void take(std::size_t number, Statement* statement) {
        number_ = number;
        if (auto* table = as<CreateTable>(statement)) return create(*table);
        if (auto* drop = as<Drop>(statement); drop != nullptr && drop->object != nullptr) {
            if (drop->what == "TABLE") present_.erase(dotted(drop->object->parts));
            return;
        }
        if (auto* index = as<CreateIndex>(statement)) return create_index(*index);
        if (auto* alter = as<AlterTable>(statement)) alter_table(*alter);
    }
    [[nodiscard]] std::map<std::string, CreateTable*> tables() const { return present_; }

private:
    void create(CreateTable& table) {
        const std::string whole = dotted(table.object->parts);
        if (table.if_not_exists && present_.contains(whole)) return;
        if (table.like != nullptr) {
            const auto found = present_.find(dotted(table.like->parts));
            if (found != present_.end()) copy(*found->second, table);
        }
        present_[whole] = &table;
    }
    /// LIKE takes columns and keys, not foreign keys.
    void copy(const CreateTable& from, CreateTable& to) {
        for (const Column* column : from.columns) tree_.add(to.columns, clone_of(tree_, column));
        for (const Constraint* each : from.constraints)
            if (each->what != Constraint::What::foreign_key) tree_.add(to.constraints, clone_of(tree_, each));
        for (const Node* index : from.indexes) tree_.add(to.indexes, clone(tree_, *index));
        to.collation = from.collation;
        to.like = nullptr;
    }
    CreateTable* find(const Name* name) {
        const auto found = name == nullptr ? present_.end() : present_.find(dotted(name->parts));
        return found == present_.end() ? nullptr : found->second;
    }
    void fold(const Statement& statement, const CreateTable& table) {
        schema_.folded.insert(&statement);
        tell_(number_, finding_of(kFolded, Complexity::info, statement.span,
                                  "it stands in the definition of " + std::string{last_of(table.object)}));
    }

    void create_index(CreateIndex& index) {
        CreateTable* table = find(index.table);
        if (table == nullptr) return;
        index.table = nullptr;
        tree_.add(table->indexes, &index);
        fold(index, *table);
    }
    void alter_table(AlterTable& alter) {
        CreateTable* table = find(alter.object);
        if (table == nullptr) return;
        for (TableChange* change : alter.changes) apply(*table, *change);
        fold(alter, *table);
    }

    // --- one change ---
    static std::uint32_t place_of(const CreateTable& table, Text column) {
        std::uint32_t at = 0;
        while (at < table.columns.size() && !same(table.columns[at]->name.name, column)) ++at;
        return at;
    }
    static bool same(Text a, Text b) { return in_lower_case(a) == in_lower_case(b); }
    template <class T, class Matches>
    void remove(List<T>& list, const Matches& matches) {
        List<T> kept;
        for (const T& each : list)
            if (!matches(each)) tree_.add(kept, each);
        list = kept;
    }
    void add_column(CreateTable& table, Column& column) {
        std::uint32_t at = table.columns.size();
        if (column.first) at = 0;
        if (!column.after.empty()) at = std::min(place_of(table, column.after.name) + 1, at);
        tree_.insert(table.columns, at, &column);
    }
    void rename_in(Node& whole, Text from, const Identifier& to) {
        walk(whole, [&](Node& node) {
            auto* name = as<Name>(&node);
            if (name != nullptr && name->parts.size() == 1 && same(name->parts[0].name, from))
                name->parts[0].name = to.name;
            return true;
        });
    }
    void rename_column(CreateTable& table, Text from, const Identifier& to) {
        const std::uint32_t at = place_of(table, from);
        if (at < table.columns.size()) table.columns[at]->name = to;
        for (Constraint* each : table.constraints) rename_in(*each, from, to);
        for (Node* index : table.indexes) rename_in(*index, from, to);
        if (table.partitioning != nullptr) rename_in(*table.partitioning, from, to);
        for (auto& [name, other] : present_)
            for (Constraint* each : other->constraints) {
                if (each->references == nullptr ||
                    dotted(each->references->parts) != dotted(table.object->parts))
                    continue;
                for (Identifier& column : each->referenced)
                    if (same(column.name, from)) column.name = to.name;
            }
    }
    void change_column(CreateTable& table, TableChange& change) {
        const std::uint32_t at = place_of(table, change.old_name.name);
        if (at == table.columns.size()) return;
        Column* fresh = change.column;
        // A key that the column brought stays a key, and a check a check of the new definition only.
        for (Constraint* each : table.columns[at]->constraints)
            if (each->what == Constraint::What::primary_key || each->what == Constraint::What::unique)
                tree_.add(fresh->constraints, each);
        table.columns[at] = fresh;
        if (!same(change.old_name.name, fresh->name.name))
            rename_column(table, change.old_name.name, fresh->name);
        if (!fresh->first && fresh->after.empty()) return;
        remove(table.columns, [&](Column* each) { return each == fresh; });
        add_column(table, *fresh);
    }
    void drop_column(CreateTable& table, Text column) {
        const auto uses = [&](const List<KeyColumn*>& parts) {
            return std::any_of(parts.begin(), parts.end(), [&](const KeyColumn* part) {
                return same(last_of(as<Name>(part->value)), column);
            });
        };
        remove(table.columns, [&](const Column* each) { return same(each->name.name, column); });
        for (Node* node : table.indexes) {
            auto* index = as<CreateIndex>(node);
            if (index == nullptr || !uses(index->columns)) continue;
            remove(index->columns,
                   [&](const KeyColumn* part) { return same(last_of(as<Name>(part->value)), column); });
        }
        remove(table.indexes, [](Node* node) {
            const auto* index = as<CreateIndex>(node);
            return index != nullptr && index->columns.empty();
        });
        remove(table.constraints, [&](const Constraint* each) {
            return each->what == Constraint::What::primary_key && uses(each->columns);
        });
    }
    void drop_index(CreateTable& table, Text index_name) {
        remove(table.indexes, [&](Node* node) {
            const auto* index = as<CreateIndex>(node);
            if (index == nullptr) return false;
            const Text own = index->object != nullptr ? last_of(index->object)
                             : index->columns.empty() ? Text{}
                                                      : last_of(as<Name>(index->columns[0]->value));
            return same(own, index_name);
        });
        for (Column* column : table.columns)
            if (same(column->name.name, index_name))
                remove(column->constraints,
                       [](const Constraint* each) { return each->what == Constraint::What::unique; });
    }
    void options(CreateTable& table, const CreateTable& of) {
        if (!of.comment.empty()) table.comment = of.comment;
        if (!of.auto_increment.empty()) table.auto_increment = of.auto_increment;
        if (!of.engine.empty()) table.engine = of.engine;
        if (!of.collation.empty()) table.collation = of.collation;
        if (!of.character_set.empty()) table.character_set = of.character_set;
        for (const Text each : of.dropped) tree_.add(table.dropped, each);
    }
    void rename_table(CreateTable& table, const Identifier& to) {
        const std::string before = dotted(table.object->parts);
        table.object->parts.back() = to;
        for (auto& [name, other] : present_)
            for (Constraint* each : other->constraints)
                if (each->references != nullptr && dotted(each->references->parts) == before)
                    each->references->parts.back() = to;
        present_.erase(before);
        present_[dotted(table.object->parts)] = &table;
    }
    void apply(CreateTable& table, TableChange& change) {
        using What = TableChange::What;
        switch (change.what) {
            case What::add_column: return add_column(table, *change.column);
            case What::change_column: return change_column(table, change);
            case What::drop_column: return drop_column(table, change.old_name.name);
            case What::rename_column: return rename_column(table, change.old_name.name, change.new_name);
            case What::rename_table: return rename_table(table, change.new_name);
            case What::add_index: return tree_.add(table.indexes, change.index);
            case What::drop_index: return drop_index(table, change.old_name.name);
            case What::add_constraint: return tree_.add(table.constraints, change.constraint);
            case What::drop_constraint:
                remove(table.constraints,
                       [&](const Constraint* each) { return same(each->name.name, change.old_name.name); });
                return drop_index(table, change.old_name.name);
            case What::drop_primary_key:
                remove(table.constraints,
                       [](const Constraint* each) { return each->what == Constraint::What::primary_key; });
                for (Column* column : table.columns)
                    remove(column->constraints, [](const Constraint* each) {
                        return each->what == Constraint::What::primary_key;
                    });
                return;
            case What::change_default: {
                const std::uint32_t at = place_of(table, change.column->name.name);
                if (at < table.columns.size())
                    table.columns[at]->default_value = change.column->default_value;
                return;
            }
            case What::rename_index:
                for (Node* node : table.indexes)
                    if (auto* index = as<CreateIndex>(node);
                        index != nullptr && same(last_of(index->object), change.old_name.name))
                        index->object->parts.back() = change.new_name;
                return;
            default: return apply_rest(table, change);
        }
    }
    void apply_rest(CreateTable& table, TableChange& change) {
        using What = TableChange::What;
        if (change.what == What::change_options) return options(table, *as<CreateTable>(change.options));
        if (change.what == What::remove_partitioning) {
            table.partitioning = nullptr;
        } else if (change.what == What::add_partitioning) {
            table.partitioning = as<CreateTable>(change.options)->partitioning;
        } else if (change.what == What::add_partition && table.partitioning != nullptr) {
            tree_.add(table.partitioning->parts, change.partition);
        } else if (change.what == What::drop_partition && table.partitioning != nullptr) {
            remove(table.partitioning->parts,
                   [&](const Partition* each) { return same(each->name.name, change.old_name.name); });
        } else {
            const bool storage = change.what == What::storage;
            tell_(number_, finding_of(kOptions, storage ? Complexity::info : Complexity::medium, change.span,
                                      "a change of storage, or of partitions, is not made"));
        }
    }

    Tree& tree_;
    MysqlSchema& schema_;
    const Tell& tell_;
    std::map<std::string, CreateTable*> present_;
    std::size_t number_ = 0;
};

// --- keys that foreign keys refer to ---

using Columns = std::vector<std::string>;

Columns columns_of(const List<KeyColumn*>& parts) {
    Columns columns;
    for (const KeyColumn* part : parts) {
        const bool plain = part->prefix_length.empty() && as<Name>(part->value) != nullptr;
        columns.push_back(plain ? in_lower_case(last_of(as<Name>(part->value))) : std::string{});
    }
    std::sort(columns.begin(), columns.end());
    return columns;
}

std::set<Columns> unique_keys(const CreateTable& table) {
    std::set<Columns> keys;
    const auto add = [&](const Constraint& each, const Columns& columns) {
        if (each.what == Constraint::What::primary_key || each.what == Constraint::What::unique)
            keys.insert(columns);
    };
    for (const Constraint* each : table.constraints) add(*each, columns_of(each->columns));
    for (const Column* column : table.columns)
        for (const Constraint* each : column->constraints) add(*each, {in_lower_case(column->name.name)});
    for (const Node* node : table.indexes)
        if (const auto* index = as<CreateIndex>(node); index != nullptr && index->unique)
            keys.insert(columns_of(index->columns));
    return keys;
}

Column* column_of(const CreateTable& table, Text name) {
    for (Column* each : table.columns)
        if (in_lower_case(each->name.name) == in_lower_case(name)) return each;
    return nullptr;
}

class References {
public:
    References(MysqlSchema& schema, const Tell& tell,
               const std::map<const CreateTable*, std::size_t>& numbers)
        : schema_{schema}, tell_{tell}, numbers_{numbers} {}

    void look() {
        for (const auto& [name, table] : schema_.tables)
            for (Constraint* each : table->constraints)
                if (each->what == Constraint::What::foreign_key) look(*table, *each);
        // Automatic numbers without a sign are bigint, not numeric: so is what refers to them.
        constexpr int kChainMax = 16;
        for (int round = 0; round < kChainMax && align(); ++round) {}
    }

private:
    void look(const CreateTable& table, const Constraint& key) {
        const CreateTable* target = schema_.find(key.references);
        if (target == nullptr) return;
        Columns wanted;
        for (const Identifier& column : key.referenced) wanted.push_back(in_lower_case(column.name));
        std::sort(wanted.begin(), wanted.end());
        if (wanted.empty() || unique_keys(*target).contains(wanted)) return;
        schema_.without_key.insert(&key);
        tell_(numbers_.at(&table),
              finding_of(kReference, Complexity::complex, key.span,
                         "the columns of " + std::string{last_of(target->object)} + " are not unique"));
    }
    static bool counts(const Column& column) {
        return column.type != nullptr && column.type->unsigned_ && last_of(column.type->name) == "bigint" &&
               column.auto_increment;
    }
    bool align() {
        bool changed = false;
        for (const auto& [name, table] : schema_.tables)
            for (const Constraint* key : table->constraints)
                if (key->what == Constraint::What::foreign_key) changed = align(*table, *key) || changed;
        return changed;
    }
    bool align(const CreateTable& table, const Constraint& key) {
        const CreateTable* target = schema_.find(key.references);
        if (target == nullptr) return false;
        bool changed = false;
        for (std::uint32_t i = 0; i < std::min(key.columns.size(), key.referenced.size()); ++i) {
            Column* from = column_of(table, last_of(as<Name>(key.columns[i]->value)));
            const Column* to = column_of(*target, key.referenced[i].name);
            if (from == nullptr || to == nullptr || from == to || from->type == nullptr ||
                to->type == nullptr)
                continue;
            const bool signed_bigint = !to->type->unsigned_ && last_of(to->type->name) == "bigint";
            if (!counts(*to) && !signed_bigint) continue;
            if (!from->type->unsigned_ || last_of(from->type->name) != "bigint") continue;
            from->type->unsigned_ = false;
            changed = true;
        }
        return changed;
    }

    MysqlSchema& schema_;
    const Tell& tell_;
    const std::map<const CreateTable*, std::size_t>& numbers_;
};

// --- one spelling of a column ---

/// MySQL does not tell the case of columns apart, PostgreSQL does: where names are kept, all that say a
/// column spell it as its table does.
class Spelling {
public:
    explicit Spelling(const MysqlSchema& schema) : schema_{schema} {}

    void spell(std::span<const MysqlStatement> statements) {
        for (const auto& each : schema_.tables) {
            const CreateTable& table = *each.second;
            for (const Column* column : table.columns) note(*column);
            for (Constraint* constraint : table.constraints) spell_in(*constraint, table);
            for (Node* index : table.indexes) spell_in(*index, table);
            if (table.partitioning != nullptr) spell_in(*table.partitioning, table);
            for (Column* column : table.columns) spell_in(*column, table);
        }
        for (const MysqlStatement& each : statements)
            if (auto* view = as<CreateView>(each.statement)) spell_view(*view);
    }

private:
    void note(const Column& column) {
        const auto [found, fresh] = spelled_.try_emplace(in_lower_case(column.name.name), column.name.name);
        if (!fresh && found->second != column.name.name) found->second = {};
    }
    void spell_in(Node& whole, const CreateTable& table) {
        walk(whole, [&](Node& node) {
            if (auto* constraint = as<Constraint>(&node)) spell_referenced(*constraint);
            auto* name = as<Name>(&node);
            const Column* column =
                name == nullptr || name->parts.size() != 1 ? nullptr : column_of(table, name->parts[0].name);
            if (column != nullptr) name->parts[0].name = column->name.name;
            return node.kind != Kind::data_type;
        });
    }
    void spell_referenced(Constraint& constraint) {
        const CreateTable* target = schema_.find(constraint.references);
        if (target == nullptr) return;
        for (Identifier& each : constraint.referenced)
            if (const Column* column = column_of(*target, each.name)) each.name = column->name.name;
    }
    /// As all tables spell it that have such a column.
    void spell_view(CreateView& view) {
        walk(*view.query, [this](Node& node) {
            auto* name = as<Name>(&node);
            if (node.kind == Kind::table_name) return false;
            if (name == nullptr || name->parts.empty()) return true;
            const auto found = spelled_.find(in_lower_case(name->parts.back().name));
            if (found != spelled_.end() && !found->second.empty()) name->parts.back().name = found->second;
            return true;
        });
    }

    const MysqlSchema& schema_;
    std::map<std::string, Text> spelled_;
};

// --- names that are unique in a schema ---

class Names {
public:
    Names(Tree& tree, MysqlSchema& schema, const MysqlSettings& settings, const Tell& tell)
        : tree_{tree}, schema_{schema}, settings_{settings}, tell_{tell} {}

    void take_relation(const Name* name) {
        if (name != nullptr && !name->parts.empty())
            taken_.insert({schema_of(*name), std::string{last_of(name)}});
    }
    void give(const std::map<const CreateTable*, std::size_t>& numbers) {
        for (const auto& [name, table] : schema_.tables) {
            taken_.insert({schema_of(*table->object), std::string{last_of(table->object)} + "_pkey"});
            for (const Node* node : table->indexes)
                if (const auto* index = as<CreateIndex>(node); index != nullptr && index->object != nullptr)
                    ++wanted_[{schema_of(*table->object), std::string{last_of(index->object)}}];
        }
        for (const auto& [name, table] : schema_.tables) {
            for (Node* node : table->indexes)
                if (auto* index = as<CreateIndex>(node)) name_index(*table, *index, numbers.at(table));
            for (Column* column : table->columns) name_type(*table, *column);
        }
    }

private:
    using Key = std::pair<std::string, std::string>;

    /// A name that no relation, index or type of the schema has; at most 63 bytes.
    std::string free_name(const std::string& schema, std::string name) {
        constexpr std::size_t kNameMax = 63;
        if (name.size() > kNameMax) {
            std::size_t kept = kNameMax;
            while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xC0U) == 0x80U) --kept;
            name.resize(kept);
        }
        std::string free = name;
        for (unsigned n = 2; !taken_.insert({schema, free}).second; ++n) {
            const std::string suffix = "_" + std::to_string(n);
            free = name.substr(0, kNameMax - suffix.size()) + suffix;
        }
        return free;
    }
    void name_index(const CreateTable& table, CreateIndex& index, std::size_t number) {
        const std::string schema = schema_of(*table.object), of_table{last_of(table.object)};
        std::string own{last_of(index.object)};
        const bool unnamed = own.empty();
        if (unnamed) {
            for (const KeyColumn* part : index.columns) {
                const Text column = last_of(as<Name>(part->value));
                own.append(own.empty() ? "" : "_").append(column.empty() ? "expr" : column);
            }
            own.append(index.unique ? "_key" : "_idx");
        }
        const bool begins = own.starts_with(of_table + "_") || own == of_table;
        const bool qualify = unnamed ||
                             (settings_.index_names == MysqlSettings::IndexNames::table && !begins) ||
                             wanted_[{schema, own}] > 1 || taken_.contains({schema, own});
        const std::string given = free_name(schema, qualify ? of_table + "_" + own : own);
        if (index.object == nullptr) index.object = tree_.make<Name>(index.span);
        if (!unnamed && given != own)
            tell_(number, finding_of(kIndexRenamed, Complexity::info, index.span, own + " is " + given));
        index.object->parts = tree_.list<Identifier>({{.name = tree_.keep(given), .span = index.span}});
    }
    void name_type(const CreateTable& table, Column& column) {
        if (settings_.enums != MysqlSettings::Enums::type || column.type == nullptr ||
            last_of(column.type->name) != "enum")
            return;
        const std::string wanted = std::string{last_of(table.object)} + "_" + std::string{column.name.name};
        schema_.enum_types[&column] = tree_.keep(free_name(schema_of(*table.object), wanted));
    }

    Tree& tree_;
    MysqlSchema& schema_;
    const MysqlSettings& settings_;
    const Tell& tell_;
    std::set<Key> taken_;
    std::map<Key, unsigned> wanted_;
};

bool same_kind(const Column& a, const Column& b, const MysqlSettings& settings) {
    return a.type != nullptr && b.type != nullptr &&
           family_of(*a.type, settings) == family_of(*b.type, settings);
}

void note_columns(MysqlSchema& schema, Tree& tree, const MysqlSettings& settings) {
    for (const auto& [name, table] : schema.tables)
        for (const Column* column : table->columns) {
            if (column->type != nullptr)
                schema.families[table].push_back({.name = column->name.name,
                                                  .family = family_of(*column->type, settings),
                                                  .width = mysql_bit_width(*column->type)});
            // Types of the tables are replaced: the copy keeps MySQL's.
            const auto [found, fresh] = schema.columns.try_emplace(column->name.name, clone_of(tree, column));
            if (!fresh && found->second != nullptr && !same_kind(*found->second, *column, settings))
                found->second = nullptr;
        }
}

}  // namespace

CreateTable* MysqlSchema::find(const Name* name) const {
    const auto found = name == nullptr ? tables.end() : tables.find(dotted(name->parts));
    return found == tables.end() ? nullptr : found->second;
}

Text MysqlSchema::type_of(const Expr* expression) const {
    const auto* name = as<Name>(expression);
    const auto found = name == nullptr ? columns.end() : columns.find(last_of(name));
    return found == columns.end() || found->second == nullptr || found->second->type == nullptr
               ? Text{}
               : last_of(found->second->type->name);
}

MysqlSchema relate_mysql(std::span<const MysqlStatement> statements, Tree& tree,
                         const MysqlSettings& settings, const Tell& tell) {
    MysqlSchema schema;
    Qualifier qualifier{tree, settings};
    Folding folding{tree, schema, tell};
    Names names{tree, schema, settings, tell};
    const Script* script = nullptr;
    std::string database;
    std::size_t change = 0;
    std::map<const CreateTable*, std::size_t> numbers;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const MysqlStatement& each = statements[i];
        if (each.script != script) {
            script = each.script;
            database.clear();
            change = 0;
        }
        for (; change < script->current_schemas.size() && script->current_schemas[change].first <= each.index;
             ++change)
            database = script->current_schemas[change].second;
        const std::string folded =
            settings.names == MysqlSettings::NameCase::lower ? in_lower_case(database) : database;
        qualifier.qualify(*each.statement, tree.keep(folded));
        folding.take(i, each.statement);
        if (const auto* table = as<CreateTable>(each.statement)) numbers[table] = i;
        if (const auto* view = as<CreateView>(each.statement)) names.take_relation(view->object);
        if (const auto* sequence = as<CreateSequence>(each.statement)) names.take_relation(sequence->object);
    }
    schema.tables = folding.tables();
    for (const auto& [name, table] : schema.tables) names.take_relation(table->object);
    if (settings.names == MysqlSettings::NameCase::kept) Spelling{schema}.spell(statements);
    References{schema, tell, numbers}.look();
    names.give(numbers);
    note_columns(schema, tree, settings);
    for (const MysqlStatement& each : statements) {
        const auto* sql = as<ScriptSql>(each.statement);
        const auto* insert = sql == nullptr ? nullptr : as<Insert>(sql->sql);
        const auto* into =
            insert == nullptr || insert->query == nullptr ? nullptr : as<TableName>(insert->into);
        if (into != nullptr) schema.with_rows.insert(schema.find(into->name));
    }
    for (const auto& each : schema.tables) {
        CreateTable& table = *each.second;
        if (table.partitioning == nullptr) continue;
        fit_mysql_partitions(table, tree, [&](Complexity complexity, Span at, std::string detail) {
            tell(numbers.at(&table), finding_of(kPartition, complexity, at, std::move(detail)));
        });
    }
    return schema;
}

}  // namespace landfall::convert
