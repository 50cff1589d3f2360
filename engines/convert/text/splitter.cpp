#include "engines/convert/text/splitter.hpp"

#include <algorithm>
#include <array>

#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {

enum class Splitter::Key : std::uint8_t {
    other,
    as,
    begin,
    body,
    case_,
    close,
    compound,
    create,
    declare,
    dot,
    end,
    external,  // and LANGUAGE, MLE: a routine that is written elsewhere
    function,  // and PROCEDURE
    if_,
    is,
    java,
    label,
    library,
    loop,
    opening,  // of a statement: ALTER, INSERT, …
    open,
    package,
    schema,
    select,
    semicolon,
    source,
    table,  // and VIEW, INDEX: CREATE statements that are no units
    trigger,
    type,
    with
};

namespace {

using Key = Splitter::Key;

// A CREATE statement's kind stands behind at most CREATE OR REPLACE NONEDITIONABLE EDITIONING FORCE.
constexpr std::size_t kKindWithin = 8;

struct KeyWord {
    Word word;
    Key key;
};
constexpr KeyWord kKeyWords[] = {{"AS", Key::as},
                                 {"BEGIN", Key::begin},
                                 {"BODY", Key::body},
                                 {"CASE", Key::case_},
                                 {")", Key::close},
                                 {"COMPOUND", Key::compound},
                                 {"CREATE", Key::create},
                                 {"DECLARE", Key::declare},
                                 {".", Key::dot},
                                 {"END", Key::end},
                                 {"EXTERNAL", Key::external},
                                 {"LANGUAGE", Key::external},
                                 {"MLE", Key::external},
                                 {"FUNCTION", Key::function},
                                 {"PROCEDURE", Key::function},
                                 {"IF", Key::if_},
                                 {"IS", Key::is},
                                 {"JAVA", Key::java},
                                 {"<<", Key::label},
                                 {"LIBRARY", Key::library},
                                 {"LOOP", Key::loop},
                                 {"(", Key::open},
                                 {"PACKAGE", Key::package},
                                 {"SCHEMA", Key::schema},
                                 {"SELECT", Key::select},
                                 {";", Key::semicolon},
                                 {"SOURCE", Key::source},
                                 {"TABLE", Key::table},
                                 {"VIEW", Key::table},
                                 {"INDEX", Key::table},
                                 {"TRIGGER", Key::trigger},
                                 {"TYPE", Key::type},
                                 {"WITH", Key::with},
                                 {"ALTER", Key::opening},
                                 {"ANALYZE", Key::opening},
                                 {"ASSOCIATE", Key::opening},
                                 {"AUDIT", Key::opening},
                                 {"CALL", Key::opening},
                                 {"COMMENT", Key::opening},
                                 {"COMMIT", Key::opening},
                                 {"DELETE", Key::opening},
                                 {"DISASSOCIATE", Key::opening},
                                 {"DROP", Key::opening},
                                 {"EXPLAIN", Key::opening},
                                 {"FLASHBACK", Key::opening},
                                 {"GRANT", Key::opening},
                                 {"INSERT", Key::opening},
                                 {"LOCK", Key::opening},
                                 {"MERGE", Key::opening},
                                 {"NOAUDIT", Key::opening},
                                 {"PURGE", Key::opening},
                                 {"RENAME", Key::opening},
                                 {"REVOKE", Key::opening},
                                 {"ROLLBACK", Key::opening},
                                 {"SAVEPOINT", Key::opening},
                                 {"SET", Key::opening},
                                 {"TRUNCATE", Key::opening},
                                 {"UPDATE", Key::opening}};

/// By hash, with open addressing: nearly every word of a script is none of these, and is known as such at the
/// first look.
constexpr std::size_t kSlots = 512;
constexpr auto kSlotTable = [] {
    std::array<std::uint8_t, kSlots> slots{};
    for (std::size_t i = 0; i < std::size(kKeyWords); ++i) {
        std::size_t slot = kKeyWords[i].word.hash % kSlots;
        while (slots[slot] != 0) slot = (slot + 1) % kSlots;
        slots[slot] = static_cast<std::uint8_t>(i + 1);
    }
    return slots;
}();

Key key_of(const Token& token, std::string_view text) {
    if (token.kind != TokenKind::word && token.kind != TokenKind::symbol) return Key::other;
    for (std::size_t slot = token.hash % kSlots; kSlotTable[slot] != 0; slot = (slot + 1) % kSlots) {
        const KeyWord& candidate = kKeyWords[kSlotTable[slot] - 1];
        if (candidate.word.hash == token.hash && spells(token.span.of(text), candidate.word.text))
            return candidate.key;
    }
    return Key::other;
}

/// What can only be the first word of a statement, where a unit has ended.
bool opens_statement(Key key) {
    return key == Key::opening || key == Key::create || key == Key::select || key == Key::with ||
           key == Key::begin || key == Key::declare || key == Key::label;
}

}  // namespace

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
    previous_ = Key::other;
    classified_ = complete_ = header_ = foreign_ = holds_create_ = false;
    depth_ = parentheses_ = pending_ = 0;
}

/// ALTER SESSION SET CURRENT_SCHEMA = name
void Splitter::note_schema() {
    const StatementText& statement = script_.statements.back();
    if (statement.count < 6) return;
    const Token* const token = &script_.tokens[statement.first];
    constexpr std::string_view kWords[] = {"ALTER", "SESSION", "SET", "CURRENT_SCHEMA", "="};
    for (std::size_t i = 0; i < std::size(kWords); ++i)
        if (!spells(token[i].span.of(script_.text), kWords[i])) return;
    script_.current_schemas.emplace_back(static_cast<std::uint32_t>(script_.statements.size()),
                                         std::string{token[5].span.of(script_.text)});
}

void Splitter::classify(Key key) {
    if (count() > 1) return classify_created(key);
    if (key == Key::create) return;
    classified_ = true;
    if (key != Key::begin && key != Key::declare && key != Key::label) return;
    shape_ = StatementShape::unit;
    body_ = Body::plain;
}

void Splitter::classify_created(Key key) {
    if (key == Key::body) {
        // The methods of a type's body have bodies, its END is its own.
        if (body_ == Body::type_specification) body_ = Body::package;
        classified_ = true;
        return;
    }
    if (shape_ == StatementShape::unit) {
        classified_ = true;  // the word behind PACKAGE or TYPE was not BODY
        return;
    }
    classified_ = true;
    Body body = Body::none;
    switch (key) {
        case Key::function:
            header_ = true;
            body = Body::plain;
            break;
        case Key::trigger: body = Body::trigger; break;
        case Key::library: body = Body::type_specification; break;
        case Key::java: body = Body::java; break;
        case Key::package:
        case Key::type:
            body = key == Key::package ? Body::package : Body::type_specification;
            classified_ = false;
            break;
        case Key::schema: holds_create_ = true; return;
        default: classified_ = count() > kKindWithin || key == Key::table; return;
    }
    shape_ = StatementShape::unit;
    body_ = body;
}

/// FUNCTION and PROCEDURE up to IS or AS: then a BEGIN is to come, unless it is written in another language.
void Splitter::follow_header(Key key) {
    if (key == Key::open) ++parentheses_;
    if (key == Key::close && parentheses_ > 0) --parentheses_;
    if (parentheses_ > 0) return;
    if (key == Key::semicolon) header_ = false;
    if (key != Key::is && key != Key::as) return;
    header_ = false;
    ++pending_;
}

void Splitter::follow(Key key) {
    if (key == Key::other) return;
    if (header_) return follow_header(key);
    if (previous_ == Key::dot) return;  // a field may have the name of a keyword
    const bool outside = depth_ == 0 && pending_ == 0;
    switch (key) {
        case Key::function:
            // Not those of ACCESSIBLE BY (FUNCTION f) in front of a package.
            if (pending_ > 0 || body_ == Body::query || (body_ == Body::package && depth_ > 0))
                header_ = true;
            return;
        case Key::external:
            if (pending_ > 0 && (previous_ == Key::is || previous_ == Key::as)) --pending_;
            return;
        case Key::declare: ++pending_; return;
        case Key::begin:
            if (pending_ > 0) {
                --pending_;
                ++depth_;
            } else if (body_ != Body::package || depth_ != 1) {
                ++depth_;  // the BEGIN of a package's own statements belongs to the package's END
            }
            return;
        case Key::case_:
        case Key::if_:
        case Key::loop:
            if (previous_ != Key::end) ++depth_;
            return;
        case Key::trigger:
            if (previous_ == Key::compound) ++depth_;
            return;
        case Key::end:
            if (depth_ > 0) --depth_;
            return;
        case Key::is:
        case Key::as:
            if (body_ == Body::package && depth_ == 0) ++depth_;
            return;
        case Key::select:
            if (body_ == Body::query && outside) body_ = Body::plain;
            return;
        case Key::source: foreign_ = body_ == Body::java; return;
        case Key::semicolon: complete_ = outside && body_ != Body::query && body_ != Body::java; return;
        default: return;
    }
}

void Splitter::follow_sql(Key key) {
    if (key == Key::open) ++parentheses_;
    if (key == Key::close && parentheses_ > 0) --parentheses_;
    if (key != Key::function || previous_ != Key::with) return;
    shape_ = StatementShape::unit;
    body_ = Body::query;
    header_ = true;
    parentheses_ = 0;
}

void Splitter::take(const Token& token) {
    const Key key = key_of(token, script_.text);
    // A CREATE at the start of a line begins a statement wherever it stands: what lacks its end is cut off
    // there.
    const bool creates = key == Key::create && count() > 0 && parentheses_ == 0 && !holds_create_;
    if (token.starts_line && (creates || (complete_ && opens_statement(key)))) end();
    complete_ = false;
    if (key == Key::semicolon && shape_ == StatementShape::sql) return end();
    script_.tokens.push_back(token);
    const bool was_header = header_;
    if (!classified_) classify(key);
    // The word FUNCTION that begins a header is not part of it.
    if (header_ == was_header) shape_ == StatementShape::sql ? follow_sql(key) : follow(key);
    previous_ = key;
}

}  // namespace landfall::convert
