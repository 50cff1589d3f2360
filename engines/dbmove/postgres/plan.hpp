// What a migration is to do, how far it is, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engines/dbmove/postgres/applier.hpp"
#include "engines/dbmove/postgres/catalog.hpp"
#include "engines/dbmove/postgres/session.hpp"

namespace landfall::dbmove::postgres {

struct Plan {
    std::string name;  ///< letters, digits, underscores; names its ledger, and what it makes at the source
    Address target;
    Selected selected;
    enum class Changes : std::uint8_t { none, followed } changes = Changes::none;
    enum class Cutover : std::uint8_t { none, when_caught_up } cutover = Cutover::none;
    enum class Check : std::uint8_t { none, rows } check = Check::rows;
    unsigned workers = 4;
};

struct Progress {
    std::string doing;  ///< "loads", "follows" …
    std::size_t tables = 0, tables_done = 0;
    std::uint64_t rows = 0, bytes = 0;
    std::uint64_t compared = 0;  ///< rows
    AppliedCounts applied;
    std::uint64_t lag_bytes = 0;  ///< of the source's log that is not applied
};

struct Report {
    bool cut_over = false;
    double downtime_s = 0;  ///< from read-only at the source to ready at the target
    std::vector<std::string> left_out;
    Progress progress;
};

}  // namespace landfall::dbmove::postgres
