// What a place holds is converted to the place's type as Oracle does it: dates and numbers in texts by the
// session's formats, texts in dates by them, too. PostgreSQL assigns by its own forms of texts.
#include "engines/convert/lower/expressions.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

std::string_view conversion(Family from, const Expr* value, Family to) {
    if (is_text(to)) {
        if (is_moment(from) || is_interval(from)) return "to_char";
        if (is_number(from) && !may_be_integer(value)) return "to_char";
        if (from == Family::raw) return "rawtohex";
    }
    if (!is_text(from)) return {};
    if (to == Family::date) return "to_date";
    if (to == Family::timestamp) return "to_timestamp";
    if (to == Family::timestamp_tz) return "to_timestamp_tz";
    return to == Family::raw ? "hextoraw" : "";
}

void store_row(List<Expr*>& values, const Relation& relation, const Insert& insert, Tree& tree) {
    for (std::uint32_t i = 0; i < values.size(); ++i) {
        const RelationColumn* column = nullptr;
        if (!insert.columns.empty())
            column = i < insert.columns.size() ? relation.find(insert.columns[i].name) : nullptr;
        else if (relation.columns_known && i < relation.columns.size())
            column = &relation.columns[i];
        if (column != nullptr && column->type != nullptr)
            values[i] = as_stored(values[i], column->type->family, tree);
    }
}

/// VALUES (an object) into a table of objects: the object's fields are the columns.
bool stores_object(const Entry& entry, const Values& values) {
    const auto* table = as<CreateTable>(entry.declared);
    if (table == nullptr || table->object_type == nullptr || values.rows.size() != 1) return false;
    return values.rows[0]->items.size() == 1 && entry.relation->columns.size() > 1;
}

void store_object(Insert& insert, Expr* object, Tree& tree) {
    const Build build{tree, object->span};
    auto* select = tree.make<Select>(object->span);
    tree.add(select->items, build.item(build.spliced({"(", ").*"}, {object})));
    insert.query->body = select;
}

}  // namespace

Expr* as_stored(Expr* value, Family place, Tree& tree) {
    if (value == nullptr) return value;
    const std::string_view function = conversion(family_of(value), value, place);
    return function.empty() ? value : Build{tree, value->span}.pack(function, {value});
}

void store_values(Insert& insert, Text schema, LowerContext& context) {
    const auto* table = as<TableName>(insert.into);
    if (table == nullptr || insert.query == nullptr) return;
    const Entry* entry = context.catalog.find_relation(schema, *table->name);
    if (entry == nullptr || entry->relation == nullptr) return;
    if (auto* values = as<Values>(insert.query->body)) {
        if (stores_object(*entry, *values))
            return store_object(insert, values->rows[0]->items[0], context.tree);
        for (Tuple* row : values->rows) store_row(row->items, *entry->relation, insert, context.tree);
    }
}

}  // namespace landfall::convert
