// Queries of MySQL.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {
namespace {

constexpr int kHints = 5103, kOnePartition = 9208, kLocks = 9304;

}  // namespace

/// SELECT, WITH, VALUES ROW, TABLE, or parentheses before those.
bool MysqlGrammar::at_query(std::size_t ahead) const {
    for (const std::size_t most = ahead + kNestingMax; ahead < most && cursor_.at("(", ahead);) ++ahead;
    if (cursor_.at("SELECT", ahead) || cursor_.at("WITH", ahead)) return true;
    return cursor_.at("VALUES", ahead) && (cursor_.at("ROW", ahead + 1) || cursor_.at("(", ahead + 1));
}

Subquery* MysqlGrammar::subquery() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    Subquery* made = tree_.make<Subquery>({});
    cursor_.expect("(");
    made->query = query();
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

void MysqlGrammar::with_clause(Query& made) {
    if (!cursor_.accept("WITH")) return;
    made.recursive = cursor_.accept("RECURSIVE");
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        With* with = tree_.make<With>({});
        with->name = identifier();
        if (cursor_.at("(")) with->columns = identifiers();
        cursor_.expect("AS");
        cursor_.expect("(");
        with->query = query();
        cursor_.expect(")");
        with->span = cursor_.since(begin);
        tree_.add(made.with, with);
    } while (cursor_.accept(","));
}

Query* MysqlGrammar::query() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    Query* made = tree_.make<Query>({});
    with_clause(*made);
    const unsigned height = std::exchange(height_, 0);
    made->body = query_term();
    const auto at_set = [&] { return cursor_.at_any({"UNION", "EXCEPT"}); };
    while (at_set()) {
        rise();
        SetOperation* set = tree_.make<SetOperation>({});
        const bool is_union = cursor_.at("UNION");
        cursor_.take();
        const bool all = cursor_.accept("ALL");
        if (!all) cursor_.accept("DISTINCT");
        set->what = is_union ? (all ? SetOperation::What::union_all : SetOperation::What::union_)
                             : (all ? SetOperation::What::except_all : SetOperation::What::except);
        set->left = made->body;
        set->right = query_term();
        set->span = cursor_.since(made->body->span.begin);
        made->body = set;
    }
    height_ = height;
    finish_query(*made);
    made->span = cursor_.since(begin);
    return made;
}

/// INTERSECT binds tighter than UNION.
QueryBody* MysqlGrammar::query_term() {
    QueryBody* left = query_operand();
    while (cursor_.at("INTERSECT")) {
        rise();
        cursor_.take();
        SetOperation* set = tree_.make<SetOperation>({});
        const bool all = cursor_.accept("ALL");
        if (!all) cursor_.accept("DISTINCT");
        set->what = all ? SetOperation::What::intersect_all : SetOperation::What::intersect;
        set->left = left;
        set->right = query_operand();
        set->span = cursor_.since(left->span.begin);
        left = set;
    }
    return left;
}

QueryBody* MysqlGrammar::query_operand() {
    const Depth depth{*this};
    if (cursor_.accept("(")) {
        Query* made = query();
        made->parenthesized = true;
        cursor_.expect(")");
        return made;
    }
    if (cursor_.at("VALUES")) return values_body();
    return select();
}

Values* MysqlGrammar::values_body() {
    Values* made = tree_.make<Values>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    do {
        cursor_.accept("ROW");
        Tuple* row = tree_.make<Tuple>({});
        const std::uint32_t row_begin = cursor_.look().span.begin;
        cursor_.expect("(");
        if (!cursor_.at(")")) row->items = expressions();
        cursor_.expect(")");
        row->span = cursor_.since(row_begin);
        tree_.add(made->rows, row);
    } while (cursor_.accept(","));
    made->span = cursor_.since(begin);
    return made;
}

/// DISTINCT, and what only tells the optimizer something.
void MysqlGrammar::select_words(Select& made) {
    for (;;) {
        if (cursor_.at_any({"DISTINCT", "DISTINCTROW"})) {
            made.distinct = true;
            cursor_.take();
        } else if (cursor_.at_any({"STRAIGHT_JOIN", "HIGH_PRIORITY", "SQL_SMALL_RESULT", "SQL_BIG_RESULT",
                                   "SQL_BUFFER_RESULT", "SQL_NO_CACHE", "SQL_CACHE",
                                   "SQL_CALC_FOUND_ROWS"})) {
            tell(kHints, Complexity::info, cursor_.look().span, cursor_.text(cursor_.look()));
            cursor_.take();
        } else if (!cursor_.at("ALL") || cursor_.at("(", 1)) {
            return;
        } else {
            cursor_.take();
        }
    }
}

Select* MysqlGrammar::select() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Select* made = tree_.make<Select>({});
    cursor_.expect("SELECT");
    select_words(*made);
    while (!cursor_.done()) {
        tree_.add(made->items, select_item());
        if (!cursor_.accept(",")) break;
    }
    if (cursor_.at("INTO")) cursor_.fail("FROM");
    if (cursor_.accept("FROM")) {
        if (cursor_.at("DUAL")) {
            cursor_.take();
        } else {
            do {
                tree_.add(made->from, table_ref());
            } while (cursor_.accept(","));
        }
    }
    select_clauses(*made);
    made->span = cursor_.since(begin);
    return made;
}

void MysqlGrammar::select_clauses(Select& made) {
    if (cursor_.accept("WHERE")) made.where = expression();
    if (cursor_.at_all({"GROUP", "BY"})) {
        cursor_.take();
        const std::uint32_t begin = cursor_.take().span.begin;
        do {
            tree_.add(made.group_by, expression());
            if (cursor_.at_any({"ASC", "DESC"})) cursor_.take();
        } while (cursor_.accept(","));
        if (cursor_.at_all({"WITH", "ROLLUP"})) {
            cursor_.take();
            cursor_.take();
            Tuple* rollup = tree_.make<Tuple>(cursor_.since(begin));
            rollup->items = made.group_by;
            rollup->grouping = "ROLLUP";
            made.group_by = tree_.list<Expr*>({rollup});
        }
    }
    if (cursor_.accept("HAVING")) made.having = expression();
    if (!cursor_.accept("WINDOW")) return;
    do {
        const Identifier called = identifier();
        cursor_.expect("AS");
        Window* each = window();
        each->base = each->name;
        each->name = called;
        tree_.add(made.windows, each);
    } while (cursor_.accept(","));
}

SelectItem* MysqlGrammar::select_item() {
    const std::uint32_t begin = cursor_.look().span.begin;
    SelectItem* made = tree_.make<SelectItem>({});
    made->value = expression();
    if (made->value->kind != Kind::star) made->alias = alias();
    made->span = cursor_.since(begin);
    return made;
}

List<OrderItem*> MysqlGrammar::order_items() {
    List<OrderItem*> made;
    cursor_.expect("ORDER");
    cursor_.expect("BY");
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        OrderItem* item = tree_.make<OrderItem>({});
        item->value = expression();
        item->descending = cursor_.accept("DESC");
        if (!item->descending) cursor_.accept("ASC");
        item->span = cursor_.since(begin);
        tree_.add(made, item);
    } while (cursor_.accept(","));
    return made;
}

/// LIMIT n, LIMIT offset, n, LIMIT n OFFSET offset
void MysqlGrammar::limit(Query& made) {
    if (!cursor_.accept("LIMIT")) return;
    made.fetch = expression();
    if (cursor_.accept(",")) {
        made.offset = made.fetch;
        made.fetch = expression();
    } else if (cursor_.accept("OFFSET")) {
        made.offset = expression();
    }
}

void MysqlGrammar::lock(Query& made) {
    if (cursor_.at_all({"LOCK", "IN", "SHARE", "MODE"})) {
        tell(kLocks, Complexity::medium, cursor_.look().span, "LOCK IN SHARE MODE");
        for (int i = 0; i < 4; ++i) cursor_.take();
        return;
    }
    if (cursor_.at_all({"FOR", "SHARE"})) {
        tell(kLocks, Complexity::medium, cursor_.look().span, "FOR SHARE");
        cursor_.take();
        cursor_.take();
    } else if (cursor_.at_all({"FOR", "UPDATE"})) {
        cursor_.take();
        cursor_.take();
        made.for_update = true;
    } else {
        return;
    }
    if (cursor_.accept("OF")) {
        do {
            tree_.add(made.lock_of, name());
        } while (cursor_.accept(","));
    }
    if (cursor_.accept("NOWAIT")) {
        made.lock = Query::Lock::no_wait;
    } else if (cursor_.at_all({"SKIP", "LOCKED"})) {
        cursor_.take();
        cursor_.take();
        made.lock = Query::Lock::skip_locked;
    }
}

void MysqlGrammar::finish_query(Query& made) {
    if (cursor_.at("ORDER")) made.order = order_items();
    limit(made);
    lock(made);
}

// --- FROM ---

TableRef* MysqlGrammar::table_ref() {
    const Depth depth{*this};
    const unsigned height = std::exchange(height_, 0);
    TableRef* made = joined(table_factor());
    height_ = height;
    return made;
}

TableRef* MysqlGrammar::joined(TableRef* left) {
    while (!cursor_.done()) {
        const std::uint32_t begin = left->span.begin;
        Join* join = tree_.make<Join>({});
        join->natural = cursor_.accept("NATURAL");
        if (cursor_.at_any({"LEFT", "RIGHT"})) {
            join->what = cursor_.at("LEFT") ? Join::What::left : Join::What::right;
            cursor_.take();
            cursor_.accept("OUTER");
            cursor_.expect("JOIN");
        } else if (cursor_.at("STRAIGHT_JOIN")) {
            tell(kHints, Complexity::info, cursor_.take().span, "STRAIGHT_JOIN");
        } else if (cursor_.at("INNER") || cursor_.at("CROSS") || cursor_.at("JOIN")) {
            if (!cursor_.at("JOIN")) cursor_.take();
            cursor_.expect("JOIN");
        } else {
            if (join->natural) cursor_.fail("JOIN");
            return left;
        }
        rise();
        join->left = left;
        join->right = table_factor();
        // Joins nest to the right until each has its ON: a JOIN b JOIN c ON … ON …
        if (join->what != Join::What::inner && !join->natural && !cursor_.at_any({"ON", "USING"}))
            join->right = joined(join->right);
        if (cursor_.accept("ON"))
            join->on = expression();
        else if (cursor_.accept("USING"))
            join->using_ = identifiers();
        else if (join->what == Join::What::inner && !join->natural)
            join->what = Join::What::cross;
        join->span = cursor_.since(begin);
        left = join;
    }
    return left;
}

/// (a, b JOIN c …): commas within are cross joins.
TableRef* MysqlGrammar::parenthesized_tables() {
    cursor_.expect("(");
    TableRef* made = table_ref();
    while (cursor_.accept(",")) {
        Join* join = tree_.make<Join>({});
        join->what = Join::What::cross;
        join->left = made;
        join->right = table_ref();
        join->span = cursor_.since(made->span.begin);
        made = join;
    }
    cursor_.expect(")");
    return made;
}

/// A query in parentheses, or tables of which the first is one: ((SELECT …) AS a JOIN b …). What stands
/// behind the innermost parenthesis tells.
bool MysqlGrammar::at_derived_table() const {
    if (!at_query()) return false;
    std::size_t open = 0;
    while (cursor_.at("(", open)) ++open;
    if (open == 1) return true;
    constexpr std::size_t kWithin = 100'000;
    std::size_t ahead = open;
    for (std::size_t depth = 1; depth > 0 && ahead < kWithin; ++ahead) {
        if (cursor_.look(ahead).kind == TokenKind::end) return true;
        if (cursor_.at("(", ahead)) ++depth;
        if (cursor_.at(")", ahead)) --depth;
    }
    constexpr Word kGoesOn[] = {")", "UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "FOR"};
    return std::any_of(std::begin(kGoesOn), std::end(kGoesOn),
                       [&](const Word& word) { return cursor_.at(word, ahead); });
}

TableRef* MysqlGrammar::table_factor() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    const bool lateral = cursor_.accept("LATERAL");
    if (cursor_.at("(") && !at_derived_table()) return parenthesized_tables();
    if (cursor_.at("(")) {
        cursor_.take();
        Query* inner = query();
        cursor_.expect(")");
        DerivedTable* made = tree_.make<DerivedTable>({});
        made->query = inner;
        made->lateral = lateral;
        made->alias = alias();
        if (cursor_.at("(")) made->columns = identifiers();
        made->span = cursor_.since(begin);
        return made;
    }
    TableName* made = tree_.make<TableName>({});
    made->name = name();
    if (cursor_.at("(")) cursor_.fail("a table");  // JSON_TABLE and its kin
    if (cursor_.at("PARTITION") && cursor_.at("(", 1)) {
        tell(kOnePartition, Complexity::medium, cursor_.take().span, "PARTITION (…)");
        skip_parentheses();
    }
    made->alias = alias();
    made->span = cursor_.since(begin);
    index_hints();
    return made;
}

/// USE INDEX (i), FORCE KEY FOR ORDER BY (i), IGNORE INDEX ()
void MysqlGrammar::index_hints() {
    while (cursor_.at_any({"USE", "FORCE", "IGNORE"}) && (cursor_.at("INDEX", 1) || cursor_.at("KEY", 1))) {
        tell(kHints, Complexity::info, cursor_.look().span, "an index hint");
        while (!cursor_.done() && !cursor_.at("(")) cursor_.take();
        skip_parentheses();
    }
}

}  // namespace landfall::convert
