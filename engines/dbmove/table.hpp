// Tables as both sides name them: schema, name, columns in their order.
#pragma once

#include <compare>
#include <string>
#include <vector>

namespace landfall::dbmove {

struct TableName {
    std::string schema;
    std::string name;
    auto operator<=>(const TableName&) const = default;
    /// For people: schema.name, without quotes.
    [[nodiscard]] std::string shown() const { return schema + "." + name; }
};

}  // namespace landfall::dbmove
