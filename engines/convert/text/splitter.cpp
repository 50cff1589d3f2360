#include "engines/convert/text/splitter.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

// A CREATE statement's kind stands behind at most CREATE OR REPLACE NONEDITIONABLE EDITIONING FORCE.
constexpr std::size_t kKindWithin = 8;

bool same_word(std::string_view text, std::string_view upper) {
    return text.size() == upper.size() &&
           std::equal(text.begin(), text.end(), upper.begin(),
                      [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 32 : a) == b; });
}

}  // namespace

bool Splitter::is(const Token& token, Word word) const {
    return token.hash == word.hash && same_word(token.span.of(script_.text), word.text);
}

bool Splitter::was(std::size_t back, Word word) const {
    return count() > back && is(script_.tokens[script_.tokens.size() - 1 - back], word);
}

bool Splitter::begins_statement(const Token& token) const {
    if (token.kind != TokenKind::word || !token.starts_line) return false;
    constexpr Word kBeginnings[] = {
        "CREATE",  "ALTER",  "DROP",   "GRANT",  "REVOKE",   "COMMENT", "INSERT",    "UPDATE", "DELETE",
        "MERGE",   "SELECT", "WITH",   "COMMIT", "ROLLBACK", "BEGIN",   "DECLARE",   "CALL",   "TRUNCATE",
        "ANALYZE", "AUDIT",  "RENAME", "PURGE",  "LOCK",     "EXPLAIN", "ASSOCIATE", "SET",    "FLASHBACK"};
    return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                       [&](const Word& word) { return is(token, word); });
}

void Splitter::end() {
    if (count() > 0) {
        const Token& first = script_.tokens[first_];
        const Token& last = script_.tokens.back();
        script_.statements.push_back({.span = {first.span.begin, last.span.end},
                                      .first = static_cast<std::uint32_t>(first_),
                                      .count = static_cast<std::uint32_t>(count()),
                                      .shape = shape_});
        note_schema();
    }
    first_ = script_.tokens.size();
    shape_ = StatementShape::sql;
    body_ = Body::none;
    classified_ = complete_ = header_ = false;
    depth_ = parentheses_ = pending_ = 0;
}

/// ALTER SESSION SET CURRENT_SCHEMA = name
void Splitter::note_schema() {
    const StatementText& statement = script_.statements.back();
    if (statement.count < 6) return;
    const Token* token = &script_.tokens[statement.first];
    if (!is(token[0], "ALTER") || !is(token[1], "SESSION") || !is(token[2], "SET") ||
        !is(token[3], "CURRENT_SCHEMA") || !is(token[4], "="))
        return;
    script_.current_schemas.emplace_back(static_cast<std::uint32_t>(script_.statements.size()),
                                         std::string{token[5].span.of(script_.text)});
}

void Splitter::classify() {
    const Token& first = script_.tokens[first_];
    if (is(first, "BEGIN") || is(first, "DECLARE") || is(first, "<<")) {
        shape_ = StatementShape::unit;
        body_ = Body::plain;
        classified_ = true;
    } else if (is(first, "WITH")) {
        // WITH FUNCTION f … is a query with code in it.
        if (count() < 2) return;
        classified_ = true;
        if (!is(script_.tokens[first_ + 1], "FUNCTION") && !is(script_.tokens[first_ + 1], "PROCEDURE"))
            return;
        shape_ = StatementShape::unit;
    } else if (is(first, "CREATE")) {
        classify_created();
    } else {
        classified_ = true;
    }
}

void Splitter::classify_created() {
    const Token& kind = script_.tokens.back();
    if (is(kind, "BODY")) {
        if (body_ == Body::type_specification)
            body_ = Body::package;  // its methods have bodies, its END is its own
        classified_ = true;
        return;
    }
    if (shape_ == StatementShape::unit) {
        classified_ = true;  // the word behind PACKAGE or TYPE was not BODY
        return;
    }
    const auto unit = [&](Body body, bool wait_for_body) {
        shape_ = StatementShape::unit;
        body_ = body;
        classified_ = !wait_for_body;
    };
    if (is(kind, "FUNCTION") || is(kind, "PROCEDURE")) {
        header_ = true;
        unit(Body::plain, false);
    } else if (is(kind, "PACKAGE")) {
        unit(Body::package, true);
    } else if (is(kind, "TYPE")) {
        unit(Body::type_specification, true);
    } else if (is(kind, "TRIGGER")) {
        unit(Body::trigger, false);
    } else if (is(kind, "JAVA") || is(kind, "LIBRARY")) {
        unit(Body::none, false);
    } else {
        classified_ = count() > kKindWithin || is(kind, "TABLE") || is(kind, "VIEW") || is(kind, "INDEX");
    }
}

/// FUNCTION and PROCEDURE up to IS or AS: then a BEGIN is to come, unless it is written in another language.
void Splitter::follow_header(const Token& token) {
    if (is(token, "(")) ++parentheses_;
    if (is(token, ")") && parentheses_ > 0) --parentheses_;
    if (parentheses_ > 0) return;
    if (is(token, "IS") || is(token, "AS")) {
        header_ = false;
        ++pending_;
    }
}

void Splitter::follow(const Token& token) {
    if (is(token, "LANGUAGE") || is(token, "EXTERNAL")) {
        if (pending_ > 0 && (was(1, "IS") || was(1, "AS"))) --pending_;
        return;
    }
    if (header_) return follow_header(token);
    if (was(1, ".")) return;  // a field may have the name of a keyword
    const bool ends = was(1, "END");
    if ((is(token, "FUNCTION") || is(token, "PROCEDURE")) && (body_ == Body::package || pending_ > 0)) {
        header_ = true;
    } else if (is(token, "DECLARE")) {
        ++pending_;
    } else if (is(token, "BEGIN")) {
        // The BEGIN of a package body's own statements belongs to its END.
        if (pending_ > 0)
            --pending_, ++depth_;
        else if (body_ != Body::package || depth_ != 1)
            ++depth_;
    } else if (is(token, "CASE") || is(token, "IF") || is(token, "LOOP")) {
        if (!ends) ++depth_;
    } else if (is(token, "TRIGGER") && was(1, "COMPOUND")) {
        ++depth_;
    } else if (is(token, "END")) {
        if (depth_ > 0) --depth_;
    } else if (body_ == Body::package && depth_ == 0 && (is(token, "IS") || is(token, "AS"))) {
        ++depth_;
    }
}

void Splitter::take(const Token& token) {
    // A CREATE at the start of a line begins a statement wherever it stands: what lacks its end is cut off
    // there.
    const bool creates = count() > 0 && token.starts_line && is(token, "CREATE") && parentheses_ == 0;
    if (creates || (complete_ && begins_statement(token))) end();
    complete_ = false;
    if (is(token, ";")) {
        if (count() == 0) return;
        if (shape_ == StatementShape::sql) return end();
    }
    script_.tokens.push_back(token);
    if (!classified_) {
        classify();
        if (body_ == Body::plain && header_) return;  // the word FUNCTION or PROCEDURE itself
    }
    if (shape_ == StatementShape::sql) {
        if (is(token, "(")) ++parentheses_;
        if (is(token, ")") && parentheses_ > 0) --parentheses_;
        return;
    }
    if (is(token, ";")) {
        if (header_) header_ = false;
        const bool call_specification = depth_ == 0 && pending_ == 0;
        complete_ = call_specification && body_ != Body::none;
        return;
    }
    follow(token);
}

}  // namespace landfall::convert
