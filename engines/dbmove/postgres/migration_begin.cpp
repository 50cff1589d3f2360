// How a migration begins, or finds where it was.
#include <algorithm>

#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr int kVersionMin = 120000;

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

/// The tables that were begun with are those that both sides have.
Status Migration::compare_definitions(const Standing& standing, const Catalog& there) {
    for (const auto& [name, state] : standing.tables) {
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
        const std::string what = source->digest.empty() ? difference(*source, *target) : "";
        if (!what.empty())
            return Error{Errc::precondition,
                         "the definitions of " + name.shown() + " are not the same any more: " + what};
    }
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

Status Migration::go_on(const Standing& standing) {
    if (standing.phase == Phase::finished) {
        TRY(source_->clear());  // where the last run ended before it did
        return Error{Errc::precondition, "the migration " + plan_.name + " is finished"};
    }
    if (!(standing.source == source_->identification()))
        return Error{Errc::precondition,
                     "the migration " + plan_.name + " began from another source: database " +
                         standing.source.database + " of the cluster " + standing.source.system};
    TRY(source_->may_go_on(standing));
    catalog_ = TRY(source_->definitions());
    const Catalog there = TRY(read_catalog(*target_, plan_.selected));
    TRY(compare_definitions(standing, there));
    return source_->adopt(catalog_, there);
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
    for (const Type& type : catalog_.types) TRY(target_->run(type.definition));
    for (const Sequence& sequence : catalog_.sequences)
        if (!sequence.of_identity) TRY(target_->run(create(sequence)));
    for (const Table& table : catalog_.tables) TRY(target_->run(create(table, catalog_)));
    return Ledger::begin(*target_, plan_.name, {source_->identification(), snapshot.start(), snapshot.mark()},
                         catalog_);
}

/// Tables that were not wholly loaded: their rows are of a snapshot that is gone.
Status Migration::clear_unfinished() {
    for (const auto& [name, state] : standing_.tables) {
        const auto table = std::ranges::find(catalog_.tables, name, &Table::name);
        if (!state.loaded) TRY(target_->run("TRUNCATE " + rows_of(*table)));
    }
    return {};
}

}  // namespace landfall::dbmove::postgres
