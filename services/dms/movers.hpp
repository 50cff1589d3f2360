// Movers by engine: what engines/dbmove can move, from whichever source it reads.
#pragma once

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "engines/dbmove/mariadb/definitions.hpp"
#include "services/dms/ports_replication.hpp"

namespace landfall::dms {

class EngineMovers final : public Movers {
public:
    /// Both outlive it. `convert` makes definitions of MariaDB PostgreSQL's.
    EngineMovers(ThreadStarter& threads, Clock& clock, dbmove::mariadb::Convert convert)
        : threads_{threads}, clock_{clock}, convert_{std::move(convert)} {}

    [[nodiscard]] Status can(std::string_view source_engine, std::string_view target_engine,
                             MigrationType type) const override;
    [[nodiscard]] Status run(const MovePlan& plan, const std::atomic<bool>& stop,
                             const std::function<void(const MoveProgress&)>& tell) override;
    [[nodiscard]] Status forget(const MovePlan& plan) override;

private:
    struct Prepared;
    [[nodiscard]] Result<Prepared> prepare(const MovePlan& move) const;

    ThreadStarter& threads_;
    Clock& clock_;
    dbmove::mariadb::Convert convert_;
};

}  // namespace landfall::dms
