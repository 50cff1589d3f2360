// CONNECT BY. A generator of rows (CONNECT BY LEVEL <= n without PRIOR) becomes generate_series; any other
// hierarchy a recursive query:
//
//   WITH RECURSIVE hierarchy_1 AS (
//       SELECT columns, 1 AS connect_level, ARRAY[row_number() OVER (ORDER BY siblings)] AS connect_order
//       FROM sources WHERE joins AND start
//     UNION ALL
//       SELECT columns, connect_level + 1, connect_order || row_number() OVER (…)
//       FROM sources, hierarchy_1 WHERE joins AND condition)
//   SELECT items FROM hierarchy_1 WHERE filters ORDER BY connect_order
//
// It carries the columns that the rest of the query names.
#include <algorithm>

#include "engines/convert/lower/queries.hpp"

namespace landfall::convert {
namespace {

constexpr int kCycleColumn = 9214, kCircle = 9219;
constexpr int kStarOfHierarchy = 9215;

bool is_level(const Expr* expr) { return built_in_name(expr) == "level"; }
bool is_counter(const Expr* expr) { return is_level(expr) || built_in_name(expr) == "rownum"; }

bool has_prior(Expr* expr) {
    bool found = false;
    walk_expression(*expr, [&found](Node& node) {
        const auto* unary = as<Unary>(&node);
        found = found || (unary != nullptr && unary->op == UnaryOp::prior);
        return !found;
    });
    return found;
}

/// LEVEL <= n: how many rows; nullptr: the condition is of another kind.
Expr* generated_rows(Select& select, Tree& tree) {
    if (select.start_with != nullptr || select.connect_by == nullptr || has_prior(select.connect_by))
        return nullptr;
    if (select.from.size() != 1 || select.from[0]->kind != Kind::table_name) return nullptr;
    const auto* table = as<TableName>(select.from[0]);
    if (table->name->parts.back().name != "dual") return nullptr;
    Expr* condition = select.connect_by;
    while (auto* parentheses = as<Parenthesized>(condition)) condition = parentheses->inner;
    const auto* binary = as<Binary>(condition);
    if (binary == nullptr) return nullptr;
    const Build build{tree, binary->span};
    const auto before = [&](Expr* end) { return build.binary(BinaryOp::subtract, end, build.number("1")); };
    if (is_counter(binary->left) && !mentions(binary->right, "level")) {
        if (binary->op == BinaryOp::less_equal) return binary->right;
        if (binary->op == BinaryOp::less) return before(binary->right);
    }
    if (is_counter(binary->right) && !mentions(binary->left, "level")) {
        if (binary->op == BinaryOp::greater_equal) return binary->left;
        if (binary->op == BinaryOp::greater) return before(binary->left);
    }
    return nullptr;
}

bool is_positive_whole(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::number &&
           literal->text.find_first_not_of("0123456789") == Text::npos && literal->text != "0";
}

/// FROM generate_series(1, n): there is one row at least, since the first one has no condition.
void generate(Select& select, Expr* rows, Query* owner, QueryContext& context) {
    Tree& tree = context.lower.tree;
    const Build build{tree, select.span};
    Expr* last = rows;
    if (!is_positive_whole(rows)) {
        last = build.spliced({"greatest(floor(", ")::integer, 1)"}, {rows});
    }
    TableFunction* series = tree.make<TableFunction>(select.span);
    series->call = build.call("generate_series", {build.number("1"), last});
    const std::string alias = context.fresh("rows");
    series->alias = build.identifier(alias);
    tree.add(series->columns, build.identifier("level"));
    select.from = tree.list<TableRef*>({series});
    select.hierarchical = false;
    select.no_cycle = false;
    select.connect_by = nullptr;
    const auto replace = [&](Expr*& expr) {
        rewrite_expression(expr, [&](Expr* each) -> Expr* {
            return is_counter(each) ? build.name({alias, "level"}) : each;
        });
    };
    for (SelectItem* item : select.items) {
        if (item->alias.empty() && built_in_name(item->value) == "rownum")
            item->alias = build.identifier("rownum");
    }
    for_each_expression(select, replace);
    if (owner == nullptr) return;
    for (OrderItem* item : owner->order) replace(item->value);
}

class Hierarchy {
public:
    Hierarchy(Select& select, Query* owner, QueryContext& context)
        : select_{select},
          owner_{owner},
          context_{context},
          tree_{context.lower.tree},
          build_{context.lower.tree, select.span},
          name_{context.fresh("hierarchy")} {}

    Query* lowered() {
        for (const TableRef* source : select_.from) sources_.push_back(qualifier_of(*source));
        collect_columns();
        split_where();
        const bool ordered = is_ordered();
        Select* base = first_rows();
        Select* next = next_rows();
        rewrite_outer();
        add_columns(*base, *next);
        SetOperation* all = tree_.make<SetOperation>(select_.span);
        all->what = SetOperation::What::union_all;
        all->left = base;
        all->right = next;
        lower_select(all->left, nullptr, context_);
        lower_select(all->right, nullptr, context_);
        finish_outer();
        return with(all, ordered);
    }

private:
    struct Column {
        Name* source;       ///< as the query names it
        std::string alias;  ///< in the recursive query, where the sources' own names would be ambiguous
    };
    /// A value that the recursion carries: its first expression, and the one of further rows.
    struct Carried {
        std::string alias;
        Expr* first;
        Expr* next;
    };

    // --- columns ---

    [[nodiscard]] bool is_source(Text qualifier) const {
        return std::find(sources_.begin(), sources_.end(), qualifier) != sources_.end();
    }
    static bool is_pseudo(const Name& name) {
        const Text word = built_in_name(&name);
        return word == "level" || word == "rownum" || word == "sysdate" || word == "user" ||
               word == "systimestamp" || word == "connect_by_isleaf" || word == "connect_by_iscycle" ||
               word == "current_date" || word == "uid";
    }
    [[nodiscard]] Column* column_of(const Name& name) {
        for (Column& column : columns_) {
            if (column.source->parts.back().name != name.parts.back().name) continue;
            const Text own = qualifier_of(*column.source);
            const Text other = qualifier_of(name);
            if (own == other || (sources_.size() == 1 && (own.empty() || is_source(own)) &&
                                 (other.empty() || is_source(other)))) {
                return &column;
            }
        }
        return nullptr;
    }
    void collect(Expr* expr) {
        if (expr == nullptr) return;
        rewrite_expression(expr, [this](Expr* each) {
            auto* name = as<Name>(each);
            if (name == nullptr || is_pseudo(*name) || !name->link.empty()) return each;
            if (name->parts.back().name == "nextval" || column_of(*name) != nullptr) return each;
            std::string alias = "h_" + std::string{name->parts.back().name};
            const bool taken = std::any_of(columns_.begin(), columns_.end(),
                                           [&](const Column& column) { return column.alias == alias; });
            if (taken) alias += "_" + std::to_string(columns_.size());
            columns_.push_back({clone_of(tree_, name), alias});
            return each;
        });
    }
    void collect_columns() {
        for_each_expression(select_, [this](Expr*& expr) { collect(expr); });
        if (owner_ == nullptr) return;
        for (OrderItem* item : owner_->order) {
            if (!is_alias_of_item(item->value)) collect(item->value);
        }
    }
    bool is_alias_of_item(const Expr* expr) {
        const auto* name = as<Name>(expr);
        if (name == nullptr || name->parts.size() != 1) return false;
        return std::any_of(select_.items.begin(), select_.items.end(), [&](const SelectItem* item) {
            return item->alias.name == name->parts[0].name && !item->alias.empty();
        });
    }
    Expr* carried_column(const Name& name) {
        const Column* column = column_of(name);
        return column == nullptr ? nullptr : build_.name({name_, column->alias});
    }

    // --- the parts of the recursion ---

    /// Conditions that join sources come before the hierarchy, all others behind it.
    void split_where() {
        std::vector<Expr*> joins, filters;
        for (Expr* each : conjuncts_of(select_.where)) {
            std::vector<Text> named;
            walk_expression(*each, [&](Node& node) {
                const auto* name = as<Name>(&node);
                const Text qualifier = name == nullptr ? Text{} : qualifier_of(*name);
                if (is_source(qualifier) && std::find(named.begin(), named.end(), qualifier) == named.end()) {
                    named.push_back(qualifier);
                }
                return true;
            });
            (named.size() > 1 ? joins : filters).push_back(each);
        }
        joins_ = conjunction_of(joins, tree_);
        select_.where = conjunction_of(filters, tree_);
    }

    Expr* row_order() {
        Call* number = build_.call("row_number", {});
        number->over = tree_.make<Window>(select_.span);
        if (owner_ == nullptr || !owner_->siblings) return number;
        for (const OrderItem* item : owner_->order) tree_.add(number->over->order, clone_of(tree_, item));
        return number;
    }
    List<TableRef*> sources() {
        List<TableRef*> made;
        for (const TableRef* each : select_.from) tree_.add(made, clone_of(tree_, each));
        return made;
    }

    Select* first_rows() {
        Select* base = tree_.make<Select>(select_.span);
        base->from = sources();
        Expr* start = select_.start_with == nullptr ? nullptr : clone_of(tree_, select_.start_with);
        if (start != nullptr) {
            rewrite_expression(
                start, [this](Expr* each) -> Expr* { return is_level(each) ? build_.number("1") : each; });
        }
        base->where = build_.both(joins_ == nullptr ? nullptr : clone_of(tree_, joins_), start);
        return base;
    }

    /// CONNECT BY's condition where PRIOR means the row of the recursion.
    Expr* linked(std::string_view level_offset) {
        Expr* condition = clone_of(tree_, select_.connect_by);
        rewrite_prior(condition);
        rewrite_expression(condition, [&](Expr* each) -> Expr* {
            if (!is_level(each)) return each;
            return build_.binary(BinaryOp::add, build_.name({name_, "connect_level"}),
                                 build_.number(level_offset));
        });
        return condition;
    }
    void rewrite_prior(Expr*& expr) {
        rewrite_expression(expr, [this](Expr* each) -> Expr* {
            auto* unary = as<Unary>(each);
            if (unary == nullptr || unary->op != UnaryOp::prior) return each;
            return of_prior_row(unary->operand);
        });
    }
    Expr* of_prior_row(Expr* operand) {
        rewrite_expression(operand, [this](Expr* each) -> Expr* {
            const auto* name = as<Name>(each);
            if (name == nullptr) return each;
            if (is_level(name)) return build_.name({name_, "connect_level"});
            Expr* carried = carried_column(*name);
            return carried == nullptr ? each : carried;
        });
        return operand;
    }

    Select* next_rows() {
        Select* next = tree_.make<Select>(select_.span);
        next->from = sources();
        TableName* recursion = tree_.make<TableName>(select_.span);
        recursion->name = build_.name({name_});
        tree_.add(next->from, recursion);
        next->where = build_.both(joins_ == nullptr ? nullptr : clone_of(tree_, joins_), linked("1"));
        if (select_.no_cycle) {
            Expr* seen = build_.spliced({"", " = ANY (" + name_ + ".connect_rows)"}, {row_image()});
            Parenthesized* inner = tree_.make<Parenthesized>(select_.span);
            inner->inner = seen;
            next->where = build_.both(next->where, build_.negation(inner));
        } else if (!sources_.empty() && sources_[0] != "dual") {
            context_.lower.add_finding(kCircle, Complexity::info, select_.span, "CONNECT BY without NOCYCLE");
        }
        return next;
    }

    /// The row as one text: what NOCYCLE compares.
    Expr* row_image() {
        Spliced* made = tree_.make<Spliced>(select_.span);
        Text piece = "ROW(";
        for (const Column& column : columns_) {
            tree_.add(made->pieces, piece);
            tree_.add(made->operands, clone_of(tree_, column.source));
            piece = ", ";
        }
        tree_.add(made->pieces, made->operands.empty() ? Text{"ROW()::text"} : Text{")::text"});
        return made;
    }

    void add_columns(Select& base, Select& next) {
        const auto both = [&](Expr* first, Expr* further, std::string_view alias) {
            tree_.add(base.items, build_.item(first, alias));
            tree_.add(next.items, build_.item(further, alias));
        };
        for (const Column& column : columns_) {
            both(column.source, clone_of(tree_, column.source), column.alias);
        }
        if (star_) {
            tree_.add(base.items, build_.item(build_.star()));
            Star* all = build_.star();
            all->qualifier = build_.name({sources_.empty() ? Text{"?"} : sources_[0]});
            tree_.add(next.items, build_.item(all));
        }
        both(build_.number("1"),
             build_.binary(BinaryOp::add, build_.name({name_, "connect_level"}), build_.number("1")),
             "connect_level");
        both(build_.spliced({"ARRAY[", "]"}, {row_order()}),
             build_.spliced({name_ + ".connect_order || ", ""}, {row_order()}), "connect_order");
        if (select_.no_cycle) {
            both(build_.spliced({"ARRAY[", "]"}, {row_image()}),
                 build_.spliced({name_ + ".connect_rows || ", ""}, {row_image()}), "connect_rows");
        }
        for (const Carried& each : carried_) both(each.first, each.next, each.alias);
    }

    // --- what is selected from it ---

    Name* carry(std::string_view stem, Expr* first, Expr* next) {
        const std::string alias = std::string{stem} + "_" + std::to_string(carried_.size() + 1);
        carried_.push_back({alias, first, next});
        return build_.name({name_, alias});
    }
    /// SYS_CONNECT_BY_PATH(a, '/') grows by one step a level.
    Expr* path(const Call& call) {
        const std::string alias = "connect_path_" + std::to_string(carried_.size() + 1);
        Expr* step = call.arguments[0]->value;
        Expr* separator = call.arguments[1]->value;
        Expr* first = build_.binary(BinaryOp::concat, separator, step);
        Expr* next =
            build_.binary(BinaryOp::concat, build_.name({name_, alias}),
                          build_.binary(BinaryOp::concat, clone_of(tree_, separator), clone_of(tree_, step)));
        return carry("connect_path", build_.cast(first, "text"), build_.cast(next, "text"));
    }
    Expr* root(Expr* value) {
        const std::string alias = "connect_root_" + std::to_string(carried_.size() + 1);
        return carry("connect_root", value, build_.name({name_, alias}));
    }
    /// PRIOR a among what is selected: nothing in the first rows, of their type.
    Expr* prior(Expr* value) {
        Case* nothing = tree_.make<Case>(value->span);
        tree_.add(nothing->whens, build_.when(build_.boolean("false"), clone_of(tree_, value)));
        return carry("connect_prior", nothing, of_prior_row(value));
    }
    /// CONNECT_BY_ISLEAF: is there no row below?
    Expr* leaf() {
        Select* below = tree_.make<Select>(select_.span);
        tree_.add(below->items, build_.item(build_.number("1")));
        below->from = sources();
        below->where = build_.both(joins_ == nullptr ? nullptr : clone_of(tree_, joins_), linked("1"));
        QueryBody* body = below;
        lower_select(body, nullptr, context_);
        Subquery* exists = build_.subquery(build_.query(body));
        exists->what = Subquery::What::exists;
        Case* made = tree_.make<Case>(select_.span);
        tree_.add(made->whens, build_.when(exists, build_.number("0")));
        made->otherwise = build_.number("1");
        return made;
    }

    /// Children are seen before their parents: what PRIOR, CONNECT_BY_ROOT and paths are about is still
    /// spelled as the sources name it, so that these are taken first.
    void rewrite_specials(Expr*& expr) {
        rewrite_expression(expr, [this](Expr* each) -> Expr* {
            if (auto* unary = as<Unary>(each)) {
                if (unary->op == UnaryOp::connect_by_root) return root(unary->operand);
                if (unary->op == UnaryOp::prior) return prior(unary->operand);
            }
            if (auto* call = as<Call>(each)) {
                if (built_in_name(call->callee) == "sys_connect_by_path" && call->arguments.size() == 2) {
                    return path(*call);
                }
            }
            return each;
        });
    }
    void rewrite_names(Expr*& expr) {
        if (auto* star = as<Star>(expr)) return tell_star(*star);
        rewrite_expression(expr, [this](Expr* each) -> Expr* {
            if (each->kind == Kind::star) return each;
            const auto* name = as<Name>(each);
            if (name == nullptr) return each;
            const Text word = built_in_name(name);
            if (word == "level") return build_.name({name_, "connect_level"});
            if (word == "connect_by_isleaf") return leaf();
            if (word == "connect_by_iscycle") return cycle(*name);
            if (word == "rownum") return numbered();
            if (qualifier_of(*name) == name_) return each;
            Expr* carried = carried_column(*name);
            return carried == nullptr ? each : carried;
        });
    }
    Expr* numbered() {
        Call* number = build_.call("row_number", {});
        number->over = tree_.make<Window>(select_.span);
        tree_.add(number->over->order, build_.order(build_.name({name_, "connect_order"})));
        return number;
    }
    Expr* cycle(const Name& name) {
        context_.lower.add_finding(kCycleColumn, Complexity::medium, name.span, "CONNECT_BY_ISCYCLE");
        return build_.number("0");
    }
    void tell_star(Star& star) {
        star_ = true;
        star.qualifier = nullptr;
        context_.lower.add_finding(kStarOfHierarchy, Complexity::simple, star.span,
                                   "* of a hierarchy: it has columns of its own behind those of the table");
    }
    /// The name of a column that a pseudo-column or a carried value would lose.
    void keep_name(SelectItem& item) {
        const auto* name = as<Name>(item.value);
        if (name != nullptr && item.alias.empty()) item.alias = build_.identifier(name->parts.back().name);
        const auto* unary = as<Unary>(item.value);
        const auto* operand = unary == nullptr ? nullptr : as<Name>(unary->operand);
        if (operand != nullptr && item.alias.empty())
            item.alias = build_.identifier(operand->parts.back().name);
    }

    [[nodiscard]] bool is_ordered() const {
        if (owner_ == nullptr || select_.distinct || has_aggregate(select_)) return false;
        return owner_->siblings || owner_->order.empty();
    }

    void rewrite_outer() {
        for (SelectItem* item : select_.items) keep_name(*item);
        const auto rewrite = [this](Expr*& expr) {
            rewrite_specials(expr);
            rewrite_names(expr);
        };
        select_.start_with = nullptr;
        for (SelectItem* item : select_.items) rewrite(item->value);
        if (select_.where != nullptr) rewrite(select_.where);
        for (Expr*& each : select_.group_by) rewrite(each);
        if (select_.having != nullptr) rewrite(select_.having);
        if (owner_ != nullptr && !owner_->siblings) {
            for (OrderItem* item : owner_->order) {
                if (!is_alias_of_item(item->value)) rewrite(item->value);
            }
        }
    }

    void finish_outer() {
        TableName* recursion = tree_.make<TableName>(select_.span);
        recursion->name = build_.name({name_});
        select_.from = tree_.list<TableRef*>({recursion});
        select_.connect_by = nullptr;
        select_.hierarchical = false;
        select_.no_cycle = false;
    }

    /// The query that has the recursion; the owner, or a new one where the select is a part of a set.
    Query* with(QueryBody* recursion, bool ordered) {
        Query* query = owner_ == nullptr ? build_.query(&select_) : owner_;
        if (owner_ == nullptr) query->parenthesized = true;
        With* with = tree_.make<With>(select_.span);
        with->name = build_.identifier(name_);
        with->query = build_.query(recursion);
        tree_.add(query->with, with);
        query->recursive = true;
        if (query->siblings) query->order.clear();
        query->siblings = false;
        if (ordered) tree_.add(query->order, build_.order(build_.name({name_, "connect_order"})));
        return query;
    }

    Select& select_;
    Query* owner_;
    QueryContext& context_;
    Tree& tree_;
    Build build_;
    std::string name_;
    std::vector<Text> sources_;
    std::vector<Column> columns_;
    std::vector<Carried> carried_;
    Expr* joins_ = nullptr;
    bool star_ = false;
};

}  // namespace

void lower_hierarchy(QueryBody*& slot, Query* owner, QueryContext& context) {
    auto& select = static_cast<Select&>(*slot);
    if (Expr* rows = generated_rows(select, context.lower.tree))
        return generate(select, rows, owner, context);
    Query* query = Hierarchy{select, owner, context}.lowered();
    if (query == owner) return;
    lower_select(query->body, query, context);
    slot = query;
}

}  // namespace landfall::convert
