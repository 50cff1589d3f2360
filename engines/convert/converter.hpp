// Schema conversion: the scripts of an Oracle database in, PostgreSQL and findings out. Pure: no files, no
// sockets, no clock.
//
// Invariants
//   1. No silent loss: every statement of the input is emitted, or dropped with a finding, or kept as a
//      comment with a finding; `counts` says how many, and they add up (CHECKed).
//   2. Nothing that libpg_query refuses is emitted as code: it becomes a comment with its finding.
//   3. The same input and settings give the same output, byte by byte; the order of the files changes nothing
//      in the catalog that comes out.
// Threads: pure; a call uses one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engines/convert/finding.hpp"
#include "engines/convert/mysql_settings.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

struct Settings {
    enum class PackageLayout : std::uint8_t { schema, prefix };  ///< pkg.member, or pkg$member
    enum class NumberMapping : std::uint8_t {
        exact,
        integers
    };  ///< NUMBER(p,0): numeric, or smallint/integer/bigint
    enum class EmptyString : std::uint8_t { as_null, kept };  ///< '' in code: NULL as in Oracle, or left
    enum class RowId : std::uint8_t { bigint, text };
    enum class Keys : std::uint8_t {
        with_tables,
        apart
    };  ///< apart: primary and unique keys are objects of their own, for behind the rows
    ScriptSettings script;
    PackageLayout packages = PackageLayout::schema;
    NumberMapping numbers = NumberMapping::integers;
    EmptyString empty_strings = EmptyString::as_null;
    RowId row_ids = RowId::bigint;
    Keys keys = Keys::with_tables;
    bool views_materialized = true;  ///< materialized views stay such; otherwise tables
    std::string default_schema;      ///< of unqualified objects; empty: they stay unqualified
    MysqlSettings mysql;
};

struct Input {
    std::string name;  ///< of the file
    std::string bytes;
};

/// A finding with its places, as reports show it.
struct PlacedFinding {
    Finding finding;
    Origin source;
    std::string source_text;        ///< the lines of the construct, cut at 2,000 bytes
    std::uint32_t target_line = 0;  ///< within Object::sql; 0: none
    std::size_t object = 0;         ///< index into Conversion::objects
};

/// One object of the source, and what became of it.
struct Object {
    /// table, index, sequence, view, materialized view, synonym, type, trigger, function, procedure, package,
    /// package body, constraint, comment, grant, script …
    std::string kind;
    std::string schema;  ///< of the source; may be empty
    std::string name;
    Origin source;
    std::uint32_t source_lines = 0;
    std::string sql;  ///< PostgreSQL, each statement ended by ";\n"; comments where nothing could be emitted
    /// What search_path has to be while `sql` runs, as SET takes it; empty: any.
    std::string search_path;
    enum class Outcome : std::uint8_t { emitted, dropped, raw } outcome = Outcome::emitted;
};

struct Conversion {
    /// In an order in which they load in one go: schemas, types, sequences, tables, keys …, each behind all
    /// that it needs. Circles are broken, and told (9041).
    std::vector<Object> objects;
    std::vector<PlacedFinding> findings;
    std::size_t statements = 0, emitted = 0, dropped = 0, raw = 0;
    std::size_t lines = 0;
    std::string_view runtime_pack;  ///< the script to run before the objects; empty: they need none
};

/// Converts all scripts of one database together. `load` finds what they include.
[[nodiscard]] Conversion convert_oracle(const std::vector<Input>& inputs, const Settings& settings,
                                        const IncludeLoader& load);
/// … of MySQL or MariaDB: settings.mysql says of which, and how. What SHOW CREATE TABLE answers is a script.
[[nodiscard]] Conversion convert_mysql(const std::vector<Input>& inputs, const Settings& settings,
                                       const IncludeLoader& load);

/// The runtime pack: the script that creates schema oracle_ext. Run before what was converted from Oracle.
[[nodiscard]] std::string_view runtime_pack();

}  // namespace landfall::convert
