// Identifiers, names, data types, texts of strings.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

struct Reserved {};

/// What neither SQL nor PL/SQL of Oracle takes for a name without quotes, as far as the grammar needs it:
/// words that only one of the two reserves (TYPE, DATE, DELETE, LEVEL …) are names where a name is due.
constexpr WordEntry<Reserved> kReservedWords[] = {
    {"ALL", {}},    {"ALTER", {}},   {"AND", {}},     {"ANY", {}},    {"AS", {}},        {"ASC", {}},
    {"BEGIN", {}},  {"BETWEEN", {}}, {"BY", {}},      {"CASE", {}},   {"CHECK", {}},     {"CONNECT", {}},
    {"CREATE", {}}, {"DECLARE", {}}, {"DEFAULT", {}}, {"DESC", {}},   {"DISTINCT", {}},  {"DROP", {}},
    {"ELSE", {}},   {"END", {}},     {"FOR", {}},     {"FROM", {}},   {"GRANT", {}},     {"GROUP", {}},
    {"HAVING", {}}, {"IF", {}},      {"IN", {}},      {"INSERT", {}}, {"INTERSECT", {}}, {"INTO", {}},
    {"IS", {}},     {"LIKE", {}},    {"MINUS", {}},   {"NOT", {}},    {"NULL", {}},      {"OF", {}},
    {"ON", {}},     {"OR", {}},      {"ORDER", {}},   {"REVOKE", {}}, {"SELECT", {}},    {"TABLE", {}},
    {"THEN", {}},   {"TO", {}},      {"UNION", {}},   {"UNIQUE", {}}, {"UPDATE", {}},    {"VALUES", {}},
    {"WHEN", {}},   {"WHERE", {}},   {"WITH", {}}};
constexpr WordMap kReserved{kReservedWords};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

Text folded(Tree& tree, std::string_view name) {
    if (std::none_of(name.begin(), name.end(), is_upper)) return name;
    std::string lower{name};
    for (char& c : lower) {
        if (is_upper(c)) c = static_cast<char>(c + ('a' - 'A'));
    }
    return tree.keep(lower);
}

/// The name within quotes: doubled quotes undone, folded where it has no lower-case letter.
Text unquoted(Tree& tree, std::string_view quoted) {
    const char quote = quoted.front();
    std::string_view name = quoted.substr(1, quoted.size() >= 2 ? quoted.size() - 2 : 0);
    if (name.find(quote) != std::string_view::npos) {
        std::string single;
        for (std::size_t i = 0; i < name.size(); ++i) {
            single.push_back(name[i]);
            if (name[i] == quote && i + 1 < name.size() && name[i + 1] == quote) ++i;
        }
        name = tree.keep(single);
    }
    return std::any_of(name.begin(), name.end(), is_lower) ? name : folded(tree, name);
}

/// Any word, reserved or not: what may follow a dot.
Identifier any_word(Grammar& grammar) {
    TokenCursor& cursor = grammar.cursor();
    const Token& token = cursor.look();
    if (token.kind == TokenKind::quoted_word) {
        cursor.take();
        return {.name = unquoted(grammar.tree(), cursor.text(token)), .span = token.span, .quoted = true};
    }
    if (token.kind != TokenKind::word) {
        cursor.fail("a name");
        return {.name = "?", .span = token.span};
    }
    cursor.take();
    return {.name = folded(grammar.tree(), cursor.text(token)), .span = token.span};
}

/// q'[text]': the delimiters are the first and the last character within the quotes.
std::string_view within_q_quotes(std::string_view content) {
    return content.size() < 2 ? std::string_view{} : content.substr(1, content.size() - 2);
}

/// The words behind the first one of a built-in type's name.
struct TypeWords {
    Text name;
    Word first, second, third;
    unsigned count;
};

constexpr TypeWords kTypesOfManyWords[] = {
    {"double precision", "DOUBLE", "PRECISION", "", 2},
    {"long raw", "LONG", "RAW", "", 2},
    {"national character varying", "NATIONAL", "CHARACTER", "VARYING", 3},
    {"national character varying", "NATIONAL", "CHAR", "VARYING", 3},
    {"national character", "NATIONAL", "CHARACTER", "", 2},
    {"national character", "NATIONAL", "CHAR", "", 2},
    {"character varying", "CHARACTER", "VARYING", "", 2},
    {"character varying", "CHAR", "VARYING", "", 2},
    {"national character varying", "NCHAR", "VARYING", "", 2},
};

/// The name of a type: one part with blanks where a built-in has several words.
Name* type_name(Grammar& grammar) {
    TokenCursor& cursor = grammar.cursor();
    const std::uint32_t begin = cursor.look().span.begin;
    for (const TypeWords& words : kTypesOfManyWords) {
        if (!cursor.at(words.first) || !cursor.at(words.second, 1)) continue;
        if (words.count == 3 && !cursor.at(words.third, 2)) continue;
        for (unsigned i = 0; i < words.count; ++i) cursor.take();
        Name* name = grammar.tree().make<Name>(cursor.since(begin));
        grammar.tree().add(name->parts, {.name = words.name, .span = name->span});
        return name;
    }
    return grammar.name();
}

/// (10 CHAR), (10, 2), (*, 0), (c_length)
void type_arguments(Grammar& grammar, DataType& type) {
    TokenCursor& cursor = grammar.cursor();
    cursor.expect("(");
    while (!cursor.at(")") && !cursor.done()) {
        const std::uint32_t begin = cursor.look().span.begin;
        if (!cursor.accept("-")) cursor.accept("+");
        cursor.take();
        while (cursor.at(".")) {  // a constant of a package
            cursor.take();
            cursor.take();
        }
        grammar.tree().add(type.arguments, cursor.text(cursor.since(begin)));
        if (cursor.accept("BYTE")) type.unit = DataType::LengthUnit::byte;
        if (cursor.accept("CHAR")) type.unit = DataType::LengthUnit::character;
        if (!cursor.accept(",")) break;
    }
    cursor.expect(")");
}

/// One field of an interval with its precision: DAY(3)
void interval_field(TokenCursor& cursor, std::string& fields) {
    for (const char c : cursor.text(cursor.take())) fields.push_back(upper_letter(c));
    if (!cursor.at("(")) return;
    while (!cursor.done()) {
        const Token& token = cursor.take();
        fields.append(cursor.text(token));
        if (cursor.text(token) == ")") break;
    }
}

void time_zone(TokenCursor& cursor, DataType& type) {
    if (cursor.at_all({"WITH", "LOCAL", "TIME", "ZONE"})) {
        type.zone = DataType::Zone::with_local;
        cursor.take();
    } else if (cursor.at_all({"WITH", "TIME", "ZONE"})) {
        type.zone = DataType::Zone::with;
    } else {
        return;
    }
    for (int i = 0; i < 3; ++i) cursor.take();
}

/// CHARACTER SET ANY_CS, CHARACTER SET x%CHARSET, COLLATE c
void texts_of_type(Grammar& grammar, DataType& type) {
    TokenCursor& cursor = grammar.cursor();
    if (cursor.at_all({"CHARACTER", "SET"})) {
        cursor.take();
        cursor.take();
        const std::uint32_t begin = cursor.look().span.begin;
        grammar.name();
        if (cursor.accept("%")) cursor.take();
        type.character_set = cursor.text(cursor.since(begin));
    }
    if (cursor.at("COLLATE") && grammar.at_identifier(1)) {
        cursor.take();
        type.collation = grammar.identifier().name;
    }
}

}  // namespace

bool Grammar::at_identifier(std::size_t ahead) const {
    const Token& token = cursor_.look(ahead);
    return token.kind == TokenKind::quoted_word ||
           (token.kind == TokenKind::word && !kReserved.has(cursor_, token));
}

Identifier Grammar::identifier() {
    if (at_identifier()) return any_word(*this);
    cursor_.fail("a name");
    return {.name = "?", .span = cursor_.look().span};
}

Name* Grammar::name() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Name* name = tree_.make<Name>({});
    tree_.add(name->parts, identifier());
    while (cursor_.at(".") &&
           (cursor_.look(1).kind == TokenKind::word || cursor_.look(1).kind == TokenKind::quoted_word)) {
        cursor_.take();
        tree_.add(name->parts, any_word(*this));
    }
    if (cursor_.at("@") && cursor_.look(1).kind != TokenKind::end) {
        cursor_.take();
        const std::uint32_t link_begin = cursor_.look().span.begin;
        name->link = any_word(*this);
        while ((cursor_.at(".") || cursor_.at("@")) && cursor_.look(1).kind == TokenKind::word) {
            cursor_.take();
            cursor_.take();
        }
        const Span all = cursor_.since(link_begin);
        if (all.size() > name->link.span.size()) name->link = {folded(tree_, cursor_.text(all)), all};
    }
    name->span = cursor_.since(begin);
    return name;
}

DataType* Grammar::data_type() {
    const std::uint32_t begin = cursor_.look().span.begin;
    DataType* type = tree_.make<DataType>({});
    if (cursor_.at("REF") && at_identifier(1) && !cursor_.at("CURSOR", 1)) {
        cursor_.take();
        type->reference = true;
    }
    type->name = type_name(*this);
    if (cursor_.accept("%")) {
        type->anchor = cursor_.at("ROWTYPE") ? DataType::Anchor::rowtype : DataType::Anchor::type;
        if (!cursor_.accept("ROWTYPE")) cursor_.expect("TYPE");
        type->span = cursor_.since(begin);
        return type;
    }
    const Text first = type->name->parts.size() == 1 ? type->name->parts.front().name : Text{};
    if (first == "interval" && cursor_.at_any({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})) {
        type->interval_fields = interval_fields();
    } else if (cursor_.at("(")) {
        type_arguments(*this, *type);
    }
    if (first == "timestamp" || first == "time") time_zone(cursor_, *type);
    texts_of_type(*this, *type);
    type->span = cursor_.since(begin);
    return type;
}

Text Grammar::interval_fields() {
    std::string fields;
    interval_field(cursor_, fields);
    if (cursor_.at("TO") && cursor_.look(1).kind == TokenKind::word) {
        cursor_.take();
        fields.append(" TO ");
        interval_field(cursor_, fields);
    }
    return tree_.keep(fields);
}

Text Grammar::text_of_string() {
    const Token& token = cursor_.look();
    if (token.kind != TokenKind::string) {
        cursor_.fail("a string");
        return {};
    }
    cursor_.take();
    std::string_view text = cursor_.text(token);
    const std::size_t quote = text.find('\'');
    if (quote == std::string_view::npos || text.size() < quote + 2) return {};
    const std::string_view prefix = text.substr(0, quote);
    text = text.substr(quote + 1, text.size() - quote - 2);
    if (prefix.find_first_of("qQ") != std::string_view::npos) return within_q_quotes(text);
    if (text.find('\'') == std::string_view::npos) return text;
    std::string single;
    for (std::size_t i = 0; i < text.size(); ++i) {
        single.push_back(text[i]);
        if (text[i] == '\'') ++i;
    }
    return tree_.keep(single);
}

}  // namespace landfall::convert
