// Aggregates and analytic functions.
#include <algorithm>
#include <array>

#include "engines/convert/lower/expressions.hpp"

namespace landfall::convert {
namespace {

Expr* spliced_bound(Tree& tree, Span at, std::string_view text) {
    return Build{tree, at}.spliced({text}, {});
}

/// The whole partition: what an aggregate without an order sees.
void see_all_rows(Window& window, Tree& tree) {
    window.unit = "ROWS";
    window.start = spliced_bound(tree, window.span, "UNBOUNDED PRECEDING");
    window.end = spliced_bound(tree, window.span, "UNBOUNDED FOLLOWING");
}

void reverse(OrderItem& item) {
    item.descending = !item.descending;
    using Nulls = OrderItem::Nulls;
    if (item.nulls != Nulls::unsaid) item.nulls = item.nulls == Nulls::first ? Nulls::last : Nulls::first;
}

class Aggregate {
public:
    Aggregate(Call* call, LowerContext& context)
        : call_{call},
          context_{context},
          build_{context.tree, call->span},
          name_{built_in_name(call->callee)} {}

    Expr* lowered() {
        if (name_.empty()) return call_;
        if (!call_->overflow.empty() && call_->overflow.find("ERROR") == Text::npos) {
            context_.add_finding(kListaggOverflow, Complexity::info, call_->span, "ON OVERFLOW TRUNCATE");
        }
        call_->overflow = {};
        if (!call_->keep_order.empty()) return kept();
        if (name_ == "listagg" || name_ == "wm_concat") return joined();
        if (name_ == "median") return median();
        if (name_ == "stats_mode") return within("mode", {});
        if (name_ == "ratio_to_report" && call_->over != nullptr) return ratio();
        if (name_ == "collect") return renamed("array_agg");
        if (name_ == "approx_count_distinct") {
            call_->distinct = true;
            return renamed("count");
        }
        Expr* known = windowed();
        return known == nullptr ? call_ : known;
    }

private:
    static constexpr int kListaggOverflow = 9201;
    static constexpr int kIgnoreNulls = 9202;
    static constexpr int kKeep = 9203;
    static constexpr int kDistinctWindow = 9204;

    Expr* renamed(std::string_view name) {
        call_->callee = build_.name({name});
        return call_;
    }

    /// IGNORE NULLS: the first or the last that is known, among the rows before or behind for LAG and LEAD;
    /// nullptr: there is none for it.
    Expr* first_or_last_known() {
        Window* over = call_->over;
        const std::uint32_t given = call_->arguments.size();
        if (over == nullptr || given == 0 || call_->from_last) return nullptr;
        const bool before = name_ == "lag", behind = name_ == "lead";
        if (name_ != "first_value" && name_ != "last_value" && !before && !behind) return nullptr;
        const auto* offset = given > 1 ? as<Literal>(call_->arguments[1]->value) : nullptr;
        if (given > 1 && (offset == nullptr || offset->text != "1")) return nullptr;
        Expr* otherwise = given > 2 ? call_->arguments[2]->value : nullptr;
        if (before || behind) {
            if (!over->name.empty()) over->base = std::exchange(over->name, {});
            over->unit = "ROWS";
            const Span at = call_->span;
            over->start = spliced_bound(context_.tree, at, before ? "UNBOUNDED PRECEDING" : "1 FOLLOWING");
            over->end = spliced_bound(context_.tree, at, before ? "1 PRECEDING" : "UNBOUNDED FOLLOWING");
        }
        const bool last = before || name_ == "last_value";
        Call* known = build_.pack(last ? "last_known" : "first_known", {call_->arguments[0]->value});
        known->over = over;
        return otherwise == nullptr ? static_cast<Expr*>(known) : build_.call("coalesce", {known, otherwise});
    }

    /// What PostgreSQL's windows do not have; RESPECT NULLS is all that they know. Not nullptr: what stands
    /// for the call.
    Expr* windowed() {
        if (call_->nulls == Call::Nulls::ignore) {
            if (Expr* known = first_or_last_known()) return known;
            context_.add_finding(kIgnoreNulls, Complexity::complex, call_->span, "IGNORE NULLS");
        }
        if (call_->from_last)
            context_.add_finding(kIgnoreNulls, Complexity::complex, call_->span, "FROM LAST");
        call_->nulls = Call::Nulls::unsaid;
        call_->from_last = false;
        if (call_->over != nullptr && call_->distinct) {
            context_.add_finding(kDistinctWindow, Complexity::complex, call_->span, "DISTINCT in a window");
        }
        return nullptr;
    }

    /// LISTAGG(a, s) WITHIN GROUP (ORDER BY b) is string_agg(a, s ORDER BY b).
    Expr* joined() {
        if (call_->arguments.empty()) return call_;
        Expr*& value = call_->arguments[0]->value;
        if (!is_text(family_of(value))) value = build_.cast(value, "text");
        if (call_->arguments.size() == 1) {
            context_.tree.add(call_->arguments,
                              build_.argument(build_.string(name_ == "listagg" ? "" : ",")));
        }
        if (call_->over != nullptr) {
            call_->over->order = call_->within_group;
            see_all_rows(*call_->over, context_.tree);
        } else {
            call_->order = call_->within_group;
        }
        call_->within_group.clear();
        return renamed("string_agg");
    }

    Expr* within(std::string_view function, std::initializer_list<Expr*> arguments) {
        if (call_->arguments.size() != 1 || call_->over != nullptr) return call_;
        Call* made = build_.call(function, arguments);
        context_.tree.add(made->within_group, build_.order(call_->arguments[0]->value));
        return made;
    }

    Expr* median() {
        if (call_->over != nullptr) {
            context_.add_finding(kDistinctWindow, Complexity::complex, call_->span, "MEDIAN in a window");
            return call_;
        }
        return within("percentile_cont", {build_.number("0.5")});
    }

    /// RATIO_TO_REPORT(a) OVER (w) is a / sum(a) OVER (w).
    Expr* ratio() {
        if (call_->arguments.size() != 1) return call_;
        Expr* value = call_->arguments[0]->value;
        Call* sum = build_.call("sum", {clone_of(context_.tree, value)});
        sum->over = call_->over;
        Expr* divisor = build_.call("nullif", {sum, build_.number("0")});
        return build_.binary(BinaryOp::divide, build_.cast(value, "numeric"), divisor);
    }

    /// MAX(a) KEEP (DENSE_RANK LAST ORDER BY b): of the rows that are last by b, the greatest a: the first
    /// element of the array in that order.
    Expr* kept() {
        const bool greatest = name_ == "max";
        if ((!greatest && name_ != "min") || call_->arguments.size() != 1) {
            context_.add_finding(kKeep, Complexity::complex, call_->span,
                                 "KEEP with another function than MIN or MAX");
            return call_;
        }
        List<OrderItem*> order = call_->keep_order;
        if (!call_->keep_first) {
            for (OrderItem* item : order) reverse(*item);
        }
        Expr* value = call_->arguments[0]->value;
        OrderItem* among = build_.order(clone_of(context_.tree, value));
        among->descending = greatest;
        among->nulls = OrderItem::Nulls::last;
        context_.tree.add(order, among);
        if (call_->over != nullptr) {
            call_->over->order = order;
            see_all_rows(*call_->over, context_.tree);
            call_->keep_order.clear();
            call_->keep_first = false;
            return renamed("first_value");
        }
        Call* all = build_.call("array_agg", {value});
        all->order = order;
        Index* first = context_.tree.make<Index>(call_->span);
        first->base = all;
        context_.tree.add(first->subscripts, build_.number("1"));
        return first;
    }

    Call* call_;
    LowerContext& context_;
    Build build_;
    Text name_;
};

}  // namespace

Expr* lower_aggregate(Call* call, LowerContext& context) { return Aggregate{call, context}.lowered(); }

}  // namespace landfall::convert
