// Queries of MySQL: the order of NULLs, aliases where PostgreSQL knows none, columns that no GROUP BY has.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

constexpr Text kAggregates[] = {"count",      "sum",        "avg",         "min",
                                "max",        "string_agg", "array_agg",   "jsonb_agg",
                                "bit_and",    "bit_or",     "bit_xor",     "jsonb_object_agg",
                                "stddev_pop", "var_pop",    "stddev_samp", "var_samp"};

bool is_aggregate(const Node& node) {
    if (const auto* call = as<Call>(&node)) {
        const auto* name = as<Name>(call->callee);
        if (name == nullptr || name->parts.size() != 1 || call->over != nullptr) return false;
        return std::find(std::begin(kAggregates), std::end(kAggregates), name->parts[0].name) !=
               std::end(kAggregates);
    }
    const auto* text = as<Spliced>(&node);
    if (text == nullptr || text->pieces.empty()) return false;
    const Text first = text->pieces[0];
    return first.find("_agg(") != std::string_view::npos || first.starts_with("stddev_pop(") ||
           first.starts_with("var_pop(") || first.starts_with("count(");
}

std::string key_of(const Name& name) {
    std::string key;
    const std::uint32_t from = name.parts.size() > 2 ? name.parts.size() - 2 : 0;
    for (std::uint32_t i = from; i < name.parts.size(); ++i)
        key.append(in_lower_case(name.parts[i].name)).append(".");
    return key;
}

/// Tables of a FROM by the names that the query uses for them.
void tables_of(const TableRef* ref, const MysqlSchema& schema,
               std::map<std::string, const CreateTable*>& tables) {
    if (const auto* join = as<Join>(ref)) {
        tables_of(join->left, schema, tables);
        tables_of(join->right, schema, tables);
        return;
    }
    std::string name = ref == nullptr ? std::string{} : in_lower_case(ref->alias.name);
    const auto* table = as<TableName>(ref);
    if (name.empty() && table != nullptr) name = in_lower_case(table->name->parts.back().name);
    tables[name] = table == nullptr ? nullptr : schema.find(table->name);
}

std::vector<std::string> primary_key(const CreateTable& table) {
    std::vector<std::string> columns;
    for (const Constraint* each : table.constraints)
        if (each->what == Constraint::What::primary_key)
            for (const KeyColumn* part : each->columns)
                if (const auto* name = as<Name>(part->value))
                    columns.push_back(in_lower_case(name->parts.back().name));
    for (const Column* column : table.columns)
        for (const Constraint* each : column->constraints)
            if (each->what == Constraint::What::primary_key)
                columns.push_back(in_lower_case(column->name.name));
    return columns;
}

/// One SELECT with GROUP BY: what is neither grouped, nor aggregated, nor of a row that the group has one of.
class Grouping {
public:
    Grouping(Select& select, LowerContext& context, const MysqlSchema& schema)
        : select_{select}, context_{context} {
        for (const TableRef* ref : select.from) tables_of(ref, schema, tables_);
        for (Expr* grouped : select.group_by) note(*grouped);
    }
    void wrap(const List<OrderItem*>& order) {
        for (SelectItem* item : select_.items)
            if (!grouped_aliases_.contains(in_lower_case(item->alias.name))) wrap(item->value);
        if (select_.having != nullptr) wrap(select_.having);
        for (OrderItem* item : order) {
            const auto* name = as<Name>(item->value);
            if (name == nullptr || !is_alias(*name)) wrap(item->value);
        }
        if (!told_.empty()) context_.add_finding(kGroup, Complexity::simple, select_.span, told_);
    }

private:
    void note(Expr& grouped) {
        if (auto* tuple = as<Tuple>(&grouped)) {
            for (Expr* item : tuple->items) note(*item);
            return;
        }
        if (const auto* whole = as<Parenthesized>(&grouped)) return note(*whole->inner);
        if (const auto* name = as<Name>(&grouped)) {
            keys_.insert(key_of(*name));
            grouped_aliases_.insert(in_lower_case(name->parts.back().name));
            return;
        }
        const auto* place = as<Literal>(&grouped);
        if (place != nullptr && place->text.size() < 4) {
            const auto number = static_cast<std::uint32_t>(std::atoi(std::string{place->text}.c_str()));
            if (number == 0 || number > select_.items.size()) return;
            grouped_aliases_.insert(in_lower_case(select_.items[number - 1]->alias.name));
            return note(*select_.items[number - 1]->value);
        }
        whole_ = true;  // an expression: its columns may stand in the list as it does
    }
    bool is_alias(const Name& name) const {
        return name.parts.size() == 1 &&
               std::any_of(select_.items.begin(), select_.items.end(), [&](const SelectItem* item) {
                   return in_lower_case(item->alias.name) == in_lower_case(name.parts[0].name);
               });
    }
    [[nodiscard]] bool has(const std::string& table, const std::string& column) const {
        return keys_.contains(table + "." + column + ".") || keys_.contains(column + ".");
    }
    /// Of a table whose whole primary key is grouped: PostgreSQL knows that there is one row.
    [[nodiscard]] bool depends(const Name& name) const {
        std::string table;
        if (name.parts.size() > 1) table = in_lower_case(name.parts[name.parts.size() - 2].name);
        if (table.empty() && tables_.size() == 1) table = tables_.begin()->first;
        if (has(table, in_lower_case(name.parts.back().name))) return true;
        const auto found = tables_.find(table);
        if (found == tables_.end()) return true;  // not known: of a query outside, perhaps
        if (found->second == nullptr) return false;
        const auto key = primary_key(*found->second);
        return !key.empty() && std::all_of(key.begin(), key.end(),
                                           [&](const std::string& column) { return has(table, column); });
    }
    void wrap(Expr*& value) {
        Node* node = value;
        wrap_node(node);
        value = static_cast<Expr*>(node);
    }
    void wrap_node(Node*& node) {
        if (is_aggregate(*node) || node->kind == Kind::subquery) return;
        if (auto* name = as<Name>(node)) {
            if (whole_ || depends(*name)) return;
            if (name->parts.size() == 1 && tables_.size() != 1) return;
            told_.append(told_.empty() ? "" : ", ").append(name->parts.back().name);
            node = fill(context_.tree, name->span, "(array_agg($1))[1]", {name});
            return;
        }
        const auto* call = as<Call>(node);
        for_each_child(*node, [&](Node*& child) {
            if (call == nullptr || child != call->callee) wrap_node(child);
        });
    }

    Select& select_;
    LowerContext& context_;
    std::map<std::string, const CreateTable*> tables_;
    std::set<std::string> keys_, grouped_aliases_;
    std::string told_;
    bool whole_ = false;
};

class QueryLowering {
public:
    QueryLowering(LowerContext& context, const MysqlSchema& schema) : context_{context}, schema_{schema} {}

    void run(Statement& statement) {
        walk(statement, [this](Node& node) {
            if (auto* query = as<Query>(&node)) lower(*query);
            if (auto* window = as<Window>(&node)) order(window->order);
            if (auto* call = as<Call>(&node)) order(call->order);
            return true;
        });
        if (auto* view = as<CreateView>(&statement)) names(*view);
    }

private:
    /// NULL comes first in MySQL, as the least of values; PostgreSQL takes it for the greatest.
    static void order(const List<OrderItem*>& items) {
        for (OrderItem* item : items)
            item->nulls = item->descending ? OrderItem::Nulls::last : OrderItem::Nulls::first;
    }
    void lower(Query& query) {
        order(query.order);
        auto* select = as<Select>(query.body);
        if (select == nullptr) return lower_parts(query.body);
        lower(*select, query.order);
    }
    void lower_parts(QueryBody* body) {
        if (auto* set = as<SetOperation>(body)) {
            lower_parts(set->left);
            lower_parts(set->right);
        } else if (auto* select = as<Select>(body)) {
            lower(*select, {});
        }
    }
    void lower(Select& select, const List<OrderItem*>& order_items) {
        if (select.having != nullptr) {
            Node* having = select.having;
            substitute(having, select);
            select.having = static_cast<Expr*>(having);
        }
        for (OrderItem* item : order_items) {
            if (item->value->kind == Kind::name) continue;
            Node* value = item->value;
            substitute(value, select);
            item->value = static_cast<Expr*>(value);
        }
        if (!select.group_by.empty()) Grouping{select, context_, schema_}.wrap(order_items);
    }
    /// The expression in place of the alias that stands for it.
    void substitute(Node*& node, const Select& select) {
        if (node->kind == Kind::subquery) return;
        const auto* name = as<Name>(node);
        if (name != nullptr && name->parts.size() == 1) {
            for (const SelectItem* item : select.items) {
                const auto* itself = as<Name>(item->value);
                const bool same = in_lower_case(item->alias.name) == in_lower_case(name->parts[0].name);
                if (!same || (itself != nullptr && itself->parts.size() == 1)) continue;
                Parenthesized* whole = context_.tree.make<Parenthesized>(node->span);
                whole->inner = clone_of(context_.tree, item->value);
                node = whole;
                return;
            }
            return;
        }
        const auto* call = as<Call>(node);
        for_each_child(*node, [&](Node*& child) {
            if (call == nullptr || child != call->callee) substitute(child, select);
        });
    }
    /// A column without an alias is called by the text of its expression.
    void names(const CreateView& view) {
        if (!view.columns.empty() || view.query == nullptr) return;
        QueryBody* body = view.query->body;
        while (auto* set = as<SetOperation>(body)) body = set->left;
        auto* select = as<Select>(body);
        if (select == nullptr) return;
        for (SelectItem* item : select->items) {
            if (!item->alias.empty() || item->value->kind == Kind::name || item->value->kind == Kind::star)
                continue;
            constexpr std::size_t kNameMax = 60;
            std::string text{item->span.of(context_.script.text)};
            text = in_lower_case(text.substr(0, kNameMax));
            while (!text.empty() && (static_cast<unsigned char>(text.back()) >= 0x80 || text.back() == ' '))
                text.pop_back();
            if (!text.empty())
                item->alias = {.name = context_.tree.keep(text), .span = item->span, .quoted = true};
        }
    }

    LowerContext& context_;
    const MysqlSchema& schema_;
};

}  // namespace

void lower_mysql_queries(Statement*& statement, LowerContext& context, const MysqlSchema& schema) {
    QueryLowering{context, schema}.run(*statement);
}

}  // namespace landfall::convert
