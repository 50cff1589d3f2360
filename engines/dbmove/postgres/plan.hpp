// What a migration is to do, how far it is, and what came of it.
#pragma once

#include <cstdint>
#include <map>
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
    /// Of a migration that begins: tables of its names that the target has already. Kept ones must be empty
    /// (a load that was interrupted empties its tables), or hold what `rows` says.
    enum class Existing : std::uint8_t { refused, kept, emptied, dropped } existing = Existing::refused;
    /// Of a migration that begins: `there`: the target has what the source has now; changes alone follow.
    enum class Rows : std::uint8_t { loaded, there } rows = Rows::loaded;
    /// Changes of definitions at a PostgreSQL source: made on the target between the same rows, or, where
    /// that cannot be known, by loading the table anew; or the run stops.
    enum class Definitions : std::uint8_t { followed, stop } definitions = Definitions::followed;
    /// What the target does not take of one table, a row or a definition, ends the run; or the table is
    /// suspended: it is left as it is, all others go on, and nothing is cut over until it was loaded anew
    /// (`reload`).
    enum class OnError : std::uint8_t { stop, suspend_table } on_error = OnError::stop;
    /// Of one that goes on: tables whose rows are to be loaded anew; their changes go on from there.
    std::vector<TableName> reload;
    Apply apply = Apply::transactional;
    unsigned workers = 4;
};

struct TableProgress {
    enum class State : std::uint8_t { waits, loads, indexes, loaded, suspended } state = State::waits;
    std::uint64_t rows = 0;  ///< loaded
    AppliedCounts applied;   ///< by this run
};

struct Progress {
    std::string doing;  ///< "loads", "follows" …
    std::size_t tables = 0, tables_done = 0;
    std::uint64_t rows = 0, bytes = 0;
    std::uint64_t compared = 0;  ///< rows
    AppliedCounts applied;
    std::uint64_t lag_bytes = 0;  ///< of the source's log that is not applied
    Lsn position;                 ///< up to which the target has all changes
    bool caught_up = false;       ///< with what was committed while tables were loaded
    bool validated = false;       ///< all rows were compared, and are the same
    std::map<TableName, TableProgress> each;
    /// For people, more as it goes: what became of changed definitions; Source::notes.
    std::vector<std::string> notes;
};

struct Report {
    bool cut_over = false;
    double downtime_s = 0;  ///< from read-only at the source to ready at the target
    std::vector<std::string> left_out;
    Progress progress;
};

}  // namespace landfall::dbmove::postgres
