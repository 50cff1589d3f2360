#include "engines/dbmove/files/declared_columns.hpp"

#include <array>

namespace landfall::dbmove::files {
namespace {

/// What ends a type, in any case.
constexpr std::array<std::string_view, 9> kBehindType{" DEFAULT ",    " NOT NULL", " NULL",
                                                      " GENERATED ",  " COLLATE ", " CHECK ",
                                                      " PRIMARY KEY", " UNIQUE",   " CONSTRAINT "};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// As format_type() spells it.
std::string spelt(std::string_view type) {
    if (type.starts_with("timestamptz"))
        return "timestamp" + std::string{type.substr(11)} + " with time zone";
    if (type.starts_with("timestamp") && !type.ends_with("zone"))
        return std::string{type} + " without time zone";
    std::string text{type};
    if (text.starts_with("numeric")) std::erase(text, ' ');
    return text;
}

/// The name at the line's beginning, which is taken from it.
std::string take_name(std::string_view& line) {
    std::string name;
    if (!line.starts_with('"')) {
        name = line.substr(0, line.find(' '));
        line.remove_prefix(name.size());
        return name;
    }
    std::size_t i = 1;
    for (; i < line.size(); ++i) {
        if (line[i] == '"' && (i + 1 == line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        name += line[i];
    }
    line.remove_prefix(std::min(i + 1, line.size()));
    return name;
}

}  // namespace

Result<std::vector<postgres::Column>> declared_columns(std::string_view statement) {
    const std::size_t create = statement.find("CREATE TABLE ");
    const std::size_t open = create == std::string_view::npos ? create : statement.find("(\n", create);
    if (open == std::string_view::npos)
        return Error{Errc::corrupt, "a definition of a table has no list of columns"};
    statement.remove_prefix(open + 2);
    std::vector<postgres::Column> columns;
    while (!statement.empty() && !statement.starts_with(')')) {
        std::string_view line = trimmed(statement.substr(0, statement.find('\n')));
        statement.remove_prefix(std::min(statement.find('\n'), statement.size() - 1) + 1);
        if (line.empty() || line.starts_with("--") || line.starts_with("CONSTRAINT ") ||
            line.starts_with("CHECK ") || line.starts_with("PRIMARY KEY") || line.starts_with("UNIQUE"))
            continue;
        postgres::Column column{.name = take_name(line)};
        std::size_t end = line.size();
        for (const std::string_view word : kBehindType) end = std::min(end, line.find(word));
        std::string_view type = trimmed(line.substr(0, end));
        if (type.ends_with(',')) type.remove_suffix(1);
        column.type = spelt(type);
        if (column.name.empty() || column.type.empty())
            return Error{Errc::corrupt, "a definition of a table has a line that is no column"};
        if (line.find(" GENERATED ALWAYS AS (") != std::string_view::npos)
            column.made = postgres::Column::Made::generated;
        column.not_null = line.find(" NOT NULL") != std::string_view::npos;
        columns.push_back(std::move(column));
    }
    return columns;
}

std::vector<std::string> declared_key(std::string_view statement) {
    constexpr std::string_view kKey = "PRIMARY KEY (";
    const std::size_t at = statement.find(kKey);
    std::vector<std::string> names;
    if (at == std::string_view::npos) return names;
    statement.remove_prefix(at + kKey.size());
    while (!statement.empty() && statement.front() != ')') {
        if (statement.front() == ' ' || statement.front() == ',') {
            statement.remove_prefix(1);
            continue;
        }
        std::string_view rest =
            statement.substr(0, statement.front() == '"' ? statement.size() : statement.find_first_of(",)"));
        const std::size_t before = rest.size();
        names.push_back(take_name(rest));
        statement.remove_prefix(before - rest.size());
    }
    return names;
}

}  // namespace landfall::dbmove::files
