// PostgresTargets: sessions with PostgreSQL servers that models are exported to, by libpq.
//
// Invariants
//   1. A password goes into the connection alone: no message, log or process list has it. Nothing comes from
//      this server's environment, files or user: no passfile, no service, no socket of this machine.
//   2. Every wait has an end: 15 s to connect, 60 s for a lock, 60 s for a server that is silent on the wire.
// Threads: any; a session is for one at a time.
#pragma once

#include "services/dms/ports.hpp"

namespace landfall::dms {

class PostgresTargets final : public TargetDatabases {
public:
    [[nodiscard]] Result<std::unique_ptr<TargetSession>> open(const DatabaseAddress& address,
                                                              const Credentials& credentials) override;
};

}  // namespace landfall::dms
