// A list question as SQL: which table leads, what bounds it, where a page goes on.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "core/state/resource.hpp"

namespace landfall::state {

struct ListSql {
    std::string text;
    std::vector<std::variant<std::string, std::int64_t>> arguments;
};

/// Asks for one row more than a page has: whether it comes tells whether there is a next page.
/// invalid: a limit outside 1..kPageMax, a foreign `after`, an empty kind or an order where it cannot be.
Result<ListSql> list_sql(const Query& query);

/// The cursor after a row: Page::next.
std::string cursor_after(const Query& query, const Resource& last, std::int64_t last_rid);

}  // namespace landfall::state
