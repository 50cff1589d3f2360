// Source: what a migration into PostgreSQL reads from: definitions, the rows of one moment, the changes
// since.
//
// Invariants
//   1. Position first: a snapshot shows what was committed before its `start`; changes() gives what was
//      committed since, each transaction whole, in the order of commits.
//   2. Positions of one source grow. `mark` names one beyond its place, for a source that needs it to be
//      sure.
//   3. A row is a line of COPY's text form as the target prints it (a piece of the binary form where
//      Table::binary()), of the table's columns that are not generated.
// Errors, everywhere: unavailable, denied, precondition, each with the source's own words.
// Threads: a Source and what it gives have one owner each; what it gives must not outlive it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include "engines/dbmove/postgres/ledger.hpp"
#include "engines/dbmove/postgres/plan.hpp"

namespace landfall::dbmove::postgres {

/// Of a marker in the changes that Source::mark_end made.
inline constexpr std::string_view kMarkerPrefix = "landfall";

/// Values of a row or of a key, as text; nullopt: NULL.
using Values = std::vector<std::optional<std::string>>;

class RowReader {
public:
    virtual ~RowReader() = default;
    /// The rows of a range (Source::ranges), for COPY … FROM STDIN. `take` may end it by an error.
    virtual Status read(const Table& table, const std::string& range,
                        const std::function<Status(Session::Bytes)>& take) = 0;
    /// All rows as lines of text, the key's columns first, in the order of the key: integers by value, all
    /// else by the bytes of its text, NULL last. Of a table without a key the whole row is the key. Then
    /// pulled: nullopt behind the last; a row is valid until the next call.
    virtual Status begin_rows(const Table& table) = 0;
    virtual Result<std::optional<Session::Bytes>> next_row() = 0;
    /// The row of that key, in the order of the table's columns; nullopt: there is none.
    virtual Result<std::optional<Values>> row_at(const Table& table, const Values& key) = 0;
};

/// The rows of one moment: there as long as this is.
class SourceSnapshot {
public:
    virtual ~SourceSnapshot() = default;
    [[nodiscard]] virtual Lsn start() const = 0;
    [[nodiscard]] virtual std::string mark() const { return {}; }
    /// Any thread, and as many at a time as the plan has workers, or one alone.
    virtual Result<std::unique_ptr<RowReader>> reader() = 0;
};

class Changes {
public:
    virtual ~Changes() = default;
    enum class Got : std::uint8_t { change, nothing };
    /// Waits until there is a message, or `wait` is over; with none it takes what has come already.
    virtual Result<Got> next(std::chrono::milliseconds wait, Message& out) = 0;
    /// The target has everything up to here: the source may forget it.
    virtual Status acknowledge(Lsn durable) = 0;
    /// How far the log has been read: behind everything that next() answered. Without changes it moves as
    /// well.
    [[nodiscard]] virtual Lsn sent() const = 0;
};

class Source {
public:
    virtual ~Source() = default;
    /// Before all else. Told here already: what would keep a cutover from being done.
    virtual Status connect(const Plan& plan) = 0;
    [[nodiscard]] virtual const Identification& identification() const = 0;
    /// For people: which server and database.
    [[nodiscard]] virtual std::string place() const = 0;

    virtual Result<Catalog> definitions() = 0;
    /// Table::shape as it is now: for a look whether a definition has changed that costs little.
    virtual Result<std::string> shape_of(const Table& table) { return table.shape; }
    /// The target's tables are there: what the source has to know of them. Again when their keys are.
    virtual Status adopt(Catalog& catalog, const Catalog& target) = 0;
    /// May a migration of these tables begin?
    virtual Status assess(const Catalog& catalog) = 0;
    /// May one go on from where it stands? Nothing must be lost since.
    virtual Status may_go_on(const Standing& standing) = 0;

    /// Of a migration that begins; what is needed to follow its changes is there from then on.
    virtual Result<std::unique_ptr<SourceSnapshot>> begin(const Catalog& catalog) = 0;
    /// For what is still to be loaded of one that was interrupted.
    virtual Result<std::unique_ptr<SourceSnapshot>> snapshot_again() = 0;
    /// Ranges that are a table together, for several readers; "" is all of it.
    virtual Result<std::vector<std::string>> ranges(const Table& table) = 0;
    /// Reads the rows as they are now. Any thread.
    virtual Result<std::unique_ptr<RowReader>> reader() = 0;
    /// Since standing.applied.
    virtual Result<std::unique_ptr<Changes>> changes(const Catalog& catalog, const Standing& standing) = 0;
    /// What changes() gives has nothing in common with the rest: another thread may read it.
    [[nodiscard]] virtual bool may_read_ahead() const { return false; }
    /// Where its log ends now.
    virtual Result<Lsn> end() = 0;
    /// A place behind everything that readers could see when it was asked for.
    virtual Result<Lsn> settled_end() { return end(); }
    /// How much of the log is behind that place.
    virtual Result<std::uint64_t> bytes_behind(Lsn applied) = 0;
    /// All tables have to be of one snapshot: the source changes rows by foreign keys and does not say so in
    /// its log, and what the keys of the target do instead must begin with both tables of a key.
    [[nodiscard]] virtual bool one_moment() const { return false; }

    /// Nobody writes any more.
    virtual Status freeze() = 0;
    /// What lets it be written again, for people.
    [[nodiscard]] virtual std::string how_to_thaw() const = 0;
    /// Makes changes() give a marker with this content behind all that was committed. Once frozen.
    virtual Status mark_end(const std::string& content) = 0;
    /// Statements for the target: sequences go on where those of the source are.
    virtual Result<std::vector<std::string>> counters(const Catalog& catalog) = 0;
    /// What became of values that the target has no place for, for people.
    virtual std::vector<std::string> notes() { return {}; }
    /// What a migration that is over leaves at the source would stay for ever.
    virtual Status clear() = 0;
};

}  // namespace landfall::dbmove::postgres
