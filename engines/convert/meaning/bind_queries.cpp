// Queries and changes of rows: row sources come into sight, then what stands over them.
#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;

/// The name that a column of a result has without an alias.
[[nodiscard]] Text name_of(const Expr* value) {
    if (const auto* name = as<Name>(value); name != nullptr && !name->parts.empty())
        return name->parts.back().name;
    if (const auto* field = as<Field>(value); field != nullptr) return field->field.name;
    if (const auto* mark = as<Unary>(value); mark != nullptr) {
        const bool kept = mark->op == UnaryOp::prior || mark->op == UnaryOp::connect_by_root;
        return kept ? name_of(mark->operand) : Text{};
    }
    return {};
}

/// The columns of a collection's elements, as TABLE(…) gives them.
[[nodiscard]] OutColumns columns_of_elements(const TypeOf* collection) {
    OutColumns out;
    const TypeOf* element = collection == nullptr ? nullptr : collection->element;
    if (element == nullptr) {
        out.known = false;
        return out;
    }
    for (const TypeOf* type = element; type != nullptr; type = type->supertype) {
        for (const FieldOf& field : type->fields) out.columns.push_back({field.name, field.type});
    }
    if (element->family != Family::object) out.columns.push_back({"column_value", element});
    return out;
}

void rename(OutColumns& out, const List<Identifier>& names) {
    for (std::uint32_t i = 0; i < names.size() && i < out.columns.size(); ++i) {
        out.columns[i].name = names[i].name;
        out.columns[i].symbol = nullptr;
    }
    if (out.known) return;
    for (std::uint32_t i = static_cast<std::uint32_t>(out.columns.size()); i < names.size(); ++i)
        out.columns.push_back({names[i].name});
}

}  // namespace

OutColumns Binder::query(Query& query) {
    const std::size_t common = common_.size();
    common_tables(query.with);
    OutColumns out;
    if (query.body != nullptr) out = body(*query.body, &query);
    common_.resize(common);
    return out;
}

void Binder::common_tables(const List<With*>& with) {
    for (With* each : with) {
        if (each->routine != nullptr) {
            if (auto* made = as<Routine>(each->routine); made != nullptr) {
                declare_routine(*made);
                routine_body(*made);
            }
            continue;
        }
        OutColumns out;
        out.known = each->columns.empty();
        for (const Identifier& column : each->columns) out.columns.push_back({column.name});
        if (out.columns.empty()) out.known = false;
        // Its own name is in sight within it: a recursive one.
        common_.push_back({each->name.name, out});
        const std::size_t at = common_.size() - 1;
        if (each->query != nullptr) out = query(*each->query);
        rename(out, each->columns);
        common_[at].out = std::move(out);
    }
}

OutColumns Binder::body(QueryBody& body, Query* whole) {
    if (auto* one = as<Select>(static_cast<Node*>(&body)); one != nullptr) return select(*one, whole);
    if (auto* inner = as<Query>(static_cast<Node*>(&body)); inner != nullptr) {
        OutColumns out = query(*inner);
        if (whole != nullptr) {
            queries_.emplace_back().items = &out;
            end_of_query(*whole);
            queries_.pop_back();
        }
        return out;
    }
    if (auto* values = as<Values>(static_cast<Node*>(&body)); values != nullptr) {
        OutColumns out;
        for (Tuple* row : values->rows) {
            expressions(row->items);
            if (!out.columns.empty()) continue;
            for (Expr* item : row->items) out.columns.push_back({{}, item->type});
        }
        return out;
    }
    auto* both = as<SetOperation>(static_cast<Node*>(&body));
    if (both == nullptr) return {};
    OutColumns left = both->left == nullptr ? OutColumns{} : this->body(*both->left, nullptr);
    const OutColumns right = both->right == nullptr ? OutColumns{} : this->body(*both->right, nullptr);
    for (std::size_t i = 0; i < left.columns.size() && i < right.columns.size(); ++i) {
        const TypeOf* type = common_type(left.columns[i].type, right.columns[i].type);
        if (type != nullptr) left.columns[i].type = type;
        left.columns[i].symbol = nullptr;
    }
    if (whole != nullptr) {
        queries_.emplace_back().items = &left;
        end_of_query(*whole);
        queries_.pop_back();
    }
    return left;
}

void Binder::end_of_query(Query& query) {
    order(query.order);
    expression(query.offset);
    expression(query.fetch);
    for (Name* each : query.lock_of) name(*each, Want::value, nullptr);
}

OutColumns Binder::select(Select& select, Query* whole) {
    queries_.emplace_back();
    for (TableRef* ref : select.from) source(ref, false);
    OutColumns out = select_items(select);
    targets(select.into);
    expressions(select.distinct_on);
    expression(select.where);
    expression(select.start_with);
    expression(select.connect_by);
    expressions(select.group_by);
    expression(select.having);
    for (Window* each : select.windows) window(each);
    if (whole != nullptr) {
        queries_.back().items = &out;
        end_of_query(*whole);
    }
    queries_.pop_back();
    return out;
}

OutColumn Binder::out_column(SelectItem& item) {
    OutColumn column;
    column.name = item.alias.empty() ? name_of(item.value) : item.alias.name;
    column.type = item.value == nullptr ? nullptr : item.value->type;
    column.declared = &item;
    const auto* name = as<Name>(item.value);
    const bool plain = name != nullptr && name->binding != nullptr && name->binding->symbol != nullptr &&
                       name->binding->symbol->what == Symbol::What::column &&
                       name->binding->consumed == name->parts.size();
    if (plain && name->binding->symbol->name == column.name) column.symbol = name->binding->symbol;
    return column;
}

OutColumns Binder::select_items(Select& select) {
    OutColumns out;
    for (SelectItem* item : select.items) {
        const auto* star = as<Star>(static_cast<Node*>(item->value));
        if (star == nullptr) {
            expression(item->value);
            out.columns.push_back(out_column(*item));
            continue;
        }
        bool found = false;
        for (const Source& each : queries_.back().sources) {
            const bool meant = star->qualifier == nullptr || star->qualifier->parts.back().name == each.alias;
            if (!meant) continue;
            found = true;
            out.columns.insert(out.columns.end(), each.out.columns.begin(), each.out.columns.end());
            out.known = out.known && each.out.known;
        }
        out.known = out.known && found;
    }
    return out;
}

void Binder::targets(const List<Expr*>& into) {
    if (into.empty()) return;
    std::vector<QueryScope> hidden;
    queries_.swap(hidden);
    expressions(into);
    queries_.swap(hidden);
}

OutColumns Binder::columns_of(const Entry& entry) {
    if (store_.declaring) complete(*store_.progress[&entry].entry);
    OutColumns out;
    out.known = entry.relation->columns_known;
    if (store_.declaring && store_.progress[&entry].progress == Progress::running) out.known = false;
    out.columns.reserve(entry.relation->columns.size());
    for (const RelationColumn& column : entry.relation->columns)
        out.columns.push_back({column.name, column.type, column.symbol, column.declared});
    return out;
}

void Binder::add_source(TableRef& ref, Text name, OutColumns out) {
    Source source;
    source.alias = ref.alias.empty() ? name : ref.alias.name;
    rename(out, ref.columns);
    source.out = std::move(out);
    if (!source.alias.empty()) {
        Symbol symbol;
        symbol.what = Symbol::What::alias;
        symbol.name = source.alias;
        symbol.declared = &ref;
        source.symbol = make_symbol(symbol);
    }
    queries_.back().sources.push_back(std::move(source));
}

OutColumns Binder::table_name(TableName& ref, Text& schema) {
    OutColumns out;
    out.known = false;
    if (ref.name == nullptr || ref.name->parts.empty()) return out;
    const List<Identifier>& parts = ref.name->parts;
    if (parts.size() == 1 && ref.name->link.empty()) {
        for (std::size_t i = common_.size(); i-- > 0;) {
            if (common_[i].name == parts[0].name) return common_[i].out;
        }
        if (parts[0].name == "dual") {
            out.known = true;
            out.columns.push_back({"dummy", basic(Family::varchar)});
            return out;
        }
    }
    relation_name(*ref.name);
    if (ref.name->binding == nullptr || ref.name->binding->symbol == nullptr) return out;
    if (parts.size() > 1) schema = parts[parts.size() - 2].name;
    const Entry* entry = catalog_.find_relation(schema_, *ref.name);
    return entry == nullptr ? out : columns_of(*entry);
}

OutColumns Binder::table_function(TableFunction& ref) {
    if (auto* subquery = as<Subquery>(static_cast<Node*>(ref.call)); subquery != nullptr) {
        const OutColumns inner = subquery->query == nullptr ? OutColumns{} : query(*subquery->query);
        return columns_of_elements(inner.columns.size() == 1 ? inner.columns[0].type : nullptr);
    }
    return columns_of_elements(expression(ref.call));
}

void Binder::source(TableRef* ref, bool of_change) {
    Node* node = ref;
    if (node == nullptr) return;
    if (auto* table = as<TableName>(node); table != nullptr) {
        Text schema;
        OutColumns out = table_name(*table, schema);
        const bool named = table->name != nullptr && !table->name->parts.empty();
        add_source(*table, named ? table->name->parts.back().name : Text{}, std::move(out));
        queries_.back().sources.back().schema = schema;
    } else if (auto* derived = as<DerivedTable>(node); derived != nullptr) {
        OutColumns out = derived->query == nullptr ? OutColumns{} : query(*derived->query);
        add_source(*derived, {}, std::move(out));
    } else if (auto* function = as<TableFunction>(node); function != nullptr) {
        OutColumns out = table_function(*function);
        add_source(*function, {}, std::move(out));
    } else if (auto* join = as<Join>(node); join != nullptr) {
        source(join->left, of_change);
        source(join->right, of_change);
        expression(join->on);
    } else if (auto* turned = as<Pivot>(node); turned != nullptr) {
        pivot(*turned);
    }
}

void Binder::pivot(Pivot& pivot) {
    queries_.emplace_back();
    source(pivot.input, false);
    for (Node* each : pivot.aggregates) any(*each);
    expressions(pivot.for_columns);
    for (Node* each : pivot.in_items) any(*each);
    OutColumns out;
    // What it groups by stays; the names of what it makes are not all known here.
    for (const Source& each : queries_.back().sources)
        out.columns.insert(out.columns.end(), each.out.columns.begin(), each.out.columns.end());
    out.known = false;
    queries_.pop_back();
    add_source(pivot, {}, std::move(out));
}

void Binder::change(Node& node) {
    switch (node.kind) {
        case Kind::insert: insert(static_cast<Insert&>(node)); break;
        case Kind::update: update(static_cast<Update&>(node)); break;
        case Kind::delete_: delete_(static_cast<Delete&>(node)); break;
        case Kind::merge: merge(static_cast<Merge&>(node)); break;
        case Kind::multi_insert: {
            auto& multi = static_cast<MultiInsert&>(node);
            OutColumns out = multi.query == nullptr ? OutColumns{} : query(*multi.query);
            Source rows;
            rows.out = std::move(out);
            queries_.emplace_back().sources.push_back(std::move(rows));
            for (InsertBranch* branch : multi.branches) {
                expression(branch->condition);
                for (Insert* each : branch->inserts) insert(*each);
            }
            queries_.pop_back();
            break;
        }
        default: break;
    }
}

void Binder::returning(Returning* returning) {
    if (returning == nullptr) return;
    for (SelectItem* item : returning->items) expression(item->value);
    targets(returning->into);
}

void Binder::insert(Insert& insert) {
    const std::size_t common = common_.size();
    common_tables(insert.with);
    if (insert.query != nullptr) query(*insert.query);
    expression(insert.record);
    common_.resize(common);
    queries_.emplace_back();
    source(insert.into, true);
    returning(insert.returning);
    queries_.pop_back();
}

void Binder::set_items(const List<SetItem*>& sets) {
    for (SetItem* set : sets) {
        expressions(set->targets);
        expression(set->value);
    }
}

void Binder::update(Update& update) {
    const std::size_t common = common_.size();
    common_tables(update.with);
    queries_.emplace_back();
    source(update.table, true);
    for (TableRef* ref : update.from) source(ref, false);
    set_items(update.sets);
    expression(update.where);
    if (update.set_row != nullptr) targets(tree_.list<Expr*>({update.set_row}));
    if (update.current_of != nullptr) name(*update.current_of, Want::cursor, nullptr);
    returning(update.returning);
    queries_.pop_back();
    common_.resize(common);
}

void Binder::delete_(Delete& change) {
    const std::size_t common = common_.size();
    common_tables(change.with);
    queries_.emplace_back();
    source(change.table, true);
    for (TableRef* ref : change.using_) source(ref, false);
    expression(change.where);
    if (change.current_of != nullptr) name(*change.current_of, Want::cursor, nullptr);
    returning(change.returning);
    queries_.pop_back();
    common_.resize(common);
}

void Binder::merge(Merge& merge) {
    queries_.emplace_back();
    source(merge.into, true);
    source(merge.source, false);
    expression(merge.on);
    set_items(merge.sets);
    expression(merge.update_where);
    expression(merge.delete_where);
    expressions(merge.values);
    expression(merge.insert_where);
    queries_.pop_back();
}

}  // namespace landfall::convert
