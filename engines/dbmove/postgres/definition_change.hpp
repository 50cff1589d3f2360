// DefinitionChange: a table's definition has changed at the source: what has to be done to the one on the
// target.
//
// Columns are known by their numbers, which stay when names and types change: a column that was renamed is
// not one that was dropped and another that was added.
//
// Invariants
//   1. Nothing is guessed: where the source wrote its rows anew (another file), what it wrote is not known
//      here, and the rows have to be loaded again.
//   2. Keys, indexes and constraints follow as far as the target's server takes them along: new ones are not
//      made.
#pragma once

#include <string>
#include <vector>

#include "engines/dbmove/postgres/catalog.hpp"

namespace landfall::dbmove::postgres {

class DefinitionChange {
public:
    /// Both as the source had them; `now` is of the catalog `there`. All outlive it.
    DefinitionChange(const Table& before, const Table& now, const Catalog& there)
        : before_{before}, now_{now}, there_{there} {}

    /// Why the rows on the target cannot be brought into the new shape by statements; empty: they can.
    [[nodiscard]] std::string why_rows_are_needed() const;
    /// Some are gone, and others are new or were there in between: a name may have been of several columns.
    [[nodiscard]] bool columns_came_and_went() const;
    /// What makes the target's table what it is now. Gone: it holds no rows.
    enum class Rows : std::uint8_t { kept, gone };
    [[nodiscard]] std::vector<std::string> statements(Rows rows) const;
    /// For people: "column v renamed to w, column x added".
    [[nodiscard]] std::string shown() const;

private:
    struct Pair {
        const Column* before;  ///< nullptr: it is new
        const Column* now;     ///< nullptr: it is gone
    };
    [[nodiscard]] std::vector<Pair> pairs() const;
    void rename(std::vector<std::string>& out) const;
    void add(const Column& column, Rows rows, std::vector<std::string>& out) const;
    void change(const Pair& pair, Rows rows, std::vector<std::string>& out) const;
    void change_identity(const Pair& pair, std::vector<std::string>& out) const;
    [[nodiscard]] std::string alter(const std::string& what) const;

    const Table& before_;
    const Table& now_;
    const Catalog& there_;
};

}  // namespace landfall::dbmove::postgres
