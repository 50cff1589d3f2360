// NetChanges: what is left of many changes of one table when each row is written once.
//
// Changes are folded in the order in which the source committed them. What comes out is relative to the table
// as it was before the first of them, and applied in the order removed, updated, inserted leads to the same
// rows.
//
// Invariants
//   1. A key is there at most once, as removed, updated or inserted: removed and updated rows were in the
//      table, inserted ones were not.
//   2. An updated row has the key that it had. A row that moves to another key is removed and inserted.
//   3. What cannot be folded is answered so and changes nothing: the caller applies what is here, then that
//      one.
//   4. Without a key rows can only come.
// Threads: one owner.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engines/dbmove/row.hpp"

namespace landfall::dbmove::postgres {

class NetChanges {
public:
    enum class Kind : std::uint8_t { removed, updated, inserted };
    enum class Folded : std::uint8_t { done, impossible };
    /// Rows with values that the log did not carry: kept as they are, or not to be folded.
    enum class Partial : std::uint8_t { kept, refused };

    /// `key`: the columns that tell rows apart; empty: none do.
    NetChanges(std::vector<std::size_t> key, Partial partial) : key_{std::move(key)}, partial_{partial} {}

    [[nodiscard]] Folded insert(const Row& after);
    /// `before` holds the former key, where it may have changed.
    [[nodiscard]] Folded update(const Row* before, const Row& after);
    [[nodiscard]] Folded remove(const Row& before);
    void clear();

    [[nodiscard]] std::size_t size() const { return rows_.size() + appended_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] bool has(Kind kind) const;
    /// Memory that they take, about.
    [[nodiscard]] std::size_t weight() const { return weight_; }
    /// Of a removed row only the key's values are there.
    void each(Kind kind, const std::function<void(const Row&)>& take) const;

private:
    struct Net {
        Kind kind = Kind::inserted;
        Row row;
    };
    using Rows = std::unordered_map<std::string, Net>;
    /// False: a value of the key is not there.
    [[nodiscard]] bool key_of(const Row& row, std::string& out) const;
    [[nodiscard]] Row key_alone(const Row& row) const;
    Folded move(const std::string& from, const Row& before, const std::string& to, const Row& after);
    [[nodiscard]] bool is_free(const std::string& key) const;
    Folded put(std::string key, const Row& after);
    void set(const std::string& key, Kind kind, Row row);
    void erase(Rows::iterator at);

    std::vector<std::size_t> key_;
    Partial partial_;
    Rows rows_;
    std::vector<Row> appended_;
    std::size_t weight_ = 0;
};

}  // namespace landfall::dbmove::postgres
