#include "engines/dbmove/postgres/postgres_source.hpp"

#include <algorithm>

#include "engines/dbmove/postgres/change_stream.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

/// 64 MiB of a heap: some seconds of work, so that workers end at about the same time.
constexpr std::uint64_t kPagesOfRange = 8192;
/// Scans of a range of row ids came with PostgreSQL 14; before it each would read the whole table.
constexpr int kRangesSince = 140000;
constexpr int kVersionMin = 120000;

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 5); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > 5 ? text + " and " + std::to_string(names.size() - 5) + " more" : text;
}

class PostgresSnapshot final : public SourceSnapshot {
public:
    PostgresSnapshot(const Address& address, Snapshot snapshot)
        : address_{address}, snapshot_{std::move(snapshot)} {}
    [[nodiscard]] Lsn start() const override { return snapshot_.start; }
    Result<std::unique_ptr<RowReader>> reader() override {
        return std::unique_ptr<RowReader>{TRY(PostgresReader::open(address_, snapshot_.name))};
    }

private:
    const Address& address_;
    Snapshot snapshot_;
};

}  // namespace

Result<Identification> identify(Session& session) {
    const Answer answer =
        TRY(session.ask("SELECT system_identifier, current_database(), (SELECT oid FROM pg_database WHERE "
                        "datname = current_database()) FROM "
                        "pg_control_system()"));
    return Identification{answer.text(0, 0), answer.text(0, 1), answer.text(0, 2)};
}

Status PostgresSource::connect(const Plan& plan) {
    migration_ = plan.name;
    selected_ = plan.selected;
    followed_ = plan.changes == Plan::Changes::followed;
    session_ = TRY(Session::open(address_));
    if (session_->version() < kVersionMin)
        return Error{Errc::invalid, session_->place() + " is older than PostgreSQL 12"};
    TRY(session_->run("SET default_transaction_read_only = off"));
    if (plan.cutover == Plan::Cutover::when_caught_up) TRY(may_cut_over());
    identification_ = TRY(identify(*session_));
    return {};
}

/// Told before anything else is done: not in the moment when the source is to be frozen.
Status PostgresSource::may_cut_over() {
    const Answer may = TRY(session_->ask(
        "SELECT rolsuper OR pg_has_role('pg_signal_backend', 'USAGE'), rolsuper OR pg_has_role((SELECT "
        "datdba FROM pg_database "
        "WHERE datname = current_database()), 'USAGE') FROM pg_roles WHERE rolname = current_user"));
    if (may.at(0, 0) != "t")
        return Error{Errc::denied,
                     session_->place() + ": a cutover ends sessions; the role needs pg_signal_backend"};
    if (may.at(0, 1) != "t")
        return Error{Errc::denied,
                     session_->place() + ": a cutover makes the database read-only; the role must own it"};
    return {};
}

Status PostgresSource::assess(const Catalog& catalog) {
    if (!followed_) return {};
    const Answer settings = TRY(session_->ask(
        "SELECT current_setting('wal_level'), (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname "
        "= current_user), "
        "current_setting('max_replication_slots')::int > (SELECT count(*) FROM pg_replication_slots), "
        "current_setting('max_wal_senders')::int > (SELECT count(*) FROM pg_stat_replication)"));
    if (settings.at(0, 0) != "logical")
        return Error{Errc::precondition, session_->place() + ": wal_level is " + settings.text(0, 0) +
                                             "; changes need 'logical'"};
    if (settings.at(0, 1) != "t")
        return Error{Errc::denied,
                     session_->place() + ": the role may not replicate (ALTER ROLE … REPLICATION)"};
    if (settings.at(0, 2) != "t")
        return Error{Errc::exhausted, session_->place() + ": all max_replication_slots are in use"};
    if (settings.at(0, 3) != "t")
        return Error{Errc::exhausted, session_->place() + ": all max_wal_senders are in use"};
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

/// A slot of our name that is another one, or has been read by others, has lost changes: never go on from it.
Status PostgresSource::may_go_on(const Standing& standing) {
    if (!followed_) return {};
    const Answer rows = TRY(
        session_->ask("SELECT confirmed_flush_lsn, coalesce(wal_status, ''), active, coalesce(active_pid, "
                      "0) FROM pg_replication_slots WHERE slot_name = $1 AND "
                      "database = current_database()",
                      {slot()}));
    if (rows.size() == 0)
        return Error{Errc::not_found, session_->place() + ": the slot " + slot() +
                                          " is gone, and the changes since " + text_of(standing.applied) +
                                          " with it: begin anew under another name"};
    if (rows.at(0, 1) == "lost")
        return Error{Errc::not_found,
                     session_->place() + ": the slot " + slot() +
                         " has lost its log (max_slot_wal_keep_size): begin anew under another name"};
    const auto confirmed = parse_lsn(rows.text(0, 0));
    if (confirmed && *confirmed > standing.applied)
        return Error{Errc::precondition, session_->place() + ": the slot " + slot() + " stands at " +
                                             rows.text(0, 0) + ", behind it changes since " +
                                             text_of(standing.applied) +
                                             " are lost: it was made anew or read by others"};
    return {};
}

Result<std::unique_ptr<SourceSnapshot>> PostgresSource::held(Snapshot snapshot) {
    return std::unique_ptr<SourceSnapshot>{std::make_unique<PostgresSnapshot>(address_, std::move(snapshot))};
}

Result<std::unique_ptr<SourceSnapshot>> PostgresSource::begin(const Catalog& catalog) {
    if (!followed_) return held(TRY(Snapshot::of_transaction(address_)));
    // A slot and a publication of this name were left by a run that ended before the ledger knew of it.
    TRY(session_->run("DROP PUBLICATION IF EXISTS " + quoted(slot())));
    std::string tables;
    for (const Table& table : catalog.tables)
        if (table.holds_rows) tables += (tables.empty() ? "" : ", ") + quoted(table.name);
    TRY(session_->run("CREATE PUBLICATION " + quoted(slot()) + " FOR TABLE ONLY " + tables));
    return held(TRY(new_slot(slot(), Snapshot::Slot::lasting)));
}

Result<std::unique_ptr<SourceSnapshot>> PostgresSource::snapshot_again() {
    if (!followed_) return held(TRY(Snapshot::of_transaction(address_)));
    return held(TRY(new_slot(slot() + "_again", Snapshot::Slot::of_session)));
}

Result<std::vector<std::string>> PostgresSource::ranges(const Table& table) {
    const std::uint64_t pages = session_->version() >= kRangesSince ? table.pages : 0;
    const auto from = [](std::uint64_t page) {
        return page == 0 ? "" : "ctid >= '(" + std::to_string(page) + ",0)'";
    };
    std::vector<std::string> ranges;
    std::uint64_t first = 0;
    for (; first + kPagesOfRange < pages; first += kPagesOfRange)
        ranges.push_back(from(first) + (first == 0 ? "" : " AND ") + "ctid < '(" +
                         std::to_string(first + kPagesOfRange) + ",0)'");
    // To the end, also of what came since.
    ranges.push_back(from(first));
    return ranges;
}

Result<std::unique_ptr<RowReader>> PostgresSource::reader() {
    return std::unique_ptr<RowReader>{TRY(PostgresReader::open(address_, {}))};
}

Result<std::unique_ptr<Changes>> PostgresSource::changes(const Catalog&, const Standing& standing) {
    TRY(free_slot(slot()));
    return std::unique_ptr<Changes>{std::make_unique<ChangeStream>(TRY(
        ChangeStream::open(address_, {.slot = slot(), .publication = slot(), .from = standing.applied})))};
}

Result<std::uint64_t> PostgresSource::bytes_behind(Lsn applied) {
    const Lsn end = TRY(this->end());
    return end.value - std::min(end, applied).value;
}

Result<Lsn> PostgresSource::end() {
    const Answer answer = TRY(session_->ask("SELECT pg_current_wal_lsn()"));
    return parse_lsn(answer.text(0, 0)).value_or(Lsn{});
}

/// What was committed with synchronous_commit = off is seen before its log is written: a commit that waits
/// for the disk takes it along.
Result<Lsn> PostgresSource::settled_end() {
    TRY(emit("landfall.settled", {}));
    return end();
}

Status PostgresSource::emit(std::string_view prefix, const std::string& content) {
    TRY(session_->ask(
        "SELECT pg_logical_emit_message(true, $1, $2), set_config('synchronous_commit', 'local', "
        "true)",
        {std::string{prefix}, content}));
    return {};
}

/// New sessions cannot write, and those that could are ended: what they had not committed never happened.
Status PostgresSource::freeze() {
    const Answer prepared =
        TRY(session_->ask("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"));
    if (prepared.size() > 0)
        return Error{Errc::precondition, session_->place() + ": the prepared transaction '" +
                                             prepared.text(0, 0) +
                                             "' may still commit: end it, and cut over again"};
    TRY(session_->run("ALTER DATABASE " + quoted(identification_.database) +
                      " SET default_transaction_read_only = on"));
    const Answer frozen = TRY(session_->ask("SELECT clock_timestamp()"));
    constexpr const char* kWriters =
        " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
        "backend_type = 'client "
        "backend' AND backend_start < $1::timestamptz";
    TRY(session_->ask(std::string{"SELECT pg_terminate_backend(pid)"} + kWriters, {frozen.text(0, 0)}));
    // That only asks them to end: until a session is gone it may commit.
    for (;;) {
        const Answer left =
            TRY(session_->ask(std::string{"SELECT count(*)"} + kWriters, {frozen.text(0, 0)}));
        if (left.at(0, 0) == "0") return {};
        TRY(session_->ask("SELECT pg_sleep(0.01)"));
    }
}

std::string PostgresSource::how_to_thaw() const {
    return "ALTER DATABASE " + quoted(identification_.database) + " RESET default_transaction_read_only";
}

Status PostgresSource::mark_end(const std::string& content) { return emit(kMarkerPrefix, content); }

Result<std::vector<std::string>> PostgresSource::counters(const Catalog& catalog) {
    std::vector<std::string> statements;
    for (const Sequence& sequence : catalog.sequences) {
        const Answer value = TRY(session_->ask("SELECT last_value, is_called FROM " + quoted(sequence.name)));
        statements.push_back("SELECT setval(" + literal(quoted(sequence.name)) + "::regclass, " +
                             value.text(0, 0) + ", " + (value.at(0, 1) == "t" ? "true)" : "false)"));
    }
    return statements;
}

/// Ends who reads the slot: the connection of a run that was killed, which the server has not noticed yet.
Status PostgresSource::free_slot(const std::string& name) {
    for (;;) {
        const Answer active =
            TRY(session_->ask("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE "
                              "slot_name = $1 AND active",
                              {name}));
        if (active.size() == 0) return {};
        TRY(session_->ask("SELECT pg_sleep(0.01)"));
    }
}

Status PostgresSource::drop_slot(const std::string& name) {
    TRY(free_slot(name));
    TRY(session_->ask(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", {name}));
    return {};
}

/// What a migration that is over leaves at the source would keep its log for ever.
Status PostgresSource::clear() {
    TRY(drop_slot(slot()));
    return session_->run("DROP PUBLICATION IF EXISTS " + quoted(slot()));
}

/// A slot of a run that was killed while it made it may appear a moment later.
Result<Snapshot> PostgresSource::new_slot(const std::string& name, Snapshot::Slot slot) {
    for (;;) {
        TRY(drop_slot(name));
        auto made = Snapshot::of_new_slot(address_, name, slot);
        if (made.ok() || !made.is(Errc::already_exists)) return made;
    }
}

}  // namespace landfall::dbmove::postgres
