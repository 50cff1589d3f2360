// For tests of the grammar: a text that is one statement, cut into tokens.
#pragma once

#include <string>

#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/text/lexer.hpp"

namespace landfall::convert::testing {

/// The whole text as one statement, without the rules of SQL*Plus.
inline Script script_of(std::string text) {
    Script script;
    script.text = std::move(text);
    Lexer lexer{script.text, script.comments};
    while (const auto token = lexer.next()) script.tokens.push_back(*token);
    if (const auto token = lexer.finish()) script.tokens.push_back(*token);
    script.statements.push_back({.span = {0, static_cast<std::uint32_t>(script.text.size())},
                                 .first = 0,
                                 .count = static_cast<std::uint32_t>(script.tokens.size())});
    return script;
}

}  // namespace landfall::convert::testing
