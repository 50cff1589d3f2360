// Operands of MySQL's expressions: literals, names, calls, and built-ins with a syntax of their own.
#include "engines/convert/syntax/mysql_grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

constexpr int kUserVariable = 9303;

struct Nothing {};

/// Values that are written without parentheses, and are calls.
constexpr WordEntry<Nothing> kBareCallWords[] = {
    {"CURRENT_TIMESTAMP", {}}, {"CURRENT_DATE", {}}, {"CURRENT_TIME", {}},
    {"CURRENT_USER", {}},      {"LOCALTIME", {}},    {"LOCALTIMESTAMP", {}},
    {"UTC_DATE", {}},          {"UTC_TIME", {}},     {"UTC_TIMESTAMP", {}}};
constexpr WordMap kBareCalls{kBareCallWords};

/// Reserved words that are functions where ( follows.
constexpr WordEntry<Nothing> kCallWords[] = {
    {"IF", {}},       {"LEFT", {}},    {"RIGHT", {}},   {"REPLACE", {}}, {"INSERT", {}},
    {"MOD", {}},      {"VALUES", {}},  {"REPEAT", {}},  {"CHAR", {}},    {"SCHEMA", {}},
    {"DATABASE", {}}, {"DEFAULT", {}}, {"TRUNCATE", {}}};
constexpr WordMap kCalls{kCallWords};

/// Strings that say their type: DATE '2024-01-31'
bool is_moment_word(const TokenCursor& cursor) {
    return (cursor.at("DATE") || cursor.at("TIME") || cursor.at("TIMESTAMP")) &&
           cursor.look(1).kind == TokenKind::string;
}

}  // namespace

Expr* MysqlGrammar::primary() {
    const Depth depth{*this};
    const Token& token = cursor_.look();
    switch (token.kind) {
        case TokenKind::string: return string_literal();
        case TokenKind::number: return number_literal();
        case TokenKind::bind: return user_variable();
        case TokenKind::quoted_word:
        case TokenKind::word: return word_value();
        default: break;
    }
    if (cursor_.at("(")) return parenthesis();
    if (cursor_.at("{")) {  // {d '2024-01-31'} of ODBC
        cursor_.take();
        if (cursor_.look().kind == TokenKind::word) cursor_.take();
        Expr* made = expression();
        cursor_.expect("}");
        return made;
    }
    if (cursor_.at("*")) {
        cursor_.take();
        return tree_.make<Star>(token.span);
    }
    cursor_.fail("an expression");
    return tree_.make<Literal>(token.span);
}

/// a COLLATE c, a -> '$.b', a ->> '$.b'
Expr* MysqlGrammar::postfixed(Expr* operand) {
    for (;;) {
        const std::uint32_t begin = operand->span.begin;
        if (cursor_.accept("COLLATE")) {
            const Text collation = charset_name();
            Spliced* made = own("COLLATE", begin, {operand});
            tree_.add(made->pieces, collation);
            operand = made;
        } else if (cursor_.at("->") || cursor_.at("->>")) {
            rise();
            const Text arrow = cursor_.text(cursor_.take());
            Expr* path = string_literal();
            operand = own(arrow, begin, {operand, path});
        } else {
            return operand;
        }
    }
}

Expr* MysqlGrammar::string_literal() {
    const Token& token = cursor_.look();
    const std::string_view text = cursor_.text(token);
    const char prefix = text.empty() ? '\0' : lower_letter(text.front());
    if (token.kind == TokenKind::string && (prefix == 'x' || prefix == 'b')) {
        cursor_.take();
        Literal* digits = tree_.make<Literal>(token.span);
        digits->what = Literal::What::string;
        digits->text = text.size() >= 3 ? text.substr(2, text.size() - 3) : Text{};
        const std::string_view known = prefix == 'x' ? "0123456789abcdefABCDEF" : "01";
        if (digits->text.find_first_not_of(known) != std::string_view::npos) cursor_.fail("digits");
        return own(prefix == 'x' ? "HEX" : "BITS", token.span.begin, {digits});
    }
    Literal* made = tree_.make<Literal>(token.span);
    made->what = Literal::What::string;
    made->text = string();
    made->span = cursor_.since(token.span.begin);
    return made;
}

Expr* MysqlGrammar::number_literal() {
    const Token& token = cursor_.take();
    const Text text = cursor_.text(token);
    const bool radix = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'b');
    Literal* made = tree_.make<Literal>(token.span);
    made->what = radix ? Literal::What::string : Literal::What::number;
    made->text = radix ? text.substr(2) : text;
    if (radix) return own(text[1] == 'x' ? "HEX" : "BITS", token.span.begin, {made});
    return made;
}

/// @a and @@a have no place in definitions: kept as text, with a finding.
Expr* MysqlGrammar::user_variable() {
    const Token& token = cursor_.take();
    RawExpr* made = tree_.make<RawExpr>(token.span);
    made->text = cursor_.text(token);
    if (cursor_.accept(":=")) {
        static_cast<void>(expression());
        made->span = cursor_.since(token.span.begin);
    }
    tell(kUserVariable, Complexity::complex, made->span, cursor_.text(token));
    return made;
}

Expr* MysqlGrammar::parenthesis() {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (at_query()) return subquery();
    cursor_.take();
    List<Expr*> items = expressions();
    cursor_.expect(")");
    if (items.size() == 1) {
        Parenthesized* made = tree_.make<Parenthesized>(cursor_.since(begin));
        made->inner = items[0];
        return made;
    }
    Tuple* made = tree_.make<Tuple>(cursor_.since(begin));
    made->items = items;
    return made;
}

Expr* MysqlGrammar::literal() {
    const Token& token = cursor_.take();
    Literal* made = tree_.make<Literal>(token.span);
    if (cursor_.spells(token, "TRUE")) made->what = Literal::What::boolean_true;
    if (cursor_.spells(token, "FALSE")) made->what = Literal::What::boolean_false;
    if (cursor_.spells(token, "DEFAULT")) made->what = Literal::What::default_;
    return made;
}

/// A value that begins with a word.
Expr* MysqlGrammar::word_value() {
    const Token& token = cursor_.look();
    const std::uint32_t begin = token.span.begin;
    const bool calls = cursor_.at("(", 1);
    if (token.kind == TokenKind::word) {
        const std::string_view text = cursor_.text(token);
        if (text.starts_with('_') && cursor_.look(1).kind == TokenKind::string) {  // _utf8mb4'…'
            cursor_.take();
            return string_literal();
        }
        if (text.starts_with('_') && cursor_.look(1).kind == TokenKind::number &&
            cursor_.text(cursor_.look(1)).starts_with("0x")) {
            cursor_.take();
            return number_literal();
        }
        if (!calls && cursor_.at_any({"NULL", "TRUE", "FALSE", "DEFAULT"})) return literal();
        if (is_moment_word(cursor_)) {
            const bool day = cursor_.at("DATE"), time = cursor_.at("TIME");
            cursor_.take();
            Literal* made = tree_.make<Literal>({});
            made->what = day    ? Literal::What::date
                         : time ? Literal::What::interval
                                : Literal::What::timestamp;
            made->text = string();
            made->span = cursor_.since(begin);
            return made;
        }
        if (cursor_.at("CASE")) return case_expression();
        if (cursor_.at("INTERVAL") && !calls) return interval();
        if (cursor_.at("INTERVAL") && calls) return interval();
        if (cursor_.at("EXISTS") && calls) {
            cursor_.take();
            Subquery* made = subquery();
            made->what = Subquery::What::exists;
            made->span = cursor_.since(begin);
            return made;
        }
        if (cursor_.at("ROW") && calls) cursor_.take();
        if (cursor_.at("(")) return parenthesis();
        if (cursor_.at("CAST") && calls) return cast();
        if (cursor_.at("CONVERT") && calls) return convert();
        if (cursor_.at("MATCH")) return match_against();
        if (!calls && kBareCalls.has(cursor_, token)) {
            cursor_.take();
            Call* made = tree_.make<Call>(token.span);
            made->callee = name_of(in_lower_case(text), token.span);
            return made;
        }
        if (calls && (kCalls.has(cursor_, token) || at_identifier())) {
            cursor_.take();
            return special_call(name_of(in_lower_case(text), token.span));
        }
    }
    Name* made = name();
    if (cursor_.at(".") && cursor_.at("*", 1)) {
        cursor_.take();
        cursor_.take();
        Star* star = tree_.make<Star>(cursor_.since(begin));
        star->qualifier = made;
        return star;
    }
    if (cursor_.at("(")) return call(made);
    return made;
}

Expr* MysqlGrammar::case_expression() {
    Case* made = tree_.make<Case>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    if (!cursor_.at("WHEN")) made->operand = expression();
    while (cursor_.at("WHEN")) {
        When* when = tree_.make<When>({});
        const std::uint32_t when_begin = cursor_.take().span.begin;
        when->condition = expression();
        cursor_.expect("THEN");
        when->result = expression();
        when->span = cursor_.since(when_begin);
        tree_.add(made->whens, when);
    }
    if (made->whens.empty()) cursor_.fail("WHEN");
    if (cursor_.accept("ELSE")) made->otherwise = expression();
    cursor_.expect("END");
    made->span = cursor_.since(begin);
    return made;
}

/// INTERVAL 1 DAY: a Spliced "INTERVAL" of the amount, its piece the unit in upper case.
Expr* MysqlGrammar::interval() {
    const std::uint32_t begin = cursor_.take().span.begin;
    Expr* amount = expression();
    const Token& unit = cursor_.look();
    if (unit.kind != TokenKind::word) cursor_.fail("a unit of time");
    const Text word = upper(cursor_.text(cursor_.take()));
    Spliced* made = own("INTERVAL", begin, {amount});
    tree_.add(made->pieces, word);
    return made;
}

Expr* MysqlGrammar::cast() {
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.expect("(");
    Cast* made = tree_.make<Cast>({});
    made->operand = expression();
    if (cursor_.at_all({"AT", "TIME", "ZONE"})) {
        for (int i = 0; i < 3; ++i) cursor_.take();
        cursor_.accept("INTERVAL");
        AtTimeZone* zoned = tree_.make<AtTimeZone>({});
        zoned->operand = made->operand;
        zoned->zone = string_literal();
        zoned->span = cursor_.since(begin);
        made->operand = zoned;
    }
    cursor_.expect("AS");
    made->to = cast_type();
    cursor_.accept("ARRAY");
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

/// CONVERT(a, type) is a cast; CONVERT(a USING charset) is a: PostgreSQL's texts have one encoding.
Expr* MysqlGrammar::convert() {
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.expect("(");
    Expr* operand = expression();
    if (cursor_.accept("USING")) {
        const Text charset = charset_name();
        cursor_.expect(")");
        Spliced* made = own("USING", begin, {operand});
        tree_.add(made->pieces, charset);
        return made;
    }
    cursor_.expect(",");
    Cast* made = tree_.make<Cast>({});
    made->operand = operand;
    made->to = cast_type();
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

/// MATCH (a, b) AGAINST ('words' IN BOOLEAN MODE): a Spliced "MATCH"; its piece says the mode, its last
/// operand is the text.
Expr* MysqlGrammar::match_against() {
    const std::uint32_t begin = cursor_.take().span.begin;
    const bool parenthesized = cursor_.accept("(");
    const List<Expr*> columns = expressions();
    if (parenthesized) cursor_.expect(")");
    cursor_.expect("AGAINST");
    cursor_.expect("(");
    Expr* text = operation(kAboveComparison);  // IN begins the mode
    Text mode;
    const Span words{cursor_.look().span.begin, 0};
    while (!cursor_.done() && !cursor_.at(")")) {
        if (cursor_.at("BOOLEAN")) mode = "BOOLEAN";
        cursor_.take();
    }
    cursor_.expect(")");
    static_cast<void>(words);
    Spliced* made = own("MATCH", begin, {});
    for (Expr* column : columns) tree_.add(made->operands, column);
    tree_.add(made->operands, text);
    tree_.add(made->pieces, mode);
    return made;
}

/// EXTRACT(unit FROM a), TIMESTAMPDIFF(unit, a, b), TIMESTAMPADD(unit, n, a): a Call whose first argument is
/// the unit as a string.
Expr* MysqlGrammar::unit_call(Name* callee, std::uint32_t begin) {
    cursor_.expect("(");
    Call* made = tree_.make<Call>({});
    made->callee = callee;
    Literal* unit = tree_.make<Literal>(cursor_.look().span);
    unit->what = Literal::What::string;
    Text word = upper(cursor_.text(cursor_.take()));
    if (word.starts_with("SQL_TSI_")) word.remove_prefix(8);
    unit->text = word;
    const auto add = [&](Expr* value) {
        Argument* argument = tree_.make<Argument>(value->span);
        argument->value = value;
        tree_.add(made->arguments, argument);
    };
    add(unit);
    if (!cursor_.accept("FROM")) cursor_.expect(",");
    for (Expr* value : expressions()) add(value);
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

/// A built-in by its word, from its ( on: some have words between their arguments.
Expr* MysqlGrammar::special_call(Name* callee) {
    const Text word = callee->parts[0].name;
    const std::uint32_t begin = callee->span.begin;
    if (word == "extract" || word == "timestampdiff" || word == "timestampadd")
        return unit_call(callee, begin);
    return call(callee);
}

/// f(a, b): what stands between arguments instead of commas (POSITION(a IN b), SUBSTRING(a FROM 1 FOR 2),
/// TRIM(BOTH a FROM b), CHAR(1 USING c)) gives arguments in the order of the source; TRIM's side is the
/// separator.
Expr* MysqlGrammar::call(Name* callee) {
    const Text word = callee->parts.back().name;
    cursor_.expect("(");
    Call* made = tree_.make<Call>({});
    made->callee = callee;
    if (cursor_.accept("DISTINCT"))
        made->distinct = true;
    else if (cursor_.at("ALL") && !cursor_.at(")", 1))
        cursor_.take();
    if (word == "trim" && cursor_.at_any({"BOTH", "LEADING", "TRAILING"}))
        made->separator = upper(cursor_.text(cursor_.take()));
    else if (word == "trim")
        made->separator = "BOTH";
    const auto add = [&](Expr* value) {
        Argument* argument = tree_.make<Argument>(value->span);
        argument->value = value;
        tree_.add(made->arguments, argument);
    };
    const bool position = word == "position";
    while (!cursor_.done() && !cursor_.at(")")) {
        if (cursor_.at_all({"ORDER", "BY"})) {
            made->order = order_items();
            continue;
        }
        if (cursor_.accept("SEPARATOR")) {
            made->separator = at_string() ? string() : Text{};
            if (made->separator.empty()) made->separator = tree_.keep(std::string_view{"\0", 1});
            continue;
        }
        if (cursor_.accept("USING")) {
            static_cast<void>(charset_name());
            continue;
        }
        if (cursor_.at("FROM") && word == "trim" && made->arguments.empty()) cursor_.take();
        add(position && made->arguments.empty() ? operation(kAboveComparison) : expression());
        if (cursor_.accept(",") || cursor_.accept("FROM") || cursor_.accept("FOR") ||
            (position && cursor_.accept("IN")))
            continue;
        if (!cursor_.at(")") && !cursor_.at("ORDER") && !cursor_.at("SEPARATOR") && !cursor_.at("USING"))
            break;
    }
    cursor_.expect(")");
    if (cursor_.at("OVER")) over(*made);
    made->span = cursor_.since(callee->span.begin);
    return made;
}

void MysqlGrammar::over(Call& made) {
    cursor_.take();
    if (cursor_.at("(")) {
        made.over = window();
        return;
    }
    made.over = tree_.make<Window>(cursor_.look().span);
    made.over->name = identifier();
}

Expr* MysqlGrammar::frame_bound() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Spliced* made = tree_.make<Spliced>({});
    if (cursor_.at("UNBOUNDED") || cursor_.at("CURRENT")) {
        const Text first = upper(cursor_.text(cursor_.take()));
        const Text second = upper(cursor_.text(cursor_.take()));
        tree_.add(made->pieces, tree_.keep(std::string{first} + " " + std::string{second}));
    } else {
        tree_.add(made->pieces, Text{});
        tree_.add(made->operands, operation(kAboveComparison));
        const Text side = upper(cursor_.text(cursor_.take()));
        tree_.add(made->pieces, tree_.keep(" " + std::string{side}));
    }
    made->span = cursor_.since(begin);
    return made;
}

Window* MysqlGrammar::window() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Window* made = tree_.make<Window>({});
    cursor_.expect("(");
    if (at_identifier() && !cursor_.at_any({"ROWS", "RANGE", "PARTITION"})) made->name = identifier();
    if (cursor_.at_all({"PARTITION", "BY"})) {
        cursor_.take();
        cursor_.take();
        made->partition = expressions();
    }
    if (cursor_.at("ORDER")) made->order = order_items();
    if (cursor_.at_any({"ROWS", "RANGE"})) {
        made->unit = upper(cursor_.text(cursor_.take()));
        if (cursor_.accept("BETWEEN")) {
            made->start = frame_bound();
            cursor_.expect("AND");
            made->end = frame_bound();
        } else {
            made->start = frame_bound();
        }
    }
    cursor_.expect(")");
    made->span = cursor_.since(begin);
    return made;
}

}  // namespace landfall::convert
