// Comparison: are the rows of a table the same on both sides? Streams both in the order of the key and
// compares the printed values.
//
// Invariants
//   1. The order is one that does not depend on a collation: integers by value, all else by the bytes of its
//      text.
//   2. A table without a key is compared as a bag of rows: the whole row is the key.
// Threads: one at a time.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "engines/dbmove/postgres/postgres_source.hpp"

namespace landfall::dbmove::postgres {

struct Mismatch {
    enum class Kind : std::uint8_t { differs, not_at_source, not_at_target } kind = Kind::differs;
    Values key;  ///< as printed; of a table without one the whole row
    /// What the source had when it was last looked at again.
    std::optional<std::optional<Values>> source_row;
    /// The source had the same the time before.
    bool lasting = false;
};

struct Compared {
    std::uint64_t rows = 0;  ///< on both sides together, those that are the same counted once
    std::vector<Mismatch> mismatches;
    std::uint64_t more = 0;  ///< mismatches that were not kept
};

/// Kept for a look at each; more of them are a number.
inline constexpr std::size_t kMismatchesKept = 10'000;

class Comparison {
public:
    Comparison(RowReader& source, PostgresReader& target, const Table& table)
        : source_{source}, target_{target}, table_{table}, key_{compared_key(table)} {}
    /// `rows` counts along. Errors: as Session; cancelled: `stop` was set.
    Result<Compared> run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& rows);
    /// Looks at those rows again, one by one: what is still so. A table without a key is compared as a whole.
    Result<std::vector<Mismatch>> again(const std::vector<Mismatch>& mismatches);
    /// "public.t where id = '5': differs"
    [[nodiscard]] std::string shown(const Mismatch& mismatch) const;

private:
    class Side;
    Result<bool> same(const std::optional<Values>& source, const std::optional<Values>& target);

    RowReader& source_;
    PostgresReader& target_;
    const Table& table_;
    std::vector<const Column*> key_;
};

}  // namespace landfall::dbmove::postgres
