// What is in sight at a place of a statement: row sources of queries, and what blocks declare. Internal to
// meaning/.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {

/// A column of a row source, or of a query's result.
struct OutColumn {
    Text name;  ///< empty: an expression without alias
    const TypeOf* type = nullptr;
    const Symbol* symbol = nullptr;  ///< of the source's column; nullptr: made when it is asked for
    const Node* declared = nullptr;  ///< SelectItem, Column
};

struct OutColumns {
    std::vector<OutColumn> columns;
    bool known = true;  ///< false: there may be others
};

struct Source {
    Text alias;  ///< or the table's name, where it has none
    Text schema;
    const Symbol* symbol = nullptr;  ///< of the alias
    OutColumns out;
};

struct QueryScope {
    std::vector<Source> sources;
    const OutColumns* items = nullptr;  ///< ORDER BY sees the aliases of the select list
};

/// Names of WITH in sight.
struct CommonTable {
    Text name;
    OutColumns out;
};

/// What the blocks around declare: one table of names, innermost last. Each scope has a number of its own, by
/// which labels and names of routines reach it (outer.x).
class BlockScopes {
public:
    struct Declared {
        const Symbol* symbol = nullptr;
        std::uint32_t scope = 0;  ///< that holds it
        std::uint32_t names = 0;  ///< of labels and routines: the scope that they name; 0: none
    };

    std::uint32_t enter() {
        open_.push_back({++last_, declared_.size()});
        return last_;
    }
    void leave() {
        while (declared_.size() > open_.back().first) {
            table_[declared_.back()].pop_back();
            declared_.pop_back();
        }
        open_.pop_back();
    }
    void declare(const Symbol* symbol, std::uint32_t names = 0) {
        table_[symbol->name].push_back({symbol, open_.empty() ? 0 : open_.back().number, names});
        declared_.push_back(symbol->name);
    }
    /// Everything of that name, innermost last; nullptr: none.
    [[nodiscard]] std::vector<Declared>* find(Text name) {
        const auto found = table_.find(name);
        return found == table_.end() || found->second.empty() ? nullptr : &found->second;
    }
    [[nodiscard]] std::uint32_t present() const { return open_.empty() ? 0 : open_.back().number; }
    /// The number that the next scope will have.
    [[nodiscard]] std::uint32_t next() const { return last_ + 1; }

private:
    struct Open {
        std::uint32_t number;
        std::size_t first;
    };
    std::unordered_map<Text, std::vector<Declared>> table_;
    std::vector<Text> declared_;
    std::vector<Open> open_;
    std::uint32_t last_ = 0;
};

}  // namespace landfall::convert
