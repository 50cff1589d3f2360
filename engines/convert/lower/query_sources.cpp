// What stands in FROM, and what stands behind a query: DUAL, aliases, TABLE(), APPLY, hints, locks.
#include <algorithm>

#include "engines/convert/lower/queries.hpp"
#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {
namespace {

constexpr int kPartitionOfTable = 9208;
constexpr int kFlashback = 9209;
constexpr int kPartitionedJoin = 9210;
constexpr int kFetchPercent = 9211;
constexpr int kLockOf = 9212;
constexpr int kHint = 5103;
constexpr int kModel = 5126;
constexpr int kLockWait = 5144;

bool is_dual(const TableRef& source) {
    const auto* table = as<TableName>(&source);
    if (table == nullptr || table->name->parts.back().quoted || !table->name->link.empty()) return false;
    const auto& parts = table->name->parts;
    return parts.back().name == "dual" &&
           (parts.size() == 1 || (parts.size() == 2 && parts[0].name == "sys"));
}

class Sources {
public:
    Sources(Select& select, QueryContext& context)
        : select_{select}, context_{context}, tree_{context.lower.tree} {}

    void lower() {
        drop_dual();
        for (TableRef*& source : select_.from) source = lowered(source);
        lower_hint(select_.hint, select_.span, context_.lower);
        if (!select_.model.empty()) {
            context_.lower.add_finding(kModel, Complexity::complex, select_.span, "MODEL");
        }
        group_by_columns();
    }

private:
    /// Does the select need DUAL's one column?
    bool needs_dummy() {
        bool needed = false;
        for_each_expression(select_, [&needed](Expr*& expr) {
            walk_expression(*expr, [&needed](Node& node) {
                const auto* name = as<Name>(&node);
                needed = needed || node.kind == Kind::star ||
                         (name != nullptr && name->parts.back().name == "dummy");
                return node.kind != Kind::call || as<Call>(&node)->arguments.size() != 1 ||
                       as<Call>(&node)->arguments[0]->value->kind != Kind::star;
            });
        });
        return needed;
    }

    void drop_dual() {
        if (select_.from.size() == 1 && !is_dual(*select_.from[0])) return;
        if (std::none_of(select_.from.begin(), select_.from.end(),
                         [](TableRef* ref) { return is_dual(*ref); }))
            return;
        if (needs_dummy()) return;  // stays, as a row of its own
        List<TableRef*> rest;
        for (TableRef* each : select_.from) {
            if (!is_dual(*each)) tree_.add(rest, each);
        }
        select_.from = rest;
    }

    /// DUAL where it must be there: one row with its column.
    TableRef* one_row(const TableRef& dual) {
        const Build build{tree_, dual.span};
        Select* select = tree_.make<Select>(dual.span);
        tree_.add(select->items, build.item(build.cast(build.string("X"), "text"), "dummy"));
        const Text alias = qualifier_of(dual);
        return build.derived(build.query(select), alias);
    }

    TableRef* lowered(TableRef* source) {
        switch (source->kind) {
            case Kind::table_name:
                if (is_dual(*source)) return one_row(*source);
                table(*as<TableName>(source));
                return source;
            case Kind::derived_table:
                if (source->alias.empty()) source->alias = fresh(source->span);
                return source;
            case Kind::table_function: return function(as<TableFunction>(source));
            case Kind::join: return join(as<Join>(source));
            default: return source;
        }
    }

    Identifier fresh(Span at) { return Build{tree_, at}.identifier(context_.fresh("sub")); }

    void table(TableName& table) {
        if (!table.partition.empty()) {
            context_.lower.add_finding(kPartitionOfTable, Complexity::medium, table.span, table.partition);
            table.partition = {};
        }
        if (!table.flashback.empty()) {
            context_.lower.add_finding(kFlashback, Complexity::complex, table.span, table.flashback);
            table.flashback = {};
        }
    }

    TableRef* join(Join* join) {
        join->left = lowered(join->left);
        join->right = lowered(join->right);
        if (!join->partition_by.empty()) {
            context_.lower.add_finding(kPartitionedJoin, Complexity::complex, join->span,
                                       "PARTITION BY of a join");
            join->partition_by = {};
        }
        const bool outer = join->what == Join::What::outer_apply;
        if (!outer && join->what != Join::What::cross_apply) return join;
        if (auto* query = as<DerivedTable>(join->right)) query->lateral = true;
        if (auto* function = as<TableFunction>(join->right)) function->lateral = true;
        join->what = outer ? Join::What::left : Join::What::cross;
        if (outer) join->on = Build{tree_, join->span}.boolean("true");
        return join;
    }

    bool uses_column_value() {
        bool used = false;
        for_each_expression(select_, [&used](Expr*& expr) {
            walk_expression(*expr, [&used](Node& node) {
                const auto* name = as<Name>(&node);
                used = used || (name != nullptr && name->parts.back().name == "column_value");
                return !used;
            });
        });
        return used;
    }

    /// A function that pipes its rows is called; what holds a collection is unnested.
    [[nodiscard]] static bool is_collection(const Expr& call) {
        const auto* spliced = as<Spliced>(&call);
        if (spliced != nullptr && (spliced->name == "JSON_TABLE" || spliced->name == "XMLTABLE"))
            return false;
        const bool value = call.kind == Kind::name || call.kind == Kind::cast ||
                           call.kind == Kind::subquery ||
                           call.kind == Kind::spliced;  // a constructor is ARRAY[…]
        if (value) return true;
        const auto* made = as<Call>(&call);
        if (made == nullptr) return call.kind == Kind::field || call.kind == Kind::bind_variable;
        const auto* callee = as<Name>(made->callee);
        if (callee == nullptr || callee->binding == nullptr || callee->binding->symbol == nullptr)
            return false;
        const Symbol& symbol = *callee->binding->symbol;
        const auto* routine = as<Routine>(symbol.declared);
        if (routine != nullptr)
            return !routine->pipelined && (routine->returns == nullptr || !routine->returns->set_of);
        return symbol.what != Symbol::What::function && symbol.what != Symbol::What::built_in;
    }

    TableRef* function(TableFunction* function) {
        const Build build{tree_, function->span};
        if (is_collection(*function->call)) function->call = build.call("unnest", {function->call});
        if (uses_column_value()) {
            if (function->alias.empty()) function->alias = fresh(function->span);
            if (function->columns.empty()) tree_.add(function->columns, build.identifier("column_value"));
        }
        return function;
    }

    /// PostgreSQL groups by no constants but positions; one of them groups all rows anyhow.
    void group_by_columns() {
        List<Expr*> kept;
        for (Expr* each : select_.group_by) {
            if (each->kind != Kind::literal) tree_.add(kept, each);
        }
        if (kept.size() == select_.group_by.size()) return;
        if (kept.empty()) tree_.add(kept, tree_.make<Tuple>(select_.span));
        select_.group_by = kept;
    }

    Select& select_;
    QueryContext& context_;
    Tree& tree_;
};

void lock_tables(Query& query, QueryContext& context) {
    Tree& tree = context.lower.tree;
    const auto* select = as<Select>(query.body);
    List<Name*> tables;
    for (Name* column : query.lock_of) {
        if (column->parts.size() == 1) {
            if (select != nullptr && select->from.size() != 1) {
                context.lower.add_finding(kLockOf, Complexity::medium, column->span,
                                          "FOR UPDATE OF an unqualified column");
            }
            tables.clear();
            break;
        }
        const Text table = qualifier_of(*column);
        const bool known = std::any_of(tables.begin(), tables.end(),
                                       [&](const Name* each) { return each->parts[0].name == table; });
        if (!known) tree.add(tables, Build{tree, column->span}.name({table}));
    }
    query.lock_of = tables;
}

/// Does the query read from what it names itself?
bool reads(Query& query, Text name) {
    bool found = false;
    walk(query, [&](Node& node) {
        const auto* table = as<TableName>(&node);
        found = found ||
                (table != nullptr && table->name->parts.size() == 1 && table->name->parts[0].name == name);
        return !found;
    });
    return found;
}

}  // namespace

void lower_sources(Select& select, QueryContext& context) { Sources{select, context}.lower(); }

void lower_hint(Text& hint, Span at, LowerContext& context) {
    if (hint.empty()) return;
    context.add_finding(kHint, Complexity::info, at, hint);
    hint = {};
}

void lower_query_tail(Query& query, QueryContext& context) {
    Tree& tree = context.lower.tree;
    for (With* with : query.with) {
        if (with->query != nullptr && reads(*with->query, with->name.name)) query.recursive = true;
        const bool cycles = with->search_and_cycle.find("CYCLE") != Text::npos ||
                            with->search_and_cycle.find("cycle") != Text::npos;
        if (cycles && with->search_and_cycle.find(" USING ") == Text::npos) {
            with->search_and_cycle = tree.keep(std::string{with->search_and_cycle} + " USING cycle_path");
        }
    }
    if (!query.lock_wait_seconds.empty()) {
        context.lower.add_finding(kLockWait, Complexity::medium, query.span, "FOR UPDATE WAIT");
        query.lock_wait_seconds = {};
    }
    lock_tables(query, context);
    if (query.fetch_percent)
        context.lower.add_finding(kFetchPercent, Complexity::complex, query.span, "FETCH PERCENT");
}

}  // namespace landfall::convert
