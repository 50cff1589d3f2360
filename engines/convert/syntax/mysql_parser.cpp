// Which statement of MySQL it is: dispatch by the first words, and what becomes of those that do not parse.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {
namespace {

constexpr int kDoesNotParse = 9001, kRoutine = 9308;

}  // namespace

void MysqlGrammar::tell(int code, Complexity complexity, Span at, std::string_view detail) {
    findings_.push_back({.code = code,
                         .complexity = complexity,
                         .begin = at.begin,
                         .end = at.end,
                         .detail = std::string{detail}});
}

void MysqlGrammar::skip_parentheses() {
    cursor_.expect("(");
    for (unsigned open = 1; open > 0 && !cursor_.done();) {
        if (cursor_.at("(")) ++open;
        if (cursor_.at(")")) --open;
        cursor_.take();
    }
}

void MysqlGrammar::skip_rest() {
    while (!cursor_.done()) cursor_.take();
}

/// Index of the word that says what CREATE makes.
std::size_t MysqlGrammar::kind_behind_create() const {
    constexpr Word kKinds[] = {"TABLE",    "INDEX",   "VIEW",   "DATABASE",  "SCHEMA",
                               "SEQUENCE", "TRIGGER", "EVENT",  "PROCEDURE", "FUNCTION",
                               "USER",     "ROLE",    "SERVER", "PACKAGE",   "TABLESPACE"};
    constexpr std::size_t kWithin = 24;
    for (std::size_t at = 1; at < kWithin; ++at)
        for (const Word& word : kKinds)
            if (cursor_.at(word, at)) return at;
    return 1;
}

Statement* MysqlGrammar::created() {
    const std::size_t kind = kind_behind_create();
    const auto is = [&](Word word) { return cursor_.at(word, kind); };
    if (is("TABLE")) return create_table();
    if (is("INDEX")) return create_index();
    if (is("DATABASE") || is("SCHEMA")) return create_database();
    if (is("SEQUENCE")) return create_sequence();
    if (is("TRIGGER")) return create_trigger();
    if (is("EVENT") || is("PROCEDURE") || is("FUNCTION") || is("PACKAGE")) cursor_.fail("no code");
    if (!is("VIEW")) return other_statement();
    const std::uint32_t begin = cursor_.take().span.begin;
    bool replace = false;
    if (cursor_.accept("OR")) {
        cursor_.expect("REPLACE");
        replace = true;
    }
    return create_view(begin, replace);
}

Statement* MysqlGrammar::whole_statement() {
    if (cursor_.at("CREATE")) return created();
    if (cursor_.at("ALTER")) {
        if (cursor_.at("TABLE", 1) || cursor_.at("TABLE", 2)) return alter_table();
        if (cursor_.at("SEQUENCE", 1)) return create_sequence();
        if (cursor_.at("VIEW", 1) || cursor_.at("ALGORITHM", 1) || cursor_.at("DEFINER", 1) ||
            cursor_.at("SQL", 1))
            return create_view(cursor_.take().span.begin, true);
        return other_statement();
    }
    if (cursor_.at("DROP")) return drop();
    if (cursor_.at_all({"RENAME", "TABLE"})) return rename_table();
    if (cursor_.at_any({"INSERT", "REPLACE", "UPDATE", "DELETE"})) return row_change();
    if (at_query()) {
        ScriptSql* made = tree_.make<ScriptSql>(cursor_.look().span);
        made->sql = query();
        made->span = cursor_.since(made->span.begin);
        return made;
    }
    return other_statement();
}

/// The statement as text: what it was going to be as far as its first words tell.
RawStatement* MysqlGrammar::raw_statement(const Token* first, Span whole) {
    const Span failed_at = cursor_.failed_at();
    const Text expected = tree_.keep(cursor_.expected());
    cursor_.back_to(first);
    RawStatement* made = tree_.make<RawStatement>(whole);
    made->text = cursor_.text(whole);
    made->failed_at = failed_at.begin;
    made->expected = expected;
    const std::size_t kind = cursor_.at("CREATE") ? kind_behind_create() : 1;
    std::string what;
    if (cursor_.look(0).kind == TokenKind::word) what = in_upper_case(cursor_.text(cursor_.look(0)));
    if (cursor_.look(kind).kind == TokenKind::word)
        what.append(" ").append(in_upper_case(cursor_.text(cursor_.look(kind))));
    made->what = tree_.keep(what);
    for (std::size_t i = 0; i <= kind; ++i) cursor_.take();
    if (at_identifier()) made->object = name();
    constexpr std::string_view kCode[] = {"TRIGGER", "EVENT", "PROCEDURE", "FUNCTION", "PACKAGE"};
    const bool code = std::any_of(std::begin(kCode), std::end(kCode), [&](std::string_view each) {
        return what.starts_with("CREATE ") && what.ends_with(each);
    });
    if (code)
        tell(kRoutine, Complexity::complex, failed_at, what);
    else
        tell(kDoesNotParse, Complexity::complex, failed_at, "expected " + std::string{expected});
    return made;
}

Statement* MysqlGrammar::statement() {
    const Token* first = cursor_.place();
    const std::size_t findings = findings_.size();
    const std::uint32_t begin = cursor_.look().span.begin;
    Statement* made = whole_statement();
    if (!cursor_.failed() && !cursor_.done()) cursor_.fail("the end of the statement");
    if (!cursor_.failed()) return made;
    findings_.resize(findings);  // what was told of its parts is of no use now
    return raw_statement(first, {begin, whole_end_});
}

Parsed parse_mysql(const Script& script, Tree& tree, const MysqlSettings& settings) {
    Parsed parsed;
    parsed.statements.reserve(script.statements.size());
    SqlMode mode = settings.mode;
    auto change = script.modes.begin();
    for (std::uint32_t i = 0; i < script.statements.size(); ++i) {
        for (; change != script.modes.end() && change->first <= i; ++change) mode = change->second;
        parsed.statements.push_back(
            MysqlGrammar{script, script.statements[i], tree, parsed.findings, settings, mode}.statement());
    }
    return parsed;
}

}  // namespace landfall::convert
