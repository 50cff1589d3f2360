#include "engines/convert/meaning/catalog.hpp"

#include "engines/convert/meaning/store.hpp"

namespace landfall::convert {
namespace {

/// The longest chain of synonyms that is followed; a circle is one, too.
constexpr int kSynonymsMax = 16;

[[nodiscard]] const Entry* in_schema(const std::vector<Entry*>& entries, Text schema) {
    for (const Entry* entry : entries) {
        if (entry->symbol.schema == schema && !entry->public_) return entry;
    }
    return nullptr;
}

[[nodiscard]] const Entry* public_one(const std::vector<Entry*>& entries) {
    for (const Entry* entry : entries) {
        if (entry->public_) return entry;
    }
    return nullptr;
}

[[nodiscard]] const Entry* only_one(const std::vector<Entry*>& entries) {
    const Entry* found = nullptr;
    for (const Entry* entry : entries) {
        if (entry->symbol.what == Symbol::What::synonym) continue;
        if (found != nullptr) return nullptr;
        found = entry;
    }
    return found;
}

}  // namespace

Catalog::Catalog() : store_{std::make_unique<Store>()} {}
Catalog::~Catalog() = default;

const RelationColumn* Relation::find(Text column) const {
    for (const RelationColumn& each : columns) {
        if (each.name == column) return &each;
    }
    return nullptr;
}

const Key* Relation::primary_key() const {
    for (const Key& key : keys) {
        if (key.primary) return &key;
    }
    return nullptr;
}

std::span<const Symbol* const> Members::find(Text name) const {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return {};
    return found->second;
}

const Entry* Catalog::find_here(Text schema, Text name) const {
    const auto found = store_->by_name.find(name);
    return found == store_->by_name.end() ? nullptr : in_schema(found->second, schema);
}

const Entry* Catalog::find(Text current_schema, Text name) const {
    Text schema = current_schema;
    const Entry* origin = nullptr;
    for (int i = 0; i < kSynonymsMax; ++i) {
        const auto found = store_->by_name.find(name);
        if (found == store_->by_name.end()) return nullptr;
        const Entry* entry = in_schema(found->second, schema);
        if (entry != nullptr && entry == origin) entry = nullptr;
        if (entry == nullptr && !schema.empty()) entry = in_schema(found->second, {});
        if (entry == nullptr) entry = public_one(found->second);
        // A synonym of the name of its target, in another schema: its target is the only thing of that name.
        if (entry == nullptr || (entry == origin && i > 0)) entry = only_one(found->second);
        if (entry == nullptr || entry->symbol.what != Symbol::What::synonym) return entry;
        if (!entry->target_link.empty()) return nullptr;
        origin = entry;
        name = entry->target_name;
        schema = entry->target_schema.empty() ? entry->symbol.schema : entry->target_schema;
    }
    return nullptr;
}

const Entry* Catalog::find_in(Text schema, Text name) const {
    if (const Entry* entry = find_here(schema, name); entry != nullptr) {
        if (entry->symbol.what != Symbol::What::synonym) return entry;
        return find(schema, name);
    }
    return store_->schemas.contains(schema) ? nullptr : find({}, name);
}

const Entry* Catalog::find(Text current_schema, const Name& name) const {
    if (!name.link.empty()) return nullptr;
    if (name.parts.size() == 1) return find(current_schema, name.parts[0].name);
    if (name.parts.size() == 2) return find_in(name.parts[0].name, name.parts[1].name);
    return nullptr;
}

const Entry* Catalog::find_relation(Text current_schema, const Name& name) const {
    const Entry* entry = find(current_schema, name);
    return entry != nullptr && entry->relation != nullptr ? entry : nullptr;
}

std::pair<const Entry*, const Constraint*> Catalog::find_constraint(Text schema, Text name) const {
    const auto found = store_->constraints.find({schema, name});
    if (found == store_->constraints.end()) return {nullptr, nullptr};
    return {found->second.table, found->second.constraint};
}

Text Catalog::schema_of(const Statement& statement) const {
    const auto found = store_->schema_of.find(&statement);
    return found == store_->schema_of.end() ? Text{store_->settings.default_schema} : found->second;
}

const Entry* Catalog::entry_of(const Statement& statement) const {
    const auto found = store_->entry_of.find(&statement);
    return found == store_->entry_of.end() ? nullptr : found->second;
}

const Routine* Catalog::definition_of(const Routine& declaration) const {
    const auto found = store_->definition_of.find(&declaration);
    return found == store_->definition_of.end() ? &declaration : found->second;
}

const Routine* Catalog::declaration_of(const Routine& definition) const {
    const auto found = store_->declaration_of.find(&definition);
    return found == store_->declaration_of.end() ? &definition : found->second;
}

int Catalog::number_of(const Symbol& exception) const {
    const auto found = store_->numbers.find(&exception);
    return found == store_->numbers.end() ? 0 : found->second;
}

const Symbol* Catalog::symbol_of(const Node& declared) const {
    const auto found = store_->members.find(&declared);
    return found == store_->members.end() ? nullptr : found->second.symbol;
}

std::span<const Symbol* const> Catalog::find_methods(const TypeOf& object, Text name) const {
    for (const TypeOf* type = &object; type != nullptr; type = type->supertype) {
        const Entry* entry = entry_of(*type);
        if (entry == nullptr || entry->members == nullptr) continue;
        const std::span<const Symbol* const> found = entry->members->find(name);
        if (!found.empty() && found.front()->what == Symbol::What::method) return found;
    }
    return {};
}

bool Catalog::has_methods() const { return store_->has_methods; }

const Entry* Catalog::entry_of(const TypeOf& type) const {
    const auto found = store_->entry_of_type.find(&type);
    return found == store_->entry_of_type.end() ? nullptr : found->second;
}

}  // namespace landfall::convert
