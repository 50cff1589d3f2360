// a.x = b.y (+) becomes a LEFT JOIN b ON a.x = b.y: each source that is marked joins to what its conditions
// name beside it; conditions without a mark stay where they are.
#include <algorithm>
#include <set>

#include "engines/convert/lower/queries.hpp"

namespace landfall::convert {
namespace {

constexpr int kOuterJoin = 9205;

struct Source {
    TableRef* ref = nullptr;
    Text qualifier;
    bool outer = false;             ///< its columns are marked, or TABLE(…) (+)
    std::vector<Expr*> conditions;  ///< of its join
    std::set<std::size_t> needs;    ///< sources that its conditions name
    std::size_t tree = 0;           ///< of OuterJoins::trees_ it is in, once placed
    bool placed = false;
};

class OuterJoins {
public:
    OuterJoins(Select& select, QueryContext& context)
        : select_{select}, context_{context}, tree_{context.lower.tree} {}

    void lower() {
        std::vector<Expr*> marked;
        std::vector<Expr*> rest;
        for (Expr* each : conjuncts_of(select_.where)) (is_marked(*each) ? marked : rest).push_back(each);
        const bool outer_functions = std::any_of(select_.from.begin(), select_.from.end(), is_outer_function);
        if (marked.empty() && !outer_functions) return;
        for (TableRef* ref : select_.from) {
            sources_.emplace_back();
            sources_.back().ref = ref;
            sources_.back().qualifier = qualifier_of(*ref);
            sources_.back().outer = is_outer_function(ref);
        }
        for (Expr* each : marked) {
            if (!give_to_source(each)) return refuse(each->span);
        }
        if (in_circle()) return refuse(select_.span);
        remove_marks();
        join();
        rest.insert(rest.end(), on_nothing_.begin(), on_nothing_.end());
        select_.where = conjunction_of(rest, tree_);
    }

private:
    static bool is_outer_function(const TableRef* ref) {
        const auto* function = as<TableFunction>(ref);
        return function != nullptr && function->outer_mark;
    }

    static bool is_marked(Expr& condition) {
        bool found = false;
        walk_expression(condition, [&found](Node& node) {
            found = found || node.kind == Kind::outer_mark;
            return !found;
        });
        return found;
    }

    void refuse(Span at) {
        context_.lower.add_finding(kOuterJoin, Complexity::complex, at,
                                   "(+) whose tables are not clear from the condition");
    }

    [[nodiscard]] std::size_t source_named(Text qualifier) const {
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (!qualifier.empty() && sources_[i].qualifier == qualifier) return i;
        }
        return sources_.size();
    }

    /// The sources whose columns the condition names, marked ones apart. A name without qualifier counts in
    /// neither; it is a column of any source, or a variable.
    struct Named {
        std::set<std::size_t> marked, plain;
        bool unqualified_mark = false;
    };
    Named named_in(Expr& condition) {
        Named named;
        walk_expression(condition, [&](Node& node) {
            if (const auto* mark = as<OuterMark>(&node)) {
                const auto* column = as<Name>(mark->operand);
                const std::size_t source =
                    column == nullptr ? sources_.size() : source_named(qualifier_of(*column));
                if (source == sources_.size())
                    named.unqualified_mark = true;
                else
                    named.marked.insert(source);
                return false;
            }
            if (const auto* column = as<Name>(&node)) {
                const std::size_t source = source_named(qualifier_of(*column));
                if (source != sources_.size()) named.plain.insert(source);
            }
            return true;
        });
        return named;
    }

    bool give_to_source(Expr* condition) {
        Named named = named_in(*condition);
        if (named.unqualified_mark && named.marked.empty() && sources_.size() == 2 &&
            named.plain.size() == 1) {
            named.marked.insert(1 - *named.plain.begin());  // the other one: none joins to itself
        }
        if (named.unqualified_mark && named.marked.empty() && sources_.size() == 1) named.marked.insert(0);
        if (named.marked.size() != 1) return false;
        const std::size_t source = *named.marked.begin();
        sources_[source].outer = true;
        sources_[source].conditions.push_back(condition);
        named.plain.erase(source);
        sources_[source].needs.insert(named.plain.begin(), named.plain.end());
        return true;
    }

    void remove_marks() {
        for (Source& source : sources_) {
            for (Expr*& condition : source.conditions) {
                rewrite_expression(condition, [](Expr* expr) {
                    auto* mark = as<OuterMark>(expr);
                    return mark == nullptr ? expr : mark->operand;
                });
            }
        }
    }

    /// Two sources that are marked against each other, which Oracle refuses, too.
    [[nodiscard]] bool in_circle() const {
        std::vector<bool> placed(sources_.size());
        for (std::size_t round = 0; round < sources_.size(); ++round) {
            for (std::size_t i = 0; i < sources_.size(); ++i) {
                const auto& needs = sources_[i].needs;
                placed[i] = !sources_[i].outer || std::all_of(needs.begin(), needs.end(),
                                                              [&](std::size_t need) { return placed[need]; });
            }
        }
        return std::find(placed.begin(), placed.end(), false) != placed.end();
    }

    /// The trees of the sources in `needs` become one; all trees where nothing is needed.
    std::size_t joined_tree(const std::set<std::size_t>& needs) {
        std::set<std::size_t> wanted;
        for (const std::size_t need : needs) wanted.insert(sources_[need].tree);
        if (wanted.empty()) {
            for (std::size_t i = 0; i < trees_.size(); ++i) {
                if (trees_[i] != nullptr) wanted.insert(i);
            }
        }
        const std::size_t first = *wanted.begin();
        for (const std::size_t other : wanted) {
            if (other == first) continue;
            const Build build{tree_, trees_[first]->span};
            trees_[first] = build.join(Join::What::cross, trees_[first], trees_[other], nullptr);
            trees_[other] = nullptr;
            for (Source& source : sources_) {
                if (source.placed && source.tree == other) source.tree = first;
            }
        }
        return first;
    }

    void place(Source& source) {
        source.tree = joined_tree(source.needs);
        source.placed = true;
        const Build build{tree_, source.ref->span};
        Expr* on = conjunction_of(source.conditions, tree_);
        if (on == nullptr) on = build.boolean("true");
        if (auto* function = as<TableFunction>(source.ref)) {
            function->outer_mark = false;
            function->lateral = true;
        }
        trees_[source.tree] = build.join(Join::What::left, trees_[source.tree], source.ref, on);
    }

    [[nodiscard]] bool is_ready(const Source& source) const {
        return std::all_of(source.needs.begin(), source.needs.end(),
                           [this](std::size_t need) { return sources_[need].placed; });
    }

    void join() {
        for (Source& source : sources_) {
            if (source.outer) continue;
            source.tree = trees_.size();
            source.placed = true;
            trees_.push_back(source.ref);
        }
        if (trees_.empty()) {  // every source is marked: the first one has nothing to be joined to
            Source& first = sources_.front();
            first.placed = true;
            trees_.push_back(first.ref);
            for (Expr* each : first.conditions) on_nothing_.push_back(each);
        }
        bool moved = true;
        while (moved) {
            moved = false;
            for (Source& source : sources_) {
                if (source.placed || !is_ready(source)) continue;
                place(source);
                moved = true;
            }
        }
        select_.from.clear();
        for (TableRef* each : trees_) {
            if (each != nullptr) tree_.add(select_.from, each);
        }
    }

    Select& select_;
    QueryContext& context_;
    Tree& tree_;
    std::vector<Source> sources_;
    std::vector<TableRef*> trees_;
    std::vector<Expr*> on_nothing_;
};

}  // namespace

void lower_outer_joins(Select& select, QueryContext& context) { OuterJoins{select, context}.lower(); }

}  // namespace landfall::convert
