// Prints trees as PostgreSQL 15's SQL and PL/pgSQL, for people: 4 spaces, one column or statement a line,
// lines broken at kLineWidth columns, parentheses and quotes only where they are needed.
//
// Invariants
//   1. No input crashes it. What has no form in PostgreSQL (a "lowered" kind, RawExpr) makes the smallest
//      statement, declaration or column around it a comment that holds the source, with finding 9020.
//   2. Each comment of the request is in the output exactly once:
//        - one that stands before a statement, declaration, column, constraint, parameter, list item: before
//          it;
//        - one that follows such a thing in its line: at the end of the line that ends it;
//        - one that stands last in a block or list: behind the last thing there, on lines of its own;
//        - one within an expression: before the statement around it;
//        - one within source that is itself kept as a comment: there.
//      A comment's text is kept but for what would end or nest it: "/*" within becomes "/ *", code that a $IF
//      switched off becomes lines of "--".
//   3. Each finding of the request is there exactly once, as "-- [SCT nnnn complexity] text", before the
//      statement, declaration or column around its place, and `finding_lines` says where.
//   4. RawStatement, RawCode and RawDeclaration are printed as comments; their findings (9001) are the
//      parser's.
//   5. Names are quoted where PostgreSQL 15 or PL/pgSQL would not read them back as they are spelled.
// Threads: pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engines/convert/finding.hpp"
#include "engines/convert/syntax/unit.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

inline constexpr std::uint32_t kLineWidth = 100;

/// Indexes into Script::comments.
struct CommentRange {
    std::uint32_t first = 0, count = 0;
};
/// The comments of a statement of the script: those before it, within it and behind it in its last line; of
/// the last statement also all that follow.
[[nodiscard]] CommentRange comments_of(const Script& script, std::size_t statement);

/// Everything that one statement of the script became (LowerContext), in the order in which it loads.
struct PrintRequest {
    std::span<Statement* const> statements;
    const Script& script;
    CommentRange comments;
    std::span<const Finding> findings;
};

/// Where something of the text comes from: lines count from 1 within PrintedStatement::text.
struct FindingLine {
    std::uint32_t finding =
        0;  ///< index into PrintRequest::findings, then into Printed::findings behind them
    std::uint32_t line = 0;
};
struct NodeLines {
    const Node* node = nullptr;  ///< a Statement, CodeStatement, Declaration, Column
    std::uint32_t first = 0, last = 0;
};

struct PrintedStatement {
    const Statement* statement = nullptr;  ///< nullptr: only comments (the request had no statement)
    std::string text;                      ///< code ends in ";\n", comments in "\n"
    bool raw = false;                      ///< nothing but comments: the statement is not code
    std::vector<FindingLine> finding_lines;
    std::vector<NodeLines> nodes;  ///< parents before their children
};

struct Printed {
    std::vector<PrintedStatement> statements;  ///< one for each of the request; one where it has none
    std::vector<Finding> findings;             ///< what printing adds: 9020
};

[[nodiscard]] Printed print(const PrintRequest& request);

/// One expression, query or type in one line, as text of SQL; empty where it cannot be printed. For passes
/// that need text, and for tests.
[[nodiscard]] std::string print_inline(const Node& node);

}  // namespace landfall::convert
