// Queries and what stands in FROM.
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {

/// Clauses in one line where all fit, otherwise each in its own.
void TreePrinter::query(const Query& query) {
    if (query.siblings || query.fetch_percent || query.body == nullptr) return refuse(query);
    out_.open();
    withs(query.with, query.recursive);
    query_body(*query.body);
    if (!query.order.empty()) {
        out_.blank();
        out_.open();
        say("ORDER BY ");
        out_.indent();
        order_items(query.order);
        out_.outdent();
        out_.close();
    }
    limits(query);
    out_.close();
}

void TreePrinter::limits(const Query& query) {
    if (query.fetch != nullptr && !query.fetch_with_ties) {
        out_.blank();
        say("LIMIT ");
        expr(query.fetch);
    }
    if (query.offset != nullptr) {
        out_.blank();
        say("OFFSET ");
        expr(query.offset);
    }
    if (query.fetch != nullptr && query.fetch_with_ties) {
        out_.blank();
        say("FETCH FIRST (");
        expr(query.fetch);
        say(") ROWS WITH TIES");
    }
    if (!query.for_update) return;
    out_.blank();
    say("FOR UPDATE");
    for (const Name* of : query.lock_of) {
        say(of == query.lock_of.front() ? " OF " : ", ");
        qualified(*of);
    }
    if (query.lock == Query::Lock::no_wait) say(" NOWAIT");
    if (query.lock == Query::Lock::skip_locked) say(" SKIP LOCKED");
}

void TreePrinter::in_parentheses(const Query& inner) {
    if (++depth_ > kQueryDepthMax) {
        refuse(inner);
    } else {
        out_.open();
        say("(");
        out_.indent();
        out_.cut();
        query(inner);
        out_.outdent();
        out_.cut();
        say(")");
        out_.close();
    }
    --depth_;
}

void TreePrinter::withs(const List<With*>& withs, bool recursive) {
    if (withs.empty()) return;
    say(recursive ? "WITH RECURSIVE" : "WITH");
    out_.indent();
    out_.blank();
    items(withs, ",", [this](const With& with) {
        if (with.routine != nullptr || with.query == nullptr) return refuse(with);
        identifier(with.name.name);
        if (!with.columns.empty()) say(" ");
        if (!with.columns.empty()) identifiers(with.columns);
        say(" AS ");
        in_parentheses(*with.query);
        if (with.search_and_cycle.empty()) return;
        out_.blank();
        say(with.search_and_cycle);
    });
    out_.outdent();
    out_.blank();
}

void TreePrinter::query_body(const QueryBody& body) {
    switch (body.kind) {
        case Kind::select: return select(static_cast<const Select&>(body));
        case Kind::set_operation: return set_operation(static_cast<const SetOperation&>(body));
        case Kind::values: return values(static_cast<const Values&>(body));
        case Kind::query: return in_parentheses(static_cast<const Query&>(body));
        default: return refuse(body);
    }
}

namespace {

bool is_intersection(const SetOperation& operation) {
    return operation.what == SetOperation::What::intersect ||
           operation.what == SetOperation::What::intersect_all;
}

std::string_view word_of(SetOperation::What what) {
    switch (what) {
        case SetOperation::What::union_: return "UNION";
        case SetOperation::What::union_all: return "UNION ALL";
        case SetOperation::What::intersect: return "INTERSECT";
        case SetOperation::What::intersect_all: return "INTERSECT ALL";
        case SetOperation::What::except: return "EXCEPT";
        case SetOperation::What::except_all: return "EXCEPT ALL";
    }
    return {};
}

}  // namespace

/// INTERSECT binds tighter than the others, which go from left to right. Chains are printed flat.
void TreePrinter::set_operation(const SetOperation& operation) {
    std::vector<const SetOperation*> links{&operation};
    while (true) {
        const auto* left = as<SetOperation>(links.back()->left);
        if (left == nullptr || is_intersection(*left) != is_intersection(operation)) break;
        links.push_back(left);
    }
    if (links.back()->left == nullptr) return refuse(operation);
    set_operand(*links.back()->left, operation, false);
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        out_.blank();
        say(word_of((*link)->what));
        out_.blank();
        if ((*link)->right == nullptr) return refuse(operation);
        set_operand(*(*link)->right, operation, true);
    }
}

void TreePrinter::set_operand(const QueryBody& operand, const SetOperation& of, bool right) {
    const auto* within = as<SetOperation>(&operand);
    const bool alone = within == nullptr || (is_intersection(*within) && (!is_intersection(of) || !right));
    if (alone && ++depth_ <= kQueryDepthMax) {
        query_body(operand);
    } else if (!alone && ++depth_ <= kQueryDepthMax) {
        say("(");
        query_body(operand);
        say(")");
    } else {
        refuse(operand);
    }
    --depth_;
}

void TreePrinter::select(const Select& select) {
    if (select.hierarchical || select.connect_by != nullptr || select.start_with != nullptr ||
        select.bulk_collect || !select.model.empty())
        return refuse(select);
    out_.open();
    out_.open();
    say("SELECT");
    if (select.distinct) say(" DISTINCT");
    if (!select.distinct_on.empty()) {
        say(select.distinct ? " ON (" : " DISTINCT ON (");
        expressions(select.distinct_on);
        say(")");
    }
    out_.indent();
    if (!select.items.empty()) out_.blank();
    select_items(select.items);
    out_.outdent();
    out_.close();
    into(select.into, select.strict);
    from_list("FROM ", select.from);
    clause("WHERE ", select.where);
    if (!select.group_by.empty()) {
        out_.blank();
        out_.open();
        say("GROUP BY ");
        out_.indent();
        expressions(select.group_by);
        out_.outdent();
        out_.close();
    }
    clause("HAVING ", select.having);
    for (const Window* each : select.windows) {
        if (each == select.windows.front()) out_.blank();
        say(each == select.windows.front() ? "WINDOW " : ", ");
        identifier(each->name.name);
        say(" AS ");
        Window unnamed = *each;
        unnamed.name = {};
        window(unnamed);
    }
    out_.close();
}

void TreePrinter::select_items(const List<SelectItem*>& list) {
    items(list, ",", [this](const SelectItem& one) {
        expr(one.value);
        if (one.alias.empty()) return;
        say(" AS ");
        identifier(one.alias.name);
    });
}

void TreePrinter::into(const List<Expr*>& targets, bool strict) {
    if (targets.empty()) return;
    out_.blank();
    out_.open();
    say(strict ? "INTO STRICT " : "INTO ");
    out_.indent();
    expressions(targets);
    out_.outdent();
    out_.close();
}

void TreePrinter::values(const Values& values) {
    out_.open();
    say("VALUES");
    out_.indent();
    out_.blank();
    for (const Tuple* each : values.rows) {
        if (each != values.rows.front()) {
            say(",");
            out_.blank();
        }
        row(*each);
    }
    out_.outdent();
    out_.close();
}

void TreePrinter::row(const Tuple& row) {
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    expressions(row.items);
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
}

/// WHERE, HAVING: nothing where there is no condition.
void TreePrinter::clause(std::string_view word, const Expr* condition) {
    if (condition == nullptr) return;
    out_.blank();
    say(word);
    expr(condition);
}

void TreePrinter::from_list(std::string_view word, const List<TableRef*>& list) {
    if (list.empty()) return;
    out_.blank();
    out_.open();
    say(word);
    out_.indent();
    for (const TableRef* ref : list) {
        if (ref != list.front()) {
            say(",");
            out_.blank();
        }
        table_ref(*ref);
    }
    out_.outdent();
    out_.close();
}

void TreePrinter::table_ref(const TableRef& ref) {
    switch (ref.kind) {
        case Kind::table_name: return table_name(static_cast<const TableName&>(ref));
        case Kind::table_function: return table_function(static_cast<const TableFunction&>(ref));
        case Kind::join: {
            if (ref.alias.empty()) return join(static_cast<const Join&>(ref));
            say("(");
            join(static_cast<const Join&>(ref));
            say(")");
            return alias(ref);
        }
        case Kind::derived_table: {
            const auto& derived = static_cast<const DerivedTable&>(ref);
            if (derived.query == nullptr) return refuse(ref);
            if (derived.lateral) say("LATERAL ");
            in_parentheses(*derived.query);
            return alias(ref);
        }
        default: return refuse(ref);
    }
}

void TreePrinter::table_name(const TableName& table) {
    if (table.name == nullptr || !table.partition.empty() || !table.sample.empty() ||
        !table.flashback.empty())
        return refuse(table);
    if (table.only) say("ONLY ");
    qualified(*table.name);
    alias(table);
}

void TreePrinter::table_function(const TableFunction& table) {
    if (table.call == nullptr || table.outer_mark) return refuse(table);
    if (table.lateral) say("LATERAL ");
    const auto* name = as<Name>(table.call);
    if (name != nullptr) {
        qualified(*name);
        say("()");
    } else if (table.call->kind == Kind::call || table.call->kind == Kind::spliced) {
        expr(table.call);
    } else {
        return refuse(table);
    }
    if (table.with_ordinality) say(" WITH ORDINALITY");
    alias(table);
    if (table.column_definitions.empty()) return;
    if (table.alias.empty()) say(" AS ");
    say("(");
    say(table.column_definitions);
    say(")");
}

/// PostgreSQL 15 wants a name for each query in FROM; Oracle does not.
void TreePrinter::alias(const TableRef& ref) {
    const auto* derived = as<DerivedTable>(&ref);
    if (ref.alias.empty() && derived == nullptr && ref.columns.empty()) return;
    say(" AS ");
    if (!ref.alias.empty())
        identifier(ref.alias.name);
    else
        say("derived_" + std::to_string(++derived_tables_));
    if (ref.columns.empty()) return;
    say(" ");
    identifiers(ref.columns);
}

/// Joins go from left to right, one a line.
void TreePrinter::join(const Join& join) {
    std::vector<const Join*> links{&join};
    while (true) {
        const auto* left = as<Join>(links.back()->left);
        if (left == nullptr || !left->alias.empty()) break;
        links.push_back(left);
    }
    if (links.back()->left == nullptr) return refuse(join);
    table_ref(*links.back()->left);
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        const Join& each = **link;
        if (each.right == nullptr) return refuse(join);
        out_.blank();
        join_word(each);
        const auto* within = as<Join>(each.right);
        const bool in_brackets = within != nullptr && within->alias.empty();
        if (in_brackets) say("(");
        table_ref(*each.right);
        if (in_brackets) say(")");
        join_condition(each);
    }
}

void TreePrinter::join_word(const Join& join) {
    if (join.natural) say("NATURAL ");
    switch (join.what) {
        case Join::What::inner: say("JOIN "); break;
        case Join::What::left: say("LEFT JOIN "); break;
        case Join::What::right: say("RIGHT JOIN "); break;
        case Join::What::full: say("FULL JOIN "); break;
        case Join::What::cross: say("CROSS JOIN "); break;
        case Join::What::cross_apply: say("CROSS JOIN "); break;
        case Join::What::outer_apply: say("LEFT JOIN "); break;
    }
    if (join.what != Join::What::cross_apply && join.what != Join::What::outer_apply) return;
    const auto* derived = as<DerivedTable>(join.right);
    const auto* function = as<TableFunction>(join.right);
    if ((derived != nullptr && !derived->lateral) || (function != nullptr && !function->lateral))
        say("LATERAL ");
}

void TreePrinter::join_condition(const Join& join) {
    if (join.what == Join::What::outer_apply) return say(" ON true");
    if (!join.using_.empty()) {
        say(" USING ");
        identifiers(join.using_);
    } else if (join.on != nullptr) {
        say(" ON ");
        out_.indent();
        expr(join.on);
        out_.outdent();
    }
}

}  // namespace landfall::convert
