// PIVOT: an aggregate with FILTER for each value, grouped by the columns that it does not name. UNPIVOT: a
// join with the list of the columns' values. What the other columns are is known where the input is a query
// that names its columns.
#include <algorithm>
#include <optional>

#include "engines/convert/lower/queries.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

constexpr int kPivot = 5077;

/// The names of the columns of a query; nothing where it has a * or an expression without an alias.
std::optional<std::vector<Text>> columns_of(const TableRef& input) {
    const auto* derived = as<DerivedTable>(&input);
    if (derived == nullptr) return std::nullopt;
    const Node* body = derived->query->body;
    while (const auto* set = as<SetOperation>(body)) body = set->left;
    while (const auto* query = as<Query>(body)) body = query->body;
    const auto* select = as<Select>(body);
    if (select == nullptr) return std::nullopt;
    std::vector<Text> names;
    for (const SelectItem* item : select->items) {
        const auto* name = as<Name>(item->value);
        if (!item->alias.empty())
            names.push_back(item->alias.name);
        else if (name != nullptr)
            names.push_back(name->parts.back().name);
        else
            return std::nullopt;
    }
    return names;
}

/// How Oracle calls the column of a value without an alias: as it is written.
std::string written(const Expr* value) {
    if (const auto* literal = as<Literal>(value)) {
        const bool text = literal->what == Literal::What::string;
        return text ? "'" + std::string{literal->text} + "'" : std::string{literal->text};
    }
    if (const auto* name = as<Name>(value)) return std::string{name->parts.back().name};
    std::string joined;
    if (const auto* tuple = as<Tuple>(value)) {
        for (const Expr* each : tuple->items) joined.append(joined.empty() ? "" : "_").append(written(each));
    }
    return joined;
}

class PivotRule {
public:
    PivotRule(Pivot& pivot, Select& select, QueryContext& context)
        : pivot_{pivot},
          select_{select},
          context_{context},
          tree_{context.lower.tree},
          build_{tree_, pivot.span} {}

    /// nullptr: it cannot be converted, and has its finding.
    TableRef* lowered() {
        if (pivot_.input->alias.empty()) {
            pivot_.input->alias = build_.identifier(context_.fresh("sub"));
        }
        if (pivot_.xml || pivot_.in_items.empty()) return refuse("PIVOT XML");
        return pivot_.unpivot ? unpivoted() : pivoted();
    }

private:
    TableRef* refuse(std::string_view why) {
        context_.lower.add_finding(kPivot, Complexity::complex, pivot_.span, why);
        return nullptr;
    }
    std::string alias() {
        return pivot_.alias.empty() ? context_.fresh("pivot") : std::string{pivot_.alias.name};
    }

    // --- PIVOT ---

    TableRef* pivoted() {
        const auto columns = columns_of(*pivot_.input);
        if (!columns) return refuse("PIVOT of a table whose other columns the statement does not name");
        Select* made = tree_.make<Select>(pivot_.span);
        tree_.add(made->from, pivot_.input);
        for (const Text column : *columns) {
            if (is_used(column)) continue;
            tree_.add(made->items, build_.item(build_.name({column}), column));
            tree_.add(made->group_by, build_.name({column}));
        }
        for (Node* each : pivot_.in_items) add_value(*made, *as<SelectItem>(each));
        return build_.derived(build_.query(made), alias());
    }

    /// Columns that aggregates and FOR name do not group.
    bool is_used(Text column) {
        bool used = false;
        const std::function<bool(Node&)> look = [&](Node& node) {
            const auto* name = as<Name>(&node);
            used = used || (name != nullptr && name->parts.back().name == column);
            return true;
        };
        for (Expr* each : pivot_.for_columns) walk(*each, look);
        for (Node* each : pivot_.aggregates) walk(*each, look);
        return used;
    }

    Expr* matches(Expr* value) {
        const auto* tuple = as<Tuple>(value);
        Expr* condition = nullptr;
        for (std::uint32_t i = 0; i < pivot_.for_columns.size(); ++i) {
            Expr* wanted = tuple == nullptr ? value : tuple->items[std::min(i, tuple->items.size() - 1)];
            Expr* equal = build_.binary(BinaryOp::equal, clone_of(tree_, pivot_.for_columns[i]),
                                        clone_of(tree_, wanted));
            condition = build_.both(condition, equal);
        }
        return condition;
    }

    void add_value(Select& made, const SelectItem& value) {
        const std::string name = value.alias.empty() ? written(value.value) : std::string{value.alias.name};
        for (Node* each : pivot_.aggregates) {
            const auto& aggregate = *as<SelectItem>(each);
            auto* call = as<Call>(clone_of(tree_, aggregate.value));
            if (call == nullptr) {
                refuse("PIVOT by something else than an aggregate");
                return;
            }
            call->filter = matches(value.value);
            std::string column = name;
            if (!aggregate.alias.empty()) column.append("_").append(aggregate.alias.name);
            tree_.add(made.items, build_.item(call, column));
        }
    }

    // --- UNPIVOT ---

    [[nodiscard]] bool select_has_star() const {
        return std::any_of(select_.items.begin(), select_.items.end(),
                           [](const SelectItem* item) { return item->value->kind == Kind::star; });
    }

    TableRef* unpivoted() {
        const auto columns = columns_of(*pivot_.input);
        if (!columns && select_has_star()) {
            return refuse("UNPIVOT of a table whose other columns the statement does not name");
        }
        Select* made = tree_.make<Select>(pivot_.span);
        const std::string values = context_.fresh("unpivot");
        if (columns) {
            for (const Text column : *columns) {
                if (!is_turned(column))
                    tree_.add(made->items,
                              build_.item(build_.name({pivot_.input->alias.name, column}), column));
            }
        } else {
            Star* star = build_.star();
            star->qualifier = build_.name({pivot_.input->alias.name});
            tree_.add(made->items, build_.item(star));
        }
        Star* turned = build_.star();
        turned->qualifier = build_.name({values});
        tree_.add(made->items, build_.item(turned));
        DerivedTable* rows = build_.derived(build_.query(list_of_values()), values);
        rows->lateral = true;
        for (Expr* each : pivot_.for_columns) tree_.add(rows->columns, as<Name>(each)->parts.back());
        for (Node* each : pivot_.aggregates) {
            tree_.add(rows->columns, as<Name>(as<SelectItem>(each)->value)->parts.back());
        }
        tree_.add(made->from, build_.join(Join::What::cross, pivot_.input, rows, nullptr));
        if (!pivot_.include_nulls) made->where = some_value(values);
        return build_.derived(build_.query(made), alias());
    }

    bool is_turned(Text column) {
        bool turned = false;
        for (Node* each : pivot_.in_items) {
            walk(*as<SelectItem>(each)->value, [&](Node& node) {
                const auto* name = as<Name>(&node);
                turned = turned || (name != nullptr && name->parts.back().name == column);
                return true;
            });
        }
        return turned;
    }

    /// VALUES ('label', a, b), …: a label is the alias, or the column's name in upper case.
    Values* list_of_values() {
        Values* made = tree_.make<Values>(pivot_.span);
        for (Node* each : pivot_.in_items) {
            const auto& item = *as<SelectItem>(each);
            Tuple* row = tree_.make<Tuple>(item.span);
            for (std::uint32_t i = 0; i < pivot_.for_columns.size(); ++i) tree_.add(row->items, label(item));
            if (const auto* tuple = as<Tuple>(item.value)) {
                for (Expr* column : tuple->items) tree_.add(row->items, column);
            } else {
                tree_.add(row->items, item.value);
            }
            tree_.add(made->rows, row);
        }
        return made;
    }

    Expr* label(const SelectItem& item) {
        if (!item.alias.empty()) return build_.string(item.alias.name);
        return build_.string(in_upper_case(written(item.value)));
    }

    Expr* some_value(const std::string& values) {
        Expr* any = nullptr;
        for (Node* each : pivot_.aggregates) {
            const Text column = as<Name>(as<SelectItem>(each)->value)->parts.back().name;
            Expr* given = build_.is_null(build_.name({values, column}), "is not");
            any = any == nullptr ? given : build_.binary(BinaryOp::or_, any, given);
        }
        return any;
    }

    Pivot& pivot_;
    Select& select_;
    QueryContext& context_;
    Tree& tree_;
    Build build_;
};

TableRef* lowered(TableRef* source, Select& select, QueryContext& context) {
    if (auto* join = as<Join>(source)) {
        join->left = lowered(join->left, select, context);
        join->right = lowered(join->right, select, context);
    }
    auto* pivot = as<Pivot>(source);
    if (pivot == nullptr) return source;
    pivot->input = lowered(pivot->input, select, context);
    TableRef* made = PivotRule{*pivot, select, context}.lowered();
    return made == nullptr ? source : made;
}

}  // namespace

void lower_pivots(Select& select, QueryContext& context) {
    for (TableRef*& source : select.from) source = lowered(source, select, context);
}

}  // namespace landfall::convert
