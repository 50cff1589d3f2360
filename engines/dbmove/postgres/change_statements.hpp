// ChangeStatements: the statements that do to a table of the target what changes did at the source, each made
// once for its shape: its kind, the values that it carries, whether its key stays.
//
// Invariants
//   1. A row is named by the columns that the source's identity names; without a key among them by the whole
//      row, and then one row of several equal ones.
//   2. A value that the log does not carry is left as it is.
//   3. The columns of a key that stays are not set.
// Threads: one owner.
#pragma once

#include <unordered_map>

#include "engines/dbmove/postgres/catalog.hpp"
#include "engines/dbmove/postgres/pgoutput.hpp"

namespace landfall::dbmove::postgres {

struct ChangeStatement {
    struct Parameter {
        bool former = false;  ///< of the row as it was
        std::size_t column = 0;
        [[nodiscard]] Cell of(const Message& message) const {
            return (former ? message.before : message.after).at(column);
        }
    };
    std::uint64_t number = 0;  ///< never used twice
    std::string name;          ///< for the server
    std::string sql;           ///< empty: there is nothing to do
    std::vector<Parameter> parameters;
};

class ChangeStatements {
public:
    /// `key`: the columns of the target's key, in the relation. `table` outlives it.
    ChangeStatements(Relation relation, const Table& table, std::vector<std::size_t> key);

    /// Valid until the next call. Statements get the numbers behind `last_number`. Errors: precondition (rows
    /// cannot be told apart), corrupt.
    Result<const ChangeStatement*> of(const Message& message, std::uint64_t& last_number);
    /// Which row it is, to be kept for an error: shown() makes words of it.
    [[nodiscard]] std::string key_of(const Message& message) const;
    [[nodiscard]] std::string shown(MessageKind kind, std::string_view key) const;

private:
    [[nodiscard]] bool names(std::size_t column) const;
    [[nodiscard]] bool stays(std::size_t column, const Message& message) const;
    Status take_shape(const Message& message);
    [[nodiscard]] ChangeStatement make(const Message& message) const;
    [[nodiscard]] ChangeStatement insert() const;
    enum class Keys : std::uint8_t { set_where_changed, set };
    [[nodiscard]] ChangeStatement update(const Message& message, Keys keys) const;
    [[nodiscard]] std::string condition(const Message& message, ChangeStatement& made) const;

    Relation relation_;
    const Table& table_;
    std::vector<std::size_t> key_;
    std::vector<std::size_t> which_;  ///< columns that name a row
    bool whole_ = false;              ///< those are all that it has
    std::string shape_;               ///< of the change at hand
    std::unordered_map<std::string, ChangeStatement> made_;
};

}  // namespace landfall::dbmove::postgres
