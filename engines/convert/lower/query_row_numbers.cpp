// ROWNUM: a limit where the condition only bounds it, row_number() where it is a value.
#include <algorithm>

#include "engines/convert/lower/queries.hpp"
#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {
namespace {

constexpr int kRowNumber = 9206;
constexpr int kLimitAfterOrder = 9207;

bool is_row_number(const Expr* expr) { return built_in_name(expr) == "rownum"; }

/// Does the bound differ from row to row? Then it is no limit.
bool names_column(Expr& expr) {
    bool found = false;
    walk_expression(expr, [&found](Node& node) {
        const auto* name = as<Name>(&node);
        found = found || (name != nullptr && name->binding != nullptr && name->binding->symbol != nullptr &&
                          name->binding->symbol->what == Symbol::What::column);
        return !found;
    });
    return found;
}

/// What a condition about ROWNUM says.
struct Bound {
    enum class What : std::uint8_t { none, at_most, always, never, equals } what = What::none;
    Expr* limit = nullptr;
};

/// The value of a literal without sign and fraction; -1: it is something else.
long whole_number(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    if (literal == nullptr || literal->what != Literal::What::number || literal->text.size() > 9) return -1;
    long value = 0;
    for (const char c : literal->text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

BinaryOp mirrored(BinaryOp op) {
    switch (op) {
        case BinaryOp::less: return BinaryOp::greater;
        case BinaryOp::less_equal: return BinaryOp::greater_equal;
        case BinaryOp::greater: return BinaryOp::less;
        case BinaryOp::greater_equal: return BinaryOp::less_equal;
        default: return op;
    }
}

class Bounds {
public:
    explicit Bounds(Tree& tree) : tree_{tree} {}

    Bound of(Expr* condition) {
        while (auto* parentheses = as<Parenthesized>(condition)) condition = parentheses->inner;
        if (auto* between = as<Between>(condition)) return of_between(*between);
        auto* binary = as<Binary>(condition);
        if (binary == nullptr || binary->op > BinaryOp::greater_equal || binary->op < BinaryOp::equal)
            return {};
        if (is_row_number(binary->left)) return of(binary->op, binary->right);
        if (is_row_number(binary->right)) return of(mirrored(binary->op), binary->left);
        return {};
    }

private:
    Bound of_between(const Between& between) {
        if (between.negated || !is_row_number(between.operand)) return {};
        const long low = whole_number(between.low);
        if (low == 0 || low == 1) return {Bound::What::at_most, between.high};
        return low > 1 ? Bound{Bound::What::never} : Bound{};
    }

    Bound of(BinaryOp op, Expr* value) {
        using What = Bound::What;
        const long number = whole_number(value);
        const Build build{tree_, value->span};
        switch (op) {
            case BinaryOp::less_equal: return {What::at_most, value};
            case BinaryOp::less:
                if (number > 0) return {What::at_most, build.number(std::to_string(number - 1))};
                return {What::at_most, build.binary(BinaryOp::subtract, value, build.number("1"))};
            case BinaryOp::equal:
                if (number == 1) return {What::at_most, value};
                return number < 0 ? Bound{What::equals, value} : Bound{What::never};
            case BinaryOp::greater:
                if (number < 0) return {};
                return number == 0 ? Bound{What::always} : Bound{What::never};
            case BinaryOp::greater_equal:
                if (number < 0) return {};
                return number <= 1 ? Bound{What::always} : Bound{What::never};
            default: return {};
        }
    }

    Tree& tree_;
};

/// A WHERE without its bounds of ROWNUM, and the limit that they set.
struct Limited {
    Expr* where = nullptr;
    Expr* limit = nullptr;
};

class RowNumbers {
public:
    explicit RowNumbers(QueryContext& context) : context_{context}, tree_{context.lower.tree} {}

    Limited limited(Expr* where) {
        Limited made;
        std::vector<Expr*> rest;
        for (Expr* each : conjuncts_of(where)) {
            Bound bound = Bounds{tree_}.of(each);
            if (bound.limit != nullptr && names_column(*bound.limit)) bound = {};
            const Build build{tree_, each->span};
            switch (bound.what) {
                case Bound::What::none:
                    if (mentions(each, "rownum"))
                        refuse(each->span, "ROWNUM in a condition that is no bound");
                    rest.push_back(each);
                    break;
                case Bound::What::always: break;
                case Bound::What::never: rest.push_back(build.boolean("false")); break;
                case Bound::What::equals:
                    rest.push_back(build.binary(BinaryOp::equal, bound.limit, build.number("1")));
                    made.limit = least(made.limit, build.number("1"));
                    break;
                case Bound::What::at_most: made.limit = least(made.limit, bound.limit); break;
            }
        }
        made.where = conjunction_of(rest, tree_);
        return made;
    }

    void of_select(QueryBody*& slot, Query* owner) {
        auto* select = static_cast<Select*>(slot);
        Limited limited_by =
            mentions(select->where, "rownum") ? limited(select->where) : Limited{select->where, nullptr};
        select->where = limited_by.where;
        if (limited_by.limit != nullptr) limit(slot, *select, owner, limited_by.limit);
        values(*select);
        if (owner == nullptr) return;
        for (OrderItem* item : owner->order) numbered(item->value);
    }

private:
    enum class Ordered : std::uint8_t { no, yes };

    void refuse(Span at, std::string_view what) {
        context_.lower.add_finding(kRowNumber, Complexity::complex, at, what);
    }

    Expr* least(Expr* a, Expr* b) {
        if (a == nullptr) return b;
        return Build{tree_, a->span}.spliced({"least(", ", ", ")"}, {a, b});
    }

    void limit(QueryBody*& slot, Select& select, Query* owner, Expr* limit) {
        const bool whole = !select.distinct && !has_aggregate(select);
        const bool unordered = owner == nullptr || (owner->order.empty() && owner->fetch == nullptr);
        if (whole && unordered) {
            if (owner != nullptr) {
                owner->fetch = limit;
                return;
            }
            const Build build{tree_, select.span};
            Query* query = build.query(&select);
            query->fetch = limit;
            query->parenthesized = true;
            slot = query;
            return;
        }
        const bool ordered = owner != nullptr && !owner->order.empty();
        if (limit_source(select, limit, ordered ? Ordered::yes : Ordered::no)) return;
        if (owner != nullptr && owner->fetch == nullptr) {
            owner->fetch = limit;
            context_.lower.add_finding(kLimitAfterOrder, Complexity::medium, select.span,
                                       "ROWNUM counts rows before they are ordered or grouped");
            return;
        }
        refuse(select.span, "ROWNUM of rows that are grouped");
    }

    /// FROM t WHERE c becomes FROM (SELECT * FROM t WHERE c LIMIT n) t: what follows sees the limited rows.
    bool limit_source(Select& select, Expr* limit, Ordered ordered) {
        if (select.from.empty()) return false;
        const Build build{tree_, select.span};
        const TableRef& source = *select.from[0];
        const bool one = select.from.size() == 1 && source.kind != Kind::join && source.kind != Kind::pivot;
        if (!one && (ordered == Ordered::yes || !needs_no_column(select))) return false;
        Select* inner = tree_.make<Select>(select.span);
        inner->from = tree_.copy(select.from);
        inner->where = select.where;
        tree_.add(inner->items,
                  build.item(one ? static_cast<Expr*>(build.star()) : build.number("1"), one ? "" : "one"));
        Query* query = build.query(inner);
        query->fetch = limit;
        const Text name = one ? qualifier_of(source) : Text{};
        const std::string alias = name.empty() ? context_.fresh("rows") : std::string{name};
        select.from.clear();
        select.where = nullptr;
        tree_.add(select.from, build.derived(query, alias));
        return true;
    }

    static bool needs_no_column(Select& select) {
        bool none = select.group_by.empty();
        for (SelectItem* item : select.items) {
            rewrite_expression(item->value, [&none](Expr* expr) {
                none = none && expr->kind != Kind::name && expr->kind != Kind::subquery;
                return expr;
            });
        }
        return none;
    }

    void numbered(Expr*& expr) {
        rewrite_expression(expr, [this](Expr* each) -> Expr* {
            if (!is_row_number(each)) return each;
            const Build build{tree_, each->span};
            Call* call = build.call("row_number", {});
            call->over = tree_.make<Window>(each->span);
            return call;
        });
    }

    void values(Select& select) {
        for (SelectItem* item : select.items) {
            if (!mentions(item->value, "rownum")) continue;
            if (is_row_number(item->value) && item->alias.empty()) {
                item->alias = Build{tree_, item->span}.identifier("rownum");
            }
            if (has_aggregate(select)) refuse(item->span, "ROWNUM beside aggregates");
            numbered(item->value);
        }
    }

    QueryContext& context_;
    Tree& tree_;
};

}  // namespace

void lower_row_numbers(QueryBody*& slot, Query* owner, QueryContext& context) {
    RowNumbers{context}.of_select(slot, owner);
}

/// Rows to change are found by a query with the limit.
void lower_row_numbers_of_change(TableRef* table, Expr*& where, QueryContext& context) {
    auto* name = as<TableName>(table);
    if (name == nullptr || !mentions(where, "rownum")) return;
    Tree& tree = context.lower.tree;
    const Limited limited = RowNumbers{context}.limited(where);
    where = limited.where;
    if (limited.limit == nullptr) return;
    const Build build{tree, name->span};
    Select* select = tree.make<Select>(name->span);
    tree.add(select->items, build.item(build.name({"ctid"})));
    tree.add(select->from, clone_of(tree, static_cast<TableRef*>(name)));
    select->where = limited.where;
    Query* query = build.query(select);
    query->fetch = limited.limit;
    In* in = tree.make<In>(name->span);
    in->operand = build.name({"ctid"});
    tree.add(in->items, build.subquery(query));
    where = in;
}

}  // namespace landfall::convert
