#include "engines/dbmove/postgres/applier.hpp"

#include <libpq-fe.h>

#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

/// Statements under way at most: what the server has to say about them must fit into its and our buffers.
constexpr std::size_t kUnderWayMax = 4096;
constexpr std::size_t kPreparedMax = 2000;
/// So many statements are sent together.
constexpr std::size_t kSentTogether = 64;
/// Between commits that are waited for.
constexpr std::chrono::milliseconds kDurableEvery{200};
/// Of net changes, before they are written: what a large transaction takes of memory.
constexpr std::size_t kBatchBytes = 64U << 20U;

void count(MessageKind kind, AppliedCounts& counts) {
    if (kind == MessageKind::insert) ++counts.inserts;
    if (kind == MessageKind::update) ++counts.updates;
    if (kind == MessageKind::remove) ++counts.deletes;
}

std::string_view doing(MessageKind kind) {
    switch (kind) {
        case MessageKind::insert: return "an insert into ";
        case MessageKind::update: return "an update of ";
        case MessageKind::remove: return "a delete from ";
        default: return "a truncate of ";
    }
}

/// In one statement two of their rows cannot exchange values: those are deleted and inserted.
Result<std::set<TableName>> tables_with_other_keys(Session& session) {
    const Answer rows =
        TRY(session.ask("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
                        "c.relnamespace WHERE (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND "
                        "(i.indisunique OR i.indisexclusion)) > 1"));
    std::set<TableName> tables;
    for (std::size_t i = 0; i < rows.size(); ++i) tables.insert({rows.text(i, 0), rows.text(i, 1)});
    return tables;
}

}  // namespace

bool is_of_one_table(const Error& error) {
    const Errc code = error.code();
    return code == Errc::precondition || code == Errc::denied || code == Errc::invalid ||
           code == Errc::not_found || code == Errc::already_exists;
}

Applier::Applier(Session session, std::string migration, const Catalog& catalog, const Standing& standing,
                 Apply how, FollowDefinition follow_definition)
    : session_{std::move(session)},
      migration_{std::move(migration)},
      how_{how},
      follow_definition_{std::move(follow_definition)},
      catalog_{catalog},
      standing_{standing},
      received_{standing.applied},
      committed_{standing.applied},
      durable_{standing.applied} {}

Result<Applier> Applier::open(const Address& target, std::string migration, const Catalog& catalog,
                              const Standing& standing, Apply how, FollowDefinition follow_definition) {
    Session session = TRY(Session::open(target));
    TRY(session.run("SET synchronous_commit = off; SET plan_cache_mode = force_generic_plan"));
    if (!catalog.keys_act) TRY(session.run("SET session_replication_role = replica"));
    std::set<TableName> other_keys = TRY(tables_with_other_keys(session));
    // What keys do to other rows depends on each change, not on what is left of several.
    Applier applier{std::move(session),
                    std::move(migration),
                    catalog,
                    standing,
                    catalog.keys_act ? Apply::transactional : how,
                    std::move(follow_definition)};
    applier.other_keys_ = std::move(other_keys);
    TRY(applier.enter_pipeline());
    return applier;
}

void Applier::count_on(Counted counted) {
    counts_ = counted.all;
    each_ = std::move(counted.each);
    counted_until_ = counted.until;
}

Status Applier::take(const Message& message) {
    switch (message.kind) {
        case MessageKind::begin:
            within_ = true;
            commit_ = message.commit;
            // The server sends again what it was not told of; the commit record's place decides, never a
            // row's.
            skipped_ = message.commit < committed_;
            counts_now_ = message.commit >= counted_until_;
            return {};
        case MessageKind::commit:
            within_ = false;
            received_ = std::max(received_, message.end);
            mark_ = message.mark;
            if (!skipped_ && counts_now_) ++counts_.transactions;
            return {};
        case MessageKind::relation: return learn(message.relation);
        case MessageKind::insert:
        case MessageKind::update:
        case MessageKind::remove: return skipped_ ? Status{} : change(message);
        case MessageKind::truncate: return skipped_ ? Status{} : truncate(message);
        case MessageKind::marker:
        case MessageKind::ignored: return {};
    }
    return {};
}

/// By what stays when a table is renamed, where the source has such.
const Table* Applier::table_of(const Relation& relation) const {
    for (const Table& table : catalog_.tables)
        if (table.digest.empty() ? table.oid == relation.id : table.name == relation.name) return &table;
    return nullptr;
}

Status Applier::learn(const Relation& relation) {
    Known known{.relation = relation, .table = table_of(relation)};
    if (const Table* const table = known.table; table != nullptr) {
        known.counts = &each_[table->name];
        if (const auto state = standing_.tables.find(table->name); state != standing_.tables.end()) {
            known.start = state->second.start;
            known.suspended = !state->second.suspended.empty();
        }
        // Described again: something about it has changed, which the description need not show.
        known.changed = relations_.contains(relation.id) || table->name != relation.name ||
                        !difference(*table, relation).empty();
        for (const std::string& name : table->key) {
            const auto column = std::ranges::find(relation.columns, name, &RelationColumn::name);
            if (column != relation.columns.end())
                known.key.push_back(static_cast<std::size_t>(column - relation.columns.begin()));
        }
        if (known.key.size() != table->key.size()) known.key.clear();
    }
    if (known.table != nullptr)
        known.statements = std::make_unique<ChangeStatements>(relation, *known.table, known.key);
    known.identity = known.key;
    if (relation.identity == Identity::by_index ||
        (known.key.empty() && relation.identity == Identity::by_key)) {
        known.identity.clear();
        for (std::size_t i = 0; i < relation.columns.size(); ++i)
            if (relation.columns[i].in_key) known.identity.push_back(i);
    }
    known.other_keys = other_keys_.contains(relation.name);
    if (how_ == Apply::batch && known.table != nullptr)
        known.net.emplace(known.identity,
                          known.other_keys ? NetChanges::Partial::refused : NetChanges::Partial::kept);
    // What is under way points to what was known before.
    if (const auto former = relations_.find(relation.id); former != relations_.end())
        TRY(merge(former->second));
    TRY(receive(0));
    relations_.insert_or_assign(relation.id, std::move(known));
    return {};
}

Status Applier::change(const Message& message) {
    const auto found = relations_.find(message.relation_id);
    if (found == relations_.end())
        return Error{Errc::corrupt, "the log has a row of a table that it did not describe"};
    Known& known = found->second;
    if (known.table == nullptr || known.suspended || commit_ < known.start) return {};
    if (known.changed) TRY(follow(known));
    const std::size_t columns = known.relation.columns.size();
    const bool whole = message.kind == MessageKind::remove ? message.before.size() == columns
                                                           : message.after.size() == columns;
    if (!whole)
        return Error{Errc::corrupt,
                     "a row of " + known.relation.name.shown() + " has another number of columns"};
    if (counts_now_) count(message.kind, counts_), count(message.kind, *known.counts);
    if (pending_++ == 0) first_pending_ = std::chrono::steady_clock::now();
    if (!known.net) return apply(known, message);
    if (fold(known, message) == NetChanges::Folded::done)
        return weight_ < kBatchBytes ? Status{} : merge_all();
    TRY(merge(known));
    return apply(known, message);
}

/// Within the target's transaction: its table changes between the same rows as the source's did.
Status Applier::follow(Known& known) {
    TRY(merge_all());
    TRY(receive(0));
    auto followed = follow_definition_(known.relation);
    if (!followed.ok()) return refused(known, followed.error().code(), followed.error().message());
    const std::vector<std::string>& statements = *followed;
    known.changed = false;
    if (statements.empty()) return {};
    TRY(open_transaction());
    // What was prepared or staged has the former columns.
    prepared_.clear();
    TRY(send_plain("DEALLOCATE ALL"));
    for (const std::string& statement : forget_staged(known.relation)) TRY(send_plain(statement));
    const std::string place = "the definition of " + known.table->name.shown() + " on the target: ";
    for (const std::string& statement : statements) {
        Status sent = send_plain(statement);
        if (sent.ok()) sent = receive(0);
        if (!sent.ok()) return refused(known, sent.error().code(), place + sent.error().message());
    }
    if (counts_now_) ++counts_.definitions, ++known.counts->definitions;
    const std::uint32_t id = known.relation.id;
    TRY(learn(Relation{known.relation}));
    relations_.at(id).changed = false;
    return {};
}

/// GENERATED ALWAYS AS IDENTITY: no UPDATE may give it a value, so it must be the one that it is.
bool Applier::is_always_made(const Table& table, std::string_view column) {
    const Column* const known = table.column(column);
    return known != nullptr && known->made == Column::Made::identity_always;
}

Status Applier::apply(const Known& known, const Message& message) {
    TRY(open_transaction());
    const ChangeStatement& statement = *TRY(known.statements->of(message, last_statement_));
    if (statement.sql.empty()) return {};
    return send(statement, message, {&known, message.kind, known.statements->key_of(message)});
}

Status Applier::truncate(const Message& message) {
    std::string names;
    const Known* first = nullptr;
    for (const std::uint32_t id : message.relations) {
        const auto found = relations_.find(id);
        if (found == relations_.end())
            return Error{Errc::corrupt, "the log truncates a table that it did not describe"};
        const Known& known = found->second;
        if (known.table == nullptr || known.suspended || commit_ < known.start) continue;
        if (first == nullptr) first = &found->second;
        TRY(merge(found->second));
        if (counts_now_) ++found->second.counts->truncates;
        names += (names.empty() ? "" : ", ") + rows_of(*found->second.table);
    }
    if (first == nullptr) return {};
    TRY(open_transaction());
    if (pending_++ == 0) first_pending_ = std::chrono::steady_clock::now();
    if (counts_now_) ++counts_.truncates;
    // CASCADE has become a list of tables at the source.
    TRY(send_plain("TRUNCATE " + names + (message.restarts_sequences ? " RESTART IDENTITY" : "")));
    expected_.back() = {first, MessageKind::truncate, {}};
    return {};
}

Status Applier::open_transaction() {
    if (open_) return {};
    open_ = true;
    TRY(send_plain("BEGIN"));
    return send_plain("SET CONSTRAINTS ALL DEFERRED");
}

Status Applier::send_plain(const std::string& sql) {
    if (PQsendQueryParams(session_.raw(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
        return session_.error_of(nullptr);
    expected_.push_back({});
    return {};
}

/// Parameters' types are the server's to find: those of the columns.
Status Applier::prepare(const ChangeStatement& statement, const Known& known) {
    if (prepared_.size() == kPreparedMax) {
        TRY(send_plain("DEALLOCATE ALL"));
        prepared_.clear();
    }
    prepared_.insert(statement.number);
    if (PQsendPrepare(session_.raw(), statement.name.c_str(), statement.sql.c_str(), 0, nullptr) != 1)
        return session_.error_of(nullptr);
    expected_.push_back({.known = &known, .kind = MessageKind::ignored, .key = {}});
    return {};
}

Status Applier::send(const ChangeStatement& statement, const Message& message, Expected expected) {
    if (!prepared_.contains(statement.number)) TRY(prepare(statement, *expected.known));
    // libpq wants each text to end with a zero byte.
    std::size_t size = 0;
    for (const auto& parameter : statement.parameters) size += parameter.of(message).text.size() + 1;
    texts_.clear(), places_.clear();
    texts_.reserve(size);
    for (const auto& parameter : statement.parameters) {
        const Cell cell = parameter.of(message);
        places_.push_back(cell.state == Cell::State::value ? texts_.data() + texts_.size() : nullptr);
        texts_.append(cell.text).push_back('\0');
    }
    if (PQsendQueryPrepared(session_.raw(), statement.name.c_str(), static_cast<int>(places_.size()),
                            places_.data(), nullptr, nullptr, 0) != 1)
        return session_.error_of(nullptr);
    expected_.push_back(std::move(expected));
    if (expected_.size() % kSentTogether == 0 && PQflush(session_.raw()) < 0)
        return session_.error_of(nullptr);
    if (expected_.size() < kUnderWayMax) return {};
    return receive(kUnderWayMax / 2);
}

/// Reads answers until so many statements are under way.
Status Applier::receive(std::size_t leave) {
    if (expected_.size() <= leave) return {};
    if (PQsendFlushRequest(session_.raw()) != 1 || PQflush(session_.raw()) < 0)
        return session_.error_of(nullptr);
    while (expected_.size() > leave) {
        pg_result* const result = PQgetResult(session_.raw());
        if (result == nullptr) {
            if (PQstatus(session_.raw()) != CONNECTION_OK) return session_.error_of(nullptr);
            continue;  // between the answers of two statements
        }
        const Answer answer{result};
        const Expected expected = std::move(expected_.front());
        expected_.pop_front();
        TRY(check(answer, expected));
    }
    return {};
}

Error Applier::refused(const Known& known, Errc code, std::string what) {
    trouble_ = known.table->name;
    return {code, std::move(what)};
}

Status Applier::check(const Answer& answer, const Expected& expected) {
    const ExecStatusType status = PQresultStatus(answer.raw());
    const auto place = [&] {
        std::string text{doing(expected.kind)};
        text += expected.known != nullptr ? expected.known->relation.name.shown() : "the target";
        if (expected.key.empty()) return text;
        return text + " where " + expected.known->statements->shown(expected.kind, expected.key);
    };
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        const Error error = session_.error_of(answer.raw());
        if (Ledger::is_fenced(session_.refusal()))
            return Error{Errc::cancelled, "another run of the migration " + migration_ + " has taken over"};
        if (expected.known == nullptr || error.code() == Errc::unavailable) return error;
        return refused(*expected.known, error.code(), place() + ": " + error.message());
    }
    const bool of_one_row = expected.kind == MessageKind::update || expected.kind == MessageKind::remove;
    if (of_one_row && answer.affected() != 1)
        return refused(*expected.known, Errc::precondition,
                       place() + " found " + std::to_string(answer.affected()) +
                           " rows on the target: somebody else writes there");
    return {};
}

Result<Lsn> Applier::flush() {
    TRY(end_transaction(Commit::durable));
    return durable_;
}

Status Applier::commit() {
    const bool soon = std::chrono::steady_clock::now() - durable_at_ < kDurableEvery;
    return end_transaction(soon ? Commit::quick : Commit::durable);
}

Status Applier::end_transaction(Commit how) {
    CHECK(!within_);
    const auto begun = std::chrono::steady_clock::now();
    TRY(merge_all());
    // What came may have left nothing: that is remembered, too. A commit that is waited for takes earlier
    // ones, which were not, to the disk with it.
    const bool lags = how == Commit::durable && committed_ > durable_;
    if (pending_ > 0 || lags) TRY(open_transaction());
    if (open_) {
        // Every row must have been found before anything is committed.
        TRY(receive(0));
        if (how == Commit::durable) TRY(send_plain("SET LOCAL synchronous_commit = on"));
        TRY(send_plain(Ledger{session_, migration_, standing_.epoch}.applied_statement(received_, mark_)));
        TRY(send_plain("COMMIT"));
        if (PQpipelineSync(session_.raw()) != 1) return session_.error_of(nullptr);
        TRY(receive(0));
        TRY(receive_sync());
        open_ = false;
        committed_ = received_;
    }
    pending_ = 0;
    const auto now = std::chrono::steady_clock::now();
    took_ = now - begun;
    if (how == Commit::quick) return {};
    durable_ = committed_;
    durable_at_ = now;
    return {};
}

/// The sync's own answer, behind the end of the last statement's.
Status Applier::receive_sync() {
    for (;;) {
        const Answer answer{PQgetResult(session_.raw())};
        if (answer.raw() != nullptr && PQresultStatus(answer.raw()) == PGRES_PIPELINE_SYNC) return {};
        if (PQstatus(session_.raw()) != CONNECTION_OK) return session_.error_of(answer.raw());
    }
}

Status Applier::advance(Lsn position) {
    if (within_ || open_ || position <= durable_) return {};
    received_ = std::max(received_, position);
    TRY(open_transaction());
    TRY(flush());
    return {};
}

}  // namespace landfall::dbmove::postgres
