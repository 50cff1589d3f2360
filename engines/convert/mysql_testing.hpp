// For tests of the conversion from MySQL: scripts in, PostgreSQL's text out.
#pragma once

#include <algorithm>
#include <string>

#include "engines/convert/converter.hpp"

namespace landfall::convert::testing {

inline Conversion convert_text(const std::string& text, const MysqlSettings& mysql = {}) {
    Settings settings;
    settings.mysql = mysql;
    return convert_mysql({{.name = "test.sql", .bytes = text}}, settings,
                         [](const std::string&, const std::string&) { return std::nullopt; });
}

/// All that comes out, blanks and line ends folded, without comments.
inline std::string sql_of(const Conversion& conversion) {
    std::string made;
    for (const Object& object : conversion.objects) {
        for (std::size_t at = 0; at < object.sql.size();) {
            const std::size_t end = std::min(object.sql.find('\n', at), object.sql.size());
            std::string_view line = std::string_view{object.sql}.substr(at, end - at);
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            at = end + 1;
            if (line.empty() || line.starts_with("--")) continue;
            const bool open = made.empty() || made.back() == '(' || line.front() == ')';
            made.append(open ? "" : " ").append(line);
        }
    }
    return made;
}
inline std::string converted(const std::string& text, const MysqlSettings& mysql = {}) {
    return sql_of(convert_text(text, mysql));
}
inline bool tells(const Conversion& conversion, int code) {
    return std::any_of(conversion.findings.begin(), conversion.findings.end(),
                       [code](const PlacedFinding& each) { return each.finding.code == code; });
}

}  // namespace landfall::convert::testing
