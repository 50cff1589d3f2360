// Queries: WITH, SELECT with its clauses, set operations, what follows them, windows.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

/// How many ( stand before SELECT or WITH; nothing where something else follows them.
bool query_behind_parentheses(const TokenCursor& cursor, std::size_t from) {
    std::size_t ahead = from;
    while (cursor.at("(", ahead)) ++ahead;
    return cursor.at("SELECT", ahead) || (cursor.at("WITH", ahead) && !cursor.at("(", ahead + 1));
}

bool at_set_operation(const TokenCursor& cursor) {
    return cursor.at_any({"UNION", "INTERSECT", "MINUS"}) ||
           (cursor.at("EXCEPT") && (cursor.at("SELECT", 1) || cursor.at("ALL", 1) || cursor.at("(", 1)));
}

SetOperation::What set_operation(TokenCursor& cursor) {
    using What = SetOperation::What;
    const bool is_union = cursor.at("UNION");
    const bool is_intersect = cursor.at("INTERSECT");
    cursor.take();
    const bool all = cursor.accept("ALL");
    if (!all) cursor.accept("DISTINCT");
    if (is_union) return all ? What::union_all : What::union_;
    if (is_intersect) return all ? What::intersect_all : What::intersect;
    return all ? What::except_all : What::except;
}

/// Everything up to the end of the clause, parentheses balanced, as written.
Text raw_clause(TokenCursor& cursor, std::initializer_list<Word> enders) {
    const std::uint32_t begin = cursor.look().span.begin;
    unsigned open = 0;
    while (!cursor.done()) {
        if (open == 0 && (cursor.at(")") || cursor.at(";") || cursor.at(",") || cursor.at_any(enders))) break;
        if (cursor.at("(")) ++open;
        if (cursor.at(")")) --open;
        cursor.take();
    }
    return cursor.text(cursor.since(begin));
}

/// MODEL … up to what may follow it in a query.
Text model(TokenCursor& cursor) {
    const std::uint32_t begin = cursor.take().span.begin;
    unsigned open = 0;
    while (!cursor.done()) {
        if (open == 0 && (cursor.at(")") || cursor.at(";") || at_set_operation(cursor))) break;
        if (open == 0 && cursor.at_all({"ORDER", "BY"})) break;
        if (cursor.at("(") || cursor.at("[")) ++open;
        if ((cursor.at(")") || cursor.at("]")) && open > 0) --open;
        cursor.take();
    }
    return cursor.text(cursor.since(begin));
}

List<Identifier> column_names(Grammar& grammar) {
    TokenCursor& cursor = grammar.cursor();
    List<Identifier> made;
    cursor.expect("(");
    do {
        grammar.tree().add(made, grammar.identifier());
    } while (cursor.accept(","));
    cursor.expect(")");
    return made;
}

/// WITH FUNCTION f … END; further routines; the members: a AS (…), b (x, y) AS (…) SEARCH … CYCLE …
void with_clause(Grammar& grammar, Query& query) {
    TokenCursor& cursor = grammar.cursor();
    Tree& tree = grammar.tree();
    cursor.expect("WITH");
    while (cursor.at_any({"FUNCTION", "PROCEDURE"}) && grammar.at_identifier(1)) {
        With* with = tree.make<With>(cursor.look().span);
        Routine* routine = grammar.routine();
        with->name = routine->name;
        with->routine = routine;
        tree.add(query.with, with);
        while (cursor.accept(";") || cursor.accept(",")) {}
    }
    if (cursor.at("SELECT") || cursor.at("(")) return;
    do {
        const std::uint32_t begin = cursor.look().span.begin;
        With* with = tree.make<With>({});
        with->name = grammar.identifier();
        if (cursor.at("(")) with->columns = column_names(grammar);
        cursor.expect("AS");
        cursor.expect("(");
        with->query = grammar.query();
        cursor.expect(")");
        if (cursor.at("SEARCH") || cursor.at("CYCLE")) {
            with->search_and_cycle = raw_clause(cursor, {"SELECT"});
        }
        with->span = cursor.since(begin);
        tree.add(query.with, with);
    } while (cursor.accept(","));
}

/// [OFFSET n ROWS] [FETCH FIRST n [PERCENT] ROWS ONLY | WITH TIES]
void row_limit(Grammar& grammar, Query& query) {
    TokenCursor& cursor = grammar.cursor();
    if (cursor.accept("OFFSET")) {
        query.offset = grammar.additive();
        if (!cursor.accept("ROWS")) cursor.accept("ROW");
    }
    if (!cursor.at_all({"FETCH", "FIRST"}) && !cursor.at_all({"FETCH", "NEXT"})) return;
    const Span fetch = cursor.take().span;
    cursor.take();
    if (cursor.at_any({"ROW", "ROWS"})) {
        Literal* one = grammar.tree().make<Literal>(fetch);
        one->what = Literal::What::number;
        one->text = "1";
        query.fetch = one;
    } else {
        query.fetch = grammar.additive();
    }
    query.fetch_percent = cursor.accept("PERCENT");
    if (!cursor.accept("ROWS")) cursor.expect("ROW");
    if (cursor.at_all({"WITH", "TIES"})) {
        cursor.take();
        cursor.take();
        query.fetch_with_ties = true;
    } else {
        cursor.expect("ONLY");
    }
}

/// FOR UPDATE [OF a.b, c] [NOWAIT | WAIT n | SKIP LOCKED]
void for_update(Grammar& grammar, Query& query) {
    TokenCursor& cursor = grammar.cursor();
    cursor.take();
    cursor.take();
    query.for_update = true;
    if (cursor.accept("OF")) {
        do {
            grammar.tree().add(query.lock_of, grammar.name());
        } while (cursor.accept(","));
    }
    if (cursor.accept("NOWAIT")) {
        query.lock = Query::Lock::no_wait;
    } else if (cursor.accept("WAIT")) {
        query.lock_wait_seconds = cursor.text(cursor.take());
    } else if (cursor.at_all({"SKIP", "LOCKED"})) {
        cursor.take();
        cursor.take();
        query.lock = Query::Lock::skip_locked;
    }
}

/// WITH READ ONLY, WITH CHECK OPTION [CONSTRAINT c] of views
void restriction(Grammar& grammar, Query& query) {
    TokenCursor& cursor = grammar.cursor();
    const bool read_only = cursor.at("READ", 1);
    for (int i = 0; i < 3; ++i) cursor.take();
    query.restriction = read_only ? "READ ONLY" : "CHECK OPTION";
    if (cursor.accept("CONSTRAINT")) grammar.identifier();
}

Expr* frame_bound(Grammar& grammar) {
    TokenCursor& cursor = grammar.cursor();
    const std::uint32_t begin = cursor.look().span.begin;
    Spliced* bound = grammar.tree().make<Spliced>({});
    if (cursor.at("UNBOUNDED") || cursor.at_all({"CURRENT", "ROW"})) {
        const bool current = cursor.at("CURRENT");
        cursor.take();
        const bool preceding = cursor.at("PRECEDING");
        cursor.take();
        const Text unbounded = preceding ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING";
        grammar.tree().add(bound->pieces, current ? Text{"CURRENT ROW"} : unbounded);
    } else {
        grammar.tree().add(bound->operands, grammar.additive());
        const bool preceding = cursor.accept("PRECEDING");
        if (!preceding) cursor.expect("FOLLOWING");
        bound->pieces = grammar.tree().list<Text>({"", preceding ? " PRECEDING" : " FOLLOWING"});
    }
    bound->span = cursor.since(begin);
    return bound;
}

void frame(Grammar& grammar, Window& window) {
    TokenCursor& cursor = grammar.cursor();
    if (!cursor.at_any({"ROWS", "RANGE", "GROUPS"})) return;
    window.unit = cursor.at("ROWS") ? "ROWS" : cursor.at("RANGE") ? "RANGE" : "GROUPS";
    cursor.take();
    const bool between = cursor.accept("BETWEEN");
    window.start = frame_bound(grammar);
    if (between) {
        cursor.expect("AND");
        window.end = frame_bound(grammar);
    }
    if (!cursor.accept("EXCLUDE")) return;
    const Text what = raw_clause(cursor, {});
    auto* last = static_cast<Spliced*>(window.end == nullptr ? window.start : window.end);
    last->pieces.back() =
        grammar.tree().keep(std::string{last->pieces.back()} + " EXCLUDE " + std::string{what});
}

/// START WITH and CONNECT BY, in either order.
void hierarchy(Grammar& grammar, Select& select) {
    TokenCursor& cursor = grammar.cursor();
    while (cursor.at_all({"START", "WITH"}) || cursor.at_all({"CONNECT", "BY"})) {
        const bool starts = cursor.at("START");
        cursor.take();
        cursor.take();
        if (starts) {
            select.start_with = grammar.expression();
            continue;
        }
        select.hierarchical = true;
        select.no_cycle = cursor.accept("NOCYCLE");
        select.connect_by = grammar.expression();
    }
}

void grouping(Grammar& grammar, Select& select) {
    TokenCursor& cursor = grammar.cursor();
    while (cursor.at_all({"GROUP", "BY"}) || cursor.at("HAVING")) {
        if (cursor.accept("HAVING")) {
            select.having = grammar.expression();
            continue;
        }
        cursor.take();
        cursor.take();
        select.group_by = grammar.expressions();
    }
}

void named_windows(Grammar& grammar, Select& select) {
    TokenCursor& cursor = grammar.cursor();
    if (!cursor.at("WINDOW") || !grammar.at_identifier(1) || !cursor.at("AS", 2)) return;
    cursor.take();
    do {
        const Identifier name = grammar.identifier();
        cursor.expect("AS");
        Window* window = grammar.window();
        window->base = window->name;
        window->name = name;
        grammar.tree().add(select.windows, window);
    } while (cursor.accept(","));
}

/// The query within any number of parentheses; nullptr: it is something else.
Subquery* query_within(Expr* expr) {
    while (auto* parentheses = as<Parenthesized>(expr)) expr = parentheses->inner;
    auto* subquery = as<Subquery>(expr);
    return subquery != nullptr && subquery->what == Subquery::What::scalar ? subquery : nullptr;
}

bool at_query_tail(const TokenCursor& cursor) {
    return at_set_operation(cursor) || cursor.at_all({"ORDER", "BY"}) || cursor.at_all({"FETCH", "FIRST"}) ||
           cursor.at_all({"FETCH", "NEXT"}) || cursor.at("OFFSET") || cursor.at_all({"FOR", "UPDATE"});
}

}  // namespace

bool Grammar::at_query() const { return query_behind_parentheses(cursor_, 0); }

Query* Grammar::query() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    Query* query = tree_.make<Query>({});
    if (cursor_.at("WITH")) with_clause(*this, *query);
    query->body = query_term();
    const Span body = query->body->span;
    finish_query(*query);
    query->span = cursor_.since(begin);
    auto* inner = as<Query>(query->body);
    const bool alone = inner != nullptr && query->with.empty() && query->span == body;
    return alone ? inner : query;
}

Query* Grammar::query_from(QueryBody* first) {
    Query* query = tree_.make<Query>({});
    query->body = first;
    finish_query(*query);
    query->span = cursor_.since(first->span.begin);
    return query;
}

void Grammar::finish_query(Query& query) {
    unsigned chain = 0;
    while (at_set_operation(cursor_)) {
        SetOperation* made = tree_.make<SetOperation>({});
        made->left = query.body;
        made->what = set_operation(cursor_);
        made->right = query_term();
        made->span = cursor_.since(made->left->span.begin);
        query.body = made;
        if (++chain > kChainMax) cursor_.fail("fewer set operations in a row");
    }
    while (!cursor_.failed()) {
        if (cursor_.at_all({"ORDER", "BY"}) || cursor_.at_all({"ORDER", "SIBLINGS"})) {
            query.siblings = cursor_.at("SIBLINGS", 1);
            query.order = order_items();
        } else if (cursor_.at("OFFSET") || cursor_.at_all({"FETCH", "FIRST"}) ||
                   cursor_.at_all({"FETCH", "NEXT"})) {
            row_limit(*this, query);
        } else if (cursor_.at_all({"FOR", "UPDATE"})) {
            for_update(*this, query);
        } else if (cursor_.at_all({"WITH", "READ", "ONLY"}) || cursor_.at_all({"WITH", "CHECK", "OPTION"})) {
            restriction(*this, query);
        } else {
            break;
        }
    }
}

/// SELECT …, or a query in parentheses.
QueryBody* Grammar::query_term() {
    if (!cursor_.at("(")) return select();
    const std::uint32_t begin = cursor_.take().span.begin;
    Query* inner = query();
    cursor_.expect(")");
    inner->parenthesized = true;
    inner->span = cursor_.since(begin);
    return inner;
}

Select* Grammar::select() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Select* select = tree_.make<Select>({});
    cursor_.expect("SELECT");
    select->hint = hint();
    if (cursor_.accept("DISTINCT") || cursor_.accept("UNIQUE"))
        select->distinct = true;
    else
        cursor_.accept("ALL");
    do {
        tree_.add(select->items, select_item());
    } while (cursor_.accept(","));
    if (cursor_.at_all({"BULK", "COLLECT"})) {
        cursor_.take();
        cursor_.take();
        select->bulk_collect = true;
    }
    if (cursor_.accept("INTO")) {
        do {
            tree_.add(select->into, primary());
        } while (cursor_.accept(","));
    }
    if (cursor_.accept("FROM")) select->from = table_refs();
    if (cursor_.accept("WHERE")) select->where = expression();
    hierarchy(*this, *select);
    grouping(*this, *select);
    if (cursor_.at("MODEL")) select->model = model(cursor_);
    named_windows(*this, *select);
    select->span = cursor_.since(begin);
    return select;
}

SelectItem* Grammar::select_item() {
    const std::uint32_t begin = cursor_.look().span.begin;
    SelectItem* item = tree_.make<SelectItem>({});
    if (cursor_.at("*")) {
        item->value = tree_.make<Star>(cursor_.take().span);
    } else {
        item->value = expression();
        if (cursor_.accept("AS")) {
            item->alias = identifier();
        } else if (at_identifier() && !cursor_.at_all({"BULK", "COLLECT"})) {
            item->alias = identifier();
        }
    }
    item->span = cursor_.since(begin);
    return item;
}

List<OrderItem*> Grammar::order_items() {
    List<OrderItem*> made;
    cursor_.expect("ORDER");
    cursor_.accept("SIBLINGS");
    cursor_.expect("BY");
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        OrderItem* item = tree_.make<OrderItem>({});
        item->value = expression();
        item->descending = cursor_.accept("DESC");
        if (!item->descending) cursor_.accept("ASC");
        if (cursor_.at_all({"NULLS", "FIRST"}) || cursor_.at_all({"NULLS", "LAST"})) {
            item->nulls = cursor_.at("FIRST", 1) ? OrderItem::Nulls::first : OrderItem::Nulls::last;
            cursor_.take();
            cursor_.take();
        }
        item->span = cursor_.since(begin);
        tree_.add(made, item);
    } while (cursor_.accept(","));
    return made;
}

Window* Grammar::window() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Window* window = tree_.make<Window>({});
    if (!cursor_.at("(")) {
        window->name = identifier();
        window->span = cursor_.since(begin);
        return window;
    }
    cursor_.take();
    if (at_identifier() && !cursor_.at_all({"PARTITION", "BY"}) &&
        !cursor_.at_any({"ROWS", "RANGE", "GROUPS"})) {
        window->base = identifier();
    }
    if (cursor_.at_all({"PARTITION", "BY"})) {
        cursor_.take();
        cursor_.take();
        window->partition = expressions();
    }
    if (cursor_.at("ORDER")) window->order = order_items();
    frame(*this, *window);
    cursor_.expect(")");
    window->span = cursor_.since(begin);
    return window;
}

Subquery* Grammar::subquery_behind_parenthesis(std::uint32_t begin) {
    Subquery* made = tree_.make<Subquery>({});
    made->query = query();
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

bool Grammar::continue_as_query(List<Expr*>& items) {
    if (items.size() != 1 || !at_query_tail(cursor_)) return false;
    Subquery* first = query_within(items.front());
    if (first == nullptr) return false;
    first->query->parenthesized = true;
    Subquery* made = tree_.make<Subquery>({});
    made->query = query_from(first->query);
    made->span = made->query->span;
    items.front() = made;
    return true;
}

Text Grammar::hint() {
    const std::uint32_t begin = cursor_.last_end();
    const std::uint32_t end = cursor_.look().span.begin;
    const auto at = std::lower_bound(
        script_.comments.begin(), script_.comments.end(), begin,
        [](const Comment& comment, std::uint32_t offset) { return comment.span.begin < offset; });
    if (at == script_.comments.end() || at->span.begin >= end) return {};
    Text text = at->span.of(script_.text);
    if (text.starts_with("/*+") && text.size() >= 5) return text.substr(3, text.size() - 5);
    return text.starts_with("--+") ? text.substr(3) : Text{};
}

}  // namespace landfall::convert
