#include <algorithm>
#include <array>

#include "engines/convert/lower/queries.hpp"

namespace landfall::convert {
namespace {

void collect(Expr* condition, std::vector<Expr*>& into) {
    Expr* inner = condition;
    while (auto* parentheses = as<Parenthesized>(inner)) inner = parentheses->inner;
    if (auto* both = as<Binary>(inner); both != nullptr && both->op == BinaryOp::and_) {
        collect(both->left, into);
        collect(both->right, into);
        return;
    }
    into.push_back(condition);
}

bool is_query(const Node& node) { return node.kind == Kind::query || node.kind == Kind::select; }

bool aggregates(const Call& call) {
    static constexpr std::array<std::string_view, 20> kNames{
        "array_agg", "avg",     "collect",    "corr",     "count",      "listagg",     "max",
        "median",    "min",     "stats_mode", "stddev",   "stddev_pop", "stddev_samp", "string_agg",
        "sum",       "var_pop", "var_samp",   "variance", "wm_concat",  "xmlagg"};
    return call.over == nullptr &&
           std::binary_search(kNames.begin(), kNames.end(), built_in_name(call.callee));
}

}  // namespace

std::vector<Expr*> conjuncts_of(Expr* condition) {
    std::vector<Expr*> made;
    if (condition != nullptr) collect(condition, made);
    return made;
}

Expr* conjunction_of(const std::vector<Expr*>& conjuncts, Tree& tree) {
    Expr* made = nullptr;
    for (Expr* each : conjuncts) made = Build{tree, each->span}.both(made, each);
    return made;
}

void walk_expression(Node& expr, const std::function<bool(Node&)>& visit) {
    walk(expr, [&visit](Node& node) { return !is_query(node) && visit(node); });
}

void rewrite_expression(Expr*& expr, const std::function<Expr*(Expr*)>& change) {
    if (expr == nullptr) return;
    const std::function<void(Node*&)> below = [&](Node*& child) {
        if (is_query(*child) || child->kind == Kind::data_type) return;
        const bool is_expression = child->kind >= Kind::literal && child->kind <= Kind::raw_expr &&
                                   child->kind != Kind::argument && child->kind != Kind::when;
        auto* call = as<Call>(child);
        Expr* callee = nullptr;
        if (call != nullptr && call->callee->kind == Kind::name)
            callee = std::exchange(call->callee, nullptr);
        if (child->kind != Kind::star) for_each_child(*child, below);
        if (callee != nullptr) call->callee = callee;
        if (is_expression) child = change(static_cast<Expr*>(child));
    };
    Node* node = expr;
    below(node);
    expr = static_cast<Expr*>(node);
}

void for_each_expression(Select& select, const std::function<void(Expr*&)>& visit) {
    for (SelectItem* item : select.items) visit(item->value);
    if (select.where != nullptr) visit(select.where);
    if (select.start_with != nullptr) visit(select.start_with);
    if (select.connect_by != nullptr) visit(select.connect_by);
    for (Expr*& each : select.group_by) visit(each);
    if (select.having != nullptr) visit(select.having);
}

bool mentions(Expr* expr, Text pseudo_column) {
    if (expr == nullptr) return false;
    bool found = false;
    walk_expression(*expr, [&](Node& node) {
        found = found || (node.kind == Kind::name && built_in_name(as<Name>(&node)) == pseudo_column);
        return !found;
    });
    return found;
}

bool has_aggregate(const Select& select) {
    bool found = !select.group_by.empty() || select.having != nullptr;
    for (SelectItem* item : select.items) {
        walk_expression(*item->value, [&](Node& node) {
            const auto* call = as<Call>(&node);
            found = found || (call != nullptr && (aggregates(*call) || !call->keep_order.empty() ||
                                                  (!call->within_group.empty() && call->over == nullptr)));
            return !found;
        });
    }
    return found;
}

Text qualifier_of(const TableRef& source) {
    if (!source.alias.empty()) return source.alias.name;
    const auto* table = as<TableName>(&source);
    return table == nullptr || table->name == nullptr ? Text{} : table->name->parts.back().name;
}

Text qualifier_of(const Name& column) {
    return column.parts.size() < 2 ? Text{} : column.parts[column.parts.size() - 2].name;
}

}  // namespace landfall::convert
