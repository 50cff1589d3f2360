// Whatever a log carries as a statement, reading it ends and stays within it.
#include <cstdint>

#include "engines/dbmove/mariadb/log_statement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::dbmove;
    static const std::vector<TableName> chosen{{"shop", "orders"}, {"a", "b"}};
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    (void)mariadb::read_statement(text, {.schema = "shop", .chosen = chosen});
    (void)mariadb::read_statement(text, {.schema = "a", .chosen = chosen, .ansi_quotes = true});
    return 0;
}
