// A snapshot of the source that other sessions read: it is there as long as the session that holds it.
#pragma once

#include <optional>
#include <string>

#include "engines/dbmove/postgres/lsn.hpp"
#include "engines/dbmove/postgres/session.hpp"

namespace landfall::dbmove::postgres {

struct Snapshot {
    enum class Slot : std::uint8_t { lasting, of_session };
    /// Shows what was committed before `start`; the slot's changes are those since.
    static Result<Snapshot> of_new_slot(const Address& source, const std::string& name, Slot slot);
    /// Without changes to follow.
    static Result<Snapshot> of_transaction(const Address& source);

    std::string name;
    Lsn start;
    std::optional<Session> holder;  ///< must not be used: the next command ends the snapshot
};

}  // namespace landfall::dbmove::postgres
