// A script as the parsers see it: text with its substitutions made, cut into tokens and statements.
//
// Invariants
//   1. `text` is valid UTF-8; every span of a token, comment or statement lies within it.
//   2. Each byte of `text` has one origin: `origin_of` names file, line and column also behind includes
//      (@file) and substitutions (&name), whose whole replacement stands at the place of the variable.
//   3. Statements are in order and do not overlap; every token belongs to exactly one. SQL*Plus commands
//      (SET, PROMPT, REM, DEFINE, @file, …) are no statements; those that a converter cannot follow have a
//      finding.
//   4. A script of any bytes ends in a Script: what is wrong is a finding with its place, never a crash.
// Threads: immutable once made; shared freely.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/convert/finding.hpp"
#include "engines/convert/mysql_settings.hpp"
#include "engines/convert/text/token.hpp"

namespace landfall::convert {

/// Where a place of the text comes from. Lines and columns count from 1; columns count characters, not bytes.
struct Origin {
    std::string file;
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

enum class StatementShape : std::uint8_t {
    sql,  ///< ended by ; or a line of /
    /// PL/SQL: CREATE of code or of a type, an anonymous block; ended by a line of /, or by its own END
    unit,
};

struct StatementText {
    Span span;                ///< from the first token to the last, the terminator left out
    std::uint32_t first = 0;  ///< index of its first token
    std::uint32_t count = 0;  ///< how many tokens
    StatementShape shape = StatementShape::sql;
};

/// A run of the text that was copied byte by byte from one place of a file.
struct Segment {
    std::uint32_t at = 0;      ///< offset in Script::text
    std::uint32_t file = 0;    ///< index into Script::files
    std::uint32_t offset = 0;  ///< offset in that file's text
    bool replaced = false;     ///< the text of a substitution: all of it stands at `offset`
};

struct InputFile {
    std::string name;  ///< as the user named it; only for findings
    std::string text;  ///< UTF-8
    std::vector<std::uint32_t> line_starts;
};

struct Script {
    std::string text;
    std::vector<InputFile> files;
    std::vector<Segment> segments;
    std::vector<Token> tokens;
    std::vector<Comment> comments;
    std::vector<StatementText> statements;
    std::vector<Finding> findings;
    /// ALTER SESSION SET CURRENT_SCHEMA and CONNECT name it; empty where nothing did. One entry a change:
    /// from this statement index on.
    std::vector<std::pair<std::uint32_t, std::string>> current_schemas;
    /// MySQL: what SET sql_mode changed, in the same way.
    std::vector<std::pair<std::uint32_t, SqlMode>> modes;

    [[nodiscard]] Origin origin_of(std::uint32_t offset) const;
};

struct ScriptSettings {
    std::map<std::string, std::string> defines;  ///< values of &names, names in upper case
    std::map<std::string, std::string>
        conditions;  ///< values of $$names and of package constants of $IF, upper case
    std::size_t include_depth_max = 32;
    std::size_t includes_max = 10'000;  ///< files that include others twice grow without bound otherwise
    std::size_t text_size_max = std::size_t{1} << 31U;
    /// Of a variable's value, in bytes (SQL*Plus: 240): values made of values double with each DEFINE.
    std::size_t value_size_max = 2048;
};

/// A file that another one asked for, under a name that is its own: `from` of what it includes itself, and
/// by which a file that includes itself is recognised.
struct IncludedFile {
    std::string name;
    std::string bytes;
};

/// Finds what @name or @@name asks for (`from`: the file that includes); nothing where there is no such file.
using IncludeLoader =
    std::function<std::optional<IncludedFile>(const std::string& name, const std::string& from)>;

/// Bytes of a file as UTF-8: UTF-8 with or without BOM, UTF-16 with BOM or plainly recognised, otherwise
/// Windows-1252. NUL bytes and what else cannot be text become U+FFFD with one finding.
[[nodiscard]] std::string decode_text(std::string_view bytes, std::vector<Finding>& findings);

/// Reads `bytes` of `file` and what it includes.
[[nodiscard]] Script read_script(std::string_view bytes, const std::string& file,
                                 const ScriptSettings& settings, const IncludeLoader& load);

}  // namespace landfall::convert
