// Movers by engine: what engines/dbmove can move, from whichever source it reads.
#pragma once

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "services/dms/ports_replication.hpp"

namespace landfall::dms {

class EngineMovers final : public Movers {
public:
    /// Both outlive it.
    EngineMovers(ThreadStarter& threads, Clock& clock) : threads_{threads}, clock_{clock} {}

    [[nodiscard]] Status can(std::string_view source_engine, std::string_view target_engine,
                             MigrationType type) const override;
    [[nodiscard]] Status run(const MovePlan& plan, const std::atomic<bool>& stop,
                             const std::function<void(const MoveProgress&)>& tell) override;
    [[nodiscard]] Status forget(const MovePlan& plan) override;

private:
    ThreadStarter& threads_;
    Clock& clock_;
};

}  // namespace landfall::dms
