// What stands in FROM: tables, queries, functions, joins, PIVOT.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

/// Words that never are an alias of a table, since they begin what follows it.
struct Follower {};
constexpr WordEntry<Follower> kFollowersWords[] = {
    {"INNER", {}},   {"JOIN", {}},      {"LEFT", {}},  {"RIGHT", {}}, {"FULL", {}},
    {"CROSS", {}},   {"NATURAL", {}},   {"USING", {}}, {"SET", {}},   {"PIVOT", {}},
    {"UNPIVOT", {}}, {"RETURNING", {}}, {"RETURN", {}}};
constexpr WordMap kFollowers{kFollowersWords};

/// Could the word be an alias, but goes on with the statement here?
bool continues(const TokenCursor& cursor) {
    const auto next = [&cursor](std::initializer_list<Word> words) {
        return std::any_of(words.begin(), words.end(), [&](const Word& word) { return cursor.at(word, 1); });
    };
    if (cursor.at("LOG")) return next({"ERRORS"});
    if (cursor.at("PARTITION") || cursor.at("SUBPARTITION")) return next({"(", "FOR", "BY"});
    if (cursor.at("SAMPLE")) return next({"(", "BLOCK"});
    if (cursor.at("VERSIONS")) return next({"BETWEEN", "PERIOD"});
    if (cursor.at("FETCH")) return next({"FIRST", "NEXT"});
    if (cursor.at("OFFSET")) return !next({",", ")", ";"}) && cursor.look(1).kind != TokenKind::end;
    if (cursor.at("OUTER")) return next({"APPLY", "JOIN"});
    if (cursor.at("START")) return next({"WITH"});
    if (cursor.at("MODEL"))
        return cursor.look(1).kind == TokenKind::word && !next({"WHERE", "ORDER", "JOIN"});
    if (cursor.at("EXCEPT")) return next({"SELECT", "ALL", "("});
    if (cursor.at("WINDOW")) return cursor.at("AS", 2);
    if (cursor.at("MATCH_RECOGNIZE")) return next({"("});
    return false;
}

class Source {
public:
    explicit Source(Grammar& grammar)
        : grammar_{grammar},
          cursor_{grammar.cursor()},
          tree_{grammar.tree()},
          begin_{cursor_.look().span.begin} {}

    /// One relation with what belongs to it alone: its alias, PIVOT.
    TableRef* parse() { return pivoted(bare()); }

    TableRef* pivoted(TableRef* made) {
        while (cursor_.at_any({"PIVOT", "UNPIVOT"})) made = pivot(made);
        return made;
    }

private:
    template <class T>
    T* ended(T* node) {
        node->span = cursor_.since(begin_);
        return node;
    }

    TableRef* bare() {
        if (cursor_.at("(")) return parenthesized();
        if (cursor_.at("LATERAL") && cursor_.at("(", 1)) return lateral();
        if (cursor_.at("ONLY") && cursor_.at("(", 1)) return only();
        if (cursor_.at("TABLE") || cursor_.at_all({"THE", "("})) return table_function();
        if (cursor_.look().kind == TokenKind::bind) return called(grammar_.primary());
        if (Grammar::has_own_syntax(cursor_, cursor_.look()) && cursor_.at("(", 1)) {
            return called(grammar_.primary());
        }
        return named();
    }

    /// The relation's alias, and its columns: t (a, b)
    template <class T>
    T* aliased(T* ref) {
        flashback(ref);
        ref->alias = grammar_.alias();
        if (!ref->alias.empty() && cursor_.at("(") && grammar_.at_identifier(1) &&
            (cursor_.at(",", 2) || cursor_.at(")", 2))) {
            cursor_.take();
            do {
                tree_.add(ref->columns, grammar_.identifier());
            } while (cursor_.accept(","));
            cursor_.expect(")");
        }
        return ended(ref);
    }

    void flashback(TableRef*) {}
    void flashback(TableName* table) {
        const std::uint32_t begin = cursor_.look().span.begin;
        if (cursor_.at("VERSIONS") && continues(cursor_)) {
            cursor_.take();
            if (cursor_.accept("PERIOD")) {
                cursor_.accept("FOR");
                grammar_.identifier();
            }
            cursor_.expect("BETWEEN");
            if (!cursor_.accept("SCN")) cursor_.accept("TIMESTAMP");
            grammar_.additive();
            cursor_.expect("AND");
            grammar_.additive();
        }
        if (cursor_.at_all({"AS", "OF"})) {
            cursor_.take();
            cursor_.take();
            if (!cursor_.accept("SCN") && cursor_.look(1).kind != TokenKind::string) {
                cursor_.accept("TIMESTAMP");
            }
            grammar_.additive();
        }
        if (cursor_.last_end() > begin) table->flashback = cursor_.text(cursor_.since(begin));
    }

    TableRef* named() {
        Name* name = grammar_.name();
        if (cursor_.at("(") && !cursor_.at_all({"(", "+", ")"}) && !cursor_.failed()) {
            return called(call_of(name));
        }
        TableName* table = tree_.make<TableName>({});
        table->name = name;
        partition(*table);
        return aliased(table);
    }

    Expr* call_of(Name* name) {
        Call* call = tree_.make<Call>({});
        call->callee = name;
        call->arguments = grammar_.arguments();
        ended(call);
        return call;
    }

    /// PARTITION (p), PARTITION FOR (v), SAMPLE (10) SEED (1)
    void partition(TableName& table) {
        if (cursor_.at_any({"PARTITION", "SUBPARTITION"}) && (cursor_.at("(", 1) || cursor_.at("FOR", 1))) {
            const std::uint32_t begin = cursor_.take().span.begin;
            cursor_.accept("FOR");
            grammar_.arguments();
            table.partition = cursor_.text(cursor_.since(begin));
        }
        if (cursor_.at("SAMPLE") && continues(cursor_)) {
            const std::uint32_t begin = cursor_.take().span.begin;
            cursor_.accept("BLOCK");
            grammar_.arguments();
            if (cursor_.accept("SEED")) grammar_.arguments();
            table.sample = cursor_.text(cursor_.since(begin));
        }
    }

    TableRef* only() {
        cursor_.take();
        cursor_.take();
        TableName* table = tree_.make<TableName>({});
        table->name = grammar_.name();
        table->only = true;
        cursor_.expect(")");
        return aliased(table);
    }

    DerivedTable* derived(Query* query) {
        DerivedTable* made = tree_.make<DerivedTable>({});
        made->query = query;
        return made;
    }

    TableRef* lateral() {
        cursor_.take();
        cursor_.take();
        DerivedTable* made = derived(grammar_.query());
        cursor_.expect(")");
        made->lateral = true;
        return aliased(made);
    }

    /// (query) or (a JOIN b ON …); what begins at (( shows behind the inner parenthesis
    TableRef* parenthesized() {
        const Grammar::Depth depth{grammar_};
        cursor_.take();
        if (cursor_.at("SELECT") || cursor_.at("WITH")) {
            DerivedTable* made = derived(grammar_.query());
            cursor_.expect(")");
            return aliased(made);
        }
        TableRef* inner = grammar_.table_ref();
        auto* query = as<DerivedTable>(inner);
        if (query != nullptr && query->alias.empty() && !query->lateral && !cursor_.at(")")) {
            query->query->parenthesized = true;
            DerivedTable* made = derived(grammar_.query_from(query->query));
            cursor_.expect(")");
            return aliased(made);
        }
        cursor_.expect(")");
        if (!inner->alias.empty() && inner->kind != Kind::join) return ended(inner);
        if (inner->kind == Kind::join) return ended(inner);
        inner->alias = grammar_.alias();
        return ended(inner);
    }

    /// TABLE (f(x)) (+), THE (query)
    TableRef* table_function() {
        cursor_.take();
        cursor_.expect("(");
        TableFunction* made = tree_.make<TableFunction>({});
        if (cursor_.at("SELECT") || cursor_.at("WITH")) {
            const std::uint32_t begin = cursor_.look().span.begin;
            made->call = grammar_.subquery_behind_parenthesis(begin);
        } else {
            made->call = grammar_.expression();
            cursor_.expect(")");
        }
        outer_mark(*made);
        return aliased(made);
    }

    void outer_mark(TableFunction& function) {
        if (cursor_.accept("(+)")) {
            function.outer_mark = true;
        } else if (cursor_.at_all({"(", "+", ")"})) {
            for (int i = 0; i < 3; ++i) cursor_.take();
            function.outer_mark = true;
        }
    }

    TableRef* called(Expr* call) {
        TableFunction* made = tree_.make<TableFunction>({});
        made->call = call;
        outer_mark(*made);
        return aliased(made);
    }

    /// A value with its alias in a list of PIVOT; several in parentheses are a Tuple.
    SelectItem* pivot_item() {
        const std::uint32_t begin = cursor_.look().span.begin;
        SelectItem* item = tree_.make<SelectItem>({});
        item->value = grammar_.at_query() ? whole_query() : grammar_.expression();
        cursor_.accept("AS");
        if (cursor_.look().kind == TokenKind::string) {
            const Span span = cursor_.look().span;
            item->alias = {.name = grammar_.text_of_string(), .span = span, .quoted = true};
        } else if (grammar_.at_identifier() && !cursor_.at("FOR")) {
            item->alias = grammar_.identifier();
        }
        item->span = cursor_.since(begin);
        return item;
    }

    Expr* whole_query() {
        Subquery* made = tree_.make<Subquery>({});
        made->query = grammar_.query();
        made->span = made->query->span;
        return made;
    }

    /// a, or (a, b): Names
    void names(List<Expr*>& into) {
        if (!cursor_.accept("(")) {
            tree_.add(into, grammar_.name());
            return;
        }
        do {
            tree_.add(into, grammar_.name());
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }

    TableRef* pivot(TableRef* input) {
        Pivot* made = tree_.make<Pivot>({});
        made->input = input;
        made->unpivot = cursor_.at("UNPIVOT");
        cursor_.take();
        made->xml = cursor_.accept("XML");
        if (cursor_.at("INCLUDE") || cursor_.at("EXCLUDE")) {
            made->include_nulls = cursor_.at("INCLUDE");
            cursor_.take();
            cursor_.expect("NULLS");
        }
        cursor_.expect("(");
        if (made->unpivot)
            unpivoted_columns(*made);
        else
            aggregates(*made);
        cursor_.expect("FOR");
        names(made->for_columns);
        cursor_.expect("IN");
        cursor_.expect("(");
        do {
            if (cursor_.accept("ANY")) continue;  // PIVOT XML
            tree_.add(made->in_items, pivot_item());
        } while (cursor_.accept(","));
        cursor_.expect(")");
        cursor_.expect(")");
        made->alias = grammar_.alias();
        return ended(made);
    }

    void aggregates(Pivot& pivot) {
        do {
            tree_.add(pivot.aggregates, pivot_item());
        } while (cursor_.accept(","));
    }

    void unpivoted_columns(Pivot& pivot) {
        List<Expr*> columns;
        names(columns);
        for (Expr* column : columns) {
            SelectItem* item = tree_.make<SelectItem>(column->span);
            item->value = column;
            tree_.add(pivot.aggregates, item);
        }
    }

    Grammar& grammar_;
    TokenCursor& cursor_;
    Tree& tree_;
    std::uint32_t begin_;
};

/// [NATURAL] [INNER | LEFT | RIGHT | FULL [OUTER] | CROSS] JOIN, CROSS APPLY, OUTER APPLY; false: no join.
bool accept_join(TokenCursor& cursor, Join& join) {
    std::size_t ahead = 0;
    join.natural = cursor.at("NATURAL", ahead);
    if (join.natural) ++ahead;
    if (cursor.at_all({"CROSS", "APPLY"}) || cursor.at_all({"OUTER", "APPLY"})) {
        join.what = cursor.at("CROSS") ? Join::What::cross_apply : Join::What::outer_apply;
        ahead = 2;
    } else {
        static constexpr WordEntry<Join::What> kSidesWords[] = {{"INNER", Join::What::inner},
                                                                {"LEFT", Join::What::left},
                                                                {"RIGHT", Join::What::right},
                                                                {"FULL", Join::What::full},
                                                                {"CROSS", Join::What::cross}};
        static constexpr WordMap kSides{kSidesWords};
        if (const Join::What* what = kSides.find(cursor, cursor.look(ahead))) {
            join.what = *what;
            ++ahead;
            if (cursor.at("OUTER", ahead)) ++ahead;
        }
        if (!cursor.at("JOIN", ahead)) return false;
        ++ahead;
    }
    for (; ahead > 0; --ahead) cursor.take();
    return true;
}

/// ON condition, USING (a, b)
void join_condition(Grammar& grammar, Join& join) {
    TokenCursor& cursor = grammar.cursor();
    if (cursor.accept("ON")) {
        join.on = grammar.expression();
    } else if (cursor.at("USING") && cursor.at("(", 1)) {
        cursor.take();
        cursor.take();
        do {
            grammar.tree().add(join.using_, grammar.name()->parts.back());
        } while (cursor.accept(","));
        cursor.expect(")");
    }
}

/// PARTITION BY (a) of a partitioned outer join, which PostgreSQL does not have.
void partition_of_join(Grammar& grammar, Join& join) {
    TokenCursor& cursor = grammar.cursor();
    if (!cursor.at_all({"PARTITION", "BY"})) return;
    const std::uint32_t begin = cursor.take().span.begin;
    cursor.take();
    grammar.expression();
    join.partition_by = cursor.text(cursor.since(begin));
}

}  // namespace

Identifier Grammar::alias() {
    if (cursor_.at("AS") && !cursor_.at("OF", 1)) {
        cursor_.take();
        return identifier();
    }
    if (!at_identifier() || kFollowers.has(cursor_, cursor_.look()) || continues(cursor_)) return {};
    return identifier();
}

List<TableRef*> Grammar::table_refs() {
    List<TableRef*> made;
    do {
        tree_.add(made, table_ref());
    } while (cursor_.accept(","));
    return made;
}

TableRef* Grammar::table_ref() {
    const Depth depth{*this};
    const std::uint32_t begin = cursor_.look().span.begin;
    TableRef* left = Source{*this}.parse();
    for (unsigned chain = 0; !cursor_.failed(); ++chain) {
        Join* join = tree_.make<Join>({});
        partition_of_join(*this, *join);
        if (!accept_join(cursor_, *join)) break;
        join->left = left;
        join->right = Source{*this}.parse();
        partition_of_join(*this, *join);
        const bool conditioned = join->what != Join::What::cross && !join->natural &&
                                 join->what != Join::What::cross_apply &&
                                 join->what != Join::What::outer_apply;
        if (conditioned) nested_right(*join);
        join->span = cursor_.since(begin);
        left = join;
        if (chain > kChainMax) cursor_.fail("fewer joins in a row");
        if (cursor_.at_any({"PIVOT", "UNPIVOT"})) left = Source{*this}.pivoted(left);
    }
    return left;
}

/// a JOIN b JOIN c ON … ON …: the inner join is the right side of the outer one.
void Grammar::nested_right(Join& join) {
    const Depth depth{*this};
    while (!cursor_.failed() && !cursor_.at("ON") && !(cursor_.at("USING") && cursor_.at("(", 1))) {
        Join* inner = tree_.make<Join>({});
        if (!accept_join(cursor_, *inner)) break;
        inner->left = join.right;
        inner->right = Source{*this}.parse();
        nested_right(*inner);
        inner->span = cursor_.since(inner->left->span.begin);
        join.right = inner;
    }
    join_condition(*this, join);
}

TableRef* Grammar::changed_table() {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at_any({"(", "TABLE", "ONLY", "THE"})) return Source{*this}.parse();
    TableName* table = tree_.make<TableName>({});
    table->name = name();
    if (cursor_.at_any({"PARTITION", "SUBPARTITION"}) && (cursor_.at("(", 1) || cursor_.at("FOR", 1))) {
        const std::uint32_t from = cursor_.take().span.begin;
        cursor_.accept("FOR");
        arguments();
        table->partition = cursor_.text(cursor_.since(from));
    }
    table->alias = alias();
    table->span = cursor_.since(begin);
    return table;
}

}  // namespace landfall::convert
