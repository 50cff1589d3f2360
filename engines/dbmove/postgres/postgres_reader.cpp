#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"
#include "engines/dbmove/postgres/postgres_source.hpp"

namespace landfall::dbmove::postgres {

std::string copied_columns(const Table& table) {
    std::string names;
    for (const Column& column : table.columns)
        if (column.made != Column::Made::generated)
            names += (names.empty() ? "" : ", ") + quoted(column.name);
    return names;
}

Result<std::unique_ptr<PostgresReader>> PostgresReader::open(const Address& address,
                                                             const std::string& snapshot) {
    Session session = TRY(Session::open(address));
    if (!snapshot.empty())
        TRY(session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT " +
                        literal(snapshot)));
    return std::make_unique<PostgresReader>(std::move(session));
}

Status PostgresReader::read(const Table& table, const std::string& range,
                            const std::function<Status(Session::Bytes)>& take) {
    TRY(session_.copy_out("COPY (SELECT " + copied_columns(table) + " FROM " + rows_of(table) +
                              (range.empty() ? "" : " WHERE " + range) + ") TO STDOUT" +
                              (table.binary() ? " (FORMAT binary)" : ""),
                          take));
    return still_same_file(table);
}

/// To a snapshot that is older than an ALTER TABLE which wrote the rows anew the table looks empty. From the
/// COPY on it is locked against another one.
Status PostgresReader::still_same_file(const Table& table) {
    if (table.file == 0) return {};
    const Answer file =
        TRY(session_.ask("SELECT pg_relation_filenode($1::oid)", {std::to_string(table.oid)}));
    if (file.at(0, 0) == std::to_string(table.file)) return {};
    return Error{Errc::precondition, session_.place() +
                                         ": the table was written anew (ALTER TABLE, TRUNCATE, "
                                         "VACUUM FULL …) since its definition was read"};
}

Status PostgresReader::begin_rows(const Table& table) {
    std::string columns, order;
    for (const Column* const column : compared_columns(table))
        columns += (columns.empty() ? "" : ", ") + quoted(column->name);
    for (const Column* const column : compared_key(table)) {
        order += (order.empty() ? " ORDER BY " : ", ") + quoted(column->name);
        if (!column->ordered) order += "::text COLLATE pg_catalog.\"C\"";
    }
    return session_.begin_copy_out("COPY (SELECT " + columns + " FROM " + rows_of(table) + order +
                                   ") TO STDOUT");
}

Result<std::optional<Values>> PostgresReader::row_at(const Table& table, const Values& key) {
    std::string columns, where;
    for (const Column& column : table.columns)
        columns += (columns.empty() ? "" : ", ") + quoted(column.name) + "::text";
    std::vector<std::string> values;
    for (std::size_t i = 0; i < table.key.size(); ++i) {
        values.push_back(key[i].value_or(""));
        where += (i == 0 ? " WHERE " : " AND ") + quoted(table.key[i]) + " = $" + std::to_string(i + 1);
    }
    const Answer answer = TRY(session_.ask("SELECT " + columns + " FROM " + rows_of(table) + where, values));
    if (answer.size() == 0) return std::optional<Values>{};
    Values row;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto cell = answer.at(0, i);
        row.push_back(cell ? std::optional<std::string>{*cell} : std::nullopt);
    }
    return std::optional{std::move(row)};
}

}  // namespace landfall::dbmove::postgres
