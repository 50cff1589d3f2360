#include "engines/convert/load_order.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {
namespace {

LoadStage stage_of(const AlterTable& alter) {
    const bool refers =
        std::any_of(alter.changes.begin(), alter.changes.end(), [](const TableChange* change) {
            return change->constraint != nullptr && change->constraint->what == Constraint::What::foreign_key;
        });
    if (refers) return LoadStage::foreign_keys;
    const bool keys = std::all_of(alter.changes.begin(), alter.changes.end(),
                                  [](const TableChange* change) { return change->constraint != nullptr; });
    return keys ? LoadStage::keys : LoadStage::partitions;
}

LoadStage stage_of(const SplicedStatement& statement) {
    const Text first = statement.pieces.empty() ? Text{} : statement.pieces[0];
    if (first.starts_with("CREATE SCHEMA") || first.starts_with("CREATE EXTENSION"))
        return LoadStage::schemas;
    if (first.starts_with("CREATE TABLE")) return LoadStage::tables;
    if (first.starts_with("CREATE TYPE") || first.starts_with("CREATE DOMAIN") ||
        first.starts_with("DROP TYPE") || first.starts_with("CREATE COLLATION"))
        return LoadStage::types;
    if (first.starts_with("CREATE OR REPLACE VIEW")) return LoadStage::views;
    if (first.starts_with("DO $synonym$")) return LoadStage::views;
    if (first.starts_with("DO $grant$ BEGIN IF EXISTS (SELECT FROM pg_roles")) return LoadStage::grants;
    if (first.starts_with("CREATE")) return LoadStage::routines;
    return LoadStage::blocks;
}

}  // namespace

LoadStage load_stage(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_type: return LoadStage::types;
        case Kind::create_sequence: return LoadStage::sequences;
        case Kind::create_table:
            return static_cast<const CreateTable&>(statement).partition_of != nullptr ? LoadStage::partitions
                                                                                      : LoadStage::tables;
        case Kind::alter_table: return stage_of(static_cast<const AlterTable&>(statement));
        case Kind::create_routine: return LoadStage::routines;
        case Kind::script_sql: return LoadStage::rows;
        case Kind::create_index: return LoadStage::indexes;
        case Kind::create_view: return LoadStage::views;
        case Kind::create_trigger: return LoadStage::triggers;
        case Kind::comment_on: return LoadStage::comments;
        case Kind::grant: return LoadStage::grants;
        case Kind::spliced_statement: return stage_of(static_cast<const SplicedStatement&>(statement));
        default: return LoadStage::blocks;
    }
}

namespace {

using What = LoadName::What;

LoadName named(What what, const Name& name) {
    const std::size_t parts = name.parts.size();
    return {.what = what,
            .schema = parts > 1 ? name.parts[parts - 2].name : Text{},
            .name = parts > 0 ? name.parts.back().name : Text{}};
}

void add(std::vector<LoadName>& names, What what, const Node* node) {
    const auto* name = as<Name>(node);
    if (name != nullptr && !name->parts.empty()) names.push_back(named(what, *name));
}

/// v%ROWTYPE, t.c%TYPE: the relation; else a type.
void add_type(std::vector<LoadName>& names, const DataType& type) {
    if (type.name == nullptr || type.name->parts.empty()) return;
    if (type.anchor != DataType::Anchor::type) return add(names, What::any, type.name);
    const std::size_t parts = type.name->parts.size();
    if (parts < 2) return;
    names.push_back({.what = What::relation,
                     .schema = parts > 2 ? type.name->parts[parts - 3].name : Text{},
                     .name = type.name->parts[parts - 2].name});
}

void add_types(std::vector<LoadName>& names, Node& root) {
    walk(root, [&names](Node& node) {
        if (const auto* type = as<DataType>(&node)) add_type(names, *type);
        return true;
    });
}

/// The names of WITH: what is selected from one of them is no relation.
std::set<Text> common_names(Node& root) {
    std::set<Text> names;
    walk(root, [&names](Node& node) {
        if (const auto* with = as<With>(&node)) names.insert(with->name.name);
        return true;
    });
    return names;
}

/// Everything that is looked up: what is selected from, called, and of which type it is.
void add_all(std::vector<LoadName>& names, Node& root) {
    const std::set<Text> common = common_names(root);
    walk(root, [&](Node& node) {
        if (const auto* type = as<DataType>(&node)) add_type(names, *type);
        const auto* table = as<TableName>(&node);
        const bool is_common = table != nullptr && table->name != nullptr && table->name->parts.size() == 1 &&
                               common.contains(table->name->parts[0].name);
        if (table != nullptr && !is_common) add(names, What::relation, table->name);
        if (const auto* call = as<Call>(&node)) add(names, What::routine, call->callee);
        return true;
    });
}

void note_routine(CreateRoutine& made, LoadItem& item) {
    add(item.makes, What::routine, made.object);
    if (made.routine == nullptr) return;
    for (Parameter* each : made.routine->parameters) add_all(item.needs, *each);
    add_types(item.needs, made);
}

/// CREATE … @ makes its first operand; what DO $synonym$ makes is a schema of routines.
void note_spliced(SplicedStatement& statement, LoadItem& item) {
    const Text first = statement.pieces.empty() ? Text{} : statement.pieces[0];
    const bool creates = first.starts_with("CREATE");
    bool made = false;
    for (Node* operand : statement.operands) {
        if (creates && !made && as<Name>(operand) != nullptr) {
            add(item.makes, What::any, operand);
            made = true;
            continue;
        }
        add(item.needs, What::any, operand);
        add_all(item.needs, *operand);
    }
}

}  // namespace

void note_names(Statement& statement, LoadItem& item) {
    switch (statement.kind) {
        case Kind::create_routine: return note_routine(static_cast<CreateRoutine&>(statement), item);
        case Kind::spliced_statement: return note_spliced(static_cast<SplicedStatement&>(statement), item);
        case Kind::create_table:
            add(item.makes, What::any, static_cast<CreateTable&>(statement).object);
            break;
        case Kind::create_view: add(item.makes, What::any, static_cast<CreateView&>(statement).object); break;
        case Kind::create_type:
            add(item.makes, What::type, static_cast<CreateType&>(statement).object);
            break;
        case Kind::create_index:
            add(item.needs, What::relation, static_cast<CreateIndex&>(statement).table);
            break;
        case Kind::create_sequence:
            add(item.makes, What::relation, static_cast<CreateSequence&>(statement).object);
            break;
        case Kind::create_trigger:
            add(item.needs, What::relation, static_cast<CreateTrigger&>(statement).table);
            break;
        default: break;
    }
    add_all(item.needs, statement);
}

namespace {

class Ordering {
public:
    explicit Ordering(const std::vector<LoadItem>& items) : items_{items}, state_(items.size()) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            for (const LoadName& each : items[i].makes) makers_[each.name].push_back({i, &each});
        }
    }

    LoadOrder order() {
        std::vector<std::size_t> places(items_.size());
        for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
        std::stable_sort(places.begin(), places.end(),
                         [this](std::size_t a, std::size_t b) { return items_[a].stage < items_[b].stage; });
        for (const std::size_t each : places) place(each);
        return std::move(made_);
    }

private:
    enum class State : std::uint8_t { waiting, open, placed };
    struct Maker {
        std::size_t item = 0;
        const LoadName* name = nullptr;
    };
    struct Visit {
        std::size_t item = 0, next = 0;
        std::vector<std::size_t> needs;
    };

    /// An item behind all that it needs. Chains may be as long as the input: no recursion.
    void place(std::size_t first) {
        std::vector<Visit> path;
        enter(first, path);
        while (!path.empty()) {
            Visit& top = path.back();
            if (top.next < top.needs.size()) {
                const std::size_t needed = top.needs[top.next++], item = top.item;
                if (state_[needed] == State::open) made_.broken.emplace_back(item, needed);
                if (state_[needed] == State::waiting) enter(needed, path);
                continue;
            }
            state_[top.item] = State::placed;
            made_.items.push_back(top.item);
            path.pop_back();
        }
    }
    void enter(std::size_t item, std::vector<Visit>& path) {
        if (state_[item] != State::waiting) return;
        state_[item] = State::open;
        path.push_back({.item = item, .needs = needs_of(item)});
    }

    [[nodiscard]] std::vector<std::size_t> needs_of(std::size_t item) const {
        std::vector<std::size_t> needs;
        for (const LoadName& each : items_[item].needs) add_makers(item, each, needs);
        std::sort(needs.begin(), needs.end());
        needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
        return needs;
    }
    /// Those of the schema that is meant; where nothing there has the name, those without a schema; else all.
    void add_makers(std::size_t item, const LoadName& wanted, std::vector<std::size_t>& needs) const {
        const auto found = makers_.find(wanted.name);
        if (found == makers_.end()) return;
        const Text meant = wanted.schema.empty() ? items_[item].schema : wanted.schema;
        for (const Text schema : {meant, Text{}}) {
            bool there = false;
            for (const Maker& each : found->second) {
                if (!fits(wanted.what, each.name->what) || each.name->schema != schema) continue;
                there = true;
                if (each.item != item) needs.push_back(each.item);
            }
            if (there) return;
        }
        if (!wanted.schema.empty()) return;
        for (const Maker& each : found->second)
            if (fits(wanted.what, each.name->what) && each.item != item) needs.push_back(each.item);
    }
    static bool fits(What wanted, What made) {
        return wanted == What::any || made == What::any || wanted == made;
    }

    const std::vector<LoadItem>& items_;
    std::vector<State> state_;
    std::unordered_map<Text, std::vector<Maker>> makers_;
    LoadOrder made_;
};

}  // namespace

LoadOrder load_order(const std::vector<LoadItem>& items) { return Ordering{items}.order(); }

}  // namespace landfall::convert
