#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

std::string between(char quote, std::string_view text) {
    std::string out{quote};
    for (const char c : text) {
        if (c == quote) out.push_back(quote);
        out.push_back(c);
    }
    out.push_back(quote);
    return out;
}

}  // namespace

std::string quoted(std::string_view name) { return between('"', name); }
std::string quoted(const TableName& table) { return quoted(table.schema) + "." + quoted(table.name); }
std::string literal(std::string_view text) { return between('\'', text); }

}  // namespace landfall::dbmove::postgres
