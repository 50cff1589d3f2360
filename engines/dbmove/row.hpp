// Rows as a source prints them: one shape for the load, the log and the comparison.
//
// A cell is the text that the source's server prints for the value in a session set for exactness
// (README.md), or the bytes of a binary string as they are. What it means on the other side is decided where
// both types of a column are known.
//
// Invariants
//   1. Cells stand in the order of the table's columns; a row of a log has as many as its table had then.
//   2. `absent` is no value: the log did not carry it (an unchanged TOAST value, a column outside the image).
//      It is never written.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::dbmove {

struct Cell {
    enum class State : std::uint8_t { null, absent, value };
    State state = State::null;
    std::string_view text;  ///< borrowed from the row; empty unless `value`
    bool operator==(const Cell&) const = default;
};

/// Owns the bytes of its cells. Reused row after row: clear() keeps the memory.
class Row {
public:
    void clear() {
        bytes_.clear();
        cells_.clear();
    }
    void add_null() { cells_.push_back({Cell::State::null, bytes_.size()}); }
    void add_absent() { cells_.push_back({Cell::State::absent, bytes_.size()}); }
    void add(std::string_view text) {
        bytes_.append(text);
        cells_.push_back({Cell::State::value, bytes_.size()});
    }
    /// For values that are made piece by piece: append to it, then end_value().
    [[nodiscard]] std::string& value_in_making() { return bytes_; }
    void end_value() { cells_.push_back({Cell::State::value, bytes_.size()}); }

    [[nodiscard]] std::size_t size() const { return cells_.size(); }
    [[nodiscard]] bool empty() const { return cells_.empty(); }
    /// Bytes of its values.
    [[nodiscard]] std::size_t weight() const { return bytes_.size(); }
    /// Valid until the row changes.
    [[nodiscard]] Cell at(std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : cells_[i - 1].end;
        if (cells_[i].state != Cell::State::value) return {cells_[i].state, {}};
        return {Cell::State::value, std::string_view{bytes_}.substr(begin, cells_[i].end - begin)};
    }

private:
    struct Place {
        Cell::State state;
        std::size_t end;  ///< of its text in bytes_
    };
    std::string bytes_;
    std::vector<Place> cells_;
};

}  // namespace landfall::dbmove
