// How a migration begins, or finds where it was.
#include <algorithm>

#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr int kVersionMin = 120000;

/// Numbers are those of the source. False: the table has other columns than this migration gave it.
bool give_numbers(const Ledger::Numbers& numbers, Table& target) {
    for (Column& column : target.columns) {
        const auto known = numbers.find(column.name);
        if (known == numbers.end()) return false;
        column.number = known->second;
    }
    return numbers.size() == target.columns.size();
}

bool have_same_numbers(const Table& source, const Table& target) {
    return std::ranges::all_of(source.columns, [&](const Column& column) {
        const Column* const there = target.column(column.name);
        return there != nullptr && there->number == column.number;
    });
}

}  // namespace

Status Migration::connect() {
    TRY(source_->connect(plan_));
    target_ = TRY(Session::open(plan_.target));
    if (target_->version() < kVersionMin)
        return Error{Errc::invalid, target_->place() + " is older than PostgreSQL 12"};
    TRY(target_->run("SET session_replication_role = replica"));
    TRY(Ledger::prepare(*target_));
    if (source_->identification() == TRY(identify(*target_)))
        return Error{Errc::invalid, "source and target are the same database"};
    return {};
}

/// The tables that were begun with are those that both sides have. One that changed while nobody followed is
/// loaded anew.
Status Migration::compare_definitions(Standing& standing, Catalog& there) {
    const auto numbers = TRY(ledger().columns());
    for (auto& [name, state] : standing.tables) {
        const auto source = std::ranges::find(catalog_.tables, name, &Table::name);
        const auto target = std::ranges::find(there.tables, name, &Table::name);
        if (source == catalog_.tables.end() || target == there.tables.end())
            return Error{Errc::precondition, name.shown() + " is of the migration " + plan_.name +
                                                 ", and is not there (or not chosen by --tables) at the " +
                                                 (source == catalog_.tables.end() ? "source" : "target")};
        if (source->digest != state.digest)
            return Error{Errc::precondition, "the definition of " + name.shown() +
                                                 " has changed at the source; changes of definitions are not "
                                                 "followed"};
        if (!source->digest.empty()) continue;
        const auto known = numbers.find(name);
        const bool ours = known != numbers.end() && give_numbers(known->second, *target);
        std::string what = difference(*source, *target);
        if (what.empty() && ours && !have_same_numbers(*source, *target)) what = "columns came and went";
        if (what.empty()) {
            TRY(relax(*source, *target));
            continue;
        }
        if (plan_.definitions == Plan::Definitions::stop || !ours)
            return Error{Errc::precondition,
                         "the definitions of " + name.shown() + " are not the same any more: " + what};
        target->oid = source->oid;
        TRY(make_anew(*target, catalog_));
        report_.progress.notes.push_back(name.shown() +
                                         " is loaded anew, its definition has changed: " + what);
        state.loaded = state.completed = false;
        state.suspended.clear();
        standing.phase = Phase::loading;
    }
    return standing.phase == Phase::loading ? ledger().move_to(Phase::loading) : Status{};
}

/// NULL may come where none was allowed before.
Status Migration::relax(const Table& source, const Table& target) {
    for (const Column& column : source.columns)
        if (!column.not_null && target.column(column.name)->not_null)
            TRY(target_->run("ALTER TABLE " + quoted(target.name) + " ALTER COLUMN " + quoted(column.name) +
                             " DROP NOT NULL"));
    return {};
}

Result<Migration::Snapshot> Migration::take_up() {
    TRY(target_->run("BEGIN"));
    TRY(Ledger::lock(*target_, plan_.name));
    std::optional<Standing> standing = TRY(Ledger::take_over(*target_, plan_.name));
    Snapshot snapshot;
    if (standing)
        TRY(go_on(*standing));
    else
        snapshot = TRY(begin_anew());
    TRY(target_->run("COMMIT"));
    if (standing)
        standing_ = std::move(*standing);
    else
        standing_ = TRY(ledger().read());
    return snapshot;
}

Status Migration::go_on(Standing& standing) {
    if (standing.phase == Phase::finished) {
        TRY(source_->clear());  // where the last run ended before it did
        return Error{Errc::already_exists, "the migration " + plan_.name + " is finished"};
    }
    if (!(standing.source == source_->identification()))
        return Error{Errc::precondition,
                     "the migration " + plan_.name + " began from another source: database " +
                         standing.source.database + " of the cluster " + standing.source.system};
    TRY(source_->may_go_on(standing));
    catalog_ = TRY(source_->definitions());
    standing_.epoch = standing.epoch;
    Catalog there = TRY(read_catalog(*target_, plan_.selected));
    TRY(compare_definitions(standing, there));
    TRY(source_->adopt(catalog_, there));
    return begin_reload(standing);
}

/// From here on the tables are of those that were not loaded.
Status Migration::begin_reload(Standing& standing) {
    if (!plan_.reload.empty() && source_->one_moment())
        return Error{Errc::precondition,
                     "tables of " + source_->place() +
                         " cannot be loaded anew one by one: its foreign keys change rows that its log does "
                         "not tell of"};
    for (const TableName& name : plan_.reload) {
        const auto state = standing.tables.find(name);
        if (state == standing.tables.end())
            return Error{Errc::not_found, name.shown() + " is not of the migration " + plan_.name};
        state->second.loaded = false;
        state->second.suspended.clear();
        standing.phase = Phase::loading;
        TRY(ledger().reload(name));
    }
    return {};
}

Status Migration::forget() {
    TRY(source_->connect(plan_));
    TRY(source_->clear());
    target_ = TRY(Session::open(plan_.target));
    const Answer there = TRY(target_->ask("SELECT to_regclass('landfall.migration') IS NOT NULL"));
    if (there.at(0, 0) != "t") return {};
    TRY(target_->run("BEGIN"));
    TRY(Ledger::lock(*target_, plan_.name));
    TRY(target_->run("DELETE FROM landfall.migration WHERE name = " + literal(plan_.name)));
    return target_->run("COMMIT");
}

Result<Migration::Snapshot> Migration::begin_anew() {
    catalog_ = TRY(source_->definitions());
    if (catalog_.tables.empty())
        return Error{Errc::invalid, source_->place() + " has no table of that choice"};
    TRY(source_->assess(catalog_));
    Snapshot snapshot = TRY(source_->begin(catalog_));
    TRY(make_definitions(*snapshot));
    TRY(source_->adopt(catalog_, TRY(read_catalog(*target_, plan_.selected))));
    return snapshot;
}

/// With the ledger's first row in the transaction that is open: a migration has begun with all its tables, or
/// not at all.
Status Migration::make_definitions(const SourceSnapshot& snapshot) {
    for (const std::string& schema : schemas_of(catalog_))
        TRY(target_->run("CREATE SCHEMA IF NOT EXISTS " + quoted(schema)));
    Catalog missing = catalog_;
    if (plan_.existing != Plan::Existing::refused) TRY(make_room(missing));
    TRY(make_types());
    for (const Sequence& sequence : missing.sequences)
        if (!sequence.of_identity) TRY(target_->run(create(sequence)));
    for (const Table& table : missing.tables) TRY(target_->run(create(table, catalog_)));
    TRY(Ledger::begin(*target_, plan_.name, {source_->identification(), snapshot.start(), snapshot.mark()},
                      catalog_));
    if (plan_.rows == Plan::Rows::loaded) return {};
    return target_->run("UPDATE landfall.migration_table SET loaded = true, completed = true, start = '" +
                        text_of(snapshot.start()) + "' WHERE migration = " + literal(plan_.name));
}

/// Types that are there are taken for the same ones: what rows they refuse is told.
Status Migration::make_types() {
    for (const Type& type : catalog_.types) {
        if (plan_.existing == Plan::Existing::refused) {
            TRY(target_->run(type.definition));
            continue;
        }
        TRY(target_->run(
            "DO " +
            literal("BEGIN EXECUTE " + literal(type.definition) +
                    "; EXCEPTION WHEN duplicate_object OR duplicate_function OR duplicate_table THEN NULL; "
                    "END")));
    }
    return {};
}

/// What stays in `missing` is not on the target.
Status Migration::make_room(Catalog& missing) {
    Catalog there = TRY(read_catalog(*target_, plan_.selected));
    if (plan_.existing == Plan::Existing::dropped && !there.tables.empty()) {
        std::string names;
        for (const Table& table : there.tables)
            if (std::ranges::find(missing.tables, table.name, &Table::name) != missing.tables.end())
                names += (names.empty() ? "" : ", ") + quoted(table.name);
        if (!names.empty()) TRY(target_->run("DROP TABLE " + names));
        there = TRY(read_catalog(*target_, plan_.selected));
    }
    for (const Table& table : there.tables) {
        const auto wanted = std::ranges::find(missing.tables, table.name, &Table::name);
        if (wanted == missing.tables.end()) continue;
        const std::string what = wanted->digest.empty() ? difference(*wanted, table) : "";
        if (!what.empty())
            return Error{Errc::precondition,
                         table.name.shown() + " is on the target, and not the same: " + what};
        if (plan_.existing == Plan::Existing::emptied) TRY(empty(table));
        const Answer row = TRY(target_->ask("SELECT FROM " + rows_of(table) + " LIMIT 1"));
        if (row.size() > 0 && plan_.rows == Plan::Rows::loaded)
            return Error{Errc::precondition, table.name.shown() + " of the target holds rows already"};
        missing.tables.erase(wanted);
    }
    for (const Table& table : missing.tables)
        if (plan_.rows == Plan::Rows::there)
            return Error{Errc::not_found, table.name.shown() + " is not on the target"};
    std::erase_if(missing.sequences, [&](const Sequence& sequence) {
        return std::ranges::find(there.sequences, sequence.name, &Sequence::name) != there.sequences.end();
    });
    return {};
}

/// Where foreign keys point to it, it cannot be truncated; in a session of ours they do not act.
Status Migration::empty(const Table& table) {
    const Answer keys =
        TRY(target_->ask("SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::regclass AND "
                         "conrelid <> confrelid LIMIT 1",
                         {quoted(table.name)}));
    return target_->run((keys.size() > 0 ? "DELETE FROM " : "TRUNCATE ") + rows_of(table));
}

/// Tables that were not wholly loaded: their rows are of a snapshot that is gone.
Status Migration::clear_unfinished() {
    for (const auto& [name, state] : standing_.tables) {
        const auto table = std::ranges::find(catalog_.tables, name, &Table::name);
        if (!state.loaded && state.suspended.empty()) TRY(empty(*table));
    }
    return {};
}

/// All tables are loaded anew, from one snapshot, and changes begin there.
Status Migration::start_over(const SourceSnapshot& snapshot) {
    const Catalog there = TRY(read_catalog(*target_, plan_.selected));
    TRY(target_->run("BEGIN"));
    for (const Table& table : there.tables) {
        if (!standing_.tables.contains(table.name)) continue;
        for (const Attached& each : table.attached) {
            const bool index = each.kind == Attached::Kind::index;
            if (!index && each.kind != Attached::Kind::key && each.kind != Attached::Kind::unique) continue;
            TRY(target_->run(index ? "DROP INDEX " + quoted(TableName{table.name.schema, each.name})
                                   : "ALTER TABLE " + quoted(table.name) + " DROP CONSTRAINT " +
                                         quoted(each.name)));
        }
        TRY(target_->run("TRUNCATE " + quoted(table.name)));
    }
    TRY(ledger().start_over(snapshot.start(), snapshot.mark()));
    TRY(target_->run("COMMIT"));
    standing_ = TRY(ledger().read());
    return {};
}

}  // namespace landfall::dbmove::postgres
