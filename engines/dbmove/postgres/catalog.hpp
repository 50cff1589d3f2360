// Catalog: what a PostgreSQL database holds that a migration takes along, and the statements that make it
// again.
//
// Invariants
//   1. Definitions are the server's own texts (pg_get_constraintdef, pg_get_indexdef …), read with an empty
//      search_path: every name in them is qualified.
//   2. Objects of extensions and of the system are left out: they are the target's own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engines/dbmove/postgres/pgoutput.hpp"
#include "engines/dbmove/postgres/session.hpp"
#include "engines/dbmove/table.hpp"

namespace landfall::dbmove::postgres {

struct Column {
    std::string name;
    std::string type;  ///< with its modifier: "numeric(10,2)"
    std::uint32_t type_oid = 0;
    std::int32_t modifier = -1;
    std::string collation;   ///< qualified; empty: the type's own
    std::string default_of;  ///< an expression; of a generated column, what makes it
    std::string comment;
    enum class Made : std::uint8_t {
        given,
        identity_always,
        identity_by_default,
        generated
    } made = Made::given;
    int number = 0;  ///< its own for ever, whatever it is called; 0 where there are none such
    /// Rows that are older than the column have this value. Of one that has some, and none here: a value that
    /// cannot be read.
    bool older_rows_have_value = false;
    std::optional<std::string> value_of_older_rows;
    bool not_null = false;
    bool binary = false;   ///< COPY BINARY may carry it to another database: no oid of the source is within
    bool ordered = false;  ///< an integer: its index gives rows in an order that both sides agree on
};

/// A constraint or an index: what makes it again.
struct Attached {
    enum class Kind : std::uint8_t { key, unique, check, exclusion, index, foreign_key } kind = Kind::key;
    std::string name;
    std::string definition;  ///< of a constraint what follows its name, of an index the whole statement
};

struct Table {
    std::uint32_t oid = 0;
    TableName name;
    Identity identity = Identity::by_key;
    bool identifiable = false;  ///< its updates and deletes can be followed
    bool holds_rows = true;     ///< no: its partitions do
    bool unlogged = false;
    std::uint32_t file = 0;       ///< another one: its rows were written anew
    std::uint64_t pages = 0;      ///< of its heap, as of now
    std::string partition_key;    ///< "RANGE (day)"
    std::string partition_of;     ///< the parent, quoted
    std::string partition_bound;  ///< "FOR VALUES …"
    std::string comment;
    int columns_ever = 0;  ///< numbers that its columns have or had
    std::string shape;     ///< a digest of its columns: another one, and the definition has changed
    std::vector<Column> columns;
    std::vector<std::string>
        key;  ///< columns of its primary key, in the key's order; none of one that is checked late
    std::vector<Attached> attached;
    std::string definition;    ///< the whole statement, where columns do not make it
    std::string digest;        ///< of what a source that is no PostgreSQL says of it
    bool routes_rows = false;  ///< on the target its rows lie in partitions, which the source does not know
    [[nodiscard]] bool binary() const;
    /// nullptr: there is none of that name.
    [[nodiscard]] const Column* column(std::string_view name) const;
};

struct Sequence {
    TableName name;
    std::string definition;   ///< "AS bigint START WITH 1 INCREMENT BY 1 …"
    std::uint32_t owner = 0;  ///< oid of the table that it goes with; 0: none
    std::string owner_column;
    bool of_identity = false;
};

/// An enum or a domain.
struct Type {
    std::string schema;      ///< empty where the statement makes it, too
    std::string definition;  ///< the whole statement
};

struct Catalog {
    std::vector<Type> types;    ///< those that the tables need, in an order that works
    std::vector<Table> tables;  ///< parents before their partitions
    std::vector<Sequence> sequences;
    std::vector<std::string> at_end;    ///< statements for the target when it takes over: triggers
    bool keys_act = false;              ///< the target's foreign keys act while changes are applied (Source)
    std::vector<std::string> last;      ///< statements behind all else: foreign keys, comments
    std::vector<std::string> left_out;  ///< what is there and is not taken along, for people
};

using Selected = std::function<bool(const TableName&)>;

Result<Catalog> read_catalog(Session& session, const Selected& selected);

/// Table::shape as it is now; empty: the table is gone.
Result<std::string> read_shape(Session& session, const Table& table);

/// The columns that rows are compared by: those of the key first. Without a key all are the key.
[[nodiscard]] std::vector<const Column*> compared_key(const Table& table);
[[nodiscard]] std::vector<const Column*> compared_columns(const Table& table);

/// What is not the same in the columns of a table on both sides; empty: nothing.
[[nodiscard]] std::string difference(const Table& source, const Table& target);
/// Likewise of a table as the log describes it.
[[nodiscard]] std::string difference(const Table& table, const Relation& relation);

/// The table without the keys, indexes and constraints that a table of its name has on the target.
[[nodiscard]] Result<Table> without_what_is_there(Session& target, Table table);

// Statements that make it on the target.
[[nodiscard]] std::vector<std::string> schemas_of(const Catalog& catalog);
[[nodiscard]] std::string create(const Sequence& sequence);
[[nodiscard]] std::string create(const Table& table, const Catalog& catalog);
/// A column's name, type and collation.
[[nodiscard]] std::string declared(const Column& column);
/// What makes its values, with a space before it: DEFAULT …, GENERATED …; often nothing.
[[nodiscard]] std::string made_by(const Column& column, const Table& table, const Catalog& catalog);
/// Keys, indexes, checks: once the rows are there. Not foreign keys.
[[nodiscard]] std::vector<std::string> complete(const Table& table);
/// Foreign keys, who owns a sequence, comments.
[[nodiscard]] std::vector<std::string> finish(const Catalog& catalog);
/// What TRUNCATE and FROM take for a table's rows on the target: those of other tables that inherit are not
/// its own.
[[nodiscard]] std::string rows_of(const Table& table);

}  // namespace landfall::dbmove::postgres
