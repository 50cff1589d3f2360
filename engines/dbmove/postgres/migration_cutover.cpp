// The end of a migration: the source is read-only, the target has everything and takes over.
#include <algorithm>

#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::chrono::milliseconds kMarkerWait{50};
constexpr unsigned kLooks = 2;

Error told(const std::vector<std::string>& wrong) {
    std::string text = std::to_string(wrong.size()) + " rows are not the same: ";
    for (std::size_t i = 0; i < std::min<std::size_t>(wrong.size(), 10); ++i)
        text += (i == 0 ? "" : "; ") + wrong[i];
    return {Errc::precondition, wrong.size() > 10 ? text + " …" : text};
}

}  // namespace

/// Foreign keys, owners of sequences, comments, and that they are there, in one transaction.
Status Migration::connect_tables() {
    if (standing_.connected) return {};
    TRY(target_->run("BEGIN"));
    Catalog missing = catalog_;
    if (plan_.existing != Plan::Existing::refused)
        for (Table& table : missing.tables) table = TRY(without_what_is_there(*target_, std::move(table)));
    if (plan_.existing != Plan::Existing::refused)
        for (std::string& statement : missing.last)
            statement =
                "DO " + literal("BEGIN EXECUTE " + literal(statement) +
                                "; EXCEPTION WHEN duplicate_object OR duplicate_function THEN NULL; END");
    for (const std::string& statement : finish(missing)) TRY(target_->run(statement));
    TRY(ledger().connected());
    TRY(target_->run("COMMIT"));
    standing_.connected = true;
    return {};
}

Status Migration::cut_over(Changes& changes, Applier& applier, const std::atomic<bool>& stop) {
    tell("cuts over");
    if (!frozen_) frozen_ = parts_.clock.moment();
    TRY(source_->freeze());
    const Status taken = take_over(changes, applier, stop);
    if (!taken.ok())
        return Error{taken.error().code(), taken.error().message() +
                                               ". The source is read-only: the next run goes on, or " +
                                               source_->how_to_thaw() + " lets it be written again"};
    report_.cut_over = true;
    report_.downtime_s = std::chrono::duration<double>(parts_.clock.moment() - *frozen_).count();
    report_.progress.applied = applier.counts();
    return {};
}

/// Behind the marker nothing comes any more.
Status Migration::take_over(Changes& changes, Applier& applier, const std::atomic<bool>& stop) {
    TRY(source_->mark_end(plan_.name));
    Message message;
    for (bool passed = false; !passed || !applier.at_boundary();) {
        if (stop) return Error{Errc::cancelled, "stopped within the cutover"};
        if (TRY(changes.next(kMarkerWait, message)) == Changes::Got::nothing) continue;
        TRY(applier.take(message));
        passed = passed || (message.kind == MessageKind::marker && message.prefix == kMarkerPrefix &&
                            message.content == plan_.name);
        if (applier.at_boundary() && applier.full()) TRY(applier.flush());
    }
    TRY(applier.flush());
    if (validation_) TRY(pass_judgement());
    return finish_target();
}

/// Before the source is frozen: what did not match is looked at twice, so that a difference that lasts costs
/// no downtime.
Result<bool> Migration::may_trust(Lsn applied) {
    if (!validation_) return true;
    if (!validation_->wait({})) return false;
    if (looks_ == kLooks || (looked_at_ && applied < *looked_at_)) return looks_ == kLooks;
    const auto wrong = validation_->look_again(touched_);
    if (!wrong.ok()) return TRY(is_compared_anew(wrong.error()));
    if (!wrong->empty()) return told(*wrong);
    looked_at_ = TRY(source_->settled_end());
    return ++looks_ == kLooks;
}

/// A comparison may meet a definition that the log has not come to yet. Answers false, which is not yet.
Result<bool> Migration::is_compared_anew(const Error& error) {
    if (plan_.definitions == Plan::Definitions::stop) return error;
    for (const Table& table : catalog_.tables) {
        if (TRY(source_->shape_of(table)) == table.shape) continue;
        compare_from_the_start();
        return false;
    }
    return error;
}

Status Migration::pass_judgement() {
    const std::vector<std::string> wrong = TRY(validation_->verdict());
    report_.progress.compared = validation_->rows();
    return wrong.empty() ? Status{} : told(wrong);
}

/// Sequences and what else comes last, with the phase in one transaction: none of it twice.
Status Migration::finish_target() {
    TRY(target_->run("BEGIN"));
    for (const std::string& statement : TRY(source_->counters(catalog_))) TRY(target_->ask(statement));
    for (const std::string& statement : catalog_.at_end)
        TRY(target_->run(plan_.existing == Plan::Existing::refused
                             ? statement
                             : "DO " + literal("BEGIN EXECUTE " + literal(statement) +
                                               "; EXCEPTION WHEN duplicate_object THEN NULL; END")));
    TRY(ledger().move_to(Phase::finished));
    return target_->run("COMMIT");
}

}  // namespace landfall::dbmove::postgres
