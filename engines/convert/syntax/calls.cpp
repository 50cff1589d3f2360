// Operands: literals, names, calls with their chains (a(1).b.c(2)), CASE, CAST, subqueries.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

/// Operands that begin with a word of their own.
enum class Start : std::uint8_t {
    true_,
    false_,
    null,
    default_,
    date,
    timestamp,
    interval,
    case_,
    exists,
    cursor,
    multiset,
    new_,
    cast,
    treat,
    extract,
    trim,
    grouping,
    any_or_all
};

constexpr WordEntry<Start> kStartsWords[] = {
    {"TRUE", Start::true_},        {"FALSE", Start::false_},      {"NULL", Start::null},
    {"DEFAULT", Start::default_},  {"DATE", Start::date},         {"TIMESTAMP", Start::timestamp},
    {"INTERVAL", Start::interval}, {"CASE", Start::case_},        {"EXISTS", Start::exists},
    {"CURSOR", Start::cursor},     {"MULTISET", Start::multiset}, {"NEW", Start::new_},
    {"CAST", Start::cast},         {"XMLCAST", Start::cast},      {"TREAT", Start::treat},
    {"EXTRACT", Start::extract},   {"TRIM", Start::trim},         {"GROUPING", Start::grouping}};
constexpr WordMap kStarts{kStartsWords};

class Operand {
public:
    explicit Operand(Grammar& grammar)
        : grammar_{grammar},
          cursor_{grammar.cursor()},
          tree_{grammar.tree()},
          begin_{cursor_.look().span.begin} {}

    Expr* parse() { return with_postfixes(bare()); }

private:
    template <class T>
    T* ended(T* node) {
        node->span = cursor_.since(begin_);
        return node;
    }

    Expr* bare() {
        switch (cursor_.look().kind) {
            case TokenKind::number: return number();
            case TokenKind::string: return string();
            case TokenKind::bind: return bind();
            case TokenKind::directive: return inquiry();
            case TokenKind::quoted_word: return named();
            case TokenKind::word: return word();
            case TokenKind::symbol:
                if (cursor_.at("(")) return parenthesized();
                break;
            default: break;
        }
        return nothing();
    }

    Expr* nothing() {
        cursor_.fail("an expression");
        return literal(Literal::What::null, {});
    }

    Literal* literal(Literal::What what, Text text) {
        Literal* made = tree_.make<Literal>({});
        made->what = what;
        made->text = text;
        return ended(made);
    }

    Expr* number() {
        const Text digits = cursor_.text(cursor_.take());
        return literal(Literal::What::number, digits);
    }

    Expr* string() {
        const std::string_view written = cursor_.text(cursor_.look());
        const bool national = written.front() == 'n' || written.front() == 'N';
        const Text text = grammar_.text_of_string();
        return literal(national ? Literal::What::national_string : Literal::What::string, text);
    }

    /// :name, :"Name", :1
    Expr* bind() {
        const Token& token = cursor_.take();
        std::string_view name = cursor_.text(token).substr(1);
        BindVariable* made = tree_.make<BindVariable>(token.span);
        const bool quoted = name.size() >= 2 && name.front() == '"';
        if (quoted) name = name.substr(1, name.size() - 2);
        const std::string lower = in_lower_case(name);
        made->name = {
            .name = lower == name || quoted ? name : tree_.keep(lower), .span = token.span, .quoted = quoted};
        return made;
    }

    /// $$PLSQL_UNIT and its kin, which conditional compilation did not replace
    Expr* inquiry() {
        const Token& token = cursor_.take();
        Name* made = tree_.make<Name>(token.span);
        tree_.add(made->parts, {.name = cursor_.text(token), .span = token.span});
        return made;
    }

    Expr* word() {
        const Start* start = kStarts.find(cursor_, cursor_.look());
        Expr* special = start == nullptr ? nullptr : started(*start);
        return special == nullptr ? named() : special;
    }

    /// nullptr: the word is a name here.
    Expr* started(Start start) {
        const bool called = cursor_.at("(", 1);
        const bool before_string = cursor_.look(1).kind == TokenKind::string;
        switch (start) {
            case Start::true_: return constant(Literal::What::boolean_true);
            case Start::false_: return constant(Literal::What::boolean_false);
            case Start::null: return constant(Literal::What::null);
            case Start::default_: return constant(Literal::What::default_);
            case Start::date: return before_string ? moment(Literal::What::date) : nullptr;
            case Start::timestamp: return before_string ? moment(Literal::What::timestamp) : nullptr;
            case Start::interval: return before_string ? moment(Literal::What::interval) : nullptr;
            case Start::case_: return case_();
            case Start::exists: return called ? queried(Subquery::What::exists) : nullptr;
            case Start::cursor: return called ? queried(Subquery::What::cursor) : nullptr;
            case Start::multiset: return called ? queried(Subquery::What::multiset) : nullptr;
            case Start::new_: return constructed();
            case Start::cast: return called ? cast() : nullptr;
            case Start::treat: return called ? treat() : nullptr;
            case Start::extract: return called && cursor_.at("FROM", 3) ? extract() : nullptr;
            case Start::trim: return called ? trim() : nullptr;
            case Start::grouping:
                return cursor_.at("SETS", 1) && cursor_.at("(", 2) ? grouping_sets() : nullptr;
            default: return nullptr;
        }
    }

    Expr* constant(Literal::What what) {
        cursor_.take();
        return literal(what, {});
    }

    /// DATE '…', TIMESTAMP '…', INTERVAL '…' DAY TO SECOND
    Expr* moment(Literal::What what) {
        cursor_.take();
        const Text text = grammar_.text_of_string();
        Literal* made = literal(what, text);
        if (what == Literal::What::interval) made->fields = grammar_.interval_fields();
        return ended(made);
    }

    Expr* case_() {
        cursor_.take();
        Case* made = tree_.make<Case>({});
        if (!cursor_.at("WHEN")) made->operand = grammar_.expression();
        while (cursor_.at("WHEN")) {
            const std::uint32_t begin = cursor_.take().span.begin;
            When* when = tree_.make<When>({});
            when->condition = grammar_.expression();
            cursor_.expect("THEN");
            when->result = grammar_.expression();
            when->span = cursor_.since(begin);
            tree_.add(made->whens, when);
        }
        if (made->whens.empty()) cursor_.fail("WHEN");
        if (cursor_.accept("ELSE")) made->otherwise = grammar_.expression();
        cursor_.expect("END");
        return ended(made);
    }

    Expr* queried(Subquery::What what) {
        cursor_.take();
        Subquery* made = tree_.make<Subquery>({});
        made->what = what;
        cursor_.expect("(");
        made->query = grammar_.query();
        cursor_.expect(")");
        return ended(made);
    }

    /// NEW type(…); `new` alone, or before a dot, is a name
    Expr* constructed() {
        if (!grammar_.at_identifier(1)) return nullptr;
        cursor_.take();
        Name* type = grammar_.name();
        Call* made = nullptr;
        if (cursor_.at("(")) made = as<Call>(called(type));
        if (made == nullptr) {
            made = tree_.make<Call>({});
            made->callee = type;
        }
        made->made_new = true;
        return ended(made);
    }

    /// CAST(a AS t [DEFAULT b ON CONVERSION ERROR] [, format]), CAST(MULTISET(…) AS t), XMLCAST(a AS t)
    Expr* cast() {
        cursor_.take();
        cursor_.take();
        Cast* made = tree_.make<Cast>({});
        made->operand = grammar_.expression();
        cursor_.expect("AS");
        made->to = grammar_.data_type();
        if (cursor_.accept("DEFAULT")) {
            made->on_error = grammar_.expression();
            cursor_.expect("ON");
            cursor_.expect("CONVERSION");
            cursor_.expect("ERROR");
        }
        if (cursor_.accept(",")) {
            const List<Expr*> format = grammar_.expressions();
            made->format = format.front();
        }
        cursor_.expect(")");
        return ended(made);
    }

    Expr* treat() {
        cursor_.take();
        cursor_.take();
        Cast* made = tree_.make<Cast>({});
        made->treat = true;
        made->operand = grammar_.expression();
        cursor_.expect("AS");
        made->to = grammar_.data_type();
        cursor_.expect(")");
        return ended(made);
    }

    Spliced* spliced(Text name, std::initializer_list<Text> pieces, std::initializer_list<Node*> operands) {
        Spliced* made = tree_.make<Spliced>({});
        made->name = name;
        made->pieces = tree_.list(pieces);
        made->operands = tree_.list(operands);
        return ended(made);
    }

    Text upper(std::string_view text) { return tree_.keep(in_upper_case(text)); }

    Expr* extract() {
        cursor_.take();
        cursor_.take();
        const std::string field{upper(cursor_.text(cursor_.take()))};
        cursor_.take();
        Expr* from = grammar_.expression();
        cursor_.expect(")");
        return spliced("EXTRACT", {tree_.keep("EXTRACT(" + field + " FROM "), ")"}, {from});
    }

    /// TRIM(a), which is a call; TRIM([BOTH] ['x'] FROM a)
    Expr* trim() {
        const Span span = cursor_.take().span;
        const std::uint32_t open = cursor_.take().span.begin;
        Text side;
        if (cursor_.at_any({"LEADING", "TRAILING", "BOTH"})) side = upper(cursor_.text(cursor_.take()));
        Expr* first = cursor_.at("FROM") ? nullptr : grammar_.expression();
        if (side.empty() && !cursor_.at("FROM")) {
            cursor_.expect(")");
            Name* callee = tree_.make<Name>(span);
            tree_.add(callee->parts, {.name = "trim", .span = span});
            Call* made = tree_.make<Call>({});
            made->callee = callee;
            Argument* argument = tree_.make<Argument>(cursor_.since(open));
            argument->value = first;
            tree_.add(made->arguments, argument);
            return ended(made);
        }
        if (side.empty()) side = "BOTH";
        const std::string head = "TRIM(" + std::string{side} + " ";
        if (!cursor_.accept("FROM") && first != nullptr) {  // TRIM(LEADING a)
            cursor_.expect(")");
            return spliced("TRIM", {tree_.keep(head + "FROM "), ")"}, {first});
        }
        Expr* from = grammar_.expression();
        cursor_.expect(")");
        if (first == nullptr) return spliced("TRIM", {tree_.keep(head + "FROM "), ")"}, {from});
        return spliced("TRIM", {tree_.keep(head), " FROM ", ")"}, {first, from});
    }

    Expr* grouping_sets() {
        cursor_.take();
        cursor_.take();
        cursor_.take();
        Spliced* made = tree_.make<Spliced>({});
        made->name = "GROUPING SETS";
        Text piece = "GROUPING SETS (";
        do {
            tree_.add(made->pieces, piece);
            tree_.add(made->operands, grammar_.expression());
            piece = ", ";
        } while (cursor_.accept(","));
        tree_.add(made->pieces, ")");
        cursor_.expect(")");
        return ended(made);
    }

    /// (query), (a), (a, b), (), (SELF AS type)
    Expr* parenthesized() {
        const std::uint32_t open = cursor_.take().span.begin;
        if (cursor_.at("SELECT") || cursor_.at("WITH")) return grammar_.subquery_behind_parenthesis(open);
        if (cursor_.accept(")")) return ended(tree_.make<Tuple>({}));
        List<Expr*> items = grammar_.expressions();
        if (grammar_.continue_as_query(items)) {
            cursor_.expect(")");
            return ended(items.front());
        }
        if (items.size() == 1 && cursor_.accept("AS")) {
            Cast* made = tree_.make<Cast>({});
            made->treat = true;
            made->operand = items.front();
            made->to = grammar_.data_type();
            cursor_.expect(")");
            return ended(made);
        }
        cursor_.expect(")");
        if (items.size() == 1) return inner(items.front());
        Tuple* made = tree_.make<Tuple>({});
        made->items = items;
        return ended(made);
    }

    Expr* inner(Expr* expr) {
        Parenthesized* made = tree_.make<Parenthesized>({});
        made->inner = expr;
        return ended(made);
    }

    Expr* named() {
        if (!grammar_.at_identifier()) return nothing();
        const Token& first = cursor_.look();
        if (cursor_.at("(", 1) && Grammar::has_own_syntax(cursor_, first)) {
            return grammar_.spliced_call(*grammar_.name(), {});
        }
        Name* name = grammar_.name();
        if (!cursor_.at(".") || !cursor_.at("*", 1)) return name;
        cursor_.take();
        cursor_.take();
        Star* star = tree_.make<Star>({});
        star->qualifier = name;
        return ended(star);
    }

    /// From ( on: arguments, and what aggregates and analytic functions have behind them.
    Expr* called(Expr* callee) {
        Call* call = tree_.make<Call>({});
        call->callee = callee;
        cursor_.expect("(");
        if (!cursor_.at(")")) {
            if (cursor_.accept("DISTINCT") || cursor_.accept("UNIQUE"))
                call->distinct = true;
            else
                cursor_.accept("ALL");
            call->arguments = grammar_.argument_list();
            if (Name* built_in = as<Name>(callee); built_in != nullptr && odd_behind_argument()) {
                return ended(grammar_.spliced_call(*built_in, call->arguments));
            }
            behind_arguments(call);
        }
        cursor_.expect(")");
        behind_parentheses(call);
        return ended(call);
    }

    /// TRANSLATE(a USING CHAR_CS), TO_NUMBER(a DEFAULT 0 ON CONVERSION ERROR), VALIDATE_CONVERSION(a AS t)
    [[nodiscard]] bool odd_behind_argument() const { return cursor_.at_any({"USING", "DEFAULT", "AS"}); }

    static Call::Nulls accept_nulls(TokenCursor& cursor) {
        const Call::Nulls nulls = cursor.at("IGNORE") ? Call::Nulls::ignore : Call::Nulls::respect;
        if (!cursor.at("NULLS", 1) || !cursor.at_any({"IGNORE", "RESPECT"})) return Call::Nulls::unsaid;
        cursor.take();
        cursor.take();
        return nulls;
    }

    void behind_arguments(Call* call) {
        if (cursor_.at_all({"ON", "OVERFLOW"})) overflow(call);
        if (cursor_.at_all({"ORDER", "BY"})) call->order = grammar_.order_items();
        if (const auto nulls = accept_nulls(cursor_); nulls != Call::Nulls::unsaid) call->nulls = nulls;
    }

    /// LISTAGG(a, ',' ON OVERFLOW TRUNCATE '…' WITH COUNT)
    void overflow(Call* call) {
        const std::uint32_t begin = cursor_.look().span.begin;
        while (!cursor_.at(")") && !cursor_.done()) cursor_.take();
        call->overflow = cursor_.text(cursor_.since(begin));
    }

    void behind_parentheses(Call* call) {
        if (const auto nulls = accept_nulls(cursor_); nulls != Call::Nulls::unsaid) call->nulls = nulls;
        if (cursor_.at_all({"FROM", "FIRST"}) || cursor_.at_all({"FROM", "LAST"})) from_end(call);
        if (const auto nulls = accept_nulls(cursor_); nulls != Call::Nulls::unsaid) call->nulls = nulls;
        if (cursor_.at_all({"WITHIN", "GROUP"}) && cursor_.at("(", 2)) {
            cursor_.take();
            cursor_.take();
            cursor_.take();
            call->within_group = grammar_.order_items();
            cursor_.expect(")");
        }
        if (cursor_.at("KEEP") && cursor_.at("(", 1)) keep(call);
        if (cursor_.at("OVER") && (cursor_.at("(", 1) || grammar_.at_identifier(1))) {
            cursor_.take();
            call->over = grammar_.window();
        }
    }

    /// NTH_VALUE(a, 2) FROM LAST; FROM FIRST says nothing. A table may be called so: SELECT f(x) FROM first
    void from_end(Call* call) {
        const bool counts = cursor_.at("OVER", 2) || cursor_.at("RESPECT", 2) || cursor_.at("IGNORE", 2);
        if (!counts) return;
        call->from_last = cursor_.at("LAST", 1);
        cursor_.take();
        cursor_.take();
    }

    void keep(Call* call) {
        cursor_.take();
        cursor_.take();
        cursor_.expect("DENSE_RANK");
        call->keep_first = cursor_.at("FIRST");
        if (!cursor_.accept("FIRST")) cursor_.expect("LAST");
        call->keep_order = grammar_.order_items();
        cursor_.expect(")");
    }

    Expr* with_postfixes(Expr* operand) {
        for (unsigned links = 0; !cursor_.failed(); ++links) {
            Expr* longer = with_postfix(operand);
            if (longer == operand) break;
            operand = longer;
            if (links > kNestingMax) cursor_.fail("a shorter chain of calls");
        }
        return operand;
    }

    static bool may_be_called(const Expr* operand) {
        switch (operand->kind) {
            case Kind::name:
            case Kind::field:
            case Kind::call:
            case Kind::attribute:
            case Kind::bind_variable: return true;
            default: return false;
        }
    }

    Expr* with_postfix(Expr* operand) {
        if (cursor_.look().kind == TokenKind::word) return with_words(operand);
        if (cursor_.look().kind != TokenKind::symbol) return operand;
        if (cursor_.at("(+)") || cursor_.at_all({"(", "+", ")"})) return outer_mark(operand);
        if (cursor_.at("(") && may_be_called(operand)) return called(operand);
        const TokenKind behind = cursor_.look(1).kind;
        if (behind != TokenKind::word && behind != TokenKind::quoted_word) return operand;
        if (cursor_.at(".")) return field(operand);
        if (cursor_.at("%") && may_be_called(operand)) return attribute(operand);
        return operand;
    }

    Expr* outer_mark(Expr* operand) {
        if (!cursor_.accept("(+)")) {
            for (int i = 0; i < 3; ++i) cursor_.take();
        }
        OuterMark* made = tree_.make<OuterMark>({});
        made->operand = operand;
        return ended(made);
    }

    Expr* field(Expr* operand) {
        cursor_.take();
        Field* made = tree_.make<Field>({});
        made->base = operand;
        made->field = word_behind_dot();
        return ended(made);
    }

    /// What follows a dot may be a reserved word: c.delete(1), :new.order
    Identifier word_behind_dot() {
        if (grammar_.at_identifier()) return grammar_.identifier();
        const Token& token = cursor_.take();
        return {.name = tree_.keep(in_lower_case(cursor_.text(token))), .span = token.span};
    }

    Expr* attribute(Expr* operand) {
        cursor_.take();
        Attribute* made = tree_.make<Attribute>({});
        made->base = operand;
        made->attribute = word_behind_dot();
        return ended(made);
    }

    /// a AT TIME ZONE b, a AT LOCAL, (a - b) DAY TO SECOND, a COLLATE c
    Expr* with_words(Expr* operand) {
        if (cursor_.at("AT")) return at_zone(operand);
        if (cursor_.at_all({"DAY", "TO"}) || cursor_.at_all({"YEAR", "TO"}) ||
            (operand->kind == Kind::parenthesized && cursor_.at_all({"DAY", "("}))) {
            Cast* made = tree_.make<Cast>({});
            made->operand = operand;
            made->to = interval_type();
            return ended(made);
        }
        if (cursor_.at("COLLATE") && grammar_.at_identifier(1)) {
            cursor_.take();
            const std::string name{cursor_.text(cursor_.take())};
            return spliced("COLLATE", {"", tree_.keep(" COLLATE " + name)}, {operand});
        }
        return operand;
    }

    DataType* interval_type() {
        const std::uint32_t begin = cursor_.look().span.begin;
        DataType* type = tree_.make<DataType>({});
        type->name = tree_.make<Name>(cursor_.look().span);
        tree_.add(type->name->parts, {.name = "interval", .span = cursor_.look().span});
        type->interval_fields = grammar_.interval_fields();
        type->span = cursor_.since(begin);
        return type;
    }

    Expr* at_zone(Expr* operand) {
        if (!cursor_.at("LOCAL", 1) && !(cursor_.at("TIME", 1) && cursor_.at("ZONE", 2))) return operand;
        cursor_.take();
        AtTimeZone* made = tree_.make<AtTimeZone>({});
        made->operand = operand;
        if (!cursor_.accept("LOCAL")) {
            cursor_.take();
            cursor_.take();
            made->zone = grammar_.primary();
        }
        return ended(made);
    }

    Grammar& grammar_;
    TokenCursor& cursor_;
    Tree& tree_;
    std::uint32_t begin_;
};

}  // namespace

Expr* Grammar::primary() {
    const Depth depth{*this};
    return Operand{*this}.parse();
}

List<Argument*> Grammar::arguments() {
    List<Argument*> made;
    cursor_.expect("(");
    if (!cursor_.at(")")) made = argument_list();
    cursor_.expect(")");
    return made;
}

List<Argument*> Grammar::argument_list() {
    List<Argument*> made;
    do {
        const std::uint32_t begin = cursor_.look().span.begin;
        Argument* argument = tree_.make<Argument>({});
        if (cursor_.at("=>", 1)) {
            argument->name = identifier();
            cursor_.take();
        }
        argument->value = argument_value();
        argument->span = cursor_.since(begin);
        tree_.add(made, argument);
    } while (cursor_.accept(","));
    return made;
}

Expr* Grammar::argument_value() {
    if (cursor_.at("*") && (cursor_.at(")", 1) || cursor_.at(",", 1))) {
        return tree_.make<Star>(cursor_.take().span);
    }
    if (!cursor_.at("SELECT") && !cursor_.at("WITH")) return expression();
    const std::uint32_t begin = cursor_.look().span.begin;
    Subquery* made = tree_.make<Subquery>({});
    made->query = query();
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
