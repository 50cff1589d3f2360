#include "engines/dbmove/postgres/ledger.hpp"

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr const char* kTables = R"(
CREATE SCHEMA IF NOT EXISTS landfall;
CREATE TABLE IF NOT EXISTS landfall.migration (
    name text PRIMARY KEY,
    source_system text NOT NULL, source_database text NOT NULL, source_oid oid NOT NULL,
    phase text NOT NULL CHECK (phase IN ('loading', 'following', 'finished')), applied pg_lsn NOT NULL,
    epoch bigint NOT NULL);
CREATE TABLE IF NOT EXISTS landfall.migration_table (
    migration text REFERENCES landfall.migration ON DELETE CASCADE, schema_name text, table_name text,
    loaded boolean NOT NULL DEFAULT false, completed boolean NOT NULL DEFAULT false,
    start pg_lsn NOT NULL DEFAULT '0/0', rows bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (migration, schema_name, table_name));
ALTER TABLE landfall.migration ADD COLUMN IF NOT EXISTS mark text NOT NULL DEFAULT '';
ALTER TABLE landfall.migration ADD COLUMN IF NOT EXISTS connected boolean NOT NULL DEFAULT false;
ALTER TABLE landfall.migration_table ADD COLUMN IF NOT EXISTS digest text NOT NULL DEFAULT '';
ALTER TABLE landfall.migration_table ADD COLUMN IF NOT EXISTS columns text[] NOT NULL DEFAULT '{}';
ALTER TABLE landfall.migration_table ADD COLUMN IF NOT EXISTS numbers int[] NOT NULL DEFAULT '{}';
ALTER TABLE landfall.migration_table ADD COLUMN IF NOT EXISTS suspended text NOT NULL DEFAULT '';
)";

std::string_view text_of(Phase phase) {
    switch (phase) {
        case Phase::loading: return "loading";
        case Phase::following: return "following";
        case Phase::finished: return "finished";
    }
    return {};
}

Phase phase_of(std::string_view text) {
    if (text == "finished") return Phase::finished;
    return text == "following" ? Phase::following : Phase::loading;
}

Lsn lsn_of(const Answer& answer, std::size_t row, std::size_t column) {
    return parse_lsn(answer.text(row, column)).value_or(Lsn{});
}

std::string advisory_lock(const std::string& key) {
    return "SELECT pg_advisory_xact_lock(hashtextextended(" + literal(key) + ", 0))";
}

}  // namespace

Status Ledger::prepare(Session& session) {
    return session.run("BEGIN; " + advisory_lock("landfall") + ";" + kTables + "COMMIT");
}

Status Ledger::lock(Session& session, const std::string& name) {
    return session.run(advisory_lock("landfall/" + name));
}

Result<std::optional<Standing>> Ledger::take_over(Session& session, const std::string& name) {
    const Answer epoch = TRY(session.ask(
        "UPDATE landfall.migration SET epoch = epoch + 1 WHERE name = $1 RETURNING epoch", {name}));
    if (epoch.size() == 0) return std::optional<Standing>{};
    Ledger ledger{session, name, std::strtoull(epoch.text(0, 0).c_str(), nullptr, 10)};
    return std::optional{TRY(ledger.read())};
}

Status Ledger::begin(Session& session, const std::string& name, const Begun& begun, const Catalog& catalog) {
    std::string sql =
        "INSERT INTO landfall.migration (name, source_system, source_database, source_oid, phase, applied, "
        "epoch, mark) VALUES (" +
        literal(name) + ", " + literal(begun.source.system) + ", " + literal(begun.source.database) + ", " +
        begun.source.oid + ", 'loading', '" + postgres::text_of(begun.start) + "', 1, " +
        literal(begun.mark) + ");";
    for (const Table& table : catalog.tables)
        if (table.holds_rows)
            sql +=
                "INSERT INTO landfall.migration_table (migration, schema_name, table_name, digest) VALUES (" +
                literal(name) + ", " + literal(table.name.schema) + ", " + literal(table.name.name) + ", " +
                literal(table.digest) + ");";
    const Ledger ledger{session, name, 1};
    for (const Table& table : catalog.tables)
        if (table.holds_rows) sql += ledger.columns_statement(table) + ";";
    return session.run(sql);
}

Result<Standing> Ledger::read() {
    const Answer head = TRY(session_.ask(
        "SELECT source_system, source_database, source_oid, phase, applied, connected, mark FROM "
        "landfall.migration WHERE name = $1",
        {name_}));
    if (head.size() == 0) return Error{Errc::not_found, "the ledger of the migration " + name_ + " is gone"};
    Standing standing{.source = {head.text(0, 0), head.text(0, 1), head.text(0, 2)},
                      .phase = phase_of(head.text(0, 3)),
                      .epoch = epoch_,
                      .connected = head.at(0, 5) == "t",
                      .applied = lsn_of(head, 0, 4),
                      .mark = head.text(0, 6)};
    const Answer rows = TRY(
        session_.ask("SELECT schema_name, table_name, loaded, completed, start, rows, digest, suspended FROM "
                     "landfall.migration_table WHERE migration = $1",
                     {name_}));
    for (std::size_t i = 0; i < rows.size(); ++i)
        standing.tables[{rows.text(i, 0), rows.text(i, 1)}] = {
            .loaded = rows.at(i, 2) == "t",
            .completed = rows.at(i, 3) == "t",
            .start = lsn_of(rows, i, 4),
            .rows = std::strtoull(rows.text(i, 5).c_str(), nullptr, 10),
            .suspended = rows.text(i, 7),
            .digest = rows.text(i, 6)};
    return standing;
}

/// An epoch that is not ours any more becomes NULL, which its column refuses: the whole transaction fails.
std::string Ledger::guarded(const std::string& change) const {
    return "UPDATE landfall.migration SET " + change + "epoch = CASE WHEN epoch = " + std::to_string(epoch_) +
           " THEN epoch END WHERE name = " + literal(name_);
}

bool Ledger::is_fenced(const Refusal& refusal) {
    return refusal.sqlstate == "23502" && refusal.message.find("\"epoch\"") != std::string::npos;
}

Status Ledger::write(const std::string& sql) {
    Status written = session_.run(sql);
    if (!written.ok() && is_fenced(session_.refusal()))
        return Error{Errc::cancelled, "another run of the migration " + name_ + " has taken over"};
    return written;
}

Status Ledger::move_to(Phase phase) { return write(guarded("phase = " + literal(text_of(phase)) + ", ")); }

std::string Ledger::change(const TableName& table, const std::string& what) const {
    return "UPDATE landfall.migration_table SET " + what + " WHERE migration = " + literal(name_) +
           " AND schema_name = " + literal(table.schema) + " AND table_name = " + literal(table.name);
}

Status Ledger::loaded(const TableName& table, Lsn start, std::uint64_t rows) {
    return write("BEGIN; " + guarded("") + "; " +
                 change(table, "loaded = true, start = '" + postgres::text_of(start) +
                                   "', rows = " + std::to_string(rows)) +
                 "; COMMIT");
}

Status Ledger::completed(const TableName& table) {
    return write(guarded("") + "; " + change(table, "completed = true"));
}

Result<std::map<TableName, Ledger::Numbers>> Ledger::columns() {
    const Answer rows =
        TRY(session_.ask("SELECT schema_name, table_name, unnest(columns), unnest(numbers) FROM "
                         "landfall.migration_table WHERE "
                         "migration = $1",
                         {name_}));
    std::map<TableName, Numbers> columns;
    for (std::size_t i = 0; i < rows.size(); ++i)
        columns[{rows.text(i, 0), rows.text(i, 1)}][rows.text(i, 2)] = std::atoi(rows.text(i, 3).c_str());
    return columns;
}

std::string Ledger::columns_statement(const Table& table) const {
    std::string names, numbers;
    for (const Column& column : table.columns) {
        names += (names.empty() ? "" : ", ") + literal(column.name);
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(column.number);
    }
    return change(table.name,
                  "columns = ARRAY[" + names + "]::text[], numbers = ARRAY[" + numbers + "]::int[]");
}

Status Ledger::suspend(const TableName& table, const std::string& why) {
    return write("BEGIN; " + guarded("") + "; " + change(table, "suspended = " + literal(why)) + "; COMMIT");
}

Status Ledger::reload(const TableName& table) {
    return write(guarded("phase = 'loading', ") + "; " + change(table, "loaded = false, suspended = ''"));
}

Status Ledger::forget_rows(const TableName& table) {
    return write(guarded("") + "; " + change(table, "loaded = false, completed = false, suspended = ''"));
}

Status Ledger::start_over(Lsn start, const std::string& mark) {
    return write(
        guarded("applied = '" + postgres::text_of(start) + "', mark = " + literal(mark) + ", ") +
        "; UPDATE landfall.migration_table SET loaded = false, completed = false WHERE migration = " +
        literal(name_));
}

Status Ledger::connected() { return write(guarded("connected = true, ")); }

std::string Ledger::applied_statement(Lsn applied, const std::string& mark) const {
    const std::string marked = mark.empty() ? "" : "mark = " + literal(mark) + ", ";
    return guarded("applied = '" + postgres::text_of(applied) + "', " + marked);
}

}  // namespace landfall::dbmove::postgres
