// The pass over all queries of a statement, innermost first.
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/queries.hpp"

namespace landfall::convert {
namespace {

class QueryPass {
public:
    explicit QueryPass(LowerContext& context) : context_{.lower = context} {}

    void lower(Node*& slot) {
        for_each_child(*slot, [this](Node*& child) { lower(child); });
        switch (slot->kind) {
            case Kind::query: return query(*as<Query>(slot));
            case Kind::set_operation: return set_operation(*as<SetOperation>(slot));
            case Kind::insert: return lower_insert(*as<Insert>(slot), context_);
            case Kind::update: return lower_update(*as<Update>(slot), context_);
            case Kind::delete_: return lower_delete(*as<Delete>(slot), context_);
            case Kind::merge: return lower_merge(*as<Merge>(slot), context_);
            case Kind::sql_statement: return multi_insert<SplicedCode>(slot, as<SqlStatement>(slot)->sql);
            case Kind::script_sql: return multi_insert<SplicedStatement>(slot, as<ScriptSql>(slot)->sql);
            default: return;
        }
    }

private:
    void query(Query& query) {
        if (query.body->kind == Kind::select) lower_select(query.body, &query, context_);
        lower_query_tail(query, context_);
    }

    void set_operation(SetOperation& set) {
        if (set.left->kind == Kind::select) lower_select(set.left, nullptr, context_);
        if (set.right->kind == Kind::select) lower_select(set.right, nullptr, context_);
    }

    template <class Spliced>
    void multi_insert(Node*& slot, Node* sql) {
        auto* insert = as<MultiInsert>(sql);
        if (insert == nullptr) return;
        auto* made = context_.lower.tree.make<Spliced>(slot->span);
        if constexpr (std::is_base_of_v<CodeStatement, Spliced>) {
            made->labels = static_cast<CodeStatement*>(slot)->labels;
        }
        lower_multi_insert(*insert, context_, made->pieces, made->operands);
        slot = made;
    }

    QueryContext context_;
};

}  // namespace

void lower_select(QueryBody*& slot, Query* owner, QueryContext& context) {
    if (static_cast<Select*>(slot)->hierarchical) lower_hierarchy(slot, owner, context);
    auto* select = as<Select>(slot);
    if (select == nullptr) return;
    lower_outer_joins(*select, context);
    lower_pivots(*select, context);
    lower_sources(*select, context);
    lower_row_numbers(slot, owner, context);
}

void lower_queries(Statement*& statement, LowerContext& context) {
    Node* root = statement;
    QueryPass{context}.lower(root);
    statement = static_cast<Statement*>(root);
}

}  // namespace landfall::convert
