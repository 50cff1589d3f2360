// Where a statement or a declaration does not parse: its finding, and the way to the next one.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {
namespace {

/// How often the tokens of a script may be gone over again before the parser gives up on a statement: what
/// keeps the time linear where every level of a deep nesting fails.
constexpr std::uint64_t kSkippedPerToken = 16;

}  // namespace

/// The finding of what the cursor failed at.
void Grammar::tell_raw_code() {
    findings_.push_back({.code = 9001,
                         .complexity = Complexity::medium,
                         .begin = cursor_.failed_at().begin,
                         .end = cursor_.failed_at().end,
                         .detail = "expected " + std::string{cursor_.expected()}});
}

/// One token of text that is given up.
void Grammar::skip_token() {
    if (++skipped_ > kSkippedPerToken * (script_.tokens.size() + 64))
        cursor_.fail("less that does not parse");
    cursor_.take();
}

/// Over what opens by BEGIN, IF, CASE, LOOP to its END, the END included with the word behind it.
void Grammar::skip_nested() {
    unsigned open = 0;
    do {
        if (cursor_.at("END")) {
            --open;
            skip_token();
            if (cursor_.at_any({"IF", "LOOP", "CASE"})) skip_token();
            continue;
        }
        if (cursor_.at_any({"BEGIN", "IF", "CASE", "LOOP"})) ++open;
        skip_token();
    } while (open > 0 && !cursor_.done());
}

/// Behind the semicolon that ends the present statement, or to the END or ELSE of what it stands in.
void Grammar::skip_statement() {
    bool declares = false;
    bool first = true;
    while (cursor_.at("<<")) {
        for (int tokens = 0; tokens < 3; ++tokens) skip_token();
    }
    for (; !cursor_.done(); first = false) {
        if (!first && cursor_.at_any({"END", "ELSE", "ELSIF"})) return;
        if (!first && cursor_.at_all({"EXCEPTION", "WHEN"})) return;
        if (cursor_.at_any({"BEGIN", "CASE", "LOOP"}) || (first && cursor_.at("IF"))) {
            skip_nested();
            declares = false;
            continue;
        }
        if (cursor_.at("DECLARE")) declares = true;
        const bool ends = cursor_.at(";") && !declares;
        skip_token();
        if (ends) return;
    }
}

/// Behind the semicolon that ends the present declaration; a routine with its whole body.
void Grammar::skip_declaration() {
    if (at_routine()) {
        skip_routine();
        return;
    }
    bool first = true;
    for (; !cursor_.done(); first = false) {
        if (!first && (cursor_.at_any({"BEGIN", "PROCEDURE", "FUNCTION"}) || at_timing_section())) return;
        if (!first && cursor_.at("END")) return;
        if (cursor_.at("CASE")) {
            skip_nested();
            continue;
        }
        const bool ends = cursor_.at(";");
        skip_token();
        if (ends) return;
    }
}

void Grammar::skip_routine() {
    const Depth depth{*this};
    while (!cursor_.done() && !cursor_.at_any({";", "IS", "AS"})) {
        if (cursor_.at("("))
            skip_parentheses();
        else
            skip_token();
    }
    const bool declared_only = cursor_.at(";");
    if (!cursor_.done()) skip_token();
    if (declared_only) return;
    if (cursor_.at_any({"LANGUAGE", "EXTERNAL"})) {
        skip_statement();
        return;
    }
    while (!cursor_.done() && !cursor_.at_any({"BEGIN", "END"})) skip_declaration();
    if (cursor_.at("BEGIN")) skip_nested();
    while (!cursor_.done() && !cursor_.at(";")) skip_token();
    if (!cursor_.done()) skip_token();
}

}  // namespace landfall::convert
