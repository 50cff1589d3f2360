// Types: what a DataType means, and what the entries of a catalog are made of.
#include <charconv>

#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;

/// The longest chain of %TYPE that is followed; a circle is one, too.
constexpr int kAnchorsMax = 64;

[[nodiscard]] int number_of_text(Text digits) {
    int value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

[[nodiscard]] bool is_whole(Text name) { return name == "integer" || name == "int" || name == "smallint"; }

}  // namespace

const TypeOf* Binder::resolve(DataType* type) {
    if (type == nullptr || type->name == nullptr) return nullptr;
    if (type->type != nullptr) return type->type;
    if (depth_of_anchors_ >= kAnchorsMax) return nullptr;
    ++depth_of_anchors_;
    const TypeOf* found = type->anchor == DataType::Anchor::none ? named_type(*type) : anchored(*type);
    --depth_of_anchors_;
    if (type->reference && found != nullptr) {
        TypeOf made;
        made.family = Family::reference;
        made.element = found;
        found = tree_.make_value(made);
    }
    type->type = found;
    return found;
}

const TypeOf* Binder::built_in(DataType& type, TypeOf::Family family) {
    const Text name = type.name->parts.back().name;
    if (family == Family::timestamp && type.zone != DataType::Zone::none)
        family = type.zone == DataType::Zone::with ? Family::timestamp_tz : Family::timestamp_ltz;
    if (type.arguments.empty()) return is_whole(name) ? whole_number() : basic(family);
    TypeOf made;
    made.family = family;
    const int first = number_of_text(type.arguments[0]);
    if (family == Family::number) {
        if (name != "float" && name != "double precision" && name != "real") {
            made.precision = first;
            made.scale = type.arguments.size() > 1 ? number_of_text(type.arguments[1]) : 0;
        }
    } else if (made.is_text() || family == Family::raw) {
        made.length = first;
        made.in_characters = type.unit == DataType::LengthUnit::character || name.starts_with("n");
    } else {
        made.precision = first;
    }
    return tree_.make_value(made);
}

const TypeOf* Binder::named_type(DataType& type) {
    const List<Identifier>& parts = type.name->parts;
    if (parts.empty()) return nullptr;
    const bool plain = parts.size() == 1 || (parts.size() == 2 && parts[0].name == "sys");
    if (plain && parts.back().name == "interval") {
        const bool months = type.interval_fields.find("DAY") == Text::npos;
        return basic(months ? Family::interval_year_month : Family::interval_day_second);
    }
    const Family family = plain ? family_of(parts.back().name) : Family::unknown;
    if (family != Family::unknown && blocks_.find(parts.back().name) == nullptr)
        return built_in(type, family);
    if (const Symbol* symbol = type_symbol(parts); symbol != nullptr) {
        Binding binding;
        binding.symbol = symbol;
        binding.consumed = static_cast<std::uint8_t>(parts.size());
        type.name->binding = tree_.make_value(binding);
        return type_of(*symbol);
    }
    return built_in_type(dotted(parts));
}

const Symbol* Binder::type_symbol(const List<Identifier>& parts) {
    const auto member = [](const Entry* entry, Text name) -> const Symbol* {
        if (entry == nullptr || entry->members == nullptr) return nullptr;
        for (const Symbol* each : entry->members->find(name)) {
            if (each->what == Symbol::What::type) return each;
        }
        return nullptr;
    };
    const auto type_entry = [](const Entry* entry) -> const Symbol* {
        return entry != nullptr && entry->symbol.what == Symbol::What::type ? &entry->symbol : nullptr;
    };
    const Text last = parts.back().name;
    if (parts.size() == 1) {
        if (auto* list = blocks_.find(last); list != nullptr) {
            for (std::size_t i = list->size(); i-- > 0;) {
                if ((*list)[i].symbol->what == Symbol::What::type) return (*list)[i].symbol;
            }
        }
        if (const Symbol* found = member(owner_, last); found != nullptr) return found;
        return type_entry(catalog_.find(schema_, last));
    }
    if (parts.size() == 3) return member(catalog_.find_in(parts[0].name, parts[1].name), last);
    if (parts.size() != 2) return nullptr;
    if (owner_ != nullptr && parts[0].name == owner_->symbol.name) {
        if (const Symbol* found = member(owner_, last); found != nullptr) return found;
    }
    if (const Symbol* found = member(catalog_.find(schema_, parts[0].name), last); found != nullptr)
        return found;
    return type_entry(catalog_.find_in(parts[0].name, last));
}

const TypeOf* Binder::anchored(DataType& type) {
    std::vector<QueryScope> hidden;
    queries_.swap(hidden);
    const bool row = type.anchor == DataType::Anchor::rowtype;
    const TypeOf* found = name(*type.name, row ? Want::cursor : Want::value, nullptr);
    queries_.swap(hidden);
    if (row && found != nullptr && found->family == Family::ref_cursor) return found->element;
    return found;
}

const TypeOf* Binder::declared_type(const TypeDeclaration& declaration, TypeOf* made) {
    using What = TypeDeclaration::What;
    switch (declaration.what) {
        case What::record:
            made->family = Family::record;
            for (Variable* field : declaration.fields) {
                const TypeOf* type = resolve(field->type);
                tree_.add(made->fields, {field->name.name, type});
                if (field->value != nullptr) expression(field->value);
            }
            return made;
        case What::nested_table:
        case What::varray:
        case What::associative:
            made->family = declaration.what == What::varray         ? Family::varray
                           : declaration.what == What::nested_table ? Family::nested_table
                                                                    : Family::associative;
            made->element = resolve(declaration.element);
            made->key = resolve(declaration.index_by);
            return made;
        case What::ref_cursor:
            made->family = Family::ref_cursor;
            made->element = resolve(declaration.element);
            return made;
        case What::subtype: return resolve(declaration.element);
    }
    return nullptr;
}

const TypeOf* Binder::row_type(const OutColumns& out, const Node* declared, Text name) {
    TypeOf made;
    made.family = Family::record;
    made.declared = declared;
    made.name = name;
    for (const OutColumn& column : out.columns) tree_.add(made.fields, {column.name, column.type});
    return tree_.make_value(made);
}

const TypeOf* Binder::type_of(const Symbol& symbol) {
    if (symbol.type != nullptr || !store_.declaring || symbol.declared == nullptr) return symbol.type;
    const auto found = store_.members.find(symbol.declared);
    if (found == store_.members.end() || found->second.symbol != &symbol) return symbol.type;
    return complete_member(*found->second.symbol, *found->second.owner);
}

const TypeOf* Binder::complete_member(Symbol& symbol, Entry& owner) {
    if (!store_.running.insert(&symbol).second) return symbol.type;
    const bool within = owner.members != nullptr;
    Binder inner{catalog_, store_.arena, owner.symbol.schema, within ? &owner : nullptr};
    inner.depth_of_anchors_ = depth_of_anchors_;
    // The nodes belong to trees that declare() was given to complete.
    Node* node = const_cast<Node*>(symbol.declared);
    if (auto* variable = as<Variable>(node); variable != nullptr) {
        symbol.type = inner.resolve(variable->type);
    } else if (auto* column = as<Column>(node); column != nullptr) {
        symbol.type = inner.resolve(column->type);
    } else if (auto* cursor = as<Cursor>(node); cursor != nullptr) {
        inner.cursor(*cursor, &symbol);
    } else if (auto* routine = as<Routine>(node); routine != nullptr) {
        inner.signature(*routine);
        symbol.type = routine->what == Routine::What::constructor ? owner.type
                      : routine->returns == nullptr               ? nullptr
                                                                  : routine->returns->type;
        const Routine* other = catalog_.definition_of(*routine);
        if (other != routine) inner.signature(*const_cast<Routine*>(other));
    } else if (auto* type = as<TypeDeclaration>(node); type != nullptr) {
        TypeOf placeholder;
        placeholder.schema = symbol.schema;
        placeholder.package = symbol.package;
        placeholder.name = symbol.name;
        placeholder.declared = type;
        TypeOf* made = store_.arena.make_value(placeholder);
        symbol.type = type->what == TypeDeclaration::What::subtype ? nullptr : made;
        symbol.type = inner.declared_type(*type, made);
    }
    store_.running.erase(&symbol);
    return symbol.type;
}

void Binder::complete(Entry& entry) {
    Catalog::Store::Completing& state = store_.progress[&entry];
    if (state.progress != Progress::untouched) return;
    state.progress = Progress::running;
    Binder inner{catalog_, store_.arena, entry.symbol.schema, entry.members != nullptr ? &entry : nullptr};
    if (entry.relation != nullptr && as<CreateTable>(entry.declared) != nullptr) {
        inner.complete_table(entry);
    } else if (entry.relation != nullptr) {
        inner.complete_view(entry);
    } else if (entry.symbol.what == Symbol::What::type) {
        inner.complete_type(entry);
    }
    if (entry.members != nullptr) {
        for (const Symbol* member : entry.members->all) inner.type_of(*member);
    }
    inner.type_of(entry.symbol);
    store_.progress[&entry].progress = Progress::done;
}

const TypeOf* Binder::row_of(const Entry& entry) {
    TypeOf made;
    made.family = Family::record;
    made.schema = entry.symbol.schema;
    made.name = entry.symbol.name;
    made.declared = entry.declared;
    for (const RelationColumn& column : entry.relation->columns)
        tree_.add(made.fields, {column.name, column.type});
    return tree_.make_value(made);
}

namespace {

/// Columns that have no definition of their own: of a query, of an object's attributes.
void add_column(Tree& tree, Entry& entry, Text name, const TypeOf* type) {
    Symbol symbol;
    symbol.what = Symbol::What::column;
    symbol.schema = entry.symbol.schema;
    symbol.name = name;
    symbol.type = type;
    RelationColumn column;
    column.name = name;
    column.type = type;
    column.symbol = tree.make_value(symbol);
    entry.relation->columns.push_back(column);
}

}  // namespace

void Binder::complete_table(Entry& entry) {
    for (RelationColumn& column : entry.relation->columns) {
        if (column.symbol != nullptr) column.type = type_of(*column.symbol);
    }
    auto* table = const_cast<CreateTable*>(as<CreateTable>(entry.declared));
    if (table->object_type != nullptr) {
        const Entry* of = catalog_.find(schema_, *table->object_type);
        if (of != nullptr && of->type != nullptr) {
            complete(*store_.progress[of].entry);
            for (const TypeOf* type = of->type; type != nullptr; type = type->supertype) {
                for (const FieldOf& field : type->fields) add_column(tree_, entry, field.name, field.type);
            }
        }
        entry.relation->columns_known = of != nullptr;
    }
    if (table->as_query != nullptr) {
        const OutColumns out = query(*table->as_query);
        const bool named = !entry.relation->columns.empty();
        for (std::size_t i = 0; i < out.columns.size(); ++i) {
            if (!named)
                add_column(tree_, entry, out.columns[i].name, out.columns[i].type);
            else if (i < entry.relation->columns.size() && entry.relation->columns[i].type == nullptr)
                entry.relation->columns[i].type = out.columns[i].type;
        }
        entry.relation->columns_known = out.known || named;
    }
    entry.relation->row = row_of(entry);
    entry.symbol.type = entry.relation->row;
}

void Binder::complete_view(Entry& entry) {
    auto* view = const_cast<CreateView*>(as<CreateView>(entry.declared));
    if (view != nullptr && view->query != nullptr) {
        const OutColumns out = query(*view->query);
        for (std::size_t i = 0; i < std::max<std::size_t>(out.columns.size(), view->columns.size()); ++i) {
            const TypeOf* type = i < out.columns.size() ? out.columns[i].type : nullptr;
            if (i < view->columns.size())
                add_column(tree_, entry, view->columns[static_cast<std::uint32_t>(i)].name, type);
            else if (view->columns.empty())
                add_column(tree_, entry, out.columns[i].name, type);
        }
        entry.relation->columns_known = out.known || !view->columns.empty();
    }
    entry.relation->row = row_of(entry);
    entry.symbol.type = entry.relation->row;
}

void Binder::complete_type(Entry& entry) {
    const auto* created = as<CreateType>(entry.declared);
    if (created == nullptr || entry.type == nullptr) return;
    // Made by declare() in the store's arena, so that what leans on it can point to it before it is complete.
    auto* type = const_cast<TypeOf*>(entry.type);
    if (created->supertype != nullptr) {
        const Entry* super = catalog_.find(schema_, *created->supertype);
        if (super != nullptr && super->type != nullptr && super != &entry) {
            Catalog::Store::Completing& state = store_.progress[super];
            // A circle of supertypes is cut where it closes.
            if (state.progress != Progress::running) {
                complete(*state.entry);
                type->supertype = super->type;
                state.entry->subtypes.push_back(&entry);
            }
        }
    }
    for (Variable* attribute : created->attributes)
        tree_.add(type->fields, {attribute->name.name, resolve(attribute->type)});
    type->element = resolve(created->element);
}

}  // namespace landfall::convert
