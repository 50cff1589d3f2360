// The end of a migration: the source is read-only, the target has everything and takes over.
#include <algorithm>

#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::string_view kMarker = "landfall";
constexpr std::chrono::milliseconds kMarkerWait{50};
constexpr unsigned kLooks = 2;

Error told(const std::vector<std::string>& wrong) {
    std::string text = std::to_string(wrong.size()) + " rows are not the same: ";
    for (std::size_t i = 0; i < std::min<std::size_t>(wrong.size(), 10); ++i)
        text += (i == 0 ? "" : "; ") + wrong[i];
    return {Errc::precondition, wrong.size() > 10 ? text + " …" : text};
}

}  // namespace

Result<Lsn> Migration::source_end() {
    const Answer answer = TRY(source_->ask("SELECT pg_current_wal_lsn()"));
    return parse_lsn(answer.text(0, 0)).value_or(Lsn{});
}

/// Foreign keys, owners of sequences, comments; once, since each looks whether it is there.
Status Migration::connect_tables() {
    TRY(target_->run("BEGIN"));
    for (const Table& table : catalog_.tables)
        for (const Attached& each : table.attached) {
            if (each.kind != Attached::Kind::foreign_key) continue;
            const Answer there =
                TRY(target_->ask("SELECT FROM pg_constraint WHERE conname = $1 AND conrelid = $2::regclass",
                                 {each.name, quoted(table.name)}));
            if (there.size() == 0) TRY(target_->run(foreign_key(table, each)));
        }
    for (const std::string& statement : finish(catalog_)) TRY(target_->run(statement));
    return target_->run("COMMIT");
}

/// New sessions cannot write, and those that could are ended: what they had not committed never happened.
Status Migration::freeze_source() {
    const Answer prepared =
        TRY(source_->ask("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"));
    if (prepared.size() > 0)
        return Error{Errc::precondition, source_->place() + ": the prepared transaction '" +
                                             prepared.text(0, 0) +
                                             "' may still commit: end it, and cut over again"};
    TRY(source_->run("ALTER DATABASE " + quoted(identification_.database) +
                     " SET default_transaction_read_only = on"));
    const Answer frozen = TRY(source_->ask("SELECT clock_timestamp()"));
    constexpr const char* kWriters =
        " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
        "backend_type = 'client "
        "backend' AND backend_start < $1::timestamptz";
    TRY(source_->ask(std::string{"SELECT pg_terminate_backend(pid)"} + kWriters, {frozen.text(0, 0)}));
    // That only asks them to end: until a session is gone it may commit.
    for (;;) {
        const Answer left = TRY(source_->ask(std::string{"SELECT count(*)"} + kWriters, {frozen.text(0, 0)}));
        if (left.at(0, 0) == "0") return {};
        TRY(source_->ask("SELECT pg_sleep(0.01)"));
    }
}

Status Migration::cut_over(ChangeStream& stream, Applier& applier, const std::atomic<bool>& stop) {
    tell("cuts over");
    const Moment begun = parts_.clock.moment();
    TRY(freeze_source());
    const Status taken = take_over(stream, applier, stop);
    if (!taken.ok())
        return Error{taken.error().code(),
                     taken.error().message() +
                         ". The source is read-only: the next run goes on, or ALTER DATABASE " +
                         quoted(identification_.database) +
                         " RESET default_transaction_read_only lets it be written again"};
    report_.cut_over = true;
    report_.downtime_s = std::chrono::duration<double>(parts_.clock.moment() - begun).count();
    report_.progress.applied = applier.counts();
    return {};
}

/// Behind the marker nothing comes any more.
Status Migration::take_over(ChangeStream& stream, Applier& applier, const std::atomic<bool>& stop) {
    TRY(source_->ask("SELECT pg_logical_emit_message(true, $1, $2)", {std::string{kMarker}, plan_.name}));
    Message message;
    for (bool passed = false; !passed || !applier.at_boundary();) {
        if (stop) return Error{Errc::cancelled, "stopped within the cutover"};
        if (TRY(stream.next(kMarkerWait, message)) == ChangeStream::Got::nothing) continue;
        TRY(applier.take(message));
        passed = passed || (message.kind == MessageKind::marker && message.prefix == kMarker &&
                            message.content == plan_.name);
        if (applier.at_boundary() && applier.pending() >= kChangesOfCommit) TRY(applier.flush());
    }
    TRY(applier.flush());
    if (validation_) TRY(pass_judgement());
    TRY(set_sequences());
    return ledger().move_to(Phase::finished);
}

/// Before the source is frozen: what did not match is looked at twice, so that a difference that lasts costs
/// no downtime.
Result<bool> Migration::may_trust(Lsn applied) {
    if (!validation_) return true;
    if (!validation_->wait({})) return false;
    if (looks_ == kLooks || (looked_at_ && applied < *looked_at_)) return looks_ == kLooks;
    const std::vector<std::string> wrong = TRY(validation_->look_again());
    if (!wrong.empty()) return told(wrong);
    looked_at_ = TRY(source_end());
    return ++looks_ == kLooks;
}

Status Migration::pass_judgement() {
    const std::vector<std::string> wrong = TRY(validation_->verdict());
    report_.progress.compared = validation_->rows();
    return wrong.empty() ? Status{} : told(wrong);
}

Status Migration::set_sequences() {
    for (const Sequence& sequence : catalog_.sequences) {
        const Answer value = TRY(source_->ask("SELECT last_value, is_called FROM " + quoted(sequence.name)));
        TRY(target_->ask("SELECT setval($1::regclass, $2::bigint, $3::boolean)",
                         {quoted(sequence.name), value.text(0, 0), value.text(0, 1)}));
    }
    return {};
}

}  // namespace landfall::dbmove::postgres
