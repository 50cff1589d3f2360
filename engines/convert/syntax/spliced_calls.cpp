// Built-ins with a syntax of their own (XMLELEMENT, JSON_OBJECT, XMLTABLE …): pieces of text with operands
// between. One loose grammar for all of them: known words are text, what else can begin an expression is an
// operand. PostgreSQL's own parser is the judge of what passes make of them.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/syntax/word_map.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

struct OwnSyntax {};
constexpr WordEntry<OwnSyntax> kOwnSyntaxWords[] = {{"XMLELEMENT", {}},     {"XMLFOREST", {}},
                                                    {"XMLATTRIBUTES", {}},  {"XMLPARSE", {}},
                                                    {"XMLSERIALIZE", {}},   {"XMLROOT", {}},
                                                    {"XMLQUERY", {}},       {"XMLTABLE", {}},
                                                    {"XMLEXISTS", {}},      {"XMLPI", {}},
                                                    {"XMLCOLATTVAL", {}},   {"XMLNAMESPACES", {}},
                                                    {"JSON_OBJECT", {}},    {"JSON_ARRAY", {}},
                                                    {"JSON_OBJECTAGG", {}}, {"JSON_ARRAYAGG", {}},
                                                    {"JSON_VALUE", {}},     {"JSON_QUERY", {}},
                                                    {"JSON_EXISTS", {}},    {"JSON_TABLE", {}},
                                                    {"JSON_SERIALIZE", {}}, {"JSON_MERGEPATCH", {}},
                                                    {"JSON_SCALAR", {}},    {"JSON_TRANSFORM", {}},
                                                    {"JSON", {}},           {"JSON_TEXTCONTAINS", {}}};
constexpr WordMap kOwnSyntax{kOwnSyntaxWords};

/// What a word does within such a call.
enum class Glue : std::uint8_t {
    text,
    columns,  ///< COLUMNS: definitions of columns follow
    named,    ///< AS, NAME: a name or a type follows
    typed     ///< RETURNING: a type follows
};
constexpr WordEntry<Glue> kGlueWords[] = {{"PASSING", Glue::text},
                                          {"BY", Glue::text},
                                          {"VALUE", Glue::text},
                                          {"CONTENT", Glue::text},
                                          {"DOCUMENT", Glue::text},
                                          {"WELLFORMED", Glue::text},
                                          {"PATH", Glue::text},
                                          {"DEFAULT", Glue::text},
                                          {"ON", Glue::text},
                                          {"ERROR", Glue::text},
                                          {"EMPTY", Glue::text},
                                          {"ABSENT", Glue::text},
                                          {"KEY", Glue::text},
                                          {"FORMAT", Glue::text},
                                          {"WITH", Glue::text},
                                          {"WITHOUT", Glue::text},
                                          {"WRAPPER", Glue::text},
                                          {"CONDITIONAL", Glue::text},
                                          {"UNCONDITIONAL", Glue::text},
                                          {"ARRAY", Glue::text},
                                          {"STRICT", Glue::text},
                                          {"LAX", Glue::text},
                                          {"UNIQUE", Glue::text},
                                          {"KEYS", Glue::text},
                                          {"VERSION", Glue::text},
                                          {"STANDALONE", Glue::text},
                                          {"NO", Glue::text},
                                          {"YES", Glue::text},
                                          {"INDENT", Glue::text},
                                          {"HIDE", Glue::text},
                                          {"SHOW", Glue::text},
                                          {"DEFAULTS", Glue::text},
                                          {"ENCODING", Glue::text},
                                          {"FOR", Glue::text},
                                          {"ORDINALITY", Glue::text},
                                          {"NESTED", Glue::text},
                                          {"PRETTY", Glue::text},
                                          {"ASCII", Glue::text},
                                          {"ALLOW", Glue::text},
                                          {"DISALLOW", Glue::text},
                                          {"IS", Glue::text},
                                          {"SCALARS", Glue::text},
                                          {"TRUNCATE", Glue::text},
                                          {"ORDER", Glue::text},
                                          {"DESC", Glue::text},
                                          {"ASC", Glue::text},
                                          {"ENTITYESCAPING", Glue::text},
                                          {"NOENTITYESCAPING", Glue::text},
                                          {"EVALNAME", Glue::text},
                                          {"USING", Glue::text},
                                          {"CHAR_CS", Glue::text},
                                          {"NCHAR_CS", Glue::text},
                                          {"CONVERSION", Glue::text},
                                          {"SEQUENCE", Glue::text},
                                          {"REF", Glue::text},
                                          {"TRUE", Glue::text},
                                          {"FALSE", Glue::text},
                                          {"SET", Glue::text},
                                          {"REMOVE", Glue::text},
                                          {"EXISTS", Glue::text},
                                          {"NAME", Glue::named},
                                          {"AS", Glue::named},
                                          {"COLUMNS", Glue::columns},
                                          {"RETURNING", Glue::typed}};
constexpr WordMap kGlue{kGlueWords};

bool needs_blank(std::string_view before, std::string_view after) {
    if (before.empty() || before.back() == ' ' || before.back() == '(') return false;
    return after != ")" && after != "," && after != "(" ? true : after == "(" && before.back() == ',';
}

class SplicedCall {
public:
    explicit SplicedCall(Grammar& grammar) : grammar_{grammar}, cursor_{grammar.cursor()} {}

    Spliced* parse(const Name& built_in, const List<Argument*>& begun) {
        made_ = grammar_.tree().make<Spliced>({});
        const std::string name = in_upper_case(cursor_.text(built_in.span));
        made_->name = grammar_.tree().keep(name);
        piece_ = name + "(";
        if (begun.empty()) {
            cursor_.expect("(");
            if (name == "XMLELEMENT") element_name();
            if (name == "XMLPI") text();
        }
        for (Argument* argument : begun) {
            if (argument != begun.front()) piece_.append(", ");
            operand(argument->value);
        }
        within();
        cursor_.expect(")");
        piece_.append(")");
        grammar_.tree().add(made_->pieces, grammar_.tree().keep(piece_));
        made_->span = cursor_.since(built_in.span.begin);
        return made_;
    }

private:
    void append(std::string_view text) {
        const bool behind_operand = piece_.empty() && !made_->operands.empty();
        if (behind_operand ? text != ")" && text != "," : needs_blank(piece_, text)) piece_.push_back(' ');
        piece_.append(text);
    }
    void text() { append(cursor_.text(cursor_.take())); }
    /// A word of the syntax, in upper case.
    void word() { append(in_upper_case(cursor_.text(cursor_.take()))); }
    void operand(Node* node) {
        append("");
        grammar_.tree().add(made_->pieces, grammar_.tree().keep(piece_));
        grammar_.tree().add(made_->operands, node);
        piece_.clear();
    }

    /// The name of an element is no expression, unless EVALNAME says so.
    void element_name() {
        while (cursor_.at("ENTITYESCAPING") || cursor_.at("NOENTITYESCAPING")) text();
        if (cursor_.at("EVALNAME")) return;
        if (cursor_.at("NAME") && !cursor_.at(",", 1) && !cursor_.at(")", 1)) text();
        text();
    }

    /// Up to the parenthesis that ends the call, or the list of columns in it.
    void within() {
        bool columns = false;
        bool column_begins = false;
        while (!cursor_.at(")") && !cursor_.done()) {
            if (cursor_.at(",")) {
                text();
                column_begins = columns;
            } else if (column_begins && !cursor_.at("NESTED")) {
                column();
                column_begins = false;
            } else {
                column_begins = one(columns);
            }
        }
    }

    /// Answers whether the definition of a column follows.
    bool one(bool& columns) {
        const Token& token = cursor_.look();
        if (token.kind == TokenKind::symbol && !cursor_.at("(") && !cursor_.at("-") && !cursor_.at("+")) {
            text();  // * of JSON_OBJECT(*), : of 'key' : value, …
            return false;
        }
        if (cursor_.at("NULL") && cursor_.at("ON", 1)) {
            word();
            return false;
        }
        const Glue* glue = kGlue.find(cursor_, token);
        if (glue == nullptr) {
            operand(grammar_.additive());
            return false;
        }
        if (*glue != Glue::columns && is_operand(token)) {
            operand(grammar_.additive());
            return false;
        }
        word();
        if (*glue == Glue::columns) return list_of_columns(columns);
        if (*glue == Glue::named) type_or_name();
        if (*glue == Glue::typed) type();
        return false;
    }

    /// A column that is named as one of the words: JSON_OBJECT('a' VALUE value), path || 'x'
    [[nodiscard]] bool is_operand(const Token& token) const {
        if (token.kind != TokenKind::word || !grammar_.at_identifier()) return false;
        return cursor_.at(".", 1) || cursor_.at("||", 1) ||
               (cursor_.at("(", 1) && !cursor_.at("EXISTS") && !cursor_.at("ARRAY"));
    }

    /// COLUMNS (a …, b …) of JSON_TABLE; without parentheses of XMLTABLE
    bool list_of_columns(bool& columns) {
        if (!cursor_.at("(")) {
            columns = true;
            return true;
        }
        const Grammar::Depth depth{grammar_};
        append("(");
        cursor_.take();
        bool begins = true;
        while (!cursor_.at(")") && !cursor_.done()) {
            if (cursor_.at(",")) {
                text();
                begins = true;
            } else if (begins && !cursor_.at("NESTED")) {
                column();
                begins = false;
            } else {
                begins = one(columns);
            }
        }
        cursor_.expect(")");
        append(")");
        return false;
    }

    /// name type, name FOR ORDINALITY
    void column() {
        text();
        if (cursor_.at("FOR") || cursor_.at("PATH") || cursor_.at("EXISTS") || cursor_.at("FORMAT") ||
            cursor_.at(",") || cursor_.at(")")) {
            return;
        }
        type();
    }

    void type() {
        if (!grammar_.at_identifier() || kGlue.has(cursor_, cursor_.look())) return;
        operand(grammar_.data_type());
    }

    /// AS CLOB (a type with blanks or arguments), AS "alias"; in XMLNAMESPACES 'uri' AS "prefix"
    void type_or_name() {
        if (cursor_.look().kind == TokenKind::quoted_word) {
            text();
            return;
        }
        if (made_->name == "XMLSERIALIZE" || made_->name == "VALIDATE_CONVERSION") {
            type();
            return;
        }
        if (cursor_.look().kind == TokenKind::word) text();
    }

    Grammar& grammar_;
    TokenCursor& cursor_;
    Spliced* made_ = nullptr;
    std::string piece_;
};

}  // namespace

bool Grammar::has_own_syntax(const TokenCursor& cursor, const Token& word) {
    return word.kind == TokenKind::word && kOwnSyntax.has(cursor, word);
}

Spliced* Grammar::spliced_call(const Name& built_in, const List<Argument*>& begun) {
    const Depth depth{*this};
    return SplicedCall{*this}.parse(built_in, begun);
}

}  // namespace landfall::convert
