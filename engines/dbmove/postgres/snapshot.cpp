#include "engines/dbmove/postgres/snapshot.hpp"

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {

Result<Snapshot> Snapshot::of_new_slot(const Address& source, const std::string& name, Slot slot) {
    Session session = TRY(Session::open(source, Purpose::replication));
    auto answer = session.ask_simply("CREATE_REPLICATION_SLOT " + quoted(name) +
                                     (slot == Slot::of_session ? " TEMPORARY" : "") +
                                     " LOGICAL pgoutput EXPORT_SNAPSHOT");
    if (!answer.ok() && session.refusal().sqlstate == "42710")
        return Error{Errc::already_exists, answer.error().message()};
    const Answer made = TRY(std::move(answer));
    const auto start = parse_lsn(made.text(0, 1));
    if (!start) return Error{Errc::corrupt, session.place() + ": a slot without a position"};
    return Snapshot{.name = made.text(0, 2), .start = *start, .holder = std::move(session)};
}

Result<Snapshot> Snapshot::of_transaction(const Address& source) {
    Session session = TRY(Session::open(source));
    TRY(session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    const Answer made = TRY(session.ask("SELECT pg_export_snapshot()"));
    return Snapshot{.name = made.text(0, 0), .start = {}, .holder = std::move(session)};
}

}  // namespace landfall::dbmove::postgres
