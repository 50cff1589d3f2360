// Names: where each leads, in Oracle's order.
#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;
using What = Symbol::What;

[[nodiscard]] bool is_routine(const Symbol& symbol) {
    return symbol.what == What::function || symbol.what == What::procedure || symbol.what == What::method;
}

/// Pseudo-columns that may be qualified by an alias.
[[nodiscard]] bool is_row_pseudo(Text name) {
    return name == "rowid" || name == "ora_rowscn" || name == "object_value" || name == "object_id" ||
           name == "nextval" || name == "currval";
}

}  // namespace

const TypeOf* Binder::name(Name& name, Want want, const List<Argument*>* arguments) {
    name.binding = nullptr;
    name.type = nullptr;
    if (name.parts.empty()) return nullptr;
    Binding binding;
    if (!name.link.empty()) {
        binding.remote = true;
        name.binding = tree_.make_value(binding);
        return nullptr;
    }
    const Found found = find({name, want, arguments});
    if (found.symbol == nullptr) return nullptr;
    binding.symbol = found.symbol;
    binding.consumed = found.consumed;
    binding.sequence_next = found.next;
    binding.sequence_current = found.current;
    binding.called = is_routine(*found.symbol) &&
                     (arguments == nullptr || found.consumed < name.parts.size()) && want != Want::exception;
    name.binding = tree_.make_value(binding);
    const TypeOf* type = found.next || found.current ? whole_number() : type_of(*found.symbol);
    for (std::uint32_t i = found.consumed; i < name.parts.size() && type != nullptr; ++i) {
        const bool last = i + 1 == name.parts.size();
        type = follow(type, name.parts[i].name, last ? arguments : nullptr);
    }
    return name.type = type;
}

const TypeOf* Binder::follow(const TypeOf* type, Text part, const List<Argument*>* arguments) {
    if (type == nullptr) return nullptr;
    if (const TypeOf* field = field_of(type, part); field != nullptr) return field;
    if (type->is_collection()) return collection_method_type(*type, part);
    const std::span<const Symbol* const> methods = catalog_.find_methods(*type, part);
    if (methods.empty()) return nullptr;
    const Symbol* chosen = choose_overload(methods, arguments, Callable::any);
    return chosen == nullptr ? nullptr : type_of(*chosen);
}

Binder::Found Binder::find(const Wanted& wanted) {
    const bool in_sql = !queries_.empty();
    if (in_sql && (wanted.want == Want::value || wanted.want == Want::callable)) {
        if (const Found found = in_queries(wanted); found.symbol != nullptr) return found;
    }
    if (const Found found = in_blocks(wanted); found.symbol != nullptr) return found;
    if (const Found found = in_owner(wanted); found.symbol != nullptr) return found;
    if (const Found found = in_schema(wanted); found.symbol != nullptr) return found;
    if (const Found found = among_built_ins(wanted); found.symbol != nullptr) return found;
    return in_sql && wanted.want == Want::value ? unknown_column(wanted) : Found{};
}

Binder::Found Binder::in_queries(const Wanted& wanted) {
    for (std::size_t i = queries_.size(); i-- > 0;) {
        if (const Found found = in_query(queries_[i], wanted); found.symbol != nullptr) return found;
    }
    return {};
}

Binder::Found Binder::in_query(const QueryScope& scope, const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    if (scope.items != nullptr && parts.size() == 1) {
        for (const OutColumn& item : scope.items->columns) {
            if (item.name == parts[0].name) return {column_symbol(item), 1};
        }
    }
    if (parts.size() > 1) {
        for (const Source& source : scope.sources) {
            if (const Found found = in_source(source, wanted); found.symbol != nullptr) return found;
        }
    }
    if (wanted.want == Want::callable) return {};
    for (const Source& source : scope.sources) {
        for (const OutColumn& column : source.out.columns) {
            if (column.name == parts[0].name) return {column_symbol(column), 1};
        }
    }
    if (parts.size() > 1) return {};
    for (const Source& source : scope.sources) {
        if (source.alias == parts[0].name && source.symbol != nullptr &&
            blocks_.find(source.alias) == nullptr)
            return {source.symbol, 1};
    }
    return {};
}

Binder::Found Binder::in_source(const Source& source, const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    std::uint8_t at = 0;
    if (source.alias == parts[0].name) {
        at = 1;
    } else if (parts.size() > 2 && source.schema == parts[0].name && source.alias == parts[1].name) {
        at = 2;
    } else {
        return {};
    }
    const Text column = parts[at].name;
    const auto consumed = static_cast<std::uint8_t>(at + 1);
    for (const OutColumn& each : source.out.columns) {
        if (each.name == column) return {column_symbol(each), consumed};
    }
    if (is_row_pseudo(column)) {
        const BuiltIn* pseudo = find_built_in(column);
        const Family family = pseudo == nullptr ? Family::unknown : pseudo->family;
        return {built_in_symbol({}, column, What::pseudo, basic(family)), consumed};
    }
    if (source.out.known || wanted.want == Want::callable) return {};
    Symbol unknown;
    unknown.what = What::column;
    unknown.name = column;
    return {make_symbol(unknown), consumed};
}

const Symbol* Binder::column_symbol(const OutColumn& column) {
    if (column.symbol != nullptr) return column.symbol;
    Symbol made;
    made.what = What::column;
    made.name = column.name;
    made.type = column.type;
    made.declared = column.declared;
    return make_symbol(made);
}

Binder::Found Binder::unknown_column(const Wanted& wanted) {
    if (wanted.name.parts.size() > 1) return {};
    for (const QueryScope& scope : queries_) {
        for (const Source& source : scope.sources) {
            if (source.out.known) continue;
            Symbol made;
            made.what = What::column;
            made.name = wanted.name.parts[0].name;
            return {make_symbol(made), 1};
        }
    }
    return {};
}

const Symbol* Binder::choose(std::span<const Symbol* const> overloads, const Wanted& wanted) {
    if (overloads.empty()) return nullptr;
    if (wanted.want == Want::exception) {
        for (const Symbol* each : overloads) {
            if (each->what == What::exception) return each;
        }
        return nullptr;
    }
    if (!is_routine(*overloads.front())) {
        const bool is_type = overloads.front()->what == What::type;
        return is_type && wanted.want != Want::callable ? nullptr : overloads.front();
    }
    const bool whole = wanted.want == Want::procedure;
    return choose_overload(overloads, wanted.arguments, whole ? Callable::procedures : Callable::functions);
}

Binder::Found Binder::in_blocks(const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    const auto* list = blocks_.find(parts[0].name);
    if (list == nullptr) return {};
    const auto of_scope = [&](const std::vector<BlockScopes::Declared>& all, std::uint32_t scope) {
        std::vector<const Symbol*> found;
        for (const BlockScopes::Declared& each : all) {
            if (each.scope == scope && each.symbol->what != What::label) found.push_back(each.symbol);
        }
        return found;
    };
    for (std::size_t i = list->size(); i-- > 0;) {
        const BlockScopes::Declared& declared = (*list)[i];
        if (declared.names != 0 && parts.size() > 1) {
            const auto* members = blocks_.find(parts[1].name);
            if (members != nullptr) {
                const Symbol* chosen = choose(of_scope(*members, declared.names), wanted);
                if (chosen != nullptr) return {chosen, 2};
            }
        }
        if (declared.symbol->what == What::label) continue;
        const Symbol* chosen = choose(of_scope(*list, declared.scope), wanted);
        if (chosen != nullptr) return {chosen, 1};
    }
    return {};
}

Binder::Found Binder::in_members(const Members& members, std::uint8_t at, const Wanted& wanted) {
    if (wanted.name.parts.size() <= at) return {};
    const Symbol* chosen = choose(members.find(wanted.name.parts[at].name), wanted);
    if (chosen == nullptr) return {};
    return {chosen, static_cast<std::uint8_t>(at + 1)};
}

Binder::Found Binder::in_owner(const Wanted& wanted) {
    if (owner_ == nullptr || owner_->members == nullptr) return {};
    if (const Found found = in_members(*owner_->members, 0, wanted); found.symbol != nullptr) return found;
    // In methods the attributes and methods of the supertypes are in sight, too.
    if (owner_->type != nullptr) {
        for (const TypeOf* up = owner_->type->supertype; up != nullptr; up = up->supertype) {
            const Entry* entry = catalog_.entry_of(*up);
            if (entry == nullptr || entry->members == nullptr) continue;
            if (const Found found = in_members(*entry->members, 0, wanted); found.symbol != nullptr)
                return found;
        }
    }
    const bool qualified = wanted.name.parts.size() > 1 && wanted.name.parts[0].name == owner_->symbol.name;
    return qualified ? in_members(*owner_->members, 1, wanted) : Found{};
}

Binder::Found Binder::in_schema(const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    if (const Entry* entry = catalog_.find(schema_, parts[0].name); entry != nullptr) {
        if (const Found found = in_entry(*entry, 1, wanted); found.symbol != nullptr) return found;
    }
    if (parts.size() < 2) return {};
    const Entry* entry = catalog_.find_in(parts[0].name, parts[1].name);
    if (entry == nullptr) return {};
    // Where nothing is known of that schema, rec.field must not become a table of the field's name.
    const bool certain = store_.schemas.contains(parts[0].name) || parts.size() > 2 ||
                         wanted.want == Want::procedure || wanted.want == Want::callable ||
                         wanted.want == Want::cursor;
    return certain ? in_entry(*entry, 2, wanted) : Found{};
}

Binder::Found Binder::in_entry(const Entry& entry, std::uint8_t consumed, const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    const bool more = parts.size() > consumed;
    const auto next = static_cast<std::uint8_t>(consumed + 1);
    switch (entry.symbol.what) {
        case What::package: return in_members(*entry.members, consumed, wanted);
        case What::sequence:
            if (more && parts[consumed].name == "nextval") return {&entry.symbol, next, true, false};
            if (more && parts[consumed].name == "currval") return {&entry.symbol, next, false, true};
            return {};
        case What::function:
        case What::procedure:
            return wanted.want == Want::exception ? Found{} : Found{&entry.symbol, consumed};
        case What::type: {
            if (entry.members != nullptr && more) {
                const Found found = in_members(*entry.members, consumed, wanted);
                if (found.symbol != nullptr && found.symbol->what == What::method) return found;
            }
            return wanted.want == Want::callable ? Found{&entry.symbol, consumed} : Found{};
        }
        case What::table:
        case What::view: {
            if (store_.declaring) complete(*store_.progress[&entry].entry);
            if (!more) return wanted.want == Want::cursor ? Found{&entry.symbol, consumed} : Found{};
            const RelationColumn* column = entry.relation->find(parts[consumed].name);
            const bool found = column != nullptr && wanted.want == Want::value;
            return found ? Found{column->symbol, next} : Found{};
        }
        default: return {};
    }
}

const Symbol* Binder::built_in_symbol(Text package, Text name, Symbol::What what, const TypeOf* type) {
    std::string key{package};
    key += '.';
    key += name;
    const Symbol*& slot = built_ins_[key];
    if (slot != nullptr && slot->what == what) return slot;
    Symbol made;
    made.what = what;
    made.schema = "sys";
    made.package = package;
    made.name = name;
    made.type = type != nullptr && type->family == Family::unknown ? nullptr : type;
    slot = make_symbol(made);
    return slot;
}

Binder::Found Binder::among_built_ins(const Wanted& wanted) {
    const List<Identifier>& parts = wanted.name.parts;
    std::uint8_t at = 0;
    if (parts.size() > 1 && (parts[0].name == "sys" || parts[0].name == "standard")) at = 1;
    const Text first = parts[at].name;
    const auto consumed = static_cast<std::uint8_t>(at + 1);
    if (wanted.want == Want::exception) {
        if (predefined_exception(first) != 0 && parts.size() == consumed)
            return {built_in_symbol("standard", first, What::exception, nullptr), consumed};
        if (parts.size() > consumed && is_built_in_package(first))
            return {built_in_symbol(first, parts[consumed].name, What::exception, nullptr),
                    static_cast<std::uint8_t>(consumed + 1)};
        return {};
    }
    if (const BuiltIn* plain = find_built_in(first); plain != nullptr) {
        const bool fits = plain->pseudo || wanted.arguments != nullptr || wanted.want == Want::procedure;
        const What what = plain->pseudo ? What::pseudo : What::built_in;
        if (fits) return {built_in_symbol({}, first, what, basic(plain->family)), consumed};
    }
    if (parts.size() <= consumed) return {};
    const bool package = is_built_in_package(first) || first == "xmltype";
    if (!package) return {};
    const Text member = parts[consumed].name;
    const std::string full = std::string{first} + "." + std::string{member};
    const BuiltIn* known = find_built_in(full);
    const TypeOf* type = known == nullptr ? nullptr : basic(known->family);
    return {built_in_symbol(first, member, What::built_in, type), static_cast<std::uint8_t>(consumed + 1)};
}

void Binder::exception(Name& name) {
    if (name.parts.size() == 1 && name.parts[0].name == "others") return;
    this->name(name, Want::exception, nullptr);
}

void Binder::relation_name(Name& name) {
    name.binding = nullptr;
    Binding binding;
    binding.remote = !name.link.empty();
    const Entry* entry = catalog_.find(schema_, name);
    if (entry != nullptr) {
        binding.symbol = &entry->symbol;
        binding.consumed = static_cast<std::uint8_t>(name.parts.size());
    }
    if (entry != nullptr || binding.remote) name.binding = tree_.make_value(binding);
}

}  // namespace landfall::convert
