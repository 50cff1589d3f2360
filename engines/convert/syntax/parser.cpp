// Which statement is it: dispatch by the first words, and what becomes of those that do not parse.
#include "engines/convert/syntax/parser.hpp"

#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {
namespace {

constexpr int kDoesNotParse = 9001;

}  // namespace

/// Index of the word that says what CREATE makes.
std::size_t Grammar::kind_behind_create() const {
    constexpr Word kModifiers[] = {"CREATE",     "OR",        "REPLACE",    "EDITIONABLE", "NONEDITIONABLE",
                                   "EDITIONING", "FORCE",     "NO",         "NOFORCE",     "GLOBAL",
                                   "PRIVATE",    "TEMPORARY", "UNIQUE",     "BITMAP",      "MULTIVALUE",
                                   "PUBLIC",     "SHARDED",   "DUPLICATED", "IMMUTABLE",   "BLOCKCHAIN",
                                   "FULLTEXT",   "SPATIAL",   "SHARED",     "AND"};
    std::size_t at = 0;
    while (std::any_of(std::begin(kModifiers), std::end(kModifiers),
                       [&](const Word& word) { return cursor_.at(word, at); }))
        ++at;
    return at;
}

Statement* Grammar::created() {
    const std::size_t kind = kind_behind_create();
    const auto is = [&](Word word, std::size_t ahead = 0) { return cursor_.at(word, kind + ahead); };
    if (is("TABLE")) return create_table();
    if (is("INDEX")) return create_index();
    if (is("SEQUENCE")) return create_sequence();
    if (is("VIEW") || (is("MATERIALIZED") && is("VIEW", 1) && !is("LOG", 2))) return create_view();
    if (is("SYNONYM")) return create_synonym();
    if (is("FUNCTION") || is("PROCEDURE")) return create_routine();
    if (is("PACKAGE")) return create_package();
    if (is("TYPE")) return create_type();
    if (is("TRIGGER")) return create_trigger();
    return other_statement();
}

Statement* Grammar::script_sql() {
    ScriptSql* made = tree_.make<ScriptSql>(cursor_.look().span);
    made->sql = at_query() ? static_cast<Node*>(query()) : row_change();
    made->span = cursor_.since(made->span.begin);
    return made;
}

Statement* Grammar::whole_statement() {
    if (cursor_.at("CREATE")) return created();
    if (cursor_.at("ALTER")) {
        if (cursor_.at("TABLE", 1)) return alter_table();
        if (cursor_.at("SEQUENCE", 1)) return create_sequence();
        return other_statement();
    }
    if (cursor_.at("COMMENT")) return comment_on();
    if (cursor_.at_any({"GRANT", "REVOKE"})) return grant();
    if (cursor_.at("DROP")) return drop();
    if (cursor_.at_any({"BEGIN", "DECLARE", "<<"})) return anonymous_block();
    if (at_query() || at_row_change()) return script_sql();
    if (cursor_.at_any({"COMMIT", "ROLLBACK", "SAVEPOINT"})) {
        ScriptSql* made = tree_.make<ScriptSql>(cursor_.look().span);
        made->sql = transaction_statement();
        made->span = cursor_.since(made->span.begin);
        return made;
    }
    return other_statement();
}

/// The statement as text: what it was going to be as far as its first words tell.
RawStatement* Grammar::raw_statement(const Token* first, Span whole) {
    const Span failed_at = cursor_.failed_at();
    const Text expected = tree_.keep(cursor_.expected());
    cursor_.back_to(first);
    RawStatement* made = tree_.make<RawStatement>(whole);
    made->text = cursor_.text(whole);
    made->failed_at = failed_at.begin;
    made->expected = expected;
    std::string what;
    const std::size_t kind = cursor_.at("CREATE") ? kind_behind_create() : 1;
    if (cursor_.look(0).kind == TokenKind::word) what = upper(cursor_.text(cursor_.look(0)));
    if (kind > 0 && cursor_.look(kind).kind == TokenKind::word)
        what.append(" ").append(upper(cursor_.text(cursor_.look(kind))));
    made->what = tree_.keep(what);
    for (std::size_t i = 0; i <= kind; ++i) cursor_.take();
    if (cursor_.at_any({"BODY", "VIEW"})) cursor_.take();
    if (at_identifier()) made->object = name();
    findings_.push_back({.code = kDoesNotParse,
                         .complexity = Complexity::complex,
                         .begin = failed_at.begin,
                         .end = failed_at.end,
                         .detail = "expected " + std::string{expected}});
    return made;
}

Statement* Grammar::statement() {
    const Token* first = cursor_.place();
    const std::size_t findings = findings_.size();
    const std::uint32_t begin = cursor_.look().span.begin;
    Statement* made = whole_statement();
    if (!cursor_.failed() && !cursor_.done()) cursor_.fail("the end of the statement");
    if (!cursor_.failed()) return made;
    findings_.resize(findings);  // what was told of its parts is of no use now
    return raw_statement(first, {begin, whole_end_});
}

Parsed parse_oracle(const Script& script, Tree& tree) {
    Parsed parsed;
    parsed.statements.reserve(script.statements.size());
    for (const StatementText& statement : script.statements)
        parsed.statements.push_back(Grammar{script, statement, tree, parsed.findings}.statement());
    return parsed;
}

}  // namespace landfall::convert
