// Blocks and the statements of PL/SQL, and how they recover from what does not parse.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

/// From DECLARE or BEGIN on.
Block* Grammar::block() {
    const bool declares = cursor_.accept("DECLARE");
    Block* made = body();
    made->has_declare = declares;
    return made;
}

/// [declarations] BEGIN statements [EXCEPTION handlers] END [label]
Block* Grammar::body() {
    const Depth depth{*this};
    auto* made = tree_.make<Block>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    if (!cursor_.at("BEGIN")) made->declarations = declarations();
    cursor_.expect("BEGIN");
    made->body = code_statements();
    if (cursor_.accept("EXCEPTION")) made->handlers = handlers();
    cursor_.expect("END");
    if (at_identifier()) made->end_label = name()->parts.back();
    made->span = cursor_.since(begin);
    return made;
}

List<WhenException*> Grammar::handlers() {
    List<WhenException*> found;
    while (cursor_.at("WHEN")) {
        auto* made = tree_.make<WhenException>({});
        const std::uint32_t begin = cursor_.take().span.begin;
        do {
            tree_.add(made->exceptions, name());
        } while (cursor_.accept("OR"));
        cursor_.expect("THEN");
        made->body = code_statements();
        made->span = cursor_.since(begin);
        tree_.add(found, made);
    }
    return found;
}

List<CodeStatement*> Grammar::code_statements() {
    List<CodeStatement*> found;
    while (!cursor_.done() && !cursor_.at_any({"END", "ELSE", "ELSIF", "WHEN", "EXCEPTION"})) {
        if (cursor_.accept(";")) continue;
        tree_.add(found, code_statement());
    }
    return found;
}

/// With its labels and its semicolon. What does not parse is kept as text up to the semicolon of the same
/// nesting.
CodeStatement* Grammar::code_statement() {
    const Depth depth{*this};
    const Token* begin = cursor_.place();
    const List<Identifier> marks = labels();
    if (!marks.empty() && cursor_.at("END")) {  // a label may stand at the end for a GOTO
        auto* nothing = tree_.make<NullStatement>(cursor_.since(begin->span.begin));
        nothing->labels = marks;
        return nothing;
    }
    CodeStatement* parsed = bare_statement();
    if (!cursor_.done() || cursor_.failed()) cursor_.expect(";");
    parsed->labels = marks;
    parsed->span = cursor_.failed() ? Span{} : cursor_.since(begin->span.begin);
    if (!cursor_.failed()) return parsed;
    auto* raw = tree_.make<RawCode>({});
    raw->labels = marks;
    tell_raw_code();
    cursor_.back_to(begin);
    skip_statement();
    raw->span = cursor_.since(begin->span.begin);
    raw->text = cursor_.text(raw->span);
    return raw;
}

List<Identifier> Grammar::labels() {
    List<Identifier> found;
    while (cursor_.accept("<<")) {
        tree_.add(found, identifier());
        cursor_.expect(">>");
    }
    return found;
}

/// Words that begin a statement are no reserved words: as a name they are followed by := . ( %
bool Grammar::at_keyword(Word word) const {
    return cursor_.at(word) && !cursor_.at(":=", 1) && !cursor_.at(".", 1) && !cursor_.at("(", 1) &&
           !cursor_.at("%", 1);
}

CodeStatement* Grammar::bare_statement() {
    if (cursor_.at_any({"BEGIN", "DECLARE"})) return block();
    if (cursor_.at("IF")) return if_statement();
    if (cursor_.at("CASE")) return case_statement();
    if (at_keyword("LOOP") || cursor_.at_any({"FOR", "WHILE"})) return loop();
    if (at_keyword("EXIT") || at_keyword("CONTINUE") || cursor_.at("GOTO")) return jump();
    if (cursor_.at("NULL")) {
        auto* made = tree_.make<NullStatement>({});
        cursor_.take();
        return made;
    }
    if (cursor_.at("PRAGMA") && at_identifier(1)) {  // INLINE: advice to Oracle's compiler
        pragma();
        return tree_.make<NullStatement>({});
    }
    if (cursor_.at("RETURN") && !cursor_.at(":=", 1)) return return_statement();
    if (cursor_.at_all({"PIPE", "ROW"})) return pipe_row();
    if (at_keyword("RAISE")) {
        auto* made = tree_.make<Raise>({});
        cursor_.take();
        if (at_identifier()) made->exception = name();
        return made;
    }
    if (CodeStatement* made = cursor_statement()) return made;
    if (CodeStatement* made = sql_statement()) return made;
    return assignment_or_call();
}

/// What begins by a name: a := b; p; p(a); a.b(c).d := e
CodeStatement* Grammar::assignment_or_call() {
    Expr* first = primary();
    if (cursor_.accept(":=")) {
        auto* made = tree_.make<Assignment>({});
        made->target = first;
        made->value = expression();
        return made;
    }
    auto* made = tree_.make<CallStatement>({});
    made->call = first;
    if (first->kind != Kind::name && first->kind != Kind::call && first->kind != Kind::field &&
        first->kind != Kind::spliced)
        cursor_.fail("a statement");
    return made;
}

IfBranch* Grammar::branch(Expr* condition) {
    auto* made = tree_.make<IfBranch>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->condition = condition;
    made->body = code_statements();
    made->span = cursor_.since(begin);
    return made;
}

If* Grammar::if_statement() {
    auto* made = tree_.make<If>({});
    do {  // IF or ELSIF
        cursor_.take();
        Expr* condition = expression();
        cursor_.expect("THEN");
        tree_.add(made->branches, branch(condition));
    } while (cursor_.at("ELSIF"));
    if (cursor_.accept("ELSE")) tree_.add(made->branches, branch(nullptr));
    cursor_.expect("END");
    cursor_.expect("IF");
    return made;
}

CaseStatement* Grammar::case_statement() {
    auto* made = tree_.make<CaseStatement>({});
    cursor_.take();
    if (!cursor_.at("WHEN")) made->operand = expression();
    while (cursor_.accept("WHEN")) {
        Expr* condition = expression();
        cursor_.expect("THEN");
        tree_.add(made->branches, branch(condition));
    }
    if (made->branches.empty()) cursor_.fail("WHEN");
    if (cursor_.accept("ELSE")) tree_.add(made->branches, branch(nullptr));
    cursor_.expect("END");
    cursor_.expect("CASE");
    if (at_identifier()) identifier();
    return made;
}

Loop* Grammar::loop() {
    auto* made = tree_.make<Loop>({});
    if (cursor_.accept("WHILE")) {
        made->what = Loop::What::while_;
        made->condition = expression();
    } else if (cursor_.accept("FOR")) {
        loop_over(*made);
    }
    cursor_.expect("LOOP");
    made->body = code_statements();
    cursor_.expect("END");
    cursor_.expect("LOOP");
    if (at_identifier()) made->end_label = identifier();
    return made;
}

/// FOR i IN [REVERSE] a..b [BY c] | FOR r IN cursor[(…)] | FOR r IN (query)
void Grammar::loop_over(Loop& made) {
    made.variable = identifier();
    cursor_.expect("IN");
    made.reverse = cursor_.accept("REVERSE");
    if (cursor_.at("(") && at_query()) {
        made.what = Loop::What::query;
        cursor_.take();
        made.query = query();
        cursor_.expect(")");
        return;
    }
    Expr* first = additive();
    if (!cursor_.accept("..")) {
        made.what = Loop::What::cursor;
        made.cursor = first;
        return;
    }
    made.what = Loop::What::numeric;
    made.low = first;
    made.high = additive();
    if (cursor_.accept("BY")) made.step = additive();
}

/// EXIT [label] [WHEN condition], CONTINUE …, GOTO label
Jump* Grammar::jump() {
    auto* made = tree_.make<Jump>({});
    made->what = cursor_.at("EXIT")       ? Jump::What::exit
                 : cursor_.at("CONTINUE") ? Jump::What::continue_
                                          : Jump::What::goto_;
    cursor_.take();
    if (!cursor_.at("WHEN") && at_identifier()) made->label = identifier();
    if (cursor_.accept("WHEN")) made->condition = expression();
    return made;
}

Return* Grammar::return_statement() {
    auto* made = tree_.make<Return>({});
    cursor_.take();
    if (!cursor_.at(";") && !cursor_.done()) made->value = expression();
    return made;
}

Return* Grammar::pipe_row() {
    auto* made = tree_.make<Return>({});
    made->next = true;
    cursor_.take();
    cursor_.take();
    cursor_.expect("(");
    made->value = expression();
    cursor_.expect(")");
    return made;
}

}  // namespace landfall::convert
