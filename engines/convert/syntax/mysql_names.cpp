// Names and texts of strings of MySQL.
#include "engines/convert/syntax/mysql_grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"

namespace landfall::convert {
namespace {

constexpr int kNameCut = 9302;
constexpr std::size_t kNameMax = 63;  // PostgreSQL's NAMEDATALEN - 1

struct Reserved {};

/// The reserved words that can follow a name where an alias could stand, or begin something else.
constexpr WordEntry<Reserved> kReservedWords[] = {{"ALL", {}},        {"ALTER", {}},
                                                  {"AND", {}},        {"AS", {}},
                                                  {"ASC", {}},        {"BETWEEN", {}},
                                                  {"BINARY", {}},     {"BY", {}},
                                                  {"CALL", {}},       {"CASE", {}},
                                                  {"CHECK", {}},      {"COLLATE", {}},
                                                  {"COLUMN", {}},     {"CONSTRAINT", {}},
                                                  {"CONVERT", {}},    {"CREATE", {}},
                                                  {"CROSS", {}},      {"DEFAULT", {}},
                                                  {"DELETE", {}},     {"DESC", {}},
                                                  {"DISTINCT", {}},   {"DIV", {}},
                                                  {"DROP", {}},       {"ELSE", {}},
                                                  {"EXCEPT", {}},     {"EXISTS", {}},
                                                  {"FALSE", {}},      {"FOR", {}},
                                                  {"FORCE", {}},      {"FOREIGN", {}},
                                                  {"FROM", {}},       {"FULLTEXT", {}},
                                                  {"GROUP", {}},      {"HAVING", {}},
                                                  {"IF", {}},         {"IGNORE", {}},
                                                  {"IN", {}},         {"INDEX", {}},
                                                  {"INNER", {}},      {"INSERT", {}},
                                                  {"INTERSECT", {}},  {"INTERVAL", {}},
                                                  {"INTO", {}},       {"IS", {}},
                                                  {"JOIN", {}},       {"KEY", {}},
                                                  {"KEYS", {}},       {"LEFT", {}},
                                                  {"LIKE", {}},       {"LIMIT", {}},
                                                  {"LOCK", {}},       {"MATCH", {}},
                                                  {"MOD", {}},        {"NATURAL", {}},
                                                  {"NOT", {}},        {"NULL", {}},
                                                  {"ON", {}},         {"OR", {}},
                                                  {"ORDER", {}},      {"OUTER", {}},
                                                  {"OVER", {}},       {"PARTITION", {}},
                                                  {"PRIMARY", {}},    {"PROCEDURE", {}},
                                                  {"REFERENCES", {}}, {"REGEXP", {}},
                                                  {"RENAME", {}},     {"REPLACE", {}},
                                                  {"RIGHT", {}},      {"RLIKE", {}},
                                                  {"SELECT", {}},     {"SET", {}},
                                                  {"SPATIAL", {}},    {"STRAIGHT_JOIN", {}},
                                                  {"TABLE", {}},      {"THEN", {}},
                                                  {"TO", {}},         {"TRUE", {}},
                                                  {"UNION", {}},      {"UNIQUE", {}},
                                                  {"UPDATE", {}},     {"USE", {}},
                                                  {"USING", {}},      {"VALUES", {}},
                                                  {"WHEN", {}},       {"WHERE", {}},
                                                  {"WINDOW", {}},     {"WITH", {}},
                                                  {"XOR", {}}};
constexpr WordMap kReserved{kReservedWords};

/// FNV-1a: what tells two long names apart that begin alike.
std::uint32_t hash_of(std::string_view text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The first bytes of the name, and a number that its whole spelling gives: the same wherever it stands.
std::string cut(std::string_view name) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::size_t kept = kNameMax - 9;
    while (kept > 0 && continues_character(name[kept])) --kept;
    std::string made{name.substr(0, kept)};
    made.push_back('_');
    const std::uint32_t hash = hash_of(name);
    for (int shift = 28; shift >= 0; shift -= 4) made.push_back(kDigits[(hash >> shift) & 0xFU]);
    return made;
}

}  // namespace

Text MysqlGrammar::folded(std::string_view name, Span at) {
    std::string made{name};
    if (settings_.names == MysqlSettings::NameCase::lower) made = in_lower_case(name);
    while (!made.empty() && made.back() == ' ') made.pop_back();
    if (made.size() > kNameMax) {
        made = cut(made);
        tell(kNameCut, Complexity::simple, at, made);
    }
    return made == name ? name : tree_.keep(made);
}

bool MysqlGrammar::at_identifier(std::size_t ahead) const {
    const Token& token = cursor_.look(ahead);
    return token.kind == TokenKind::quoted_word ||
           (token.kind == TokenKind::word && !kReserved.has(cursor_, token));
}

Identifier MysqlGrammar::any_word() {
    const Token& token = cursor_.look();
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted_word) {
        cursor_.fail("a name");
        return {.name = "?", .span = token.span};
    }
    cursor_.take();
    std::string_view text = cursor_.text(token);
    if (token.kind == TokenKind::word) return {.name = folded(text, token.span), .span = token.span};
    const char quote = text.front();
    text = text.substr(1, text.size() - 2);
    std::string single;
    for (std::size_t i = 0; i < text.size(); ++i) {
        single.push_back(text[i]);
        if (text[i] == quote) ++i;
    }
    if (single.empty()) cursor_.fail("a name");
    return {.name = folded(tree_.keep(single), token.span), .span = token.span, .quoted = true};
}

Identifier MysqlGrammar::identifier() {
    if (at_identifier()) return any_word();
    cursor_.fail("a name");
    return {.name = "?", .span = cursor_.look().span};
}

Identifier MysqlGrammar::alias() {
    const bool said = cursor_.accept("AS");
    if (at_string()) {
        const Span at = cursor_.look().span;
        const Text text = string();
        return {.name = folded(text.empty() ? Text{"?"} : text, at), .span = at, .quoted = true};
    }
    if (said) return any_word();
    return at_identifier() ? any_word() : Identifier{};
}

Name* MysqlGrammar::name() {
    const std::uint32_t begin = cursor_.look().span.begin;
    Name* made = tree_.make<Name>({});
    tree_.add(made->parts, identifier());
    while (cursor_.at(".") &&
           (cursor_.look(1).kind == TokenKind::word || cursor_.look(1).kind == TokenKind::quoted_word)) {
        cursor_.take();
        tree_.add(made->parts, any_word());
    }
    made->span = cursor_.since(begin);
    return made;
}

Name* MysqlGrammar::name_of(std::string_view word, Span at) {
    Name* made = tree_.make<Name>(at);
    tree_.add(made->parts, {.name = tree_.keep(word), .span = at});
    return made;
}

List<Identifier> MysqlGrammar::identifiers() {
    List<Identifier> made;
    cursor_.expect("(");
    while (!cursor_.done() && !cursor_.at(")")) {
        tree_.add(made, identifier());
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
    return made;
}

/// The content of a string token: quotes, doubled quotes and escapes undone. NUL, which PostgreSQL's text
/// does not hold, is left out.
void MysqlGrammar::append_string(std::string& text, std::string_view token) const {
    const std::size_t open = token.find_first_of("'\"");
    if (open == std::string_view::npos || token.size() < open + 2) return;
    const char quote = token[open];
    token = token.substr(open + 1, token.size() - open - 2);
    for (std::size_t i = 0; i < token.size(); ++i) {
        const char c = token[i];
        if (c == quote) ++i;  // doubled
        if (c != '\\' || mode_.no_backslash_escapes || i + 1 == token.size()) {
            text.push_back(c);
            continue;
        }
        switch (const char escaped = token[++i]) {
            case '0': break;
            case 'n': text.push_back('\n'); break;
            case 't': text.push_back('\t'); break;
            case 'r': text.push_back('\r'); break;
            case 'b': text.push_back('\b'); break;
            case 'Z': text.push_back('\x1A'); break;
            case '%':
            case '_':
                text.push_back('\\');
                text.push_back(escaped);
                break;
            default: text.push_back(escaped);
        }
    }
}

Text MysqlGrammar::string() {
    if (!at_string()) {
        cursor_.fail("a string");
        return {};
    }
    std::string text;
    while (at_string()) append_string(text, cursor_.text(cursor_.take()));
    return tree_.keep(text);
}

Text MysqlGrammar::upper(std::string_view text) { return tree_.keep(in_upper_case(text)); }

Text MysqlGrammar::number() {
    if (cursor_.look().kind != TokenKind::number) {
        cursor_.fail("a number");
        return {};
    }
    return cursor_.text(cursor_.take());
}

}  // namespace landfall::convert
