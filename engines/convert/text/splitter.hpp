// Splitter: which tokens make a statement.
//
// Invariants
//   1. A statement of SQL ends at its semicolon, which belongs to none, or where end() is called (a line of
//      /).
//   2. A unit (code, types) ends at end(), or behind its own END where something follows that can only begin
//      a statement: scripts without slashes are read, too. A CREATE that begins a line ends whatever stands
//      before it.
//   3. What is no statement of its own, a lone semicolon, is none.
// Threads: one. Time: constant a token.
#pragma once

#include <string_view>

#include "engines/convert/text/script.hpp"

namespace landfall::convert {

class Splitter {
public:
    explicit Splitter(Script& script) : script_{script} {}

    void take(const Token& token);
    /// The statement ends here, whatever it lacks.
    void end();
    /// True between statements, and behind the END of a unit: where commands of SQL*Plus can stand.
    [[nodiscard]] bool between() const { return count() == 0 || complete_; }
    /// Is the text up to the line of / none of SQL: the source of a Java class?
    [[nodiscard]] bool foreign() const { return foreign_; }

    /// Words and symbols that decide where statements end.
    enum class Key : std::uint8_t;

private:
    enum class Body : std::uint8_t {
        none,
        plain,               ///< a routine or an anonymous block
        package,             ///< what holds routines up to its own END: packages, bodies of types
        trigger,             ///< from its BEGIN or DECLARE on a block
        type_specification,  ///< without an END: its semicolon ends it
        query,               ///< WITH FUNCTION …: ends at a semicolon behind its SELECT
        java
    };

    [[nodiscard]] std::size_t count() const { return script_.tokens.size() - first_; }
    void classify(Key key);
    void classify_created(Key key);
    void follow(Key key);
    void follow_header(Key key);
    void follow_sql(Key key);
    void note_schema();

    Script& script_;
    std::size_t first_ = 0;  ///< index of the first token of this statement
    StatementShape shape_ = StatementShape::sql;
    Body body_ = Body::none;
    Key previous_{};  ///< the token before; `other` at the beginning
    bool classified_ = false;
    bool complete_ = false;      ///< the unit's own END and its semicolon are behind us
    bool header_ = false;        ///< between FUNCTION or PROCEDURE and its IS, AS or semicolon
    bool foreign_ = false;       ///< see foreign()
    bool holds_create_ = false;  ///< CREATE SCHEMA: statements within a statement
    unsigned depth_ = 0;         ///< of BEGIN, IF, CASE, LOOP and packages
    unsigned parentheses_ = 0;
    unsigned pending_ = 0;  ///< routines whose BEGIN is to come
};

}  // namespace landfall::convert
