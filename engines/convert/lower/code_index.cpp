#include "engines/convert/lower/code_index.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

template <class T>
const T* find(const std::map<Text, const T*>& in, Text name) {
    const auto found = in.find(name);
    return found == in.end() ? nullptr : found->second;
}

/// Of a later definition in the same schema the later stands.
template <class T>
void put(std::multimap<Text, std::pair<Text, const T*>>& into, const Name* name, const T* thing) {
    if (name == nullptr || name->parts.empty()) return;
    const Text schema = name->parts.size() > 1 ? name->parts[name->parts.size() - 2].name : Text{};
    for (auto [at, end] = into.equal_range(name->parts.back().name); at != end; ++at) {
        if (at->second.first != schema) continue;
        at->second.second = thing;
        return;
    }
    into.emplace(name->parts.back().name, std::pair{schema, thing});
}

template <class T>
const T* find_owned(const std::multimap<Text, std::pair<Text, const T*>>& in, Text owner, Text name) {
    const T* unsaid = nullptr;
    const T* any = nullptr;
    for (auto [at, end] = in.equal_range(name); at != end; ++at) {
        if (at->second.first == owner) return at->second.second;
        if (at->second.first.empty()) unsaid = at->second.second;
        any = at->second.second;
    }
    return unsaid != nullptr ? unsaid : any;
}

Text last(const Name* name) {
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

/// A clone without the body: callers ask only for the head.
Routine* head_of(const Routine& routine, Tree& tree) {
    Routine head = routine;
    head.body = nullptr;
    return clone_of(tree, &head);
}

bool is_plain(const Expr* value) {
    if (value == nullptr) return false;
    bool plain = true;
    walk(const_cast<Expr&>(*value), [&plain](Node& node) {  // NOLINT: the walk changes nothing
        switch (node.kind) {
            case Kind::literal:
            case Kind::unary:
            case Kind::binary:
            case Kind::parenthesized: break;
            default: plain = false;
        }
        return plain;
    });
    return plain;
}

}  // namespace

bool is_plain_constant(const Declaration& declaration) {
    const auto* variable = as<Variable>(&declaration);
    return variable != nullptr && variable->constant && is_plain(variable->value);
}

bool same_head(const Routine& a, const Routine& b) {
    if (a.what != b.what || a.parameters.size() != b.parameters.size()) return false;
    for (std::uint32_t i = 0; i < a.parameters.size(); ++i) {
        if (a.parameters[i]->name.name != b.parameters[i]->name.name) return false;
        const DataType *left = a.parameters[i]->type, *right = b.parameters[i]->type;
        if (left == nullptr || right == nullptr || left->name == nullptr || right->name == nullptr) continue;
        if (left->name->parts.back().name != right->name->parts.back().name) return false;
    }
    return true;
}

bool PackageUnit::has_state() const {
    for (const auto& [key, declaration] : members) {
        if (declaration->kind == Kind::variable && !is_plain_constant(*declaration)) return true;
    }
    return body != nullptr && !body->initialization.empty();
}

Declaration* PackageUnit::member(Text wanted) const {
    const auto found = members.find(wanted);
    return found == members.end() ? nullptr : found->second;
}

const Routine* PackageUnit::routine(Text wanted) const { return as<Routine>(member(wanted)); }

std::vector<const Routine*> PackageUnit::routines(Text wanted) const {
    std::vector<const Routine*> found;
    for (auto [at, end] = members.equal_range(wanted); at != end; ++at) {
        if (const auto* routine = as<Routine>(at->second)) found.push_back(routine);
    }
    return found;
}

const Declaration* PackageUnit::original(const Declaration& wanted) const {
    for (const CreatePackage* unit : {specification, body}) {
        if (unit == nullptr) continue;
        for (const Declaration* each : unit->declarations) {
            if (each->kind == wanted.kind && each->span.begin == wanted.span.begin &&
                each->name.name == wanted.name.name)
                return each;
        }
    }
    return &wanted;
}

CodeIndex::CodeIndex(const std::vector<Statement*>& statements, Tree& tree) {
    for (const bool bodies : {false, true}) {  // a specification first: its defaults count
        for (const Statement* each : statements) {
            const auto* package = as<CreatePackage>(each);
            if (package != nullptr && package->body == bodies) add_package(*package, tree);
        }
    }
    for (const Statement* each : statements) {
        if (const auto* routine = as<CreateRoutine>(each)) {
            put(routines_, routine->object, head_of(*routine->routine, tree));
        } else if (const auto* type = as<CreateType>(each)) {
            if (type->what != CreateType::What::incomplete || !types_.contains(last(type->object)))
                types_[last(type->object)] = clone_of(tree, type);
        } else if (const auto* table = as<CreateTable>(each)) {
            const CreateTable* kept = clone_of(tree, table);
            put(tables_, table->object, kept);
        } else if (const auto* view = as<CreateView>(each)) {
            views_[last(view->object)] = view;
        }
    }
    for (const Statement* each : statements)
        if (const auto* synonym = as<CreateSynonym>(each)) add_synonym(*synonym);
}

/// Code that says the synonym means the package or routine itself.
void CodeIndex::add_synonym(const CreateSynonym& synonym) {
    const Text name = last(synonym.object);
    const Text target = last(synonym.target);
    if (!synonym.target->link.empty() || name == target) return;
    if (packages_.contains(target) && !packages_.contains(name)) package_synonyms_[name] = target;
    const Text schema = synonym.target->parts.size() > 1 ? synonym.target->parts[0].name : Text{};
    const Routine* found = routine(schema, target);
    if (found != nullptr && !routines_.contains(name)) put(routines_, synonym.object, found);
}

void CodeIndex::add_supplied(const std::vector<Statement*>& statements, Tree& tree) {
    for (const Statement* each : statements) {
        const auto* package = as<CreatePackage>(each);
        if (package == nullptr || packages_.contains(last(package->object))) continue;
        add_package(*package, tree);
        packages_[last(package->object)].supplied = true;
    }
}

void CodeIndex::add_package(const CreatePackage& unit, Tree& tree) {
    PackageUnit& package = packages_[last(unit.object)];
    package.name = last(unit.object);
    (unit.body ? package.body : package.specification) = &unit;
    for (const Declaration* each : unit.declarations) {
        if (each->name.empty() && each->kind != Kind::pragma) continue;
        if (const auto* routine = as<Routine>(each)) {
            const std::vector<const Routine*> known = package.routines(each->name.name);
            const bool declared = std::any_of(known.begin(), known.end(), [routine](const Routine* other) {
                return same_head(*other, *routine);
            });
            if (declared) continue;
            package.members.emplace(each->name.name, head_of(*routine, tree));
        } else {
            package.members.emplace(each->name.name, clone_of(tree, each));
        }
    }
}

const PackageUnit* CodeIndex::package(Text name) const {
    const auto synonym = package_synonyms_.find(name);
    const auto found = packages_.find(synonym == package_synonyms_.end() ? name : synonym->second);
    return found == packages_.end() ? nullptr : &found->second;
}
const Routine* CodeIndex::routine(Text owner, Text name) const { return find_owned(routines_, owner, name); }
Text CodeIndex::schema_of(const Routine& routine) const {
    for (auto [at, end] = routines_.equal_range(routine.name.name); at != end; ++at) {
        if (at->second.second == &routine) return at->second.first;
    }
    return {};
}
const CreateType* CodeIndex::type(Text name) const { return find(types_, name); }
const CreateTable* CodeIndex::table(Text owner, Text name) const { return find_owned(tables_, owner, name); }

}  // namespace landfall::convert
