// For tests of the passes about queries and expressions: a script of Oracle's in, PostgreSQL's text out, one
// line a statement; findings stand before it as [code], what PostgreSQL's parser refuses has [refused].
#pragma once

#include <string>

#include "engines/convert/lower/passes.hpp"
#include "engines/convert/meaning/catalog.hpp"
#include "engines/convert/postgres/printer.hpp"
#include "engines/convert/postgres/validate.hpp"
#include "engines/convert/syntax/parser.hpp"

namespace landfall::convert::testing {

inline std::string in_one_line(const std::string& text) {
    std::string line;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n';
        if (blank && (line.empty() || line.back() == ' ' || line.back() == '(')) continue;
        if (c == ')' && !line.empty() && line.back() == ' ') line.pop_back();
        line.push_back(blank ? ' ' : c);
    }
    while (!line.empty() && (line.back() == ' ' || line.back() == ';')) line.pop_back();
    return line;
}

/// Declares nothing.
inline const Catalog& no_catalog() {
    static const Catalog nothing;
    return nothing;
}

/// Without bindings, as for a script that leans on what it does not declare.
inline std::string lowered(const std::string& text) {
    const Script script = read_script(text + ";\n", "test.sql", {},
                                      [](const std::string&, const std::string&) { return std::nullopt; });
    Tree tree;
    const Parsed parsed = parse_oracle(script, tree);
    const Settings settings;
    std::string made;
    for (Statement* statement : parsed.statements) {
        std::vector<Finding> findings;
        LowerContext context{.tree = tree,
                             .script = script,
                             .catalog = no_catalog(),
                             .settings = settings,
                             .findings = findings};
        lower_queries(statement, context);
        lower_expressions(statement, context);
        if (!made.empty()) made.append("; ");
        for (const Finding& finding : findings) made.append("[" + std::to_string(finding.code) + "] ");
        Statement* const statements[] = {statement};
        const Printed printed =
            print({.statements = statements, .script = script, .comments = {}, .findings = {}});
        for (const PrintedStatement& each : printed.statements) {
            if (!each.raw && check_sql(each.text)) made.append("[refused] ");
            made.append(in_one_line(each.text));
        }
    }
    return made;
}

}  // namespace landfall::convert::testing
