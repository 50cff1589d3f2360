// Declaring: statements become entries; then ALTERs are applied, members gathered, keys linked, types made.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "engines/convert/meaning/bind_walk.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using What = Symbol::What;

[[nodiscard]] bool same_type(const DataType* left, const DataType* right) {
    if (left == nullptr || right == nullptr) return left == right;
    if (left->name == nullptr || right->name == nullptr) return true;
    if (left->name->parts.empty() || right->name->parts.empty() || left->anchor != right->anchor)
        return false;
    return left->name->parts.back().name == right->name->parts.back().name;
}

[[nodiscard]] bool same_signature(const Routine& left, const Routine& right) {
    if (left.what != right.what || left.name.name != right.name.name ||
        left.parameters.size() != right.parameters.size() || !same_type(left.returns, right.returns))
        return false;
    for (std::uint32_t i = 0; i < left.parameters.size(); ++i) {
        const Parameter& one = *left.parameters[i];
        const Parameter& other = *right.parameters[i];
        if (one.name.name != other.name.name || one.mode != other.mode || !same_type(one.type, other.type))
            return false;
    }
    return true;
}

/// The name of a column of a key; empty: an expression.
[[nodiscard]] Text column_of(const KeyColumn& key) {
    const auto* name = as<Name>(key.value);
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

[[nodiscard]] std::vector<Text> columns_of(const Constraint& constraint, const Column* column) {
    std::vector<Text> columns;
    for (const KeyColumn* each : constraint.columns) columns.push_back(column_of(*each));
    if (columns.empty() && column != nullptr) columns.push_back(column->name.name);
    return columns;
}

[[nodiscard]] RelationColumn* find_column(Relation& relation, Text name) {
    for (RelationColumn& each : relation.columns) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

/// The number of PRAGMA EXCEPTION_INIT (e, -20001); 0: not written as one.
[[nodiscard]] int number_of_pragma(const Pragma& pragma) {
    if (pragma.arguments.size() != 2) return 0;
    const Expr* value = pragma.arguments[1];
    const auto* sign = as<Unary>(value);
    if (sign != nullptr) value = sign->operand;
    const auto* literal = as<Literal>(value);
    if (literal == nullptr) return 0;
    int number = 0;
    std::from_chars(literal->text.data(), literal->text.data() + literal->text.size(), number);
    return sign != nullptr && sign->op == UnaryOp::minus ? -number : number;
}

/// A schema as ALTER SESSION or CONNECT spells it: one without lower-case letters is folded.
[[nodiscard]] std::string folded(std::string name) {
    if (std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; })) return name;
    return in_lower_case(name);
}

[[nodiscard]] What what_of(const Declaration& declaration) {
    switch (declaration.kind) {
        case Kind::cursor: return What::cursor;
        case Kind::exception_name: return What::exception;
        case Kind::type_declaration: return What::type;
        case Kind::routine:
            return static_cast<const Routine&>(declaration).what == Routine::What::function ? What::function
                                                                                            : What::procedure;
        default: return static_cast<const Variable&>(declaration).constant ? What::constant : What::variable;
    }
}

}  // namespace

class Declaring {
public:
    Declaring(Catalog& catalog, Catalog::Store& store) : catalog_{catalog}, store_{store} {}

    void script(const DeclaredScript& script);
    void finish(std::vector<const Entry*>& ordered);

private:
    Entry& entry(const Name& object, const Statement& statement, What what, Statement* declared);
    Entry& slot(Text schema, Text name, bool is_public);
    void statement(Statement& statement);
    void table(CreateTable& table);
    void synonym(CreateSynonym& synonym);
    void package(CreatePackage& package);
    void type(CreateType& type);
    void type_body(CreateTypeBody& body);

    void add_column(Entry& entry, Column& column);
    void add_constraint(Entry& entry, Constraint& constraint, const Column* column);
    void alter(AlterTable& alter);
    void change(Entry& entry, TableChange& change);
    void drop_constraint(Entry& entry, Text name);

    void members(Entry& entry);
    void add_member(Entry& entry, Declaration& declaration, bool is_private);
    void add_routine(Entry& entry, Routine& routine, What what, bool is_private);
    void pragma(const Entry& entry, const Pragma& pragma);
    Symbol* add_symbol(Entry& entry, What what, Text name, const Node& declared, bool is_private);
    void link_keys(Entry& entry);

    Catalog& catalog_;
    Catalog::Store& store_;
    Text schema_;
    std::vector<AlterTable*> alters_;
    std::vector<CreateTrigger*> triggers_;
};

Entry& Declaring::slot(Text schema, Text name, bool is_public) {
    std::vector<Entry*>& same = store_.by_name[name];
    for (Entry* each : same) {
        if (each->symbol.schema == schema && each->public_ == is_public) return *each;
    }
    store_.entries.push_back(std::make_unique<Entry>());
    Entry& made = *store_.entries.back();
    made.symbol.schema = schema;
    made.symbol.name = name;
    made.public_ = is_public;
    same.push_back(&made);
    store_.schemas.insert(schema);
    return made;
}

Entry& Declaring::entry(const Name& object, const Statement& statement, What what, Statement* declared) {
    const Text schema = object.parts.size() > 1 ? object.parts[object.parts.size() - 2].name : schema_;
    Entry& made = slot(schema, object.parts.back().name, false);
    const bool merges = made.symbol.what == what && (what == What::package || what == What::type);
    if (!merges) {
        made.declared = made.body = nullptr;
        made.relation.reset();
        made.members.reset();
        made.type = nullptr;
    }
    made.symbol.what = what;
    if (declared != nullptr) {
        made.declared = declared;
        made.symbol.declared = declared;
    }
    store_.entry_of[&statement] = &made;
    store_.schema_of[&statement] = schema;
    return made;
}

void Declaring::script(const DeclaredScript& script) {
    schema_ = store_.settings.default_schema;
    std::size_t next = 0;
    const auto& changes = script.script->current_schemas;
    std::uint32_t i = 0;
    for (Statement* each : *script.statements) {
        for (; next < changes.size() && changes[next].first <= i; ++next)
            schema_ = store_.arena.keep(folded(changes[next].second));
        ++i;
        if (each == nullptr) continue;
        store_.schema_of[each] = schema_;
        statement(*each);
    }
}

void Declaring::statement(Statement& statement) {
    Node* node = &statement;
    if (auto* created = as<CreateTable>(node); created != nullptr && created->object != nullptr) {
        table(*created);
    } else if (auto* view = as<CreateView>(node); view != nullptr && view->object != nullptr) {
        entry(*view->object, *view, What::view, view).relation = std::make_unique<Relation>();
    } else if (auto* sequence = as<CreateSequence>(node);
               sequence != nullptr && sequence->object != nullptr) {
        if (!sequence->alter) entry(*sequence->object, *sequence, What::sequence, sequence);
    } else if (auto* synonym = as<CreateSynonym>(node); synonym != nullptr) {
        this->synonym(*synonym);
    } else if (auto* routine = as<CreateRoutine>(node);
               routine != nullptr && routine->object != nullptr && routine->routine != nullptr) {
        const bool function = routine->routine->what == Routine::What::function;
        Entry& made = entry(*routine->object, *routine, function ? What::function : What::procedure, routine);
        made.symbol.declared = routine->routine;
        store_.members[routine->routine] = {&made.symbol, &made};
    } else if (auto* package = as<CreatePackage>(node); package != nullptr && package->object != nullptr) {
        this->package(*package);
    } else if (auto* type = as<CreateType>(node); type != nullptr && type->object != nullptr) {
        this->type(*type);
    } else if (auto* body = as<CreateTypeBody>(node); body != nullptr && body->object != nullptr) {
        type_body(*body);
    } else if (auto* alter = as<AlterTable>(node); alter != nullptr && alter->object != nullptr) {
        alters_.push_back(alter);
    } else if (auto* trigger = as<CreateTrigger>(node); trigger != nullptr) {
        if (trigger->object != nullptr && trigger->object->parts.size() > 1)
            store_.schema_of[trigger] = trigger->object->parts[0].name;
        triggers_.push_back(trigger);
    }
}

void Declaring::table(CreateTable& table) {
    Entry& made = entry(*table.object, table, What::table, &table);
    made.relation = std::make_unique<Relation>();
    for (Column* column : table.columns) add_column(made, *column);
    for (Constraint* each : table.constraints) add_constraint(made, *each, nullptr);
}

void Declaring::synonym(CreateSynonym& synonym) {
    if (synonym.object == nullptr || synonym.target == nullptr || synonym.target->parts.empty()) return;
    const List<Identifier>& parts = synonym.object->parts;
    const Text schema = synonym.public_ ? Text{} : parts.size() > 1 ? parts[0].name : schema_;
    Entry& made = slot(schema, parts.back().name, synonym.public_);
    const List<Identifier>& target = synonym.target->parts;
    if (!synonym.public_ && made.declared != nullptr && made.symbol.what != What::synonym) return;
    made.symbol.what = What::synonym;
    made.symbol.declared = made.declared = &synonym;
    made.target_name = target.back().name;
    made.target_schema = target.size() > 1 ? target[target.size() - 2].name
                         : synonym.public_ ? schema_
                                           : Text{};
    made.target_link = synonym.target->link.name;
    store_.entry_of[&synonym] = &made;
}

void Declaring::package(CreatePackage& package) {
    Entry& made = entry(*package.object, package, What::package, package.body ? nullptr : &package);
    if (package.body) made.body = &package;
    if (made.members == nullptr) made.members = std::make_unique<Members>();
    if (made.symbol.declared == nullptr) made.symbol.declared = &package;
}

void Declaring::type(CreateType& type) {
    const bool incomplete = type.what == CreateType::What::incomplete;
    const List<Identifier>& parts = type.object->parts;
    const Text schema = parts.size() > 1 ? parts[0].name : schema_;
    const Entry* before = catalog_.find_here(schema, parts.back().name);
    const bool known = before != nullptr && before->symbol.what == What::type && before->declared != nullptr;
    if (incomplete && known) {
        store_.entry_of[&type] = const_cast<Entry*>(before);
        return;
    }
    Entry& made = entry(*type.object, type, What::type, &type);
    if (made.members == nullptr) made.members = std::make_unique<Members>();
    TypeOf placeholder;
    placeholder.family = type.what == CreateType::What::nested_table ? TypeOf::Family::nested_table
                         : type.what == CreateType::What::varray     ? TypeOf::Family::varray
                                                                     : TypeOf::Family::object;
    placeholder.schema = made.symbol.schema;
    placeholder.name = made.symbol.name;
    placeholder.declared = &type;
    made.type = store_.arena.make_value(placeholder);
    made.symbol.type = made.type;
    store_.entry_of_type[made.type] = &made;
}

void Declaring::type_body(CreateTypeBody& body) {
    Entry& made = entry(*body.object, body, What::type, nullptr);
    made.body = &body;
    if (made.members == nullptr) made.members = std::make_unique<Members>();
}

void Declaring::add_column(Entry& entry, Column& column) {
    Symbol symbol;
    symbol.what = What::column;
    symbol.schema = entry.symbol.schema;
    symbol.name = column.name.name;
    symbol.declared = &column;
    Symbol* kept = store_.arena.make_value(symbol);
    RelationColumn made;
    made.name = column.name.name;
    made.declared = &column;
    made.not_null = column.identity;
    made.symbol = kept;
    entry.relation->columns.push_back(made);
    store_.members[&column] = {kept, &entry};
    for (Constraint* each : column.constraints) add_constraint(entry, *each, &column);
}

void Declaring::add_constraint(Entry& entry, Constraint& constraint, const Column* column) {
    Relation& relation = *entry.relation;
    if (!constraint.name.empty())
        store_.constraints[{entry.symbol.schema, constraint.name.name}] = {&entry, &constraint};
    const std::vector<Text> columns = columns_of(constraint, column);
    switch (constraint.what) {
        case Constraint::What::not_null:
        case Constraint::What::primary_key:
            for (const Text each : columns) {
                if (RelationColumn* found = find_column(relation, each); found != nullptr)
                    found->not_null = true;
            }
            if (constraint.what == Constraint::What::not_null) return;
            [[fallthrough]];
        case Constraint::What::unique: {
            Key key;
            key.name = constraint.name.name;
            key.primary = constraint.what == Constraint::What::primary_key;
            key.columns = columns;
            key.declared = &constraint;
            relation.keys.push_back(std::move(key));
            return;
        }
        case Constraint::What::foreign_key: {
            ForeignKey key;
            key.name = constraint.name.name;
            key.columns = columns;
            for (const Identifier& each : constraint.referenced) key.referenced.push_back(each.name);
            key.declared = &constraint;
            relation.foreign_keys.push_back(std::move(key));
            return;
        }
        default: return;
    }
}

void Declaring::alter(AlterTable& alter) {
    const Entry* found = catalog_.find_relation(catalog_.schema_of(alter), *alter.object);
    if (found == nullptr) return;
    Entry& entry = *store_.progress[found].entry;
    store_.schema_of[&alter] = entry.symbol.schema;
    for (TableChange* each : alter.changes) change(entry, *each);
}

void Declaring::drop_constraint(Entry& entry, Text name) {
    std::erase_if(entry.relation->keys, [&](const Key& key) { return key.name == name; });
    std::erase_if(entry.relation->foreign_keys, [&](const ForeignKey& key) { return key.name == name; });
    store_.constraints.erase({entry.symbol.schema, name});
}

void Declaring::change(Entry& entry, TableChange& change) {
    using Change = TableChange::What;
    Relation& relation = *entry.relation;
    switch (change.what) {
        case Change::add_column:
            if (change.column != nullptr) add_column(entry, *change.column);
            break;
        case Change::modify_column: {
            if (change.column == nullptr) break;
            RelationColumn* column = find_column(relation, change.column->name.name);
            if (column == nullptr) break;
            if (change.column->type != nullptr) {
                auto* symbol = const_cast<Symbol*>(column->symbol);
                symbol->declared = change.column;
                store_.members[change.column] = {symbol, &entry};
                column->declared = change.column;
            }
            for (Constraint* each : change.column->constraints) add_constraint(entry, *each, change.column);
            break;
        }
        case Change::set_unused:
        case Change::drop_column: {
            const Text name = !change.old_name.empty() || change.column == nullptr ? change.old_name.name
                                                                                   : change.column->name.name;
            std::erase_if(relation.columns, [&](const RelationColumn& each) { return each.name == name; });
            break;
        }
        case Change::rename_column:
            if (RelationColumn* column = find_column(relation, change.old_name.name); column != nullptr) {
                column->name = change.new_name.name;
                const_cast<Symbol*>(column->symbol)->name = change.new_name.name;
            }
            break;
        case Change::add_constraint:
            if (change.constraint != nullptr) add_constraint(entry, *change.constraint, nullptr);
            break;
        case Change::drop_constraint: drop_constraint(entry, change.old_name.name); break;
        case Change::drop_primary_key:
            std::erase_if(relation.keys, [](const Key& key) { return key.primary; });
            break;
        default: break;
    }
}

Symbol* Declaring::add_symbol(Entry& entry, What what, Text name, const Node& declared, bool is_private) {
    if (what == What::method) store_.has_methods = true;
    Symbol symbol;
    symbol.what = what;
    symbol.schema = entry.symbol.schema;
    symbol.package = entry.symbol.name;
    symbol.name = name;
    symbol.declared = &declared;
    symbol.is_private = is_private;
    Symbol* made = store_.arena.make_value(symbol);
    entry.members->all.push_back(made);
    entry.members->by_name[name].push_back(made);
    store_.members[&declared] = {made, &entry};
    return made;
}

void Declaring::add_routine(Entry& entry, Routine& routine, What what, bool is_private) {
    for (const Symbol* each : entry.members->find(routine.name.name)) {
        const auto* before = as<Routine>(each->declared);
        if (before == nullptr || before == &routine || before->body != nullptr) continue;
        if (!same_signature(*before, routine)) continue;
        if (store_.definition_of.contains(before)) continue;
        store_.definition_of[before] = &routine;
        store_.declaration_of[&routine] = before;
        store_.members[&routine] = store_.members[before];
        return;
    }
    add_symbol(entry, what, routine.name.name, routine, is_private);
}

void Declaring::pragma(const Entry& entry, const Pragma& pragma) {
    if (pragma.what != "EXCEPTION_INIT" || pragma.arguments.empty()) return;
    const auto* name = as<Name>(static_cast<const Node*>(pragma.arguments[0]));
    if (name == nullptr || name->parts.empty()) return;
    for (const Symbol* each : entry.members->find(name->parts.back().name)) {
        if (each->what == What::exception) store_.numbers[each] = number_of_pragma(pragma);
    }
}

void Declaring::add_member(Entry& entry, Declaration& declaration, bool is_private) {
    switch (declaration.kind) {
        case Kind::routine: {
            auto& routine = static_cast<Routine&>(declaration);
            add_routine(entry, routine, what_of(routine), is_private);
            break;
        }
        case Kind::pragma: pragma(entry, static_cast<Pragma&>(declaration)); break;
        case Kind::raw_declaration: break;
        default:
            add_symbol(entry, what_of(declaration), declaration.name.name, declaration, is_private);
            break;
    }
}

void Declaring::members(Entry& entry) {
    const auto each_of = [&](const Statement* statement, bool is_private) {
        const auto* package = as<CreatePackage>(statement);
        if (package == nullptr) return;
        for (Declaration* each : package->declarations) add_member(entry, *each, is_private);
    };
    each_of(entry.declared, false);
    each_of(entry.body, true);
    if (const auto* type = as<CreateType>(entry.declared); type != nullptr) {
        for (Variable* each : type->attributes)
            add_symbol(entry, What::variable, each->name.name, *each, false);
        for (Routine* each : type->methods) add_routine(entry, *each, What::method, false);
    }
    if (const auto* body = as<CreateTypeBody>(entry.body); body != nullptr) {
        for (Routine* each : body->methods) add_routine(entry, *each, What::method, true);
    }
}

void Declaring::link_keys(Entry& entry) {
    for (ForeignKey& key : entry.relation->foreign_keys) {
        if (key.declared->references == nullptr) continue;
        const Entry* target = catalog_.find_relation(entry.symbol.schema, *key.declared->references);
        if (target == nullptr) continue;
        key.references = target;
        if (key.referenced.empty() && target->relation->primary_key() != nullptr)
            key.referenced = target->relation->primary_key()->columns;
        std::vector<const Entry*>& by = store_.progress[target].entry->relation->referenced_by;
        if (std::ranges::find(by, &entry) == by.end()) by.push_back(&entry);
    }
}

void Declaring::finish(std::vector<const Entry*>& ordered) {
    std::ranges::sort(store_.entries, [](const auto& left, const auto& right) {
        return std::tie(left->symbol.schema, left->symbol.name, left->public_) <
               std::tie(right->symbol.schema, right->symbol.name, right->public_);
    });
    for (const std::unique_ptr<Entry>& each : store_.entries) {
        ordered.push_back(each.get());
        store_.progress[each.get()].entry = each.get();
    }
    for (AlterTable* each : alters_) alter(*each);
    for (const std::unique_ptr<Entry>& each : store_.entries) {
        if (each->members != nullptr) members(*each);
        if (each->relation != nullptr) link_keys(*each);
    }
    for (CreateTrigger* each : triggers_) {
        const Entry* table = each->table == nullptr
                                 ? nullptr
                                 : catalog_.find_relation(catalog_.schema_of(*each), *each->table);
        if (table != nullptr) store_.progress[table].entry->relation->triggers.push_back(each);
    }
    store_.declaring = true;
    for (const std::unique_ptr<Entry>& each : store_.entries) {
        Binder{catalog_, store_.arena, each->symbol.schema, nullptr}.complete(*each);
    }
    store_.declaring = false;
}

void Catalog::declare(std::span<const DeclaredScript> scripts, const Settings& settings) {
    store_->settings = settings;
    Declaring declaring{*this, *store_};
    for (const DeclaredScript& each : scripts) declaring.script(each);
    declaring.finish(ordered_);
}

}  // namespace landfall::convert
