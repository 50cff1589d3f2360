// Definitions beside tables: indexes, sequences, views, synonyms, comments, grants, drops, and what has no
// kind of its own.
#include <algorithm>

#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {
namespace {

bool wordy(const Token& token) { return token.kind == TokenKind::word; }

}  // namespace

/// Whatever stands here up to the end of the statement: storage and the like.
void Grammar::skip_rest() {
    while (!cursor_.done()) cursor_.take();
}

/// Over one token, or over all that is in parentheses.
void Grammar::skip_one() {
    if (!cursor_.at("(")) {
        cursor_.take();
        return;
    }
    unsigned open = 0;
    do {
        if (cursor_.at("(")) ++open;
        if (cursor_.at(")")) --open;
        cursor_.take();
    } while (open > 0 && !cursor_.done());
}

/// Digits with their sign.
Text Grammar::signed_number() {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at_any({"-", "+"})) cursor_.take();
    if (cursor_.look().kind != TokenKind::number) cursor_.fail("a number");
    cursor_.take();
    std::string digits{cursor_.text(cursor_.since(begin))};
    digits.erase(std::remove_if(digits.begin(), digits.end(),
                                [](char c) { return c == ' ' || c == '+' || c == '\n'; }),
                 digits.end());
    return tree_.keep(digits);
}

bool Grammar::sequence_option(SequenceOptions& options) {
    const auto takes = [this](Word word) { return cursor_.accept(word); };
    if (takes("START")) {
        takes("WITH");
        if (cursor_.at_all({"LIMIT", "VALUE"})) {
            skip_one();
            skip_one();
            options.limit_from_table = true;
        } else {
            options.start = signed_number();
        }
    } else if (takes("INCREMENT")) {
        takes("BY");
        options.increment = signed_number();
    } else if (takes("RESTART")) {
        if (takes("START")) {}
        if (takes("WITH")) options.restart = signed_number();
    } else if (takes("MINVALUE")) {
        options.minimum = signed_number();
    } else if (takes("MAXVALUE")) {
        options.maximum = signed_number();
    } else if (takes("CACHE")) {
        options.cache = signed_number();
    } else if (takes("NOMINVALUE")) {
        options.no_minimum = true;
    } else if (takes("NOMAXVALUE")) {
        options.no_maximum = true;
    } else if (takes("NOCACHE")) {
        options.no_cache = true;
    } else if (takes("CYCLE")) {
        options.cycle = true;
    } else if (takes("ORDER")) {
        options.ordered = true;
    } else if (takes("NO")) {
        if (takes("MINVALUE"))
            options.no_minimum = true;
        else if (takes("MAXVALUE"))
            options.no_maximum = true;
        else if (takes("CACHE"))
            options.no_cache = true;
        else
            skip_one();
    } else if (takes("SHARING")) {
        takes("=");
        skip_one();
    } else {
        return takes("NOCYCLE") || takes("NOORDER") || takes("KEEP") || takes("NOKEEP") || takes("SCALE") ||
               takes("NOSCALE") || takes("EXTEND") || takes("NOEXTEND") || takes("SHARD") ||
               takes("NOSHARD") || takes("SESSION") || takes("GLOBAL");
    }
    return true;
}

SequenceOptions* Grammar::sequence_options() {
    SequenceOptions* made = tree_.make<SequenceOptions>(cursor_.look().span);
    while (!cursor_.done() && sequence_option(*made)) {}
    made->span = cursor_.since(made->span.begin);
    return made;
}

Statement* Grammar::create_sequence() {
    CreateSequence* made = tree_.make<CreateSequence>(cursor_.look().span);
    made->alter = cursor_.at("ALTER");
    while (!cursor_.done() && !cursor_.at("SEQUENCE")) cursor_.take();
    cursor_.expect("SEQUENCE");
    skip_if_not_exists();
    made->object = name();
    made->options = sequence_options();
    made->span = cursor_.since(made->span.begin);
    return made;
}

KeyColumn* Grammar::key_column() {
    KeyColumn* made = tree_.make<KeyColumn>(cursor_.look().span);
    made->value = additive();
    if (cursor_.accept("DESC"))
        made->descending = true;
    else
        cursor_.accept("ASC");
    made->span = cursor_.since(made->span.begin);
    return made;
}

List<KeyColumn*> Grammar::key_columns() {
    List<KeyColumn*> columns;
    cursor_.expect("(");
    do tree_.add(columns, key_column());
    while (cursor_.accept(","));
    cursor_.expect(")");
    return columns;
}

/// Of an index: what stands behind its columns.
void Grammar::index_attribute(CreateIndex& index) {
    if (cursor_.accept("INDEXTYPE")) {
        cursor_.accept("IS");
        const Name* type = name();
        index.domain_type = type->parts.empty() ? Text{} : cursor_.text(type->span);
    } else if (cursor_.accept("REVERSE")) {
        index.reverse = true;
    } else if (cursor_.accept("LOCAL")) {
        index.local = true;
    } else if (cursor_.accept("INVISIBLE")) {
        index.invisible = true;
    } else if (cursor_.accept("UNUSABLE")) {
        index.unusable = true;
    } else {
        skip_one();
    }
}

Statement* Grammar::create_index() {
    CreateIndex* made = tree_.make<CreateIndex>(cursor_.look().span);
    for (cursor_.expect("CREATE"); !cursor_.done() && !cursor_.at("INDEX"); cursor_.take()) {
        made->unique = made->unique || cursor_.at("UNIQUE");
        made->bitmap = made->bitmap || cursor_.at("BITMAP");
    }
    cursor_.expect("INDEX");
    skip_if_not_exists();
    made->object = name();
    while (cursor_.look().kind == TokenKind::word && !cursor_.at("ON")) index_attribute(*made);
    cursor_.expect("ON");
    cursor_.accept("CLUSTER");
    made->table = name();
    if (at_identifier()) cursor_.take();  // an alias
    if (cursor_.at("(")) made->columns = key_columns();
    if (cursor_.accept("FROM")) {
        made->join_from = table_refs();
        if (cursor_.accept("WHERE")) made->where = expression();
    }
    // The partition of a local index may follow; so may anything about storage.
    while (!cursor_.done() && !(index_in_parentheses_ && cursor_.at(")"))) index_attribute(*made);
    made->span = cursor_.since(made->span.begin);
    return made;
}

/// (a, b CONSTRAINT c UNIQUE, CONSTRAINT …) of a view
void Grammar::view_columns(CreateView& view) {
    cursor_.expect("(");
    do {
        if (at_constraint()) {
            tree_.add(view.constraints, constraint());
            continue;
        }
        tree_.add(view.columns, identifier());
        while (!cursor_.done() && !cursor_.at_any({",", ")"})) {
            if (at_constraint())
                tree_.add(view.constraints, constraint());
            else
                skip_one();  // VISIBLE, INVISIBLE
        }
    } while (cursor_.accept(","));
    cursor_.expect(")");
}

Statement* Grammar::create_view() {
    CreateView* made = tree_.make<CreateView>(cursor_.look().span);
    for (; !cursor_.done() && !cursor_.at("VIEW"); cursor_.take()) {
        made->replace = made->replace || cursor_.at("REPLACE");
        made->force = made->force || cursor_.at("FORCE");
        made->editioning = made->editioning || cursor_.at("EDITIONING");
        made->materialized = made->materialized || cursor_.at("MATERIALIZED");
    }
    cursor_.expect("VIEW");
    skip_if_not_exists();
    made->object = name();
    if (cursor_.accept("OF")) made->object_type = name();
    const std::uint32_t refresh = cursor_.look().span.begin;
    while (!cursor_.done() && !(cursor_.at("AS") && at_query_behind_as())) {
        if (cursor_.at("(") && made->columns.empty() && cursor_.look().span.begin == refresh) {
            view_columns(*made);
        } else if (cursor_.at_all({"OBJECT", "IDENTIFIER"}) || cursor_.at_all({"OBJECT", "ID"})) {
            skip_one();
            skip_one();
        } else {
            made->on_prebuilt_table = made->on_prebuilt_table || cursor_.at("PREBUILT");
            made->build_deferred = made->build_deferred || cursor_.at("DEFERRED");
            skip_one();
        }
    }
    made->refresh = made->materialized ? cursor_.text(cursor_.since(refresh)) : Text{};
    cursor_.expect("AS");
    made->query = query();
    made->span = cursor_.since(made->span.begin);
    return made;
}

bool Grammar::at_query_behind_as() const {
    return cursor_.at("SELECT", 1) || cursor_.at("WITH", 1) || cursor_.at("(", 1) ||
           cursor_.at("VALUES", 1) || cursor_.at("TABLE", 1);
}

Statement* Grammar::create_synonym() {
    CreateSynonym* made = tree_.make<CreateSynonym>(cursor_.look().span);
    for (; !cursor_.done() && !cursor_.at("SYNONYM"); cursor_.take()) {
        made->replace = made->replace || cursor_.at("REPLACE");
        made->public_ = made->public_ || cursor_.at("PUBLIC");
    }
    cursor_.expect("SYNONYM");
    skip_if_not_exists();
    made->object = name();
    cursor_.expect("FOR");
    made->target = name();
    made->span = cursor_.since(made->span.begin);
    return made;
}

Statement* Grammar::comment_on() {
    CommentOn* made = tree_.make<CommentOn>(cursor_.look().span);
    cursor_.expect("COMMENT");
    cursor_.expect("ON");
    std::string what{upper(cursor_.text(cursor_.take()))};
    if (what == "MATERIALIZED" || what == "MINING")
        what.append(" ").append(upper(cursor_.text(cursor_.take())));
    made->what = tree_.keep(what);
    made->object = name();
    cursor_.expect("IS");
    if (cursor_.look().kind == TokenKind::string)
        made->text = text_of_string();
    else
        cursor_.fail("a string");
    made->span = cursor_.since(made->span.begin);
    return made;
}

Text Grammar::privilege() {
    const std::uint32_t begin = cursor_.look().span.begin;
    while (!cursor_.done() && !cursor_.at_any({",", "ON", "TO", "FROM"})) skip_one();
    return upper(cursor_.text(cursor_.since(begin)));
}

Statement* Grammar::grant() {
    Grant* made = tree_.make<Grant>(cursor_.look().span);
    made->revoke = cursor_.at("REVOKE");
    cursor_.take();
    do tree_.add(made->privileges, privilege());
    while (cursor_.accept(","));
    if (cursor_.accept("ON")) {
        if (cursor_.at_any({"DIRECTORY", "EDITION", "USER", "TYPE"}) && wordy(cursor_.look(1)) &&
            !cursor_.at("TO", 1))
            made->object_kind = upper(cursor_.text(cursor_.take()));
        else if (cursor_.at_any({"MINING", "JAVA", "SQL"}) && !cursor_.at("TO", 1) && !cursor_.at(".", 1))
            made->object_kind = upper(cursor_.text(cursor_.take())), cursor_.take();
        made->object = name();
    }
    const bool named = made->revoke ? cursor_.accept("FROM") : cursor_.accept("TO");
    if (!named) cursor_.fail("TO or FROM");
    do tree_.add(made->grantees, identifier());
    while (cursor_.accept(","));
    for (; !cursor_.done(); cursor_.take()) made->with_option = made->with_option || cursor_.at("OPTION");
    made->span = cursor_.since(made->span.begin);
    return made;
}

Statement* Grammar::drop() {
    Drop* made = tree_.make<Drop>(cursor_.look().span);
    cursor_.expect("DROP");
    std::string what{upper(cursor_.text(cursor_.take()))};
    const bool two = what == "PUBLIC" || what == "MATERIALIZED" || what == "DATABASE" ||
                     ((what == "PACKAGE" || what == "TYPE") && cursor_.at("BODY"));
    if (two) what.append(" ").append(upper(cursor_.text(cursor_.take())));
    if (cursor_.at("LOG") && what == "MATERIALIZED VIEW")
        what.append(" LOG"), cursor_.take(), cursor_.accept("ON");
    made->what = tree_.keep(what);
    if (cursor_.at_all({"IF", "EXISTS"})) {
        made->if_exists = true;
        cursor_.take();
        cursor_.take();
    }
    made->object = name();
    for (; !cursor_.done(); cursor_.take()) made->cascade = made->cascade || cursor_.at("CASCADE");
    made->span = cursor_.since(made->span.begin);
    return made;
}

/// CREATE USER x …, ALTER SESSION SET …, EXPLAIN PLAN …: its first words say what it is.
Statement* Grammar::other_statement() {
    OtherStatement* made = tree_.make<OtherStatement>(cursor_.look().span);
    if (!wordy(cursor_.look())) cursor_.fail("a statement");
    const bool defines = cursor_.at_any({"CREATE", "ALTER"});
    std::string what{upper(cursor_.text(cursor_.look()))};
    const std::size_t kind = cursor_.at("CREATE") ? kind_behind_create() : 1;
    for (std::size_t i = 0; i < kind; ++i) cursor_.take();
    if (wordy(cursor_.look()) && (defines || kind > 1)) {
        what.append(" ").append(upper(cursor_.text(cursor_.take())));
        const bool more =
            cursor_.at_any({"VIEW", "LINK", "LOG", "BODY", "SOURCE", "PROFILE", "GROUP", "ZONEMAP"});
        if (more) what.append(" ").append(upper(cursor_.text(cursor_.take())));
        if (cursor_.at("LOG")) what.append(" ").append(upper(cursor_.text(cursor_.take())));
        if (defines && at_identifier() && !cursor_.at("SET")) made->object = name();
    }
    made->what = tree_.keep(what);
    skip_rest();
    made->span = cursor_.since(made->span.begin);
    return made;
}

}  // namespace landfall::convert
