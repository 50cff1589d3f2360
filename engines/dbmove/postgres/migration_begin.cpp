// How a migration begins, or finds where it was.
#include <algorithm>

#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr int kVersionMin = 120000;

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 5); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > 5 ? text + " and " + std::to_string(names.size() - 5) + " more" : text;
}

Result<Identification> identify(Session& session) {
    const Answer answer =
        TRY(session.ask("SELECT system_identifier, current_database(), (SELECT oid FROM pg_database WHERE "
                        "datname = current_database()) FROM "
                        "pg_control_system()"));
    return Identification{answer.text(0, 0), answer.text(0, 1), answer.text(0, 2)};
}

}  // namespace

Status Migration::connect() {
    source_ = TRY(Session::open(plan_.source));
    target_ = TRY(Session::open(plan_.target));
    for (const Session* const session : {&*source_, &*target_})
        if (session->version() < kVersionMin)
            return Error{Errc::invalid, session->place() + " is older than PostgreSQL 12"};
    TRY(source_->run("SET default_transaction_read_only = off"));
    TRY(target_->run("SET session_replication_role = replica"));
    if (plan_.cutover == Plan::Cutover::when_caught_up) TRY(may_cut_over());
    TRY(Ledger::prepare(*target_));
    identification_ = TRY(identify(*source_));
    if (identification_ == TRY(identify(*target_)))
        return Error{Errc::invalid, "source and target are the same database"};
    return {};
}

Status Migration::assess(const Catalog& catalog) {
    if (catalog.tables.empty())
        return Error{Errc::invalid, source_->place() + " has no table of that choice"};
    if (plan_.changes == Plan::Changes::none) return {};
    const Answer settings = TRY(source_->ask(
        "SELECT current_setting('wal_level'), (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname "
        "= current_user), "
        "current_setting('max_replication_slots')::int > (SELECT count(*) FROM pg_replication_slots), "
        "current_setting('max_wal_senders')::int > (SELECT count(*) FROM pg_stat_replication)"));
    if (settings.at(0, 0) != "logical")
        return Error{Errc::precondition,
                     source_->place() + ": wal_level is " + settings.text(0, 0) + "; changes need 'logical'"};
    if (settings.at(0, 1) != "t")
        return Error{Errc::denied,
                     source_->place() + ": the role may not replicate (ALTER ROLE … REPLICATION)"};
    if (settings.at(0, 2) != "t")
        return Error{Errc::exhausted, source_->place() + ": all max_replication_slots are in use"};
    if (settings.at(0, 3) != "t")
        return Error{Errc::exhausted, source_->place() + ": all max_wal_senders are in use"};
    // UPDATE and DELETE fail at the source itself while such a table is published: told before anything is
    // changed there.
    std::vector<std::string> alike;
    for (const Table& table : catalog.tables)
        if (table.holds_rows && !table.identifiable) alike.push_back(table.name.shown());
    if (!alike.empty())
        return Error{Errc::precondition,
                     "no key that is checked at once and no replica identity: " + list_of(alike) +
                         ". Leave them out, or run ALTER TABLE … REPLICA IDENTITY FULL at the source"};
    std::vector<std::string> unlogged;
    for (const Table& table : catalog.tables)
        if (table.unlogged && table.holds_rows) unlogged.push_back(table.name.shown());
    if (!unlogged.empty())
        return Error{Errc::precondition,
                     "unlogged tables have no changes to follow: leave out " + list_of(unlogged)};
    return {};
}

/// The tables that were begun with are those that both sides have.
Status Migration::compare_definitions(const Standing& standing) {
    const Catalog there = TRY(read_catalog(*target_, plan_.selected));
    for (const auto& [name, state] : standing.tables) {
        const auto source = std::ranges::find(catalog_.tables, name, &Table::name);
        const auto target = std::ranges::find(there.tables, name, &Table::name);
        if (source == catalog_.tables.end() || target == there.tables.end())
            return Error{Errc::precondition, name.shown() + " is of the migration " + plan_.name +
                                                 ", and is not there (or not chosen by --tables) at the " +
                                                 (source == catalog_.tables.end() ? "source" : "target")};
        if (const std::string what = difference(*source, *target); !what.empty())
            return Error{Errc::precondition,
                         "the definitions of " + name.shown() + " are not the same any more: " + what};
    }
    return {};
}

/// Told before anything else is done: not in the moment when the source is to be frozen.
Status Migration::may_cut_over() {
    const Answer may = TRY(source_->ask(
        "SELECT rolsuper OR pg_has_role('pg_signal_backend', 'USAGE'), rolsuper OR pg_has_role((SELECT "
        "datdba FROM pg_database "
        "WHERE datname = current_database()), 'USAGE') FROM pg_roles WHERE rolname = current_user"));
    if (may.at(0, 0) != "t")
        return Error{Errc::denied,
                     source_->place() + ": a cutover ends sessions; the role needs pg_signal_backend"};
    if (may.at(0, 1) != "t")
        return Error{Errc::denied,
                     source_->place() + ": a cutover makes the database read-only; the role must own it"};
    return {};
}

/// A slot of our name that is another one, or has been read by others, has lost changes: never go on from it.
Status Migration::check_source(const Standing& standing) {
    if (!(standing.source == identification_))
        return Error{Errc::precondition,
                     "the migration " + plan_.name + " began from another source: database " +
                         standing.source.database + " of the cluster " + standing.source.system};
    if (plan_.changes == Plan::Changes::none) return {};
    const Answer rows =
        TRY(source_->ask("SELECT confirmed_flush_lsn, coalesce(wal_status, ''), active, coalesce(active_pid, "
                         "0) FROM pg_replication_slots WHERE slot_name = $1 AND "
                         "database = current_database()",
                         {slot()}));
    if (rows.size() == 0)
        return Error{Errc::not_found, source_->place() + ": the slot " + slot() +
                                          " is gone, and the changes since " + text_of(standing.applied) +
                                          " with it: begin anew under another name"};
    if (rows.at(0, 1) == "lost")
        return Error{Errc::not_found,
                     source_->place() + ": the slot " + slot() +
                         " has lost its log (max_slot_wal_keep_size): begin anew under another name"};
    const auto confirmed = parse_lsn(rows.text(0, 0));
    if (confirmed && *confirmed > standing.applied)
        return Error{Errc::precondition, source_->place() + ": the slot " + slot() + " stands at " +
                                             rows.text(0, 0) + ", behind it changes since " +
                                             text_of(standing.applied) +
                                             " are lost: it was made anew or read by others"};
    return {};
}

Result<std::optional<Snapshot>> Migration::take_up() {
    TRY(target_->run("BEGIN"));
    TRY(Ledger::lock(*target_, plan_.name));
    std::optional<Standing> standing = TRY(Ledger::take_over(*target_, plan_.name));
    std::optional<Snapshot> snapshot;
    if (standing) {
        if (standing->phase == Phase::finished) {
            TRY(clear_source());  // where the last run ended before it did
            return Error{Errc::precondition, "the migration " + plan_.name + " is finished"};
        }
        TRY(check_source(*standing));
        catalog_ = TRY(read_catalog(*source_, plan_.selected));
        TRY(compare_definitions(*standing));
    } else {
        snapshot = TRY(begin_anew());
    }
    TRY(target_->run("COMMIT"));
    if (standing)
        standing_ = std::move(*standing);
    else
        standing_ = TRY(ledger().read());
    return snapshot;
}

Result<Snapshot> Migration::begin_anew() {
    catalog_ = TRY(read_catalog(*source_, plan_.selected));
    TRY(assess(catalog_));
    Snapshot snapshot;
    if (plan_.changes == Plan::Changes::followed) {
        // A slot and a publication of this name were left by a run that ended before the ledger knew of it.
        TRY(source_->run("DROP PUBLICATION IF EXISTS " + quoted(slot())));
        std::string tables;
        for (const Table& table : catalog_.tables)
            if (table.holds_rows) tables += (tables.empty() ? "" : ", ") + quoted(table.name);
        TRY(source_->run("CREATE PUBLICATION " + quoted(slot()) + " FOR TABLE ONLY " + tables));
        snapshot = TRY(new_slot(slot(), Snapshot::Slot::lasting));
    } else {
        snapshot = TRY(Snapshot::of_transaction(plan_.source));
    }
    TRY(make_definitions(snapshot.start));
    return snapshot;
}

/// With the ledger's first row in the transaction that is open: a migration has begun with all its tables, or
/// not at all.
Status Migration::make_definitions(Lsn start) {
    for (const std::string& schema : schemas_of(catalog_))
        TRY(target_->run("CREATE SCHEMA IF NOT EXISTS " + quoted(schema)));
    for (const Type& type : catalog_.types) TRY(target_->run(type.definition));
    for (const Sequence& sequence : catalog_.sequences)
        if (!sequence.of_identity) TRY(target_->run(create(sequence)));
    for (const Table& table : catalog_.tables) TRY(target_->run(create(table, catalog_)));
    return Ledger::begin(*target_, plan_.name, identification_, start, catalog_);
}

/// Tables that were not wholly loaded: their rows are of a snapshot that is gone.
Status Migration::clear_unfinished() {
    for (const auto& [name, state] : standing_.tables)
        if (!state.loaded) TRY(target_->run("TRUNCATE ONLY " + quoted(name)));
    return {};
}

/// For what is still to be loaded of a migration that was interrupted.
Result<Snapshot> Migration::take_snapshot() {
    if (plan_.changes == Plan::Changes::none) return Snapshot::of_transaction(plan_.source);
    return new_slot(slot() + "_again", Snapshot::Slot::of_session);
}

/// Ends who reads the slot: the connection of a run that was killed, which the server has not noticed yet.
Status Migration::free_slot(const std::string& name) {
    for (;;) {
        const Answer active =
            TRY(source_->ask("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE "
                             "slot_name = $1 AND active",
                             {name}));
        if (active.size() == 0) return {};
        TRY(source_->ask("SELECT pg_sleep(0.01)"));
    }
}

Status Migration::drop_slot(const std::string& name) {
    TRY(free_slot(name));
    TRY(source_->ask(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", {name}));
    return {};
}

/// What a migration that is over leaves at the source would keep its log for ever.
Status Migration::clear_source() {
    TRY(drop_slot(slot()));
    return source_->run("DROP PUBLICATION IF EXISTS " + quoted(slot()));
}

/// A slot of a run that was killed while it made it may appear a moment later.
Result<Snapshot> Migration::new_slot(const std::string& name, Snapshot::Slot slot) {
    for (;;) {
        TRY(drop_slot(name));
        auto made = Snapshot::of_new_slot(plan_.source, name, slot);
        if (made.ok() || !made.is(Errc::already_exists)) return made;
    }
}

}  // namespace landfall::dbmove::postgres
